/** A whole program for the bare machine, of one seed: its memory from the start of RAM, and what it was made with. */
import { Random } from "../../differential/random.ts";
import { Assembler, ROWS } from "../../differential/riscv64/assembler.ts";
import type { Mode } from "../../differential/riscv64/block.ts";
import { Deck, decks } from "../../differential/riscv64/deck.ts";
import { floatRegisters, integer, memoryWord } from "../../differential/riscv64/values.ts";
import {
  ALIASED,
  ALIASED_PAGES,
  ALIASED_VA,
  CODE,
  CODE_END,
  CONTEXT,
  CONTEXT_FIELDS,
  DATA,
  MONITOR,
  RAM,
  SCRATCH,
  SCRATCH_PAGES,
  SCRATCH_VA,
  SLOTS,
  TABLES,
  WINDOW_BYTES,
} from "./layout.ts";
import { DEVICE, monitorCode } from "./monitor.ts";
import { aliasedLeaf, leafAddress, pageTables, satpOf } from "./page-tables.ts";
import { Pieces } from "./pieces.ts";

export interface WholeProgram {
  readonly seed: number;
  /** WINDOW_BYTES bytes, for the start of RAM. */
  readonly memory: Uint8Array;
  /** In words, for reports. */
  readonly setting: string;
}

const bit = (position: number): bigint => 1n << BigInt(position);
const [MPIE, FS, SUM, MXR] = [bit(7), 3n << 13n, bit(18), bit(19)];
const MPP: Record<Mode, bigint> = { U: 0n, S: bit(11), M: 3n << 11n };
const [STCE, PBMTE, ADUE] = [bit(63), bit(62), bit(61)];
const CACHE_BLOCKS = (3n << 4n) | bit(6) | bit(7);
const NOWHERE = [0x1800_1000n, 0x9000_1000n, 0x4000_0000_0000_1000n, bit(63)];
/** Exceptions that S-mode may handle: not what the handler in M-mode alone can. */
const DELEGATED = [2, 3, 4, 5, 6, 7, 13, 15].reduce((all, cause) => all | bit(cause), 0n);

const integerRows = ROWS.filter(({ kind }) => kind !== "fp" && kind !== "system");

/** Addresses that blocks work on: the first eight aligned in the scratch pages, then also misaligned, virtual, absent, devices'. */
function pointers(random: Random): bigint[] {
  const scratch = (base: bigint, aligned: boolean) => {
    const border = 4096 * random.between(0, SCRATCH_PAGES) + random.between(-40, 40);
    const offset = random.chance(0.6) ? border : random.below(4096 * SCRATCH_PAGES);
    return base + BigInt(aligned ? offset & ~7 : offset);
  };
  return Array.from({ length: 32 }, (_, i) => {
    if (i < 8) return scratch(i % 2 === 0 ? SCRATCH : SCRATCH_VA, true);
    // Just before the border of two pages, which are no neighbours in RAM.
    if (i < 12) return SCRATCH_VA + BigInt(4096 * random.between(1, SCRATCH_PAGES - 1) - random.between(1, 7));
    if (i < 16) return scratch(random.pick([SCRATCH, SCRATCH_VA]), random.chance(0.6));
    if (i < 26) return scratch(SCRATCH, random.chance(0.85));
    if (i === 26) return random.pick([DEVICE.uart + 4n, DEVICE.mtimecmp, DEVICE.plic + 64n]);
    // Random stores over code, for ever.
    if (i === 27 && random.chance(0.05)) return CODE + BigInt(random.below(4096));
    if (i === 28) return random.pick(NOWHERE);
    return scratch(SCRATCH, true);
  }).map((address) => BigInt.asUintN(64, address));
}

