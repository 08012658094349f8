// What compiled code calls.
import { executeOne } from "../../../generated/instructions";
import { jit } from "../../../jit/state";
import { DONE, Hart, LEAVE, thisHart } from "../hart";

/**
 * Executes the instruction `w` (decoded; `insn`: its bits) at `pc`, with `left` steps to go, itself included. Answers DONE, TRAP
 * or LEAVE; the latter also when compiled code was dropped meanwhile, which may be the caller's.
 */
export function runInsn(pc: u64, w: u64, insn: u32, left: u32): u32 {
  const hart = thisHart();
  const ip = changetype<usize>(hart) + offsetof<Hart>("single0");
  hart.left = left;
  hart.ip = ip;
  hart.singleInsn = insn;
  hart.codeVa = pc;
  hart.codeBase = ip;
  const drops = jit.drops;
  const status = executeOne(hart, w);
  return status == DONE && jit.drops != drops ? LEAVE : status;
}
