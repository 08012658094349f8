// Adds up Vitest's JSON reports and prints "N passed, N failed", alone on the last line. Exit status 1 if anything failed.
import { existsSync, readFileSync } from "node:fs";
import { runAsScript } from "./paths.mjs";

/** So many tests of a run may need their second try: what fails half the time is broken. */
const MOST_SECOND_TRIES = 2;

/** A report that is missing, or a file that could not even be loaded, counts as a failure. */
export function totals(files) {
  const sum = { passed: 0, failed: 0 };
  let secondTries = 0;
  for (const file of files) {
    if (!existsSync(file)) {
      process.stdout.write(`${file} is missing: its tests did not run to the end.\n`);
      sum.failed++;
      continue;
    }
    const report = JSON.parse(readFileSync(file, "utf8"));
    const broken = report.testResults.filter(
      (suite) => suite.status === "failed" && suite.assertionResults.every((test) => test.status !== "failed"),
    );
    for (const suite of broken) process.stdout.write(`${suite.name}: ${suite.message}\n`);
    for (const test of report.testResults.flatMap((suite) => suite.assertionResults)) {
      if (test.status !== "passed" || test.failureMessages.length === 0) continue;
      secondTries++;
      process.stdout.write(`Passed at its second try: ${test.fullName}: ${test.failureMessages[0]}\n`);
    }
    if (report.numPendingTests > 0) process.stdout.write(`${file}: ${report.numPendingTests} skipped.\n`);
    sum.passed += report.numPassedTests;
    sum.failed += report.numFailedTests + broken.length;
  }
  if (secondTries > MOST_SECOND_TRIES) {
    process.stdout.write(`${secondTries} tests needed a second try; ${MOST_SECOND_TRIES} may.\n`);
    sum.failed++;
  }
  return sum;
}

await runAsScript(import.meta.url, (files) => {
  const { passed, failed } = totals(files);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 && passed > 0 ? 0 : 1;
});
