/** What a machine costs besides speed: sizes, memory, and the processor time of an idle guest. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const gzipped = (file: string): number => gzipSync(readFileSync(file), { level: 9 }).length;

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Bytes: the core and the page's own code gzip'd, and all that the first visit loads. */
export function sizes(root: string): { core: number; page: number; firstVisit: number } {
  const site = join(root, "dist", "web");
  const code = filesBelow(join(site, "assets")).filter((file) => /\.(js|css)$/.test(file));
  const page = code.reduce((sum, file) => sum + gzipped(file), 0);
  const core = gzipped(join(root, "build", "core-riscv64.wasm"));
  const [linux] = JSON.parse(readFileSync(join(root, "public", "guests", "index.json"), "utf8")) as Record<
    string,
    string
  >[];
  const images = ["bios", "kernel", "initrd"].map((name) => statSync(join(root, "public", linux?.[name] ?? "")).size);
  return { core, page, firstVisit: core + page + images.reduce((a, b) => a + b) };
}

/** What footprint-process.mjs measured in a process of its own. */
export interface Footprint {
  /** Share of a processor while the guest idles at its prompt (0 to 1). */
  readonly idle: number;
  /** Resident bytes of the whole process after work, and how much they grew in ten seconds of it. */
  readonly resident: number;
  readonly growth: number;
  /** Bytes of guest RAM. */
  readonly memory: number;
}

export function footprint(): Footprint {
  return inOwnProcess<Footprint>();
}

/** Resident bytes of a process whose guest of 1 GiB uses nearly all of it. */
export function fullFootprint(): Pick<Footprint, "resident" | "memory"> {
  return inOwnProcess("full");
}

function inOwnProcess<Figures>(...args: string[]): Figures {
  const program = join(import.meta.dirname, "footprint-process.mjs");
  const { status, stdout } = spawnSync(process.execPath, [program, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`${program} ended with status ${status}`);
  return JSON.parse(stdout);
}
