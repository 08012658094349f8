/** What `vitrine run` writes about compiled code: the log of --jit-log, the text of --jit-explain, its part of --stats. */
import { closeSync, openSync, writeSync } from "node:fs";
import type { CompiledRegion, JitStatistics, LinkedModule } from "../worker/machine-api.ts";

/** Where the lines go: a file, which is emptied first, or stderr for "-". Throws an Error that names the file. */
export function openJitLog(path: string): {
  readonly write: (module: LinkedModule) => void;
  readonly close: () => void;
} {
  if (path === "-") {
    return { write: (module) => process.stderr.write(`${describeModule(module)}\n`), close: () => {} };
  }
  try {
    const file = openSync(path, "w");
    return { write: (module) => writeSync(file, `${describeModule(module)}\n`), close: () => closeSync(file) };
  } catch (error) {
    throw new Error(`--jit-log ${path}: ${(error as Error).message}`);
  }
}

/** One line, as in "module 3 at step 81234: 0x80200000 0x80200140, 57 instructions, 1811 bytes, 0.412 ms". */
export function describeModule({ number, steps, entries, instructions, bytes, ms }: LinkedModule): string {
  const where = entries.map((pa) => `0x${pa.toString(16)}`).join(" ");
  const counts = `${plural(instructions, "instruction")}, ${plural(bytes, "byte")}`;
  return `module ${number} at step ${steps}: ${where}, ${counts}, ${ms.toFixed(3)} ms`;
}

/** Compiled code for people: each block's guest instructions, and below them the wasm made of them. */
export function explainRegion(region: CompiledRegion | null, pa: bigint): string[] {
  if (region === null) return [`No compiled code is entered at 0x${pa.toString(16)}.`];
  const parts = region.parts.flatMap(({ guest, wasm }) => [
    ...guest.map((insn) => `;; 0x${insn.pa.toString(16)}  ${insn.text}`),
    ...wasm.map((line) => `  ${line}`),
  ]);
  return [region.head, ...region.locals.map((local) => `  ${local}`), ...parts, ")"];
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** For --stats; null when everything was interpreted. `share`: of all steps, those in compiled code, 0 to 1. */
export function jitReport(jit: JitStatistics | null, steps: bigint) {
  if (jit === null) return null;
  const { compiledSteps, compileMs, longestStallMs, ...counts } = jit;
  return {
    share: steps > 0n ? Number((Number(compiledSteps) / Number(steps)).toFixed(6)) : 0,
    compiledSteps: Number(compiledSteps),
    ...counts,
    compileMs: Number(compileMs.toFixed(3)),
    longestStallMs: Number(longestStallMs.toFixed(3)),
  };
}
