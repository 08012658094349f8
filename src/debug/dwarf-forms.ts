/** Values of attributes in each form that DWARF 2 to 5 know (DWARF 5, section 7.5.6). */
import type { DwarfReader } from "./dwarf-reader.ts";
import { type ElfSections, sectionOf } from "./elf-sections.ts";
import { stringAt } from "./string-table.ts";

/** A reference to another entry, by its number or by a type's signature. */
export type EntryReference =
  | { readonly kind: "entry"; readonly id: number }
  | { readonly kind: "signature"; readonly of: bigint };

export type AttributeValue =
  | { readonly kind: "number"; readonly value: bigint; readonly isSigned: boolean; readonly bytes: number }
  | { readonly kind: "address"; readonly value: bigint }
  | { readonly kind: "text"; readonly value: string }
  /** The n-th string, address, or list (of locations or ranges) of the unit. */
  | { readonly kind: "textIndex" | "addressIndex" | "listIndex"; readonly index: number }
  | { readonly kind: "block"; readonly bytes: Uint8Array }
  | { readonly kind: "reference"; readonly to: EntryReference };

export interface DwarfUnit {
  readonly version: number;
  readonly offsetBytes: number;
  readonly addressBytes: number;
  /** Where its lists begin: in .debug_str_offsets, .debug_addr, .debug_rnglists and .debug_loclists. */
  stringOffsetsBase: number;
  addressBase: number;
  rangeListsBase: number;
  locationListsBase: number;
}

/** Bytes of a section; none if there is none of that name. */
export function contentOf(elf: ElfSections, name: string): Uint8Array {
  return sectionOf(elf, name)?.bytes ?? NOTHING;
}

const NOTHING = new Uint8Array(0);

export const FORM = {
  addr: 0x01,
  block2: 0x03,
  block4: 0x04,
  data2: 0x05,
  data4: 0x06,
  data8: 0x07,
  string: 0x08,
  block: 0x09,
  block1: 0x0a,
  data1: 0x0b,
  flag: 0x0c,
  sdata: 0x0d,
  strp: 0x0e,
  udata: 0x0f,
  refAddr: 0x10,
  ref1: 0x11,
  ref2: 0x12,
  ref4: 0x13,
  ref8: 0x14,
  refUdata: 0x15,
  indirect: 0x16,
  secOffset: 0x17,
  exprloc: 0x18,
  flagPresent: 0x19,
  strx: 0x1a,
  addrx: 0x1b,
  refSup4: 0x1c,
  strpSup: 0x1d,
  data16: 0x1e,
  lineStrp: 0x1f,
  refSig8: 0x20,
  implicitConst: 0x21,
  loclistx: 0x22,
  rnglistx: 0x23,
  refSup8: 0x24,
  strx1: 0x25,
  strx2: 0x26,
  strx3: 0x27,
  strx4: 0x28,
  addrx1: 0x29,
  addrx2: 0x2a,
  addrx3: 0x2b,
  addrx4: 0x2c,
} as const;

/** Where an attribute stands. */
export interface FormContext {
  readonly unit: DwarfUnit;
  readonly unitId: number;
  readonly base: number;
  readonly elf: ElfSections;
}

const number = (value: bigint, bytes: number, isSigned = false): AttributeValue => {
  return { kind: "number", value, isSigned, bytes };
};
const entry = (id: number): AttributeValue => ({ kind: "reference", to: { kind: "entry", id } });

