// `npm test`: set-up, a browser for the tests of the page, then Vitest. Further arguments go to Vitest: `npm test -- sync`.
import { at, runAsScript } from "./paths.mjs";
import { runTool } from "./run-process.mjs";
import { setUp } from "./setup.mjs";
import { filesBelow } from "./stamps.mjs";

/** The Vitest projects of each suite; see vitest.config.ts. */
const suites = {
  default: ["alone", "boot", "fast", "web"],
  peers: ["peers"],
  long: ["long"],
  debian: ["debian"],
  web: ["web"],
};

/** Would Vitest, with these filters, run a test of the page? It runs files whose paths contain one of them. */
function needsBrowser(filters) {
  const files = filesBelow(at("test", "web")).filter((file) => file.endsWith(".test.ts"));
  return filters.length === 0 || files.some((file) => filters.some((filter) => file.includes(filter)));
}

await runAsScript(import.meta.url, async (args) => {
  const suiteAt = args.indexOf("--suite");
  const suite = suiteAt < 0 ? "default" : args.splice(suiteAt, 2)[1];
  const projects = suites[suite];
  if (projects === undefined) {
    process.stderr.write(`There is no suite "${suite}"; the suites are ${Object.keys(suites).join(", ")}.\n`);
    return 2;
  }
  // What follows -t is the name of a test, not a part of a path.
  const filters = args.filter((arg, index) => !arg.startsWith("-") && args[index - 1] !== "-t");
  const withBrowser = projects.some((project) => project === "web" || project === "long") && needsBrowser(filters);
  await setUp(withBrowser ? ["lib", "web"] : ["lib"]);
  const env = { ...process.env };
  if (withBrowser) {
    const { needBrowser } = await import("./find-browser.mjs");
    env.VITRINE_CHROMIUM = await needBrowser();
  }
  const report = at("build", `test-report-${suite}.json`);
  const { status } = await runTool(
    "vitest/vitest.mjs",
    [
      "run",
      ...["--config", at("vitest.config.ts")],
      ...projects.flatMap((project) => ["--project", project]),
      ...["--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
      ...args,
    ],
    { env, stdout: "stdout" },
  );
  return status;
});
