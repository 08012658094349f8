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
  test.each(names)("%s", async (name) => {
    const options = suite.programs[name].disk ? { disk: diskImage(), jit } : { jit };
    const { output, exitCode } = await runElf(join(folder, "elf", `${name}.elf`), options);
    expect(output).toBe(expectedOutput(name));
    expect(exitCode).toBe(exitCodeOf(name));
  });
});
