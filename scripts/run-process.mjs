// Starts other programs without a shell, so that all systems behave alike; finds npm where there is no shell to find it.
import { spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { at, Complaint } from "./paths.mjs";

/**
 * Runs a program to its end. Its stdout goes to our stderr unless `stdout` says otherwise: our stdout may be a pipe with data.
 * @param {string} file
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, stdout?: "stdout" | "stderr", capture?: boolean }} [options]
 * @returns {Promise<{ status: number, output: string }>} output: of both streams, with `capture` only
 */
export function runProcess(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const out = options.capture ? "pipe" : options.stdout === "stdout" ? 1 : 2;
    const child = spawn(file, args, {
      cwd: at(),
      env: options.env ?? process.env,
      stdio: ["ignore", out, options.capture ? "pipe" : 2],
    });
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text) => (output += text));
    child.stderr?.setEncoding("utf8").on("data", (text) => (output += text));
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ status: code ?? (signal === null ? 1 : 128), output }));
  });
}

/** Runs the script `path` of an installed package with this Node. Same options and answer as runProcess. */
export function runTool(path, args, options) {
  return runProcess(process.execPath, [at("node_modules", ...path.split("/")), ...args], options);
}

/** The file npm-cli.js of the npm that belongs to this Node. */
export function findNpm() {
  const bin = dirname(process.execPath);
  const candidates = [
    join(bin, "node_modules", "npm", "bin", "npm-cli.js"),
    join(bin, "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    "/usr/share/nodejs/npm/bin/npm-cli.js",
  ];
  const parent = process.env.npm_execpath;
  if (parent !== undefined && /^np[mx]-cli\.js$/.test(basename(parent))) {
    candidates.unshift(join(dirname(parent), "npm-cli.js"));
  }
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    candidates.push(join(folder, "node_modules", "npm", "bin", "npm-cli.js"));
    const link = join(folder, "npm");
    if (existsSync(link) && basename(realpathSync(link)) === "npm-cli.js") candidates.push(realpathSync(link));
  }
  const found = candidates.find((path) => existsSync(path));
  if (found === undefined)
    throw new Complaint("npm was not found beside Node or in PATH. Run `npm ci` by hand, then try again.");
  return found;
}
