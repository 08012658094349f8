/** Gives a file to the browser to keep. */

/** Browsers begin a download some time after it is asked for. */
const KEEP_MS = 60_000;

export function download(name: string, ...parts: BlobPart[]): void {
  const url = URL.createObjectURL(new Blob(parts));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEEP_MS);
}