/** `shift`: log2 of the virtual ns of a step, for timers that are due every so many steps. */
export function wholeProgram(seed: number, shift: number): WholeProgram {
  const random = new Random(seed);
  const memory = new Uint8Array(WINDOW_BYTES);
  const place = (address: bigint, bytes: Uint8Array) => memory.set(bytes, Number(address - RAM));
  const words = new DataView(memory.buffer);
  const set = (base: bigint, index: number, value: bigint) =>
    words.setBigUint64(Number(base - RAM) + index * 8, BigInt.asUintN(64, value), true);

  const bits = random.pick([39, 39, 39, 48, 57]);
  const mode = random.pick(["M", "S", "S", "U", "U"] as const);
  const bareSupervisor = random.chance(0.15);
  const asids = random.chance(0.7) ? [1, 2] : [1, 1];
  const satps = [satpOf(bits, 1, asids[1]), bareSupervisor ? 0n : satpOf(bits, 0, asids[0])];
  const some = (flags: readonly bigint[], probability: number) =>
    flags.reduce((all, flag) => (random.chance(probability) ? all | flag : all), 0n);
  const delegated = random.chance(0.5) ? DELEGATED & random.u64() : 0n;
  const update = random.chance(0.5) ? ADUE : 0n;
  // A few protected bytes in the scratch pages, or all of memory for everyone.
  const guarded = random.chance(0.25);
  const guard = (SCRATCH + BigInt(random.below(4096 * SCRATCH_PAGES) & ~63)) >> 2n;
  const csrs = {
    pmpaddr0: guarded ? guard | 7n : bit(54) - 1n,
    pmpaddr1: bit(54) - 1n,
    pmpcfg0: guarded ? (0x1fn << 8n) | 0x18n | BigInt(random.pick([0, 1, 4, 5])) : 0x1fn,
    medeleg: delegated,
    mideleg: random.chance(0.5) ? bit(1) | bit(5) | bit(9) : 0n,
    mie: bit(3) | bit(7) | bit(11) | bit(1) | bit(5) | bit(9),
    mcounteren: 7n,
    scounteren: 7n,
    menvcfg: STCE | PBMTE | CACHE_BLOCKS | update,
    senvcfg: CACHE_BLOCKS,
    stimecmp: bit(64) - 1n,
    satp: satps[mode === "U" ? 0 : 1],
    mstatus: MPP[mode] | MPIE | FS | some([SUM, MXR], 0.5),
  };

  const uartInterrupts = random.chance(0.5);
  const ticks = (steps: number) => BigInt(Math.ceil((steps * 2 ** shift) / 100));
  const monitor = new Assembler(MONITOR);
  monitorCode(monitor, { csrs, uartInterrupts, firstTimer: ticks(random.below(3000)), fences: random.chance(0.5) });
  place(MONITOR, monitor.assemble());
  set(CONTEXT, CONTEXT_FIELDS.period, ticks(random.pick([500, 3000, 10_000, 30_000, 30_000])));
  [satps[0], satps[1], satps[1], random.pick([0n, ...satps])].forEach((satp, i) => {
    set(CONTEXT, CONTEXT_FIELDS.satp + i, satp);
  });
  [1, 3, 4].forEach((asid, i) => {
    set(DATA, SLOTS.satps + i, bareSupervisor ? 0n : satpOf(bits, 0, asid));
  });
  place(TABLES, new Uint8Array(pageTables(random).buffer));
  for (let i = 0; i < SCRATCH_PAGES * 512; i++) set(SCRATCH, i, memoryWord(random));

  const held = pointers(random);
  const f = floatRegisters(random);
  held.forEach((address, i) => {
    set(DATA, SLOTS.pointers + i, address);
  });
  for (let x = 1; x < 32; x++) set(DATA, SLOTS.x + x, integer(random));
  f.forEach((value, i) => {
    set(DATA, SLOTS.f + i, value);
  });
  for (const user of [0, 1]) {
    set(DATA, SLOTS.leaves + user, leafAddress(ALIASED_VA, user));
    for (let i = 0; i < ALIASED_PAGES; i++) set(DATA, SLOTS.ptes + user * ALIASED_PAGES + i, aliasedLeaf(i, user));
  }

  set(DATA, SLOTS.rewrites, BigInt(random.between(1, 7)));

  const { all, float, memory: accesses } = decks(random);
  const integers = new Deck(random, integerRows);
  const around = {
    decks: [all, ...Array(5).fill(integers), ...Array(3).fill(accesses), ...Array(2).fill(float)],
    f,
    pointers: held,
  };
  for (let i = 0; i < ALIASED_PAGES; i++) {
    const code = new Assembler(ALIASED + BigInt(i * 4096));
    new Pieces(random, code, around, "M").aliasedPage();
    place(code.origin, code.assemble());
  }
  const code = new Assembler(CODE);
  const pieces = new Pieces(random, code, around, mode);
  pieces.program(random.between(2, 7));
  if (code.here > CODE_END) throw new RangeError(`seed ${seed}: ${code.here - CODE_END} bytes too long`);
  place(CODE, code.assemble());
  pieces.tables.forEach((label, i) => {
    set(DATA, SLOTS.tables + i, code.addressOf(label));
  });
  const paging = bareSupervisor ? "S bare" : `S Sv${bits}`;
  return { seed, memory, setting: `from ${mode}-mode, U Sv${bits}, ${paging}, medeleg 0x${delegated.toString(16)}` };
}
