/** Interrupts of a hart seen from outside (privileged specification, 3.1.6.1 and 3.1.9): which are pending, and why one is not taken. */

/** What decides about interrupts. */
export interface HartInterrupts {
  /** Pending, from software and lines together, and enabled: mip and mie. */
  readonly pending: bigint;
  readonly enabled: bigint;
  readonly delegated: bigint;
  readonly mstatus: bigint;
  /** 0 U, 1 S, 3 M. */
  readonly privilege: number;
}

export interface InterruptLook {
  readonly cause: number;
  readonly pending: boolean;
  readonly enabled: boolean;
  /** Privilege that handles it. */
  readonly handler: number;
  /** It is taken before the next instruction. */
  readonly taken: boolean;
  /** In words, for one that is not taken; otherwise "". */
  readonly why: string;
}

const [M, S] = [3, 1];
const MODES = ["U", "S", "", "M"];
const MIE = 1n << 3n;
const SIE = 1n << 1n;
/** By falling priority: MEI, MSI, MTI, SEI, SSI, STI (3.1.9). */
const CAUSES = [
  { cause: 11, bit: "MEIE" },
  { cause: 3, bit: "MSIE" },
  { cause: 7, bit: "MTIE" },
  { cause: 9, bit: "SEIE" },
  { cause: 1, bit: "SSIE" },
  { cause: 5, bit: "STIE" },
] as const;

/** By falling priority. */
export function interruptsOf(hart: HartInterrupts): readonly InterruptLook[] {
  const has = (bits: bigint, cause: number): boolean => ((bits >> BigInt(cause)) & 1n) === 1n;
  const looks = CAUSES.map(({ cause, bit }) => {
    const pending = has(hart.pending, cause);
    const enabled = has(hart.enabled, cause);
    const handler = has(hart.delegated, cause) ? S : M;
    return { cause, pending, enabled, handler, why: whyNot(hart, pending, enabled, handler, bit) };
  });
  // Those that M-mode handles come before all that are delegated.
  const first = looks.find(({ why, handler }) => why === "" && handler === M) ?? looks.find(({ why }) => why === "");
  return looks.map((look) => {
    const taken = look === first;
    const why = look.why !== "" || taken ? look.why : "another one is taken before it";
    return { ...look, taken, why };
  });
}

function whyNot(hart: HartInterrupts, pending: boolean, enabled: boolean, handler: number, bit: string): string {
  const { mstatus, privilege } = hart;
  if (!pending) return "it is not pending";
  if (!enabled) return `mie.${bit} is 0`;
  if (privilege > handler)
    return `${MODES[handler]}-mode handles it (mideleg), and never interrupts ${MODES[privilege]}-mode`;
  if (privilege < handler) return "";
  if (handler === M) return mstatus & MIE ? "" : "mstatus.MIE is 0, and the hart is in M-mode";
  return mstatus & SIE ? "" : "sstatus.SIE is 0, and the hart is in S-mode";
}
