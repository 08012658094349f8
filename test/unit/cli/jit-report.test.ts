/** What the command writes about compiled code. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeModule, explainRegion, jitReport, openJitLog } from "../../../src/cli/jit-report.ts";

const module = {
  ...{ number: 3, steps: 81234n, entries: [0x8020_0000n, 0x8020_0140n] },
  ...{ instructions: 57, bytes: 1811, ms: 0.4119 },
};

test("a module in one line", () => {
  expect(describeModule(module)).toBe(
    "module 3 at step 81234: 0x80200000 0x80200140, 57 instructions, 1811 bytes, 0.412 ms",
  );
  expect(describeModule({ ...module, entries: [0x10n], instructions: 1 })).toBe(
    "module 3 at step 81234: 0x10, 1 instruction, 1811 bytes, 0.412 ms",
  );
});

test("the log begins empty and has a line for each module", () => {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-"));
  try {
    const path = join(folder, "jit.log");
    openJitLog(path).close();
    const log = openJitLog(path);
    log.write(module);
    log.write({ ...module, number: 4 });
    log.close();
    const lines = readFileSync(path, "utf8").split("\n");
    expect(lines.map((line) => line.slice(0, 24))).toEqual([
      "module 3 at step 81234: ",
      "module 4 at step 81234: ",
      "",
    ]);
    expect(() => openJitLog(folder)).toThrow(`--jit-log ${folder}: EISDIR`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a region: guest code as comments above its wasm", () => {
  const parts = [
    { guest: [], wasm: ["block"] },
    { guest: [{ pa: 0x8000_0000n, text: "addi t0, t0, 0x1" }], wasm: ["  local.get $l1", "  drop"] },
  ];
  const region = { entry: 0x8000_0000n, head: "(func $f1 (type $t0)", locals: ["(local $l0 i64)"], parts };
  expect(explainRegion(region, 0x8000_0000n)).toEqual([
    "(func $f1 (type $t0)",
    "  (local $l0 i64)",
    "  block",
    ";; 0x80000000  addi t0, t0, 0x1",
    "    local.get $l1",
    "    drop",
    ")",
  ]);
  expect(explainRegion(null, 0x10n)).toEqual(["No compiled code is entered at 0x10."]);
});

test("statistics as plain numbers, with the share of steps", () => {
  const exits = { jump: 1, indirect: 2, next: 0, budget: 3, miss: 4, interpret: 5, trap: 6, leave: 7 };
  const counts = { regions: 2, translated: 5, invalidated: 2, evicted: 1, modules: 4, refused: 0, slots: 2 };
  const rest = { ...counts, wasmBytes: 900, instructions: 70, entries: 28, exits };
  const jit = { compiledSteps: 333n, ...rest, compileMs: 1.23456, longestStallMs: 0.5 };
  expect(jitReport(jit, 1000n)).toEqual({
    ...rest,
    share: 0.333,
    compiledSteps: 333,
    compileMs: 1.235,
    longestStallMs: 0.5,
  });
  expect(jitReport({ ...jit, compiledSteps: 0n }, 0n)).toMatchObject({ share: 0, compiledSteps: 0 });
  expect(jitReport(null, 1000n)).toBeNull();
});
