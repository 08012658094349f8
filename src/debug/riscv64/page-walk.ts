/**
 * Address translation seen from outside (privileged specification, "Virtual Address Translation Process"): Sv39, Sv48 and Sv57
 * with Svnapot, Svpbmt, Svade and Svadu, entry by entry, with the reason of a fault in words.
 */
import type { AccessKind, AddressRange, PageTable, PageWalk, WalkLevel } from "../page-tables.ts";

/** What translation depends on besides the tables. */
export interface TranslationState {
  readonly satp: bigint;
  readonly mstatus: bigint;
  readonly menvcfg: bigint;
  /** By which the access is judged: 0 U, 1 S, 3 M. */
  readonly privilege: number;
}

/** 8 bytes of physical memory, or null where there is no RAM. */
export type ReadEntry = (pa: bigint) => bigint | null;

/** Why memory protection forbids a walk to read an entry, or null. */
export type EntryProtection = (pa: bigint) => string | null;

const FLAGS = ["V", "R", "W", "X", "U", "G", "A", "D"] as const;
const [V, R, W, X, U, G, A, D] = [1n, 2n, 4n, 8n, 16n, 32n, 64n, 128n];
const N = 1n << 63n;
const PBMT = 3n << 61n;
const RESERVED = 0x7fn << 54n;
const PPN_MASK = (1n << 44n) - 1n;
const SUM = 1n << 18n;
const MXR = 1n << 19n;
const ADUE = 1n << 61n;
const PBMTE = 1n << 62n;
const SCHEMES = new Map([
  [8n, { name: "Sv39", levels: 3 }],
  [9n, { name: "Sv48", levels: 4 }],
  [10n, { name: "Sv57", levels: 5 }],
]);
const PAGE_FAULTS = { fetch: 12, load: 13, store: 15 } as const;
const ACCESS_FAULTS = { fetch: 1, load: 5, store: 7 } as const;
/** Tables that addressRanges() reads at most: a page table of a hostile guest may name itself. */
const MOST_TABLES = 100_000;

/** How `va` is translated for `access`; reads the tables and changes nothing. */
export function walkPages(
  state: TranslationState,
  va: bigint,
  access: AccessKind,
  read: ReadEntry,
  protection: EntryProtection = () => null,
): PageWalk {
  const scheme = SCHEMES.get(state.satp >> 60n);
  const levels: WalkLevel[] = [];
  if (state.privilege === 3 || scheme === undefined) {
    return { scheme: "bare", pa: va, pageBytes: 4096n, levels, fault: null };
  }
  const fail = (why: string, cause: number = PAGE_FAULTS[access]): PageWalk => {
    return { scheme: scheme.name, pa: null, pageBytes: 0n, levels, fault: { cause, why } };
  };
  const bits = 12 + 9 * scheme.levels;
  if (BigInt.asUintN(64, BigInt.asIntN(bits, va)) !== va) {
    return fail(`bits 63 to ${bits} are not all equal to bit ${bits - 1}, as ${scheme.name} demands`);
  }
  let table = (state.satp & PPN_MASK) << 12n;
  for (let level = scheme.levels - 1; ; level--) {
    const index = Number((va >> BigInt(12 + 9 * level)) & 0x1ffn);
    const entryAddress = table + BigInt(index * 8);
    const entry = read(entryAddress);
    if (entry === null)
      return fail(`the entry at 0x${entryAddress.toString(16)} lies outside RAM`, ACCESS_FAULTS[access]);
    const unreadable = protection(entryAddress);
    const here = levelOf(entry, entryAddress, level);
    levels.push(unreadable === null ? here : { ...here, unreadable });
    if (unreadable !== null) return fail(`the entry may not be read: ${unreadable}`, ACCESS_FAULTS[access]);
    const { leaf, pa } = here;
    const invalid = whyInvalid(entry, level, leaf);
    if (invalid !== null) return fail(invalid);
    if (!leaf) {
      table = pa;
      continue;
    }
    const why = whyNot(state, entry, level, access);
    if (why !== null) return fail(why);
    const sizeLog2 = BigInt(entry & N ? 16 : 12 + 9 * level);
    const offset = (1n << sizeLog2) - 1n;
    const page = { scheme: scheme.name, pageBytes: 1n << sizeLog2, levels, fault: null };
    return { ...page, pa: (pa & ~offset) | (va & offset) };
  }
}

function levelOf(entry: bigint, entryAddress: bigint, level: number): WalkLevel {
  return {
    level,
    entryAddress,
    index: Number((entryAddress & 0xfffn) >> 3n),
    entry,
    flags: flagsOf(entry),
    pa: ((entry >> 10n) & PPN_MASK) << 12n,
    leaf: (entry & (R | X)) !== 0n,
  };
}

/** The table of `satp` to which the entries of these indices lead, the root's first; null: there is none. */
export function tableOf(satp: bigint, path: readonly number[], read: ReadEntry): PageTable | null {
  const scheme = SCHEMES.get(satp >> 60n);
  if (scheme === undefined) return null;
  let table = (satp & PPN_MASK) << 12n;
  let level = scheme.levels - 1;
  let base = 0n;
  for (const index of path) {
    const entry = index >= 0 && index < 512 ? read(table + BigInt(index * 8)) : null;
    if (entry === null || (entry & (R | X)) !== 0n || whyInvalid(entry, level, false) !== null) return null;
    table = ((entry >> 10n) & PPN_MASK) << 12n;
    base += BigInt(index) << BigInt(12 + 9 * level);
    level--;
  }
  const bits = 12 + 9 * scheme.levels;
  const bytes = 1n << BigInt(12 + 9 * level);
  const entries = [];
  for (let index = 0; index < 512; index++) {
    const entryAddress = table + BigInt(index * 8);
    const entry = read(entryAddress);
    if (entry === null || entry === 0n) continue;
    const here = levelOf(entry, entryAddress, level);
    const va = BigInt.asUintN(64, BigInt.asIntN(bits, base + BigInt(index) * bytes));
    entries.push({ ...here, va, bytes, invalid: whyInvalid(entry, level, here.leaf) });
  }
  return { scheme: scheme.name, level, address: table, entries };
}

