/**
 * How the caller's registers are found at an address: call frame information of .debug_frame and .eh_frame (DWARF 5, section 6.4;
 * Linux Standard Base, "Exception Frames").
 */
import { AddressIndex } from "./address-index.ts";
import { DwarfReader } from "./dwarf-reader.ts";
import { elfSections, sectionOf } from "./elf-sections.ts";

/** Where the caller's value of a register is. */
export type RegisterRule =
  | { readonly kind: "same" | "undefined" }
  /** In memory, at the frame's address plus this. */
  | { readonly kind: "offset"; readonly offset: bigint }
  /** The frame's address plus this. */
  | { readonly kind: "value"; readonly offset: bigint }
  | { readonly kind: "register"; readonly register: number }
  /** What a DWARF expression computes, which finds the frame's address on its stack: where it is in memory, or itself. */
  | { readonly kind: "expression" | "value-expression"; readonly code: Uint8Array };

/** What makes a frame's address (the caller's stack pointer): a register and an offset, or a DWARF expression. */
export type FrameRule = { readonly register: number; readonly offset: bigint } | { readonly code: Uint8Array };

/** Rules at one address. Registers are DWARF's numbers. */
export interface FrameRules {
  /** null: nothing is said of it. */
  readonly frame: FrameRule | null;
  readonly registers: ReadonlyMap<number, RegisterRule>;
  /** Register that holds the return address. */
  readonly returnRegister: number;
  /** Of numbers in its expressions. */
  readonly littleEndian: boolean;
}

interface CommonEntry {
  readonly codeAlign: bigint;
  readonly dataAlign: bigint;
  readonly returnRegister: number;
  readonly instructions: DwarfReader;
  /** Encoding of addresses in .eh_frame; null: plain. */
  readonly encoding: number | null;
  readonly hasAugmentation: boolean;
}

interface FrameEntry {
  readonly common: CommonEntry;
  readonly first: bigint;
  readonly end: bigint;
  readonly instructions: DwarfReader;
}

/** State of the rules while instructions are executed. */
interface Row {
  frame: FrameRule | null;
  registers: Map<number, RegisterRule>;
}

export class FrameTable {
  private readonly entries: AddressIndex<FrameEntry>;

  constructor(entries: readonly FrameEntry[]) {
    this.entries = new AddressIndex(entries);
  }

  get isEmpty(): boolean {
    return this.entries.isEmpty;
  }

  /** Rules at an address, or null if nothing is said about it. */
  at(address: bigint): FrameRules | null {
    const entry = this.entries.at(address);
    if (entry === null) return null;
    const initial: Row = { frame: null, registers: new Map() };
    execute(entry.common.instructions, entry, initial, null, null);
    const row: Row = { frame: initial.frame, registers: new Map(initial.registers) };
    execute(entry.instructions, entry, row, initial, address);
    const { returnRegister, instructions } = entry.common;
    return { ...row, returnRegister, littleEndian: instructions.littleEndian };
  }
}

/** Frame tables of an ELF file; empty if it has none. Throws an Error that says what is damaged. */
export function elfFrames(file: Uint8Array): FrameTable {
  const elf = elfSections(file);
  const entries: FrameEntry[] = [];
  for (const name of [".debug_frame", ".eh_frame"]) {
    const section = sectionOf(elf, name);
    if (section === null) continue;
    const reader = new DwarfReader(section.bytes, elf.littleEndian);
    readSection(reader, name === ".eh_frame", section.address, elf.wordBytes, entries);
  }
  return new FrameTable(entries);
}

function readSection(
  reader: DwarfReader,
  isEh: boolean,
  sectionAddress: bigint,
  wordBytes: number,
  into: FrameEntry[],
): void {
  const commons = new Map<number, CommonEntry>();
  while (!reader.isAtEnd) {
    const start = reader.at;
    const { length, offsetBytes } = reader.unitLength();
    if (length === 0) continue;
    const part = reader.part(length);
    const idAt = part.at;
    const id = Number(part.unsigned(isEh ? 4 : offsetBytes));
    const isCommon = isEh ? id === 0 : id === (offsetBytes === 4 ? 0xffff_ffff : Number(2n ** 64n - 1n));
    if (isCommon) {
      commons.set(start, readCommon(part, wordBytes));
      continue;
    }
    const common = commons.get(isEh ? idAt - id : id);
    if (common === undefined) throw new Error(`a frame at offset 0x${start.toString(16)} belongs to no common entry`);
    const first = encoded(part, common.encoding, sectionAddress, wordBytes);
    const bytes = encoded(part, common.encoding === null ? null : common.encoding & 0xf, 0n, wordBytes);
    if (common.hasAugmentation) part.skip(part.count());
    into.push({ common, first, end: first + bytes, instructions: part });
  }
}

function readCommon(part: DwarfReader, wordBytes: number): CommonEntry {
  const version = part.u8();
  const augmentation = part.string();
  if (version >= 4) part.skip(2);
  const codeAlign = part.uleb();
  const dataAlign = part.sleb();
  const returnRegister = version === 1 ? part.u8() : part.count();
  let encoding: number | null = null;
  const hasAugmentation = augmentation.startsWith("z");
  if (hasAugmentation) {
    const data = part.part(part.count());
    for (const letter of augmentation.slice(1)) {
      if (letter === "R") encoding = data.u8();
      else if (letter === "L") data.skip(1);
      else if (letter === "P") encoded(data, data.u8(), 0n, wordBytes);
      else break;
    }
  }
  return { codeAlign, dataAlign, returnRegister, instructions: part, encoding, hasAugmentation };
}

