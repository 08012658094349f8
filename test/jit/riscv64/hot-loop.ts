/** A loop of six instructions whose state after any step is known without running it. */
import { Assembler, encode, rowOf } from "../../differential/riscv64/assembler.ts";
import { RAM } from "./layout.ts";

/** Instructions of the boot ROM before the program's first. */
export const BOOT_STEPS = 6;
/** Instructions before the loop. */
const START_STEPS = 6;
export const LOOP = RAM + 4n * BigInt(START_STEPS);
export const STORED = RAM + 0x4000n;
/** Step before which the loop's first instruction is executed for the first time. */
export const LOOP_STEP = BOOT_STEPS + START_STEPS;

export function hotLoop(): Uint8Array {
  const a = new Assembler(RAM);
  a.put("addi", { rd: 5 });
  a.put("addi", { rd: 6 });
  a.put("addi", { rd: 7 });
  a.put("addi", { rd: 8 });
  a.put("auipc", { rd: 10, imm: 0x4000 });
  a.put("addi", { rd: 10, rs1: 10, imm: -16 });
  a.label("loop");
  a.put("addi", { rd: 5, rs1: 5, imm: 1 });
  a.put("xor", { rd: 6, rs1: 6, rs2: 5 });
  a.put("slli", { rd: 7, rs1: 6, shamt: 3 });
  a.put("add", { rd: 8, rs1: 8, rs2: 7 });
  a.put("sd", { rs1: 10, rs2: 8 });
  a.to("loop", "jal");
  return a.assemble();
}

/** The loop's first instruction, with another immediate. */
export function addsInstead(imm: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(encode(rowOf("addi"), { rd: 5, rs1: 5, imm })).buffer);
}

export interface LoopState {
  readonly pc: bigint;
  readonly t0: bigint;
  readonly t1: bigint;
  readonly t2: bigint;
  readonly s0: bigint;
  readonly stored: bigint;
}

/** State before step `steps`, from LOOP_STEP on. */
export function loopState(steps: number, add = 1n): LoopState {
  let [t0, t1, t2, s0, stored] = [0n, 0n, 0n, 0n, 0n];
  let at = 0;
  for (let step = LOOP_STEP; step < steps; step++) {
    if (at === 0) t0 += add;
    else if (at === 1) t1 ^= t0;
    else if (at === 2) t2 = BigInt.asUintN(64, t1 << 3n);
    else if (at === 3) s0 = BigInt.asUintN(64, s0 + t2);
    else if (at === 4) stored = s0;
    at = (at + 1) % 6;
  }
  return { pc: LOOP + BigInt(at * 4), t0, t1, t2, s0, stored };
}
