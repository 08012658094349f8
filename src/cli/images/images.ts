/** `vitrine images`: disk images are made where they are wanted, and take what a guest has written over them. */
import { buildDebian } from "./debian.ts";
import { IMAGES_USAGE, parseImageOptions } from "./image-options.ts";
import { isOverlayVerb, overlayCommand } from "./overlay-command.ts";

/** Answers the exit status. */
export async function imagesCommand(args: readonly string[]): Promise<number> {
  const tell = (text: string) => process.stderr.write(`vitrine: ${text}\n`);
  const [verb, ...words] = args;
  const wantsHelp = words.some((word) => word === "--help" || word === "-h");
  if (isOverlayVerb(verb) && !wantsHelp) {
    await overlayCommand(verb, words, tell);
    return 0;
  }
  const options = parseImageOptions(args);
  if (options.help) {
    process.stdout.write(IMAGES_USAGE);
    return 0;
  }
  await buildDebian(options, tell);
  return 0;
}
