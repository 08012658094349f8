/** Page tables of a whole program: devices and RAM where they are, and a window whose leaves are random or change while it runs. */
import type { Random } from "../../differential/random.ts";
import {
  ALIASED,
  ALIASED_PAGES,
  ALIASED_VA,
  ALIAS,
  RAM,
  SCRATCH,
  SCRATCH_PAGES,
  SCRATCH_VA,
  TABLE,
  TABLE_COUNT,
  TABLES,
} from "./layout.ts";

const PTE = { V: 1n, R: 2n, W: 4n, X: 8n, U: 16n, A: 64n, D: 128n } as const;
const ALL = PTE.V | PTE.R | PTE.W | PTE.X | PTE.A | PTE.D;

const pageOf = (table: number): bigint => (TABLES >> 12n) + BigInt(table);
const pointer = (table: number): bigint => (pageOf(table) << 10n) | PTE.V;
const leaf = (pa: bigint, flags: bigint): bigint => ((pa >> 12n) << 10n) | flags;

/** Address of the leaf entry of `va` in the alias window, for S (0) or U (1). */
export function leafAddress(va: bigint, user: number): bigint {
  return TABLES + BigInt((TABLE.aliasLeaf + user) * 4096) + ((va - ALIAS) >> 12n) * 8n;
}

/** An entry that maps aliased page `index` for everything. */
export function aliasedLeaf(index: number, user: number): bigint {
  return leaf(ALIASED + BigInt(index * 4096), ALL | (user ? PTE.U : 0n));
}

function scratchLeaf(random: Random, pa: bigint, user: number): bigint {
  const good = leaf(pa, ALL | (user ? PTE.U : 0n));
  if (random.chance(0.7)) return good;
  return good & ~random.pick([PTE.V, PTE.W | PTE.D, PTE.A, PTE.D, PTE.A | PTE.D, PTE.R | PTE.W, PTE.W | PTE.D | PTE.X]);
}

/** Content of the tables. */
export function pageTables(random: Random): BigUint64Array {
  const words = new BigUint64Array(TABLE_COUNT * 512);
  for (const user of [0, 1]) {
    const flags = ALL | (user ? PTE.U : 0n);
    const root = (TABLE.sv39 + user) * 512;
    words[root] = leaf(0n, flags & ~PTE.X);
    words[root + 1] = pointer(TABLE.aliasMiddle + user);
    words[root + 2] = pointer(TABLE.ramMiddle + user);
    words[(TABLE.sv48 + user) * 512] = pointer(TABLE.sv39 + user);
    words[(TABLE.sv57 + user) * 512] = pointer(TABLE.sv48 + user);
    words[(TABLE.aliasMiddle + user) * 512] = pointer(TABLE.aliasLeaf + user);
    words[(TABLE.ramMiddle + user) * 512] = pointer(TABLE.ramLeaf + user);
    const entry = (table: number, va: bigint) => table * 512 + Number((va >> 12n) & 511n);
    for (let i = 0; i < 512; i++) {
      // The monitor and what it keeps are the supervisor's.
      words[(TABLE.ramLeaf + user) * 512 + i] = leaf(RAM + BigInt(i * 4096), i < 2 ? ALL : flags);
    }
    for (let i = 0; i < SCRATCH_PAGES; i++) {
      const pa = SCRATCH + BigInt(((i * 3 + 1) % SCRATCH_PAGES) * 4096);
      // Some are the user's where the supervisor sees them, too: SUM matters.
      const owner = user || random.chance(0.3) ? 1 : 0;
      words[entry(TABLE.aliasLeaf + user, SCRATCH_VA + BigInt(i * 4096))] = scratchLeaf(random, pa, owner);
    }
    // The first place for aliased code changes; behind it, two show the same page.
    const places = [0, 1, 1, ...Array.from({ length: ALIASED_PAGES }, (_, i) => i)];
    places.forEach((index, i) => {
      words[entry(TABLE.aliasLeaf + user, ALIASED_VA + BigInt(i * 4096))] = aliasedLeaf(index, user);
    });
  }
  return words;
}

/** satp for paging of so many bits, 0 for none. */
export function satpOf(bits: number, user: number, asid: number): bigint {
  if (bits === 0) return 0n;
  const root = bits === 39 ? TABLE.sv39 : bits === 48 ? TABLE.sv48 : TABLE.sv57;
  const mode = BigInt(8 + (bits - 39) / 9);
  return (mode << 60n) | (BigInt(asid) << 44n) | pageOf(root + user);
}
