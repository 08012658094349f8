/** Snapshots of machines in files. */
import { readFile, rename, rm, writeFile } from "node:fs/promises";

/** `what` begins the message of an error: the option or command that named the file. */
export async function readSnapshot(what: string, path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new Error(`${what} ${path}: ${(error as Error).message}`);
  }
}

/** Under another name first: a snapshot that was there before is replaced by a whole one or not at all. */
export async function writeSnapshot(what: string, path: string, file: Uint8Array): Promise<void> {
  const unfinished = `${path}.${process.pid}.part`;
  try {
    await writeFile(unfinished, file);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw new Error(`${what} ${path}: ${(error as Error).message}`);
  }
}