/** An address in one of the encodings of .eh_frame, absolute or relative to its own place. */
function encoded(reader: DwarfReader, encoding: number | null, sectionAddress: bigint, wordBytes: number): bigint {
  const place = sectionAddress + BigInt(reader.at);
  const kind = encoding ?? 0;
  const relative = (kind & 0x70) === 0x10 ? place : 0n;
  const size = { 0: wordBytes, 2: 2, 3: 4, 4: 8, 8: wordBytes, 10: 2, 11: 4, 12: 8 }[kind & 0xf];
  if (size === undefined) throw new Error(`pointer encoding 0x${kind.toString(16)}`);
  const value = reader.unsigned(size);
  return BigInt.asUintN(64, relative + (kind & 8 ? BigInt.asIntN(size * 8, value) : value));
}

/** Compilers nest one or two. */
const MOST_SAVED = 64;
/** Registers of any target, and rules that are copied where states are saved: damaged ones could be without end. */
const MOST_RULES = 4096;
const MOST_COPIED = 1 << 18;

/** Executes instructions up to the row of `address`, or all of them. */
function execute(code: DwarfReader, entry: FrameEntry, row: Row, initial: Row | null, address: bigint | null): void {
  const reader = new DwarfReader(code.bytes, code.littleEndian, code.at, code.end);
  const { codeAlign, dataAlign } = entry.common;
  const saved: Row[] = [];
  let copied = 0;
  let place = entry.first;
  const advance = (delta: bigint): boolean => {
    place += delta * codeAlign;
    return address === null || place <= address;
  };
  const restore = (register: number): void => {
    const rule = initial?.registers.get(register);
    if (rule === undefined) row.registers.delete(register);
    else row.registers.set(register, rule);
  };
  const setOffset = (register: number, offset: bigint): void => {
    row.registers.set(register, { kind: "offset", offset: offset * dataAlign });
  };
  while (!reader.isAtEnd) {
    const opcode = reader.u8();
    const low = opcode & 0x3f;
    if (row.registers.size > MOST_RULES) throw new Error(`a frame has rules of more than ${MOST_RULES} registers`);
    switch (opcode >> 6) {
      case 1:
        if (!advance(BigInt(low))) return;
        continue;
      case 2:
        setOffset(low, reader.uleb());
        continue;
      case 3:
        restore(low);
        continue;
    }
    switch (opcode) {
      case 0x00: // nop
        break;
      case 0x01: // set_loc
        place = reader.unsigned(8);
        if (address !== null && place > address) return;
        break;
      case 0x02: // advance_loc1, 2, 4
      case 0x03:
      case 0x04:
        if (!advance(reader.unsigned(1 << (opcode - 2)))) return;
        break;
      case 0x05: // offset_extended
        setOffset(reader.count(), reader.uleb());
        break;
      case 0x06: // restore_extended
        restore(reader.count());
        break;
      case 0x07: // undefined
        row.registers.set(reader.count(), { kind: "undefined" });
        break;
      case 0x08: // same_value
        row.registers.set(reader.count(), { kind: "same" });
        break;
      case 0x09: // register
        row.registers.set(reader.count(), { kind: "register", register: reader.count() });
        break;
      case 0x0a: // remember_state
        if (saved.length >= MOST_SAVED) throw new Error(`a frame saves more than ${MOST_SAVED} states`);
        copied += row.registers.size;
        if (copied > MOST_COPIED) throw new Error("a frame saves its states too often");
        saved.push({ frame: row.frame, registers: new Map(row.registers) });
        break;
      case 0x0b: {
        // restore_state
        const before = saved.pop();
        if (before === undefined) throw new Error("a frame restores a state that was not saved");
        Object.assign(row, before);
        break;
      }
      case 0x0c: // def_cfa
        row.frame = { register: reader.count(), offset: reader.uleb() };
        break;
      case 0x0d: // def_cfa_register
        // Common entries of GCC begin with it, and mean no offset.
        row.frame = { register: reader.count(), offset: row.frame === null ? 0n : placeOf(row).offset };
        break;
      case 0x0e: // def_cfa_offset
        row.frame = { register: placeOf(row).register, offset: reader.uleb() };
        break;
      case 0x0f: // def_cfa_expression
        row.frame = { code: reader.block(reader.count()) };
        break;
      case 0x10: // expression
      case 0x16: {
        // val_expression
        const kind = opcode === 0x10 ? "expression" : "value-expression";
        row.registers.set(reader.count(), { kind, code: reader.block(reader.count()) });
        break;
      }
      case 0x11: // offset_extended_sf
        setOffset(reader.count(), reader.sleb());
        break;
      case 0x12: // def_cfa_sf
        row.frame = { register: reader.count(), offset: reader.sleb() * dataAlign };
        break;
      case 0x13: // def_cfa_offset_sf
        row.frame = { register: placeOf(row).register, offset: reader.sleb() * dataAlign };
        break;
      case 0x14: // val_offset
        row.registers.set(reader.count(), { kind: "value", offset: reader.uleb() * dataAlign });
        break;
      case 0x15: // val_offset_sf
        row.registers.set(reader.count(), { kind: "value", offset: reader.sleb() * dataAlign });
        break;
      case 0x2e: // GNU_args_size
        reader.uleb();
        break;
      default:
        throw new Error(`call frame instruction 0x${opcode.toString(16)}`);
    }
  }
}

/** What an instruction changes a part of. */
function placeOf({ frame }: Row): { readonly register: number; readonly offset: bigint } {
  if (frame === null || "code" in frame) throw new Error("a frame changes a part of what it has not set");
  return frame;
}
