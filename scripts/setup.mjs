// Set-up of a working copy: packages as the lock file says, generated code, core and library. Quick when nothing changed.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { at, Complaint, runAsScript } from "./paths.mjs";
import { findNpm, runProcess } from "./run-process.mjs";

/**
 * Does node_modules hold what package-lock.json asks for? npm notes what it installed in a lock file of its own there.
 * @param {string} [folder] of package-lock.json and node_modules
 */
export function packagesAreInstalled(folder = at()) {
  const note = join(folder, "node_modules", ".package-lock.json");
  if (!existsSync(note)) return false;
  const wanted = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(note, "utf8")).packages;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === "") return true;
    // An optional package is one of many per system; npm leaves out those for other systems.
    return installed[path] === undefined ? optional === true : installed[path].version === version;
  });
}

/** Installs the packages of the lock file if they are missing or others. */
export async function installPackages() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Complaint(`Vitrine needs Node 20.19 or later; this is Node ${process.versions.node}.`);
  }
  if (packagesAreInstalled()) return;
  process.stderr.write("Installing packages (npm ci) …\n");
  const { status } = await runProcess(process.execPath, [findNpm(), "ci", "--no-fund", "--no-audit"]);
  if (status !== 0) throw new Complaint(`npm ci failed with status ${status}.`);
}

/**
 * Installs packages and builds what `stages` name, with whatever they need.
 * @param {import("./build.mjs").StageName[]} [stages]
 */
export async function setUp(stages = ["lib"]) {
  await installPackages();
  const { build } = await import("./build.mjs");
  await build(stages);
}

await runAsScript(import.meta.url, () => setUp().then(() => 0));