/** The value of an attribute (DWARF 5, section 7.5.6); null: it is of no use here, and passed over. */
export function readForm(
  reader: DwarfReader,
  form: number,
  constant: bigint,
  { unit, unitId, base, elf }: FormContext,
): AttributeValue | null {
  const block = (length: number): AttributeValue => {
    const from = reader.at;
    reader.skip(length);
    return { kind: "block", bytes: reader.bytes.subarray(from, from + length) };
  };
  const text = (section: string): AttributeValue => {
    const offset = Number(reader.unsigned(unit.offsetBytes));
    return { kind: "text", value: stringAt(contentOf(elf, section), offset) };
  };
  const u24 = (): number => reader.u16() * (elf.littleEndian ? 1 : 256) + reader.u8() * (elf.littleEndian ? 65536 : 1);
  switch (form) {
    case FORM.addr:
      return { kind: "address", value: reader.unsigned(unit.addressBytes) };
    case FORM.data1:
    case FORM.flag:
      return number(BigInt(reader.u8()), 1);
    case FORM.data2:
      return number(BigInt(reader.u16()), 2);
    case FORM.data4:
      return number(BigInt(reader.u32()), 4);
    case FORM.data8:
      return number(reader.u64(), 8);
    case FORM.sdata:
      return number(reader.sleb(), 8, true);
    case FORM.udata:
      return number(reader.uleb(), 8);
    case FORM.implicitConst:
      return number(constant, 8, true);
    case FORM.flagPresent:
      return number(1n, 1);
    case FORM.secOffset:
      return number(reader.unsigned(unit.offsetBytes), unit.offsetBytes);
    case FORM.string:
      return { kind: "text", value: reader.string() };
    case FORM.strp:
      return text(".debug_str");
    case FORM.lineStrp:
      return text(".debug_line_str");
    case FORM.strx:
      return { kind: "textIndex", index: reader.count() };
    case FORM.strx1:
      return { kind: "textIndex", index: reader.u8() };
    case FORM.strx2:
      return { kind: "textIndex", index: reader.u16() };
    case FORM.strx3:
      return { kind: "textIndex", index: u24() };
    case FORM.strx4:
      return { kind: "textIndex", index: reader.u32() };
    case FORM.addrx:
      return { kind: "addressIndex", index: reader.count() };
    case FORM.addrx1:
      return { kind: "addressIndex", index: reader.u8() };
    case FORM.addrx2:
      return { kind: "addressIndex", index: reader.u16() };
    case FORM.addrx3:
      return { kind: "addressIndex", index: u24() };
    case FORM.addrx4:
      return { kind: "addressIndex", index: reader.u32() };
    case FORM.block1:
      return block(reader.u8());
    case FORM.block2:
      return block(reader.u16());
    case FORM.block4:
      return block(reader.u32());
    case FORM.block:
    case FORM.exprloc:
      return block(reader.count());
    case FORM.data16:
      return block(16);
    case FORM.ref1:
      return entry(unitId + reader.u8());
    case FORM.ref2:
      return entry(unitId + reader.u16());
    case FORM.ref4:
      return entry(unitId + reader.u32());
    case FORM.ref8:
      return entry(unitId + Number(reader.u64()));
    case FORM.refUdata:
      return entry(unitId + reader.count());
    case FORM.refAddr:
      // DWARF 2 gave it the size of an address. From either section it points into .debug_info.
      return entry(Number(reader.unsigned(unit.version === 2 ? unit.addressBytes : unit.offsetBytes)));
    case FORM.refSig8:
      return { kind: "reference", to: { kind: "signature", of: reader.u64() } };
    case FORM.loclistx:
    case FORM.rnglistx:
      return { kind: "listIndex", index: reader.count() };
    case FORM.refSup4:
      reader.skip(4);
      return null;
    case FORM.refSup8:
      reader.skip(8);
      return null;
    case FORM.strpSup:
      reader.skip(unit.offsetBytes);
      return null;
    case FORM.indirect: {
      const inner = reader.count();
      if (inner === FORM.indirect || inner === FORM.implicitConst)
        throw new Error(`form 0x${inner.toString(16)} in form 0x16`);
      return readForm(reader, inner, 0n, { unit, unitId, base, elf });
    }
    default:
      throw new Error(`form 0x${form.toString(16)} is not known`);
  }
}
