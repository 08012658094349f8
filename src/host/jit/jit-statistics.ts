/** Reads what the core counts about compiled code, and adds what its linker knows. */
import {
  JIT_BASE,
  JIT_EVICTED,
  JIT_EXIT_BUDGET,
  JIT_EXIT_INDIRECT,
  JIT_EXIT_INTERPRET,
  JIT_EXIT_JUMP,
  JIT_EXIT_LEAVE,
  JIT_EXIT_MISS,
  JIT_EXIT_NEXT,
  JIT_EXIT_TRAP,
  JIT_EXITS,
  JIT_INSTRUCTIONS,
  JIT_INVALIDATED,
  JIT_MODULES,
  JIT_REGIONS,
  JIT_STEPS,
  JIT_TRANSLATED,
  JIT_WASM_BYTES,
} from "../../spec/abi.ts";
import type { JitExit, JitStatistics } from "../machine-types.ts";
import type { JitLinker } from "./jit-linker.ts";

/** Place of each count behind JIT_EXITS. */
export const EXITS: Readonly<Record<JitExit, number>> = {
  jump: JIT_EXIT_JUMP,
  indirect: JIT_EXIT_INDIRECT,
  next: JIT_EXIT_NEXT,
  budget: JIT_EXIT_BUDGET,
  miss: JIT_EXIT_MISS,
  interpret: JIT_EXIT_INTERPRET,
  trap: JIT_EXIT_TRAP,
  leave: JIT_EXIT_LEAVE,
};

/** null when everything is interpreted. */
export function jitStatistics(memory: WebAssembly.Memory, linker: JitLinker): JitStatistics | null {
  if (!linker.isOn) return null;
  const view = new DataView(memory.buffer, JIT_BASE);
  const count = (offset: number) => Number(view.getBigUint64(offset, true));
  const exits = Object.entries(EXITS).map(([name, index]) => [name, count(JIT_EXITS + 8 * index)] as const);
  return {
    compiledSteps: view.getBigUint64(JIT_STEPS, true),
    regions: count(JIT_REGIONS),
    translated: count(JIT_TRANSLATED),
    invalidated: count(JIT_INVALIDATED),
    evicted: count(JIT_EVICTED),
    modules: count(JIT_MODULES),
    refused: linker.refused,
    slots: linker.slots,
    wasmBytes: count(JIT_WASM_BYTES),
    instructions: count(JIT_INSTRUCTIONS),
    // Whoever went in came out.
    entries: exits.reduce((sum, [, number]) => sum + number, 0),
    exits: Object.fromEntries(exits) as Record<JitExit, number>,
    compileMs: linker.compileMs,
    longestStallMs: linker.longestStallMs,
  };
}
