/** Where things lie in a test program's memory, and the forms of its records; everything is in doublewords. */

export const RAM_BYTES = 64 << 20;
export const CODE = 0x80000000n;

/** What the guest keeps between cases: x registers of the block (32), then these. */
export const CONTEXT = 0x80001000n;
export const CONTEXT_FIELDS = { out: 32, descriptor: 33, end: 34, index: 35, dummy: 36 } as const;

/** Page tables: roots for Sv39 (S, U), Sv48 (S, U), Sv57 (S, U), then the two lower levels of the scratch area. */
export const TABLES = 0x80002000n;
export const TABLE = { sv39: 0, sv48: 2, sv57: 4, middle: 6, leaf: 7, count: 8 } as const;

/** The scratch memory of a case, filled from a template before each. */
export const SCRATCH_PAGES = 4;
export const SCRATCH_BYTES = SCRATCH_PAGES * 4096;
export const SCRATCH = 0x8000c000n;
export const TEMPLATE = 0x80010000n;
/** The same under paging: one unmapped page, the pages in this physical order, one unmapped page. */
export const SCRATCH_VA = 0x40001000n;
export const PAGE_ORDER = [2, 0, 3, 1] as const;
export const PTES = SCRATCH_PAGES + 2;

/** Case descriptors, then blocks. */
export const DESCRIPTORS = 0x80020000n;

/** For each case the address of its record; then records. */
export const INDEX = 0x82000000n;
export const RECORDS = 0x82010000n;
export const RECORDS_END = 0x83000000n;
export const MAX_CASES = Number(RECORDS - INDEX) / 8;

/** Offsets in a descriptor, in doublewords. */
export const DESCRIPTOR = {
  x: 0,
  f: 32,
  fcsr: 64,
  mstatus: 65,
  satp: 66,
  menvcfg: 67,
  senvcfg: 68,
  mie: 69,
  sscratch: 70,
  sepc: 71,
  stval: 72,
  ptes: 73,
  entry: 73 + PTES,
  end: 74 + PTES,
  count: 75 + PTES,
} as const;

/**
 * A record: for each trap mcause, mepc, mtval; END; then the final state in this order; then for each changed doubleword of
 * the scratch area its index and value; END. No mcause and no index equals END.
 */
export const END = 0xffffffffffffffffn;
export const STATE = [
  ...Array.from({ length: 31 }, (_, i) => `x${i + 1}`),
  ...Array.from({ length: 32 }, (_, i) => `f${i}`),
  "fcsr",
  "mstatus",
  "sscratch",
  "sepc",
  "stval",
  ...Array.from({ length: PTES }, (_, i) => `pte${i}`),
] as const;
