// The build: spec tables → generated core source → core wasm → library and page. A stage runs only if its inputs changed.
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { relative, sep } from "node:path";
import { compileCore, coreTargets } from "./build-core.mjs";
import { buildLibrary } from "./build-library.mjs";
import { at, Complaint, root, runAsScript } from "./paths.mjs";
import { clearStamp, filesBelow, hashOf, isFresh, writeStamp, writeWhole } from "./stamps.mjs";

/** @typedef {"codegen" | "cores" | "lib" | "embed" | "web"} StageName */

/** Files that every stage depends on: other versions of the tools make other output. */
const tools = [
  "package-lock.json",
  "scripts/build.mjs",
  "scripts/build-core.mjs",
  "scripts/build-library.mjs",
  "scripts/save-prompts.mjs",
];

/** In the order in which they run. `needs` names the stages whose output a stage reads. */
const stages = {
  codegen: {
    needs: [],
    inputs: ["src/spec", "src/codegen"],
    run: generateCode,
  },
  cores: {
    needs: ["codegen"],
    inputs: ["wasm-core", "src/spec"],
    run: async () => Promise.all(coreTargets().map((target) => compileCore(target))),
  },
  lib: {
    needs: ["cores"],
    inputs: ["src", "tsconfig.json", "tsconfig.lib.json"],
    run: async () => {
      await buildLibrary();
      return outputsBelow("lib");
    },
  },
  // Into public, where the machines lie: page and package both bring it along with them.
  embed: {
    needs: ["cores"],
    inputs: ["web", "src", "vite.embed.config.ts", "tsconfig.json", "build/core"],
    run: async () => {
      await buildPage("vite.embed.config.ts");
      return outputsBelow("public/embed");
    },
  },
  web: {
    needs: ["embed"],
    inputs: ["web", "src", "public", "vite.config.ts", "tsconfig.json", "build/core"],
    run: async () => {
      await buildPage("vite.config.ts");
      const { savePrompts } = await import("./save-prompts.mjs");
      await savePrompts();
      return outputsBelow("dist/web");
    },
  },
};

async function buildPage(configFile) {
  const { build: viteBuild } = await import("vite");
  // Else what ran before, or the user's shell, decides whether React's development version is built in.
  process.env.NODE_ENV = "production";
  await viteBuild({ configFile: at(configFile), mode: "production", logLevel: "warn" });
}

/** Runs src/codegen/<target>/main.ts and writes what changed below wasm-core/generated; what is no longer generated goes. */
async function generateCode() {
  const { runnerImport } = await import("vite");
  const files = [];
  for (const target of coreTargets()) {
    const entry = at("src", "codegen", target, "main.ts");
    if (!existsSync(entry))
      throw new Complaint(`src/codegen/${target}/main.ts is missing: it generates the core's tables.`);
    const { module } = await runnerImport(entry, { configFile: false, root, logLevel: "error" });
    files.push(...module.generateAll());
  }
  const folder = at("wasm-core", "generated");
  const wanted = new Set(files.map(({ path }) => at("wasm-core", "generated", ...path.split("/"))));
  for (const { path, text } of files) {
    const file = at("wasm-core", "generated", ...path.split("/"));
    if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeWhole(file, text);
  }
  for (const file of filesBelow(folder)) if (!wanted.has(file)) rmSync(file);
  return [...wanted].map(fromRoot);
}

function fromRoot(file) {
  return relative(root, file).split(sep).join("/");
}

function outputsBelow(path) {
  return filesBelow(at(path)).map(fromRoot);
}

function inputsOf(name) {
  const { inputs } = stages[name];
  const cores = existsSync(at("build")) ? readdirSync(at("build")).filter((file) => /^core-.*\.wasm$/.test(file)) : [];
  return [...tools, ...inputs.flatMap((path) => (path === "build/core" ? cores.map((file) => `build/${file}`) : path))];
}

function withNeeds(names) {
  const all = new Set();
  const add = (name) => {
    if (stages[name] === undefined) {
      throw new Complaint(`There is no build stage "${name}"; the stages are ${Object.keys(stages).join(", ")}.`);
    }
    stages[name].needs.forEach(add);
    all.add(name);
  };
  names.forEach(add);
  return Object.keys(stages).filter((name) => all.has(name));
}

/**
 * Brings the named stages, and those that they need, up to date. Says on stderr what it makes; is silent if nothing changed.
 * @param {StageName[]} names
 */
export async function build(names) {
  const wanted = withNeeds(names);
  if (wanted.every((name) => isFresh(name, hashOf(inputsOf(name))))) return;
  const unlock = await lock();
  try {
    for (const name of wanted) {
      const hash = hashOf(inputsOf(name));
      if (isFresh(name, hash)) continue;
      const start = performance.now();
      process.stderr.write(`Building ${name} … `);
      clearStamp(name);
      const outputs = await stages[name].run();
      // Stage codegen writes no input of its own; hash again only what it was made from.
      writeStamp(name, hash, outputs);
      process.stderr.write(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);
    }
  } catch (error) {
    process.stderr.write("\n");
    throw error;
  } finally {
    unlock();
  }
}

/** Two builds in one working copy take turns. A lock whose process is gone does not count. */
async function lock() {
  const path = at("build", "lock");
  mkdirSync(at("build"), { recursive: true });
  for (;;) {
    try {
      const file = openSync(path, "wx");
      writeSync(file, String(process.pid));
      closeSync(file);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (!lockHolderLives(path)) rmSync(path, { force: true });
    else await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function lockHolderLives(path) {
  try {
    const pid = Number(readFileSync(path, "utf8"));
    // The holder writes its number right after it made the file.
    if (pid === 0) return true;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

await runAsScript(import.meta.url, async (args) => {
  const { installPackages } = await import("./setup.mjs");
  await installPackages();
  await build(args.length > 0 ? /** @type {StageName[]} */ (args) : ["lib", "web"]);
  return 0;
});
