/** Sizes in the units of memory. */

/** As in 4 KiB, 2 MiB; exact, so that what is no multiple stays in the smaller unit. */
export function bytesText(bytes: bigint): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  let rest = bytes;
  while (unit + 1 < units.length && rest >= 1024n && rest % 1024n === 0n) {
    rest /= 1024n;
    unit++;
  }
  return `${rest.toLocaleString("en-US")} ${units[unit]}`;
}
