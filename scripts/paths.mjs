// Where things lie in a working copy, and how the scripts end when something is wrong.
import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** @param {string[]} parts path below the root of the working copy */
export function at(...parts) {
  return join(root, ...parts);
}

/** Something the user can mend: shown as one line, without a stack. */
export class Complaint extends Error {}

/**
 * Runs a script's main function; a Complaint becomes one line on stderr and exit status 1.
 * @param {string} url import.meta.url of the script: imported by another script, it does nothing
 * @param {(args: string[]) => Promise<number | undefined> | number | undefined} main answers the exit status
 */
export async function runAsScript(url, main) {
  if (process.argv[1] === undefined || fileURLToPath(url) !== realScript(process.argv[1])) return;
  try {
    const status = await main(process.argv.slice(2));
    if (status !== undefined) process.exitCode = status;
  } catch (error) {
    process.stderr.write(error instanceof Complaint ? `${error.message}\n` : `${error?.stack ?? error}\n`);
    process.exit(1);
  }
}

function realScript(path) {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
