/** Where things lie in the memory of a whole program: physical addresses, which are virtual ones too, by an identity mapping. */

export const RAM = 0x8000_0000n;
/** All that a program occupies, from RAM on. */
export const WINDOW_BYTES = 0x4_0000;

const page = (number: number): bigint => RAM + BigInt(number * 4096);

/** Start, and both trap handlers; not for U-mode. */
export const MONITOR = page(0);
/** What the handler in M-mode keeps; not for U-mode. */
export const CONTEXT = page(1);
/** Roots for Sv39 (S, U), Sv48 (S, U), Sv57 (S, U), then for S and for U: middle and leaf of the alias window, of RAM. */
export const TABLES = page(2);
export const TABLE = { sv39: 0, sv48: 2, sv57: 4, aliasMiddle: 6, aliasLeaf: 8, ramMiddle: 10, ramLeaf: 12 } as const;
export const TABLE_COUNT = 14;
export const SCRATCH = page(16);
export const SCRATCH_PAGES = 4;
export const STACK_END = page(21);
/** Pointers, jump tables, results. */
export const DATA = page(21);
/** Code that the alias window shows. */
export const ALIASED = page(24);
export const ALIASED_PAGES = 4;
export const CODE = page(28);
export const CODE_END = RAM + BigInt(WINDOW_BYTES);

/** Virtual addresses with a leaf table of their own: the scratch pages, then places for aliased code. */
export const ALIAS = 0x4000_0000n;
export const SCRATCH_VA = ALIAS + 0x1000n;
export const ALIASED_VA = ALIAS + 0x1_0000n;

/** Integer registers that random blocks leave alone. */
export const REG = {
  /** For the handler in S-mode. */
  trap: 19,
  /** Rounds of the outermost loop, and of loops inside it, by depth. */
  rounds: 20,
  inner: [21, 22],
  /** Rounds of loops in functions, and depth of recursion. */
  inFunction: 23,
  recursion: 24,
  /** Middle of the data page. */
  data: 25,
  stack: 26,
  /** Where a fetch that faults goes on. */
  recovery: 27,
} as const;
export const RESERVED = [19, 20, 21, 22, 23, 24, 25, 26, 27] as const;

/** Doublewords of the context page. */
export const CONTEXT_FIELDS = { x5: 0, x6: 1, x7: 2, log: 3, traps: 4, interrupts: 5, period: 6, satp: 8 } as const;

/** Doublewords of the data page. */
export const SLOTS = {
  pointers: 0,
  leaves: 40,
  ptes: 44,
  tables: 64,
  satps: 396,
  rewrites: 399,
  results: 400,
  x: 432,
  f: 464,
} as const;
/** Immediate of slot `index`, from REG.data. */
export const slotImm = (index: number): number => index * 8 - 2048;

/** a7 for an ecall that asks the handler for something: a mode in bits 0 and 1, or to switch floating point off or on. */
export const SERVICE = 0x700;
export const SERVICE_FLOAT = SERVICE | 4;
