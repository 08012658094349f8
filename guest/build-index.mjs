// Writes public/guests/index.json: the bundled machines with each file's size, hash, origin and licence.
// usage: node build-index.mjs [--check]     --check writes nothing and fails if the file is not what it should be
// Shape: [{ id, title, description, target, memory, bios, kernel, initrd?, append?, console, picture, symbols?, offsets?, sources?,
//           files: [{ path, bytes, sha256, origin, licence }] }], memory and bytes in bytes, paths relative to public/.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { guests } from "./guests.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const publicFolder = join(here, "..", "public");

const versions = new Map(
  readFileSync(join(here, "packages.txt"), "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(" "))
    .map(([name, version, suite]) => [name, `${name} ${version} (Debian ${suite})`]),
);

function debian(name) {
  const origin = versions.get(name);
  if (!origin) throw new Error(`packages.txt has no version of ${name}`);
  return origin;
}

/** Origin and licence (SPDX) by the beginning of the path, the most special one first. */
const provenance = [
  ["firmware/opensbi/", () => debian("opensbi"), "BSD-2-Clause AND BSD-3-Clause AND GPL-2.0-only"],
  ["guests/linux/initramfs", () => `${debian("busybox-static")} and guest/linux of this project`, "GPL-2.0-only AND MIT"],
  ["guests/linux/", () => `built from ${debian("linux-source-6.12")} with guest/linux`, "GPL-2.0-only WITH Linux-syscall-note"],
  ["guests/", () => `this project, built with ${debian("gcc-riscv64-unknown-elf")}`, "MIT"],
];

function describeFile(path) {
  const bytes = readFileSync(join(publicFolder, path));
  const [, origin, licence] = provenance.find(([prefix]) => path.startsWith(prefix));
  return {
    path,
    bytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    origin: origin(),
    licence,
  };
}

const sourcesIn = (folder) =>
  readdirSync(join(publicFolder, "guests/src", folder))
    .sort()
    .map((name) => `guests/src/${folder}/${name}`);

const index = guests.map(({ sources, ...guest }) => {
  const entry = sources ? { ...guest, sources: sources.folders.flatMap(sourcesIn) } : guest;
  const paths = [entry.bios, entry.kernel, entry.initrd, entry.symbols, entry.offsets, ...(entry.sources ?? [])];
  return { ...entry, files: paths.filter(Boolean).map(describeFile) };
});

/** The served copies of the sources must be what the programs are built from. */
function staleSources() {
  const folders = [...new Set(guests.flatMap(({ sources }) => sources?.folders ?? []))];
  return folders.flatMap(sourcesIn).filter((path) => {
    const original = join(here, "programs", path.slice("guests/src/".length));
    return !readFileSync(join(publicFolder, path)).equals(readFileSync(original));
  });
}

const out = join(publicFolder, "guests/index.json");
const text = `${JSON.stringify(index, null, 2)}\n`;
if (process.argv.includes("--check")) {
  const stale = staleSources();
  if (stale.length) {
    console.error(`${stale.join(", ")}: differs from guest/programs: run guest/build-programs.sh`);
    process.exit(1);
  }
  if (readFileSync(out, "utf8") !== text) {
    console.error("public/guests/index.json is stale: run node guest/build-index.mjs");
    process.exit(1);
  }
} else {
  writeFileSync(out, text);
}
