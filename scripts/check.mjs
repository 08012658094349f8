// `npm run check`: format, lint, types, core, import rules and unit tests, two at a time, in seconds.
import { at, Complaint, runAsScript } from "./paths.mjs";
import { runTool } from "./run-process.mjs";
import { installPackages } from "./setup.mjs";

/** These need the core. */
const unitTests = [
  "import rules and unit tests",
  () =>
    runTool(
      "vitest/vitest.mjs",
      ["run", "--config", at("vitest.config.ts"), "--project", "fast", "test/spec", "test/unit"],
      { capture: true },
    ),
];

const core = [
  "core",
  async () => {
    const { build } = await import("./build.mjs");
    try {
      await build(["cores"]);
      return { status: 0, output: "" };
    } catch (error) {
      if (error instanceof Complaint) return { status: 1, output: error.message };
      throw error;
    }
  },
];

const texts = [
  [
    "format and lint",
    () => runTool("@biomejs/biome/bin/biome", ["check", "--max-diagnostics=50", "."], { capture: true }),
  ],
  ["types", () => runTool("typescript/bin/tsc", ["-p", at("tsconfig.json")], { capture: true })],
  [
    "types without DOM",
    () => runTool("typescript/bin/tsc", ["-p", at("tsconfig.lib.json"), "--noEmit"], { capture: true }),
  ],
];

/** Runs the steps one after another; answers how many failed. */
async function runSteps(steps) {
  let failed = 0;
  for (const [name, run] of steps) {
    const start = performance.now();
    const { status, output } = await run();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    process.stdout.write(`${status === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)\n`);
    if (status !== 0) {
      failed++;
      process.stdout.write(`${output.trim()}\n\n`);
    }
  }
  return failed;
}

await runAsScript(import.meta.url, async () => {
  await installPackages();
  const failed = await Promise.all([runSteps([core, unitTests]), runSteps(texts)]);
  return failed.some((count) => count > 0) ? 1 : 0;
});
