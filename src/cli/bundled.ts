/** The images that come with the package. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** One machine of public/guests/index.json; paths are relative to public/. */
export interface BundledGuest {
  readonly id: string;
  readonly title: string;
  readonly target: string;
  readonly memory?: number;
  /** Absent or null: no firmware. */
  readonly bios?: string | null;
  readonly kernel: string;
  readonly initrd?: string;
  readonly append?: string;
  readonly console?: "uart" | "virtio";
  readonly entropy?: boolean;
}

/** Path of a file below public/, the same from src/cli and lib/cli. */
export function bundledPath(path: string): string {
  return fileURLToPath(new URL(`../../public/${path}`, import.meta.url));
}

/** The bundled machine that runs when nothing else is asked for: the first one. */
export async function defaultGuest(): Promise<BundledGuest> {
  const guests: readonly BundledGuest[] = JSON.parse(await readFile(bundledPath("guests/index.json"), "utf8"));
  const [first] = guests;
  if (first === undefined) throw new Error("public/guests/index.json lists no machine");
  return first;
}
