/** Random cases: a block, the registers and the memory management that it starts with. */

import type { Random } from "../random.ts";
import { BlockGenerator, type Mode, type Pointer } from "./block.ts";
import { decks } from "./deck.ts";
import { PTES, SCRATCH, SCRATCH_BYTES, SCRATCH_PAGES, SCRATCH_VA, TABLE, TABLES } from "./layout.ts";
import type { Unit } from "./unit.ts";
import { edgeRegisters, floatRegisters, integer } from "./values.ts";

/** How accessed and dirty bits are kept: as menvcfg.ADUE says in each case, or always updated by the hardware. */
export type AccessedDirty = "either" | "update";

export interface Case {
  readonly mode: Mode;
  /** In words, for reports. */
  readonly setting: string;
  readonly x: readonly bigint[];
  readonly f: readonly bigint[];
  readonly fcsr: bigint;
  readonly mstatus: bigint;
  readonly satp: bigint;
  readonly menvcfg: bigint;
  readonly senvcfg: bigint;
  readonly mie: bigint;
  readonly sscratch: bigint;
  readonly sepc: bigint;
  readonly stval: bigint;
  /** Leaf entries of the scratch area, without their page numbers. */
  readonly ptes: readonly bigint[];
  readonly units: readonly Unit[];
  /** Address of the block modulo 4096, where it matters. */
  readonly pageOffset?: number;
}

const bit = (position: number): bigint => 1n << BigInt(position);

// mstatus (vol. II, mstatus): UXL = SXL = 2.
const XL64 = (2n << 32n) | (2n << 34n);
const MPP = { U: 0n, S: 1n << 11n, M: 3n << 11n } as const;
const [MPRV, SUM, MXR, TVM, TW, TSR] = [bit(17), bit(18), bit(19), bit(20), bit(21), bit(22)];
const [ADUE, PBMTE] = [bit(61), bit(62)];
// CBIE = 3 (invalidate), CBCFE, CBZE.
const CACHE_BLOCKS = (3n << 4n) | bit(6) | bit(7);
const SSIE = bit(1);
const PTE = { V: 1n, R: 2n, W: 4n, X: 8n, U: 16n, G: 32n, A: 64n, D: 128n } as const;

/** No memory and no device: below, above and far above RAM, and beyond what Sv39 to Sv57 can translate. */
const NOWHERE = [0x18001000n, 0x90001000n, 0x4000000000001000n, 0xffff800000001000n, 0x0080000000001000n, bit(63)];

interface Environment {
  readonly mode: Mode;
  readonly mprv: boolean;
  readonly paging: boolean;
}

function environment(random: Random): Environment {
  const [mode, mprv, paging] = random.pick([
    ...Array(7).fill(["M", false, false]),
    ["M", true, true],
    ...Array(4).fill(["S", false, true]),
    ...Array(4).fill(["U", false, true]),
    ["S", false, false],
    ["U", false, false],
  ] as const) as [Mode, boolean, boolean];
  return { mode, mprv, paging };
}

const IRRELEVANT = PTE.X | PTE.G | (3n << 8n);
const everything = (user: boolean): bigint => PTE.V | PTE.R | PTE.W | PTE.A | PTE.D | (user ? PTE.U : 0n);

/** A leaf entry of the scratch area: mostly one that allows everything. */
function leaf(random: Random, user: boolean): bigint {
  const good = everything(user);
  const extra = BigInt(random.below(4)) << 8n; // for software
  if (random.chance(0.6)) return good | extra | (random.chance(0.2) ? PTE.X | PTE.G : 0n);
  switch (random.below(9)) {
    case 0:
      return good & ~PTE.V;
    case 1:
      return good & ~PTE.W;
    case 2:
      return good & ~PTE.A;
    case 3:
      return good & ~PTE.D;
    case 4:
      return good & ~(PTE.A | PTE.D);
    case 5:
      return good ^ PTE.U;
    case 6:
      // Execute-only.
      return (good & ~(PTE.R | PTE.W)) | PTE.X;
    case 7:
      // Reserved bits, N with a page number that is not a 64 KiB page's, PBMT 1 and 2.
      return good | bit(random.pick([54, 57, 60, 61, 62, 63]));
    default:
      return (good & ~0xffn) | BigInt(random.below(256));
  }
}

