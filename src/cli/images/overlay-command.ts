/** `vitrine images commit` and `export`: what a guest has written over an image goes into it, or both into a new one. */
import { commitOverlay, exportOverlay } from "../../worker/node-files/overlay-files.ts";
import { withProgress } from "../progress-line.ts";
import { UsageError } from "../usage-error.ts";

const FILES = { commit: ["IMAGE", "OVERLAY"], export: ["IMAGE", "OVERLAY", "OUT"] } as const;

export type OverlayVerb = keyof typeof FILES;

export function isOverlayVerb(word: string | undefined): word is OverlayVerb {
  return word !== undefined && Object.hasOwn(FILES, word);
}

/** Throws a UsageError that names what is missing or too many. */
export async function overlayCommand(
  verb: OverlayVerb,
  words: readonly string[],
  tell: (text: string) => void,
): Promise<void> {
  const option = words.find((word) => word.startsWith("-"));
  if (option !== undefined) throw new UsageError(`unknown option: ${option}`);
  const names = FILES[verb];
  if (words.length < names.length) throw new UsageError(`vitrine images ${verb}: ${names[words.length]} is missing`);
  if (words.length > names.length) throw new UsageError(`"${words[names.length]}" is one word too many`);
  const [image, overlay, out] = words as [string, string, string];
  if (verb === "commit") {
    await withProgress(process.stderr, image, (onProgress) => commitOverlay(image, overlay, onProgress));
    tell(`${image} has the changes of ${overlay} now, which is empty`);
  } else {
    await withProgress(process.stderr, out, (onProgress) => exportOverlay(image, overlay, out, onProgress));
    tell(`${out} is ${image} with the changes of ${overlay}`);
  }
}
