/** Linux on this target (arch/riscv: asm/processor.h, asm/ptrace.h, kernel/entry.S). */
import type { LinuxTarget, SavedRegister } from "../linux-target.ts";

/** Members of pt_regs that bear the names of registers. */
const SAME = "ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6".split(
  " ",
);

export const LINUX_TARGET: LinuxTarget = {
  switchFrame: [
    { register: "ra", member: "ra" },
    { register: "sp", member: "sp" },
    ...Array.from({ length: 12 }, (_, index): SavedRegister => ({ register: `s${index}`, member: "s", index })),
  ],
  resume: "ra",
  userFrame: [
    { register: "pc", member: "epc" },
    ...SAME.map((name) => ({ register: name, member: name })),
    { register: "sstatus", member: "status" },
    { register: "stval", member: "badaddr" },
    { register: "scause", member: "cause" },
  ],
  userResume: "pc",
  trapEntry: "handle_exception",
  taskSwitch: { function: "__switch_to", previous: "a0", current: "tp" },
  stackAlignment: 16,
};
