/** Snapshots as files that people keep: their names, and a first look at those that they bring. */
import type { Machine } from "../../src/worker/page.ts";

/** A file that somebody has chosen or dropped. */
export type ChosenFile = Pick<File, "name" | "size" | "arrayBuffer">;

/** Devices, registers and what memory that does not compress needs besides itself stay far below this. */
const BESIDES_MEMORY_BYTES = 64 << 20;

/** As in linux-60051273.vitrine: which machine, and after how many instructions. */
export function snapshotName(id: string, steps: bigint): string {
  return `${id}-${steps}.vitrine`;
}

export interface SavedSnapshot {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What has happened. */
  readonly sentence: string;
}

/** Saves the machine with the bundled guest `id`; `edited` are the registers whose pending edits that applies. */
export async function saveSnapshot(machine: Machine, id: string, edited: readonly string[]): Promise<SavedSnapshot> {
  const bytes = await machine.save();
  const name = snapshotName(id, machine.recentSteps);
  const applied = edited.length === 0 ? "" : ` The edits of ${edited.join(", ")} have been applied first.`;
  return { name, bytes, sentence: `Saved as ${name}, ${megabytes(bytes.length)}.${applied}` };
}

/** The file's bytes. Throws an Error if it cannot be read, or is too large to be a snapshot of this machine. */
export async function readChosenFile(file: ChosenFile, machine: Machine): Promise<Uint8Array> {
  const most = machine.info.memory + BESIDES_MEMORY_BYTES;
  if (file.size > most)
    throw new Error(`it has ${megabytes(file.size)}, and no snapshot of this machine has more than ${megabytes(most)}`);
  return new Uint8Array(await file.arrayBuffer());
}

/** As in 9.1 MB; of what is hardly anything in bytes. */
export function megabytes(bytes: number): string {
  return bytes < 50_000 ? `${bytes.toLocaleString("en-US")} bytes` : `${(bytes / 1e6).toFixed(1)} MB`;
}
