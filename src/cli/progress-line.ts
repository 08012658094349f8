/** A line of the terminal that says how far something is, as long as it lasts. */

/** As much of a terminal as is used. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Back to the beginning of the line, which is erased (ECMA-48, EL). */
const ERASE = "\r\x1b[K";

/** `work` gets a listener for how much of it is done, from 0 to 1; where `stream` is no terminal nothing is written. */
export async function withProgress<T>(
  stream: ProgressStream,
  text: string,
  work: (onProgress: (part: number) => void) => Promise<T>,
): Promise<T> {
  let shown = -1;
  const show = (part: number): void => {
    const percent = Math.floor(part * 100);
    if (!stream.isTTY || percent === shown) return;
    shown = percent;
    stream.write(`${ERASE}vitrine: ${text} … ${percent} %`);
  };
  try {
    return await work(show);
  } finally {
    if (shown >= 0) stream.write(ERASE);
  }
}
