// Remembers by content hash what a build stage was made from, so that only what changed is made again.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { at, root } from "./paths.mjs";

/** All files below `path` (or itself, if it is a file) as sorted absolute paths; [] if there is nothing. */
export function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}

/** SHA-256 over names and contents of all files below the paths, relative to the root. */
export function hashOf(paths) {
  const hash = createHash("sha256");
  for (const file of paths.flatMap((path) => filesBelow(at(path)))) {
    const bytes = readFileSync(file);
    hash.update(`${relative(root, file).split(sep).join("/")}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex");
}

function stampFile(name) {
  return at("build", "stamps", `${name}.json`);
}

/** Was stage `name` made from inputs with this hash, and are all files that it made still there? */
export function isFresh(name, hash) {
  try {
    const stamp = JSON.parse(readFileSync(stampFile(name), "utf8"));
    return stamp.hash === hash && stamp.outputs.every((path) => existsSync(at(path)));
  } catch {
    return false;
  }
}

/** Forgets stage `name`: a stage that breaks half-way must not look fresh. */
export function clearStamp(name) {
  rmSync(stampFile(name), { force: true });
}

/** @param {string[]} outputs paths relative to the root: what the stage made */
export function writeStamp(name, hash, outputs) {
  writeWhole(stampFile(name), JSON.stringify({ hash, outputs }, null, 1));
}

/** Writes a file so that nobody ever sees half of it. */
export function writeWhole(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.new`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}
