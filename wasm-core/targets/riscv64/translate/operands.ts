// What instructions on integer registers have in common: operands onto wasm's stack, the result off it.
import { i64Const, op } from "../../../jit/wasm-writer";
import { I32_WRAP, I64_AND } from "../../../jit/wasm-opcodes";
import { rdNumber } from "../hart";
import { getX, setX } from "./locals";

/** Pops the result into rd. Answers true: the instruction is written. */
export function done(w: u64): bool {
  setX(rdNumber(w));
  return true;
}

/** Pushes the low half of a register. */
export function getWord(register: u32): void {
  getX(register);
  op(I32_WRAP);
}

/** Pushes the low half of a register, with zeros above. */
export function getLow(register: u32): void {
  getX(register);
  i64Const(0xffff_ffff);
  op(I64_AND);
}
