/** Registers and frames of this target's calling convention (RISC-V ELF psABI: register numbers of DWARF, frame pointer). */
import type { StackConvention } from "../call-stack.ts";
import { codeFlow } from "./code-flow.ts";

/** s0 to s11, and fs0 to fs11. */
const SAVED = [8, 9, ...Array.from({ length: 10 }, (_, number) => 18 + number)];

export const stackConvention: StackConvention = {
  pc: "pc",
  stackPointer: "x2",
  framePointer: "x8",
  returnAddress: "x1",
  // x0 holds nothing to be saved, and is no register of the tables.
  names: Array.from({ length: 64 }, (_, number) =>
    number === 0 ? "" : number < 32 ? `x${number}` : `f${number - 32}`,
  ),
  savedReturnAddress: -8n,
  savedFramePointer: -16n,
  wordBytes: 8,
  preserved: ["x2", ...["x", "f"].flatMap((kind) => SAVED.map((number) => `${kind}${number}`))],
  // gp and tp.
  constant: ["x3", "x4"],
  // It points to where the program's own thread-local storage begins (section "Thread Local Storage", variant I).
  threadPointer: "x4",
  // Floats are boxed into a NaN. Whole numbers are widened as their type says to 32 bits, and then with their sign ("Integer Calling Convention").
  widened(name, bits, bytes, isSigned) {
    if (name.startsWith("f")) return BigInt.asUintN(64, bits | (-1n << BigInt(bytes * 8)));
    if (bytes >= 8) return BigInt.asUintN(64, bits);
    const word = bytes < 4 && !isSigned ? bits : BigInt.asIntN(Math.min(bytes, 4) * 8, bits);
    return BigInt.asUintN(64, word);
  },
  endsWithCall(bytes) {
    const found = codeFlow(bytes);
    return found?.flow === "call" && found.length === bytes.length;
  },
};
