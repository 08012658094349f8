/** Causes of traps: exceptions and interrupts (privileged specification 20240411, tables of mcause and scause). */

/** One exception or interrupt. */
export interface TrapRow {
  /** Value of the cause register without its interrupt bit. */
  readonly code: number;
  /** Name in bitfields and constants. */
  readonly short: string;
  /** Name in words. */
  readonly name: string;
}

export const EXCEPTIONS: readonly TrapRow[] = [
  { code: 0, short: "INSN_MISALIGNED", name: "instruction address misaligned" },
  { code: 1, short: "INSN_ACCESS", name: "instruction access fault" },
  { code: 2, short: "ILLEGAL", name: "illegal instruction" },
  { code: 3, short: "BREAKPOINT", name: "breakpoint" },
  { code: 4, short: "LOAD_MISALIGNED", name: "load address misaligned" },
  { code: 5, short: "LOAD_ACCESS", name: "load access fault" },
  { code: 6, short: "STORE_MISALIGNED", name: "store/AMO address misaligned" },
  { code: 7, short: "STORE_ACCESS", name: "store/AMO access fault" },
  { code: 8, short: "ECALL_U", name: "environment call from U-mode" },
  { code: 9, short: "ECALL_S", name: "environment call from S-mode" },
  { code: 11, short: "ECALL_M", name: "environment call from M-mode" },
  { code: 12, short: "INSN_PAGE", name: "instruction page fault" },
  { code: 13, short: "LOAD_PAGE", name: "load page fault" },
  { code: 15, short: "STORE_PAGE", name: "store/AMO page fault" },
];

export const INTERRUPTS: readonly TrapRow[] = [
  { code: 1, short: "SSI", name: "supervisor software interrupt" },
  { code: 3, short: "MSI", name: "machine software interrupt" },
  { code: 5, short: "STI", name: "supervisor timer interrupt" },
  { code: 7, short: "MTI", name: "machine timer interrupt" },
  { code: 9, short: "SEI", name: "supervisor external interrupt" },
  { code: 11, short: "MEI", name: "machine external interrupt" },
];

/** The cause in words, from the value of mcause or scause. */
export function causeName(cause: bigint): string {
  const isInterrupt = cause >> 63n === 1n;
  const code = cause & ((1n << 63n) - 1n);
  const row = (isInterrupt ? INTERRUPTS : EXCEPTIONS).find((trap) => BigInt(trap.code) === code);
  return row?.name ?? `${isInterrupt ? "interrupt" : "exception"} ${code}`;
}
