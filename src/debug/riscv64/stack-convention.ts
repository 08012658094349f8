/** Registers and frames of this target's calling convention (RISC-V ELF psABI: register numbers of DWARF, frame pointer). */
import type { StackConvention } from "../call-stack.ts";
import { codeFlow } from "./code-flow.ts";

export const stackConvention: StackConvention = {
  pc: "pc",
  stackPointer: "x2",
  framePointer: "x8",
  returnAddress: "x1",
  // x0 holds nothing to be saved, and is no register of the tables.
  names: Array.from({ length: 32 }, (_, number) => (number === 0 ? "" : `x${number}`)),
  savedReturnAddress: -8n,
  savedFramePointer: -16n,
  wordBytes: 8,
  preserved: ["x2", "x8", "x9", ...Array.from({ length: 10 }, (_, number) => `x${18 + number}`)],
  // gp and tp.
  constant: ["x3", "x4"],
  endsWithCall(bytes) {
    const found = codeFlow(bytes);
    return found?.flow === "call" && found.length === bytes.length;
  },
};
