// Packs a folder into a gzip'd "newc" cpio archive that is the same, byte for byte, whoever builds it and wherever.
// usage: node cpio.mjs FOLDER OUT.cpio.gz
// Owner is root, times are SOURCE_DATE_EPOCH, entries are sorted, and the two device nodes that the kernel needs before
// devtmpfs is mounted are added, so that no root rights are needed. Format: the kernel's driver-api/early-userspace.
import { lstatSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { constants, gzipSync } from "node:zlib";

const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const S_IFLNK = 0o120000;
const S_IFCHR = 0o020000;
const mtime = Number(process.env.SOURCE_DATE_EPOCH ?? 0);

/** Everything under `folder`: { name, mode, data, rdev: [major, minor] }, parents before their children. */
function collect(folder, prefix = "") {
  const entries = [];
  for (const name of readdirSync(join(folder, prefix)).sort()) {
    const path = prefix ? `${prefix}/${name}` : name;
    const stat = lstatSync(join(folder, path));
    if (stat.isDirectory()) {
      entries.push({ name: path, mode: S_IFDIR | 0o755, data: Buffer.alloc(0) }, ...collect(folder, path));
    } else if (stat.isSymbolicLink()) {
      entries.push({ name: path, mode: S_IFLNK | 0o777, data: Buffer.from(readlinkSync(join(folder, path))) });
    } else {
      const mode = S_IFREG | (stat.mode & 0o100 ? 0o755 : 0o644);
      entries.push({ name: path, mode, data: readFileSync(join(folder, path)) });
    }
  }
  return entries;
}

const padded = (bytes) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);

function record({ name, mode, data, rdev = [0, 0] }, ino) {
  const nlink = (mode & S_IFDIR) === S_IFDIR ? 2 : 1;
  const fields = [ino, mode, 0, 0, nlink, mtime, data.length, 0, 0, rdev[0], rdev[1], name.length + 1, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`;
  return Buffer.concat([padded(Buffer.from(`${header}${name}\0`)), padded(data)]);
}

const [folder, out] = process.argv.slice(2);
if (!folder || !out) throw new Error("usage: node cpio.mjs FOLDER OUT.cpio.gz");
const device = (name, mode, rdev) => ({ name, mode: S_IFCHR | mode, data: Buffer.alloc(0), rdev });
const entries = [
  ...collect(folder),
  device("dev/console", 0o600, [5, 1]),
  device("dev/null", 0o666, [1, 3]),
];
const trailer = record({ name: "TRAILER!!!", mode: 0, data: Buffer.alloc(0) }, 0);
const archive = Buffer.concat([...entries.map((entry, index) => record(entry, index + 1)), trailer]);
const gzip = gzipSync(archive, { level: constants.Z_BEST_COMPRESSION });
gzip[9] = 0xff; // "unknown" operating system: zlib would write the building one (RFC 1952, 2.3.1)
writeFileSync(out, gzip);
console.log(`${out}: ${entries.length} entries, ${archive.length} bytes, ${gzip.length} gzip'd`);
