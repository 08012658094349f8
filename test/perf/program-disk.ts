/** The disk with Debian's programs for the bench, which can boot by itself too, made once below build/bench. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { at } from "../../scripts/paths.mjs";
import { hashOf } from "../../scripts/stamps.mjs";
import { makeExt4 } from "../../src/cli/images/ext4-image.ts";
import { unpackedPackages } from "../debian/unpacked-packages.ts";

const MIB = 64;
/** Debian's own layout: these are links into usr. */
const LINKS = ["bin", "lib", "sbin"];
const WITHOUT = ["usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/lintian", "var"];

/** Of its shell, when it is the root file system. */
export const USERLAND_PROMPT = "userland:/# ";
const INIT = `#!/usr/bin/busybox sh
export PATH=/usr/bin:/usr/sbin PS1="${USERLAND_PROMPT}"
/usr/bin/busybox mount -t proc proc /proc
/usr/bin/busybox mount -t tmpfs tmpfs /tmp
exec /usr/bin/busybox setsid -c /usr/bin/busybox sh </dev/hvc0 >/dev/hvc0 2>&1
`;

/** An ext4 image with busybox, sqlite3, lua5.4 and python3 and, in /bench, what they are to do. */
export async function programDisk(): Promise<Uint8Array> {
  const image = at(
    "build",
    "bench",
    `programs-${hashOf(["test/perf/programs", "test/perf/program-disk.ts"]).slice(0, 12)}.ext4`,
  );
  if (!existsSync(image)) await makeDisk(image);
  return readFileSync(image);
}

async function makeDisk(image: string): Promise<void> {
  const packages = await unpackedPackages({
    architecture: "riscv64",
    suite: "trixie",
    names: ["sqlite3", "lua5.4", "python3-minimal", "busybox-static"],
  });
  const folder = mkdtempSync(join(tmpdir(), "vitrine-bench-disk-"));
  try {
    cpSync(packages, folder, { recursive: true, verbatimSymlinks: true });
    for (const name of LINKS) if (!existsSync(join(folder, name))) symlinkSync(`usr/${name}`, join(folder, name));
    for (const name of WITHOUT) rmSync(join(folder, name), { recursive: true, force: true });
    for (const name of ["dev", "proc", "tmp"]) mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, "usr", "sbin", "init"), INIT, { mode: 0o755 });
    cpSync(join(import.meta.dirname, "programs"), join(folder, "bench"), { recursive: true });
    mkdirSync(dirname(image), { recursive: true });
    await makeExt4(`${image}.part`, folder, MIB << 20, []);
    renameSync(`${image}.part`, image);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
