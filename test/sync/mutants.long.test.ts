/** Each rule of the sync broken in turn, and each time a test that turns red: `npm run test:mutants`. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

test("every mutant of the sync turns a test red", () => {
  const { stdout, status } = spawnSync(process.execPath, [join(import.meta.dirname, "run-mutants.mjs")], {
    encoding: "utf8",
  });
  expect(stdout).not.toContain("SURVIVES");
  expect([status, stdout.trim().split("\n").at(-1)]).toEqual([0, expect.stringMatching(/mutants turn a test red\.$/)]);
});
