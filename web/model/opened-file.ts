/** Files that somebody drops or chooses: what they are by their first bytes, and machines made of them. */
import type { BundledGuest } from "./bundled-guests.ts";
import type { ChosenFile } from "./snapshot-file.ts";

export type FileKind = "snapshot" | "program" | "packed" | "unknown";

/** First bytes of a snapshot (docs/snapshot-format.md), an ELF file, a gzip stream. */
const BEGINNINGS: readonly (readonly [FileKind, readonly number[]])[] = [
  ["snapshot", [0x93, 0x56, 0x54, 0x52, 0x4e]],
  ["program", [0x7f, 0x45, 0x4c, 0x46]],
  ["packed", [0x1f, 0x8b]],
];
/** A file becomes part of the page's memory at least twice. */
export const MOST_FILE_BYTES = 1 << 30;

export async function kindOfFile(file: ChosenFile & Pick<File, "slice">): Promise<FileKind> {
  const head = new Uint8Array(await file.slice(0, 8).arrayBuffer());
  return BEGINNINGS.find(([, bytes]) => bytes.every((byte, index) => head[index] === byte))?.[0] ?? "unknown";
}

/** What a file that is loaded as a whole is to be in a machine. */
export type FileRole = "program" | "kernel";

/**
 * A machine with the file in it, like `model` in all else: a program runs by itself from the start of RAM, a kernel gets the
 * model's firmware and initial RAM disk.
 */
export function guestOfFile(name: string, bytes: Uint8Array, role: FileRole, model: BundledGuest): BundledGuest {
  const own = {
    id: `file:${name}`,
    title: name,
    symbols: undefined,
    offsets: undefined,
    atPrompt: undefined,
    sources: undefined,
  };
  if (role === "kernel") return { ...model, ...own, description: `The kernel ${name}`, kernelBytes: bytes };
  return {
    ...own,
    description: `The program ${name}`,
    target: model.target,
    memory: model.memory,
    bios: null,
    kernel: name,
    kernelBytes: bytes,
    console: "uart",
    files: [],
  };
}