/** Registers 2 and two of 8 to 15, which compressed instructions can name, and two others. */
function pointers(random: Random, paging: boolean, ptes: readonly bigint[], user: boolean): Pointer[] {
  const registers = new Set<number>(random.chance(0.8) ? [2] : []);
  const count = registers.size;
  while (registers.size < count + 2) registers.add(random.between(8, 15));
  while (registers.size < count + 4) registers.add(random.between(1, 31));
  const base = paging ? SCRATCH_VA : SCRATCH;
  return [...registers].map((register, i) => {
    const wild = i > 0 && random.chance(0.12);
    if (wild) {
      const address = random.pick(NOWHERE) + BigInt(random.below(64));
      // 0x90001000 is in the page of the code, which can be read.
      const atomic = address % 8n === 0n && !(paging && address >> 28n === 9n);
      return { register, address, wild, readable: false, writable: false, atomic };
    }
    // Near the border of two pages, or anywhere; physical memory has no fence behind the scratch area.
    const border = 4096 * random.between(paging ? 0 : 1, paging ? SCRATCH_PAGES : SCRATCH_PAGES - 1);
    const any = random.between(0, SCRATCH_BYTES - 1);
    const offset = random.chance(0.7) ? border + random.between(-24, 24) : any;
    const inside = Math.min(Math.max(offset, 64), SCRATCH_BYTES - (paging ? 64 : 2048 + 128));
    // Either fit for every atomic operation, or odd: see block.ts.
    const aligned = i === 0 || random.chance(0.6);
    const address = base + BigInt(aligned ? inside & ~7 : inside | 1);
    const pte = paging ? ptes[Number((address - base) >> 12n) + 1] & ~IRRELEVANT : everything(user);
    const readable = (pte | PTE.W | PTE.D) === everything(user);
    // To an atomic operation on a page without W, QEMU sets A.
    const atomic = aligned && (pte & (PTE.W | PTE.A)) !== 0n;
    return { register, address, wild, readable, writable: pte === everything(user), atomic };
  });
}

function randomCase(
  random: Random,
  { all, float, memory }: ReturnType<typeof decks>,
  accessedDirty: AccessedDirty,
): Case {
  const { mode, mprv, paging } = environment(random);
  const x = Array.from({ length: 32 }, () => integer(random));
  const user = mode === "U" || mprv;
  const ptes = Array.from({ length: PTES }, (_, i) => (i === 0 || i === PTES - 1 ? 0n : leaf(random, user)));
  const fs = random.chance(0.05) ? 0n : BigInt(random.between(1, 3)) << 13n;
  const deck = random.pick([all, all, all, all, all, memory, fs === 0n ? all : float, fs === 0n ? all : float]);
  const f = random.chance(deck === float ? 0.6 : 0.1) ? edgeRegisters(random) : floatRegisters(random);
  const held = pointers(random, paging, ptes, user);
  for (const { register, address } of held) x[register] = BigInt.asUintN(64, address);
  const timeoutWait = mode !== "M" && random.chance(0.1);
  const flags = [SUM, MXR, ...(mode === "S" ? [TVM, TSR] : [])];
  const mstatus =
    XL64 |
    MPP[mode] |
    fs |
    (mprv ? MPRV : 0n) |
    (timeoutWait ? TW : 0n) |
    flags.reduce((all, flag) => (random.chance(flag === TVM || flag === TSR ? 0.1 : 0.3) ? all | flag : all), 0n);
  const levels = paging ? random.pick([39, 39, 39, 48, 57]) : 0;
  const root = levels === 39 ? TABLE.sv39 : levels === 48 ? TABLE.sv48 : TABLE.sv57;
  const page = TABLES / 4096n + BigInt(root + (user ? 1 : 0));
  const satpMode = { 0: 0n, 39: 8n, 48: 9n, 57: 10n }[levels]!;
  const asid = BigInt(random.below(4));
  const update = accessedDirty === "update" || random.chance(0.5);
  const frm = random.chance(0.06) ? random.between(5, 7) : random.pick([0, 0, 0, 1, 2, 3, 4]);
  const generator = new BlockGenerator(
    random,
    deck,
    { mode, paging, pointers: held, timeoutWait, floatStatusFixed: fs === 0n || fs === 3n << 13n, f },
    random.between(20, 60),
  );
  return {
    mode,
    setting: `${mode}-mode${mprv ? " with MPRV, data as U" : ""}, ${levels === 0 ? "bare" : `Sv${levels}`}, ADUE ${Number(update)}`,
    x,
    f,
    fcsr: BigInt((frm << 5) | (random.chance(0.7) ? 0 : random.below(32))),
    mstatus,
    satp: paging ? (satpMode << 60n) | (asid << 44n) | page : 0n,
    menvcfg: (update ? ADUE : 0n) | CACHE_BLOCKS | (random.chance(0.5) ? PBMTE : 0n),
    senvcfg: CACHE_BLOCKS,
    mie: mode === "U" ? 0n : SSIE,
    sscratch: integer(random),
    sepc: integer(random) & ~1n,
    stval: integer(random),
    ptes,
    units: generator.generate(),
  };
}

/** Cases of one seed. */
export function randomCases(random: Random, count: number, accessedDirty: AccessedDirty): Case[] {
  const rows = decks(random);
  return Array.from({ length: count }, () => randomCase(random, rows, accessedDirty));
}