/** Names of the bits that are set in an entry. */
function flagsOf(entry: bigint): string[] {
  const flags: string[] = FLAGS.filter((_, bit) => (entry >> BigInt(bit)) & 1n);
  if (entry & PBMT) flags.push(`PBMT=${(entry & PBMT) >> 61n}`);
  if (entry & N) flags.push("N");
  return flags;
}

function whyInvalid(entry: bigint, level: number, leaf: boolean): string | null {
  if (!(entry & V)) return "V is 0: nothing is mapped here";
  if ((entry & (R | W)) === W) return "W without R is reserved";
  if (entry & RESERVED) return "reserved bits 60 to 54 are not 0";
  if (leaf) return null;
  if (level === 0) return "R and X are 0, a pointer to a table, but there is no further level";
  if (entry & (A | D | U | PBMT | N)) return "A, D, U, PBMT and N are reserved in a pointer to a table";
  return null;
}

/** Why a valid leaf does not allow the access. */
function whyNot(state: TranslationState, entry: bigint, level: number, access: AccessKind): string | null {
  const { mstatus, menvcfg, privilege } = state;
  if (entry & U) {
    if (privilege === 1 && access === "fetch") return "U is 1: S-mode never executes a page of the user";
    if (privilege === 1 && !(mstatus & SUM)) return "U is 1, and SUM is 0: S-mode may not access a page of the user";
  } else if (privilege === 0) return "U is 0: the page is not the user's";
  if (access === "fetch" && !(entry & X)) return "X is 0: the page may not be executed";
  if (access === "store" && !(entry & W)) return "W is 0: the page may not be written";
  if (access === "load" && !(entry & R) && !(entry & X && mstatus & MXR)) return "R is 0: the page may not be read";
  if (entry & PBMT && ((entry & PBMT) === PBMT || !(menvcfg & PBMTE))) return "this memory type (PBMT) is reserved";
  const ppn = (entry >> 10n) & PPN_MASK;
  if (entry & N) {
    if (level !== 0 || (ppn & 15n) !== 8n) return "N is 1, but this is not a page of 64 KiB (Svnapot)";
  } else if (ppn & ((1n << BigInt(9 * level)) - 1n)) return "the large page is not aligned to its size";
  const updates = (menvcfg & ADUE) !== 0n;
  if (!(entry & A) && !updates) return "A is 0, and hardware does not set it (menvcfg.ADUE is 0)";
  if (access === "store" && !(entry & D) && !updates) {
    return "D is 0, and hardware does not set it (menvcfg.ADUE is 0)";
  }
  return null;
}

/** What the tables of `satp` map, by ascending virtual address. With satp bare: nothing. */
export function mappedRanges(satp: bigint, read: ReadEntry): AddressRange[] {
  const scheme = SCHEMES.get(satp >> 60n);
  if (scheme === undefined) return [];
  const ranges: AddressRange[] = [];
  let tables = 0;
  const visit = (table: bigint, level: number, base: bigint, global: boolean): void => {
    if (++tables > MOST_TABLES) return;
    for (let index = 0; index < 512; index++) {
      const entry = read(table + BigInt(index * 8));
      if (entry === null) return;
      const leaf = (entry & (R | X)) !== 0n;
      if (whyInvalid(entry, level, leaf) !== null) continue;
      const va = base + (BigInt(index) << BigInt(12 + 9 * level));
      const pa = ((entry >> 10n) & PPN_MASK) << 12n;
      const isGlobal = global || (entry & G) !== 0n;
      if (leaf) add(ranges, va, pa, entry, level, isGlobal);
      else visit(pa, level - 1, va, isGlobal);
    }
  };
  visit((satp & PPN_MASK) << 12n, scheme.levels - 1, 0n, false);
  const bits = 12 + 9 * scheme.levels;
  // The upper half of the table is the upper end of the address space.
  return ranges.map((range) => ({ ...range, va: BigInt.asUintN(64, BigInt.asIntN(bits, range.va)) }));
}

function add(ranges: AddressRange[], va: bigint, pa: bigint, entry: bigint, level: number, global: boolean): void {
  const napot = level === 0 && (entry & N) !== 0n;
  const bytes = 1n << BigInt(12 + 9 * level);
  const range = {
    va,
    bytes,
    pa: napot ? (pa & ~0xffffn) | (va & 0xf000n) : pa,
    read: (entry & R) !== 0n,
    write: (entry & W) !== 0n,
    execute: (entry & X) !== 0n,
    user: (entry & U) !== 0n,
    global,
    pageBytes: napot ? 0x10000n : bytes,
  };
  const last = ranges.at(-1);
  if (last !== undefined && follows(last, range)) ranges[ranges.length - 1] = { ...last, bytes: last.bytes + bytes };
  else ranges.push(range);
}

function follows(last: AddressRange, next: AddressRange): boolean {
  return (
    last.va + last.bytes === next.va &&
    last.pa + last.bytes === next.pa &&
    last.read === next.read &&
    last.write === next.write &&
    last.execute === next.execute &&
    last.user === next.user &&
    last.global === next.global &&
    last.pageBytes === next.pageBytes
  );
}
