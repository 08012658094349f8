/** `vitrine images`: disk images that are too large for the repository are made where they are wanted. */
import { buildDebian } from "./debian.ts";
import { IMAGES_USAGE, parseImageOptions } from "./image-options.ts";

/** Answers the exit status. */
export async function imagesCommand(args: readonly string[]): Promise<number> {
  const options = parseImageOptions(args);
  if (options.help) {
    process.stdout.write(IMAGES_USAGE);
    return 0;
  }
  await buildDebian(options, (text) => process.stderr.write(`vitrine: ${text}\n`));
  return 0;
}
