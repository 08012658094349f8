// Compiles wasm-core/targets/<target>/entry.ts to build/core-<target>.wasm, one core per target folder that has an entry.
import { existsSync, readdirSync } from "node:fs";
import { at, Complaint, root, runAsScript } from "./paths.mjs";
import { writeWhole } from "./stamps.mjs";

/** Targets are the folders below wasm-core/targets that have an entry.ts; nothing else lists them. */
export function coreTargets() {
  const folder = at("wasm-core", "targets");
  const targets = existsSync(folder)
    ? readdirSync(folder).filter((name) => existsSync(at("wasm-core", "targets", name, "entry.ts")))
    : [];
  if (targets.length === 0) throw new Complaint("No wasm-core/targets/<target>/entry.ts: there is no core to build.");
  return targets.sort();
}

const flags = [
  ...["--runtime", "stub", "--noAssert", "--optimizeLevel", "3", "--shrinkLevel", "0"],
  // The host makes the memory, as large as the machine needs; 65536 pages are the most that wasm32 knows.
  ...["--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536", "--memoryBase", "1024"],
  "--exportTable",
  ...["--enable", "threads", "--enable", "simd"],
];

/**
 * @param {string} target
 * @param {{ text?: boolean }} [options] text: also build/core-<target>.wat, to read
 * @returns {Promise<string>} the path of the core below the root
 */
export async function compileCore(target, options = {}) {
  const { main } = await import("assemblyscript/asc");
  const output = `build/core-${target}.wasm`;
  const args = [`wasm-core/targets/${target}/entry.ts`, "--baseDir", root, "--outFile", output, ...flags];
  if (options.text) args.push("--textFile", `build/core-${target}.wat`);
  let messages = "";
  const sink = { write: (text) => (messages += text) };
  const { error } = await main(args, {
    stdout: sink,
    stderr: sink,
    writeFile: (name, content) => writeWhole(at(...name.split("/")), content),
  });
  if (error !== null) throw new Complaint(`${messages.trim()}\nThe core of ${target} does not compile.`);
  if (messages !== "") process.stderr.write(messages);
  return output;
}

await runAsScript(import.meta.url, async (args) => {
  for (const target of coreTargets()) await compileCore(target, { text: args.includes("--text") });
  return 0;
});
