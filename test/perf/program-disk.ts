/** The disk with Debian's programs for the bench, made once below build/bench. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { at, Complaint } from "../../scripts/paths.mjs";
import { hashOf } from "../../scripts/stamps.mjs";
import { unpackedPackages } from "./debian-packages.mjs";

const MIB = 96;
/** Debian's own layout: these are links into usr. */
const LINKS = ["bin", "lib", "sbin"];
const WITHOUT = ["usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/lintian", "var"];

/** An ext4 image with sqlite3, lua5.4 and python3 and, in /bench, what they are to do. */
export async function programDisk(): Promise<Uint8Array> {
  const image = at("build", "bench", `programs-${hashOf(["test/perf/programs"]).slice(0, 12)}.ext4`);
  if (!existsSync(image)) await makeDisk(image);
  return readFileSync(image);
}

async function makeDisk(image: string): Promise<void> {
  const packages = await unpackedPackages({
    architecture: "riscv64",
    suite: "trixie",
    names: ["sqlite3", "lua5.4", "python3-minimal"],
    dependencies: true,
  });
  const folder = mkdtempSync(join(tmpdir(), "vitrine-bench-disk-"));
  try {
    cpSync(packages, folder, { recursive: true, verbatimSymlinks: true });
    for (const name of LINKS) if (!existsSync(join(folder, name))) symlinkSync(`usr/${name}`, join(folder, name));
    for (const name of WITHOUT) rmSync(join(folder, name), { recursive: true, force: true });
    for (const name of ["dev", "proc", "tmp"]) mkdirSync(join(folder, name), { recursive: true });
    cpSync(join(import.meta.dirname, "programs"), join(folder, "bench"), { recursive: true });
    const args = ["-q", "-t", "ext4", "-d", folder, "-E", "root_owner=0:0", `${image}.part`, `${MIB}M`];
    const { error, status, stderr } = spawnSync("mke2fs", args, {
      encoding: "utf8",
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    });
    if (error) throw new Complaint("mke2fs is missing: apt-get install e2fsprogs");
    if (status !== 0) throw new Complaint(`mke2fs failed: ${stderr}`);
    renameSync(`${image}.part`, image);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
