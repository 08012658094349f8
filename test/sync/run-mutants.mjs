// Breaks the sync in one place after another (mutants.json), in a copy of the tree, and sees that a test turns red each time.
// Arguments: words that a mutant's description, file or tests must contain. Needs a built core (npm run build) for the last ones.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const mutants = JSON.parse(readFileSync(join(import.meta.dirname, "mutants.json"), "utf8"));
const words = process.argv.slice(2);
const wanted = mutants.filter(({ breaks, file, tests }) =>
  words.every((word) => `${breaks} ${file} ${tests}`.includes(word)),
);

const copy = mkdtempSync(join(tmpdir(), "vitrine-mutants-"));
let survivors = 0;
try {
  for (const part of [
    "src",
    "wasm-core",
    "test/sync",
    "scripts",
    "build",
    "lib",
    "test/boot/machines.ts",
    "public/guests/index.json",
    "package.json",
    "vitest.config.ts",
    "tsconfig.json",
  ]) {
    cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "junction");
  const core = readFileSync(join(copy, "build/core-riscv64.wasm"));
  for (const { breaks, file, from, to, tests, rebuild } of wanted) {
    const path = join(copy, file);
    const text = readFileSync(path, "utf8");
    if (text.split(from).length !== 2) throw new Error(`${file} does not have this text exactly once: ${from}`);
    writeFileSync(
      path,
      text.replace(from, () => to),
    );
    let verdict = "";
    if (rebuild) {
      const built = run("scripts/build-core.mjs");
      if (built.status !== 0) verdict = "does not compile";
    }
    if (verdict === "") {
      const result = run("node_modules/vitest/vitest.mjs", "run", "--bail", "1", `test/sync/${tests}`);
      const red = /(?:FAIL|×)\s+.*/.exec(result.stdout);
      if (result.status === 0) verdict = "SURVIVES";
      else verdict = red === null ? "does not compile" : `red: ${red[0].split(" > ").slice(1).join(" > ") || red[0]}`;
      if (result.error?.code === "ETIMEDOUT") verdict = "red: hangs";
    }
    if (!verdict.startsWith("red")) survivors++;
    process.stdout.write(`${breaks}\n  ${verdict}\n`);
    writeFileSync(path, text);
    if (rebuild) writeFileSync(join(copy, "build/core-riscv64.wasm"), core);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
process.stdout.write(`${wanted.length - survivors} of ${wanted.length} mutants turn a test red.\n`);
process.exitCode = survivors === 0 ? 0 : 1;

function run(script, ...args) {
  return spawnSync(process.execPath, [script, ...args], {
    cwd: copy,
    encoding: "utf8",
    timeout: 120_000,
    env: { ...process.env, NO_COLOR: "1" },
  });
}
