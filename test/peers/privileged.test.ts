// The recorded output of the privileged test programs is what their sources, built anew, print on QEMU 10.0 today.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  buildElf,
  exitCodeOf,
  expectedOutput,
  folder,
  names,
  qemuVersion,
  runOnQemu,
  suite,
} from "../privileged/build.mjs";

const scratch = mkdtempSync(join(tmpdir(), "privileged-"));

beforeAll(() => {
  expect(qemuVersion(), "apt-get -t bookworm-backports install qemu-system-misc").toMatch(/ version 10\.0\./);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test.each(names)("%s", (name) => {
  const committed = join(folder, "elf", `${name}.elf`);
  const rebuilt = join(scratch, `${name}.elf`);
  buildElf(name, rebuilt);
  const expected = expectedOutput(name);
  // Another compiler may lay code out differently; then both must print the same.
  const same = readFileSync(committed).equals(readFileSync(rebuilt));
  for (const elf of same ? [committed] : [committed, rebuilt]) {
    const { output, exitCode } = runOnQemu(name, elf);
    expect(exitCode).toBe(exitCodeOf(name));
    if (suite.programs[name].expected === "manual") {
      // The same checks, but QEMU must differ: what it has learnt belongs into the other programs.
      const checks = (text: string) => text.split("\n").map((line) => line.slice(0, 20));
      expect(checks(output)).toEqual(checks(expected));
      expect(output).not.toBe(expected);
    } else {
      expect(output).toBe(expected);
    }
  }
});
