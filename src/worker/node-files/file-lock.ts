/** A lock beside a file: two machines that write to one image would destroy it. It outlives nobody but a power loss. */
import { link, readFile, rename, rm, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";

interface Owner {
  readonly host: string;
  readonly process: number;
  /** When that process began, in the host's own unit: numbers of processes are used again. */
  readonly began: string;
}

let locksTaken = 0;

/** The lock of `path`, until the answer is called. Throws an Error that names who has it. */
export async function lockFile(path: string): Promise<() => Promise<void>> {
  const lock = `${path}.vitrine-lock`;
  const own = `${lock}.${process.pid}.${locksTaken++}`;
  const owner: Owner = { host: hostname(), process: process.pid, began: await beginOf("self") };
  await writeFile(own, JSON.stringify(owner)).catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      `${path} is to be written to, and its lock cannot be made beside it (${error.code}): it must be in a folder that exists and ` +
        "that you may write to",
    );
  });
  try {
    for (;;) {
      // A link comes into being with its content, or not at all.
      const isTaken = await link(own, lock).then(
        () => false,
        (error: NodeJS.ErrnoException) => {
          if (error.code === "EEXIST") return true;
          throw error;
        },
      );
      if (!isTaken) return () => rm(lock, { force: true });
      await removeStale(path, lock, own);
    }
  } finally {
    await rm(own, { force: true });
  }
}

/** Throws an Error if somebody else writes to `path`. */
export async function requireUnlocked(path: string): Promise<void> {
  const text = await readLock(`${path}.vitrine-lock`);
  if (text !== null && (await isAlive(text))) throw inUse(path, text);
}

async function removeStale(path: string, lock: string, own: string): Promise<void> {
  const text = await readLock(lock);
  if (text === null) return;
  if (await isAlive(text)) throw inUse(path, text);
  // Somebody else may do the same at this moment, and have the lock already.
  const aside = `${own}.stale`;
  await rename(lock, aside).catch(() => {});
  const moved = await readLock(aside);
  if (moved !== null && moved !== text) await link(aside, lock).catch(() => {});
  await unlink(aside).catch(() => {});
}

async function readLock(lock: string): Promise<string | null> {
  return readFile(lock, "utf8").catch(() => null);
}

function inUse(path: string, text: string): Error {
  const { host, process: number } = parse(text) ?? { host: "?", process: 0 };
  const where = host === hostname() ? `process ${number}` : `process ${number} of ${host}`;
  const advice = host === hostname() ? "" : `; if that is gone, remove ${path}.vitrine-lock`;
  return new Error(`${path} is in use by another machine (${where}), and only one may write to it${advice}`);
}

async function isAlive(text: string): Promise<boolean> {
  const owner = parse(text);
  if (owner === null) return false;
  // Nobody can tell from here.
  if (owner.host !== hostname()) return true;
  try {
    process.kill(owner.process, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const began = await beginOf(String(owner.process));
  return began === "" || owner.began === "" || began === owner.began;
}

function parse(text: string): Owner | null {
  try {
    const { host, process: number, began } = JSON.parse(text) as Partial<Owner>;
    return typeof host === "string" && typeof number === "number"
      ? { host, process: number, began: began ?? "" }
      : null;
  } catch {
    return null;
  }
}

/** Ticks from the host's start to the process's (Linux: proc(5), stat, field 22); empty where that cannot be known. */
async function beginOf(number: string): Promise<string> {
  const text = await readFile(`/proc/${number}/stat`, "utf8").catch(() => "");
  return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}
