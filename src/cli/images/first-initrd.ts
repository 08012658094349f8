/** The initial file system of the second stage: a shell, the modules for a disk, and a script. */
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { type ArchiveEntry, cpioArchive } from "./cpio.ts";
import { runTool } from "./run-tool.ts";

const FOLDER = 0o040755;
const LINK = 0o120777;
const PROGRAM = 0o100755;
const FILE = 0o100644;
const CHARACTER_DEVICE = 0o020600;
/** What a virtio disk with ext4 needs; the kernel's request for a checksum by name cannot be seen in the modules. */
const MODULES = ["virtio_mmio", "virtio_blk", "crc32c_generic", "ext4"];

/**
 * A gzip'd archive; `root` is a folder with the kernel's package and busybox unpacked, `init` the text of the first program,
 * which finds the script `configure` beside it.
 */
export async function firstInitrd(root: string, init: string, configure: string): Promise<Uint8Array> {
  const modules = await modulesInOrder(join(root, "usr", "lib", "modules"));
  const entries: ArchiveEntry[] = [
    ...["bin", "dev", "proc", "sys", "mnt", "modules"].map((path) => ({ path, mode: FOLDER })),
    { path: "dev/console", mode: CHARACTER_DEVICE, device: [5, 1] },
    { path: "bin/busybox", mode: PROGRAM, data: await readFile(join(root, "usr", "bin", "busybox")) },
    { path: "bin/sh", mode: LINK, data: Buffer.from("busybox") },
    { path: "init", mode: PROGRAM, data: Buffer.from(init) },
    { path: "configure", mode: FILE, data: Buffer.from(configure) },
    // The names say the order.
    ...modules.map((data, index) => ({
      path: `modules/${String(index).padStart(2, "0")}.ko`,
      mode: FILE,
      data,
    })),
  ];
  return gzipSync(cpioArchive(entries));
}

/** The modules with those that they need, each after what it needs. One that is not there is in the kernel itself. */
async function modulesInOrder(folder: string): Promise<Buffer[]> {
  const paths = new Map<string, string>();
  for (const path of await readdir(folder, { recursive: true })) {
    const [, name] = /^([^.]+)\.ko(\.xz)?$/.exec(basename(path)) ?? [];
    if (name !== undefined) paths.set(name.replaceAll("-", "_"), join(folder, path));
  }
  const found = new Map<string, Buffer>();
  const add = async (name: string): Promise<void> => {
    const path = paths.get(name);
    if (path === undefined || found.has(name)) return;
    const bytes = path.endsWith(".xz") ? await unpackXz(path) : await readFile(path);
    const [, needs = ""] = /\0depends=([^\0]*)\0/.exec(bytes.toString("latin1")) ?? [];
    for (const needed of needs.split(",")) if (needed !== "") await add(needed.replaceAll("-", "_"));
    found.set(name, bytes);
  };
  for (const name of MODULES) await add(name);
  return [...found.values()];
}

async function unpackXz(path: string): Promise<Buffer> {
  return Buffer.from(await runTool("xz", ["-dc", path], { encoding: "latin1" }), "latin1");
}
