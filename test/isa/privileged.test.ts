// Each privileged test program must print in Vitrine what QEMU 10.0 printed, or what the manuals say where QEMU differs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { MODES } from "../jit/modes.ts";
import { diskImage, exitCodeOf, expectedOutput, folder, names, suite } from "../privileged/build.mjs";
import { runElf } from "../privileged/run-elf.ts";

test("the recordings are of QEMU 10.0", () => {
  expect(readFileSync(join(folder, "recorded", "qemu-version.txt"), "utf8")).toMatch(/^QEMU emulator version 10\.0\./);
});

describe.each(MODES)("$how", ({ jit }) => {
  const sum = { steps: 0, compiledSteps: 0 };

  test.each(names)("%s", async (name) => {
    const options = suite.programs[name].disk ? { disk: diskImage(), jit } : { jit };
    const { output, exitCode, steps, compiledSteps } = await runElf(join(folder, "elf", `${name}.elf`), options);
    sum.steps += steps;
    sum.compiledSteps += compiledSteps;
    expect(output).toBe(expectedOutput(name));
    expect(exitCode).toBe(exitCodeOf(name));
  });

  test("most steps ran compiled, or none", () => {
    const share = sum.compiledSteps / sum.steps;
    if (jit) expect(share).toBeGreaterThan(0.8);
    else expect(share).toBe(0);
  });
});
