/**
 * Entries of .debug_info and .debug_types that describe types and variables (DWARF 2 to 5; DWARF 5, sections 7.5 and 2): read in one
 * pass, each bound checked. What describes functions is passed over, but not what lies in them.
 */
import { DwarfReader } from "./dwarf-reader.ts";
import { type AttributeValue, contentOf, type DwarfUnit, FORM, type FormContext, readForm } from "./dwarf-forms.ts";
import type { ElfSections } from "./elf-sections.ts";

/** Tags of entries that are kept. */
export const TAG = {
  array: 0x01,
  class: 0x02,
  enumeration: 0x04,
  member: 0x0d,
  pointer: 0x0f,
  reference: 0x10,
  structure: 0x13,
  subroutine: 0x15,
  typedef: 0x16,
  union: 0x17,
  inheritance: 0x1c,
  subrange: 0x21,
  base: 0x24,
  const: 0x26,
  enumerator: 0x28,
  variable: 0x34,
  volatile: 0x35,
  restrict: 0x37,
  unspecified: 0x3b,
  rvalueReference: 0x42,
  atomic: 0x47,
} as const;

/** Attributes that are kept. */
export const ATTRIBUTE = {
  location: 0x02,
  name: 0x03,
  byteSize: 0x0b,
  bitOffset: 0x0c,
  bitSize: 0x0d,
  constValue: 0x1c,
  upperBound: 0x2f,
  count: 0x37,
  memberLocation: 0x38,
  declaration: 0x3c,
  encoding: 0x3e,
  specification: 0x47,
  type: 0x49,
  signature: 0x69,
  dataBitOffset: 0x6b,
  stringOffsetsBase: 0x72,
  addressBase: 0x73,
} as const;

export interface DwarfEntry {
  /** Unique in a file: the offset in its section, plus a large number in .debug_types. */
  readonly id: number;
  readonly tag: number;
  readonly unit: DwarfUnit;
  readonly attributes: ReadonlyMap<number, AttributeValue>;
  readonly children: DwarfEntry[];
}

export interface DwarfEntries {
  readonly elf: ElfSections;
  readonly byId: ReadonlyMap<number, DwarfEntry>;
  readonly bySignature: ReadonlyMap<bigint, DwarfEntry>;
}

interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly attributes: readonly { readonly name: number; readonly form: number; readonly constant: bigint }[];
}

type Abbreviations = ReadonlyMap<number, Abbreviation>;

/** More than any program of a board has; a file that claims more would only fill the page's memory. */
const MOST_ENTRIES = 3_000_000;
const TYPES_BASE = 2 ** 48;
const [UNIT_TYPE, UNIT_SKELETON, UNIT_SPLIT_COMPILE, UNIT_SPLIT_TYPE] = [2, 4, 5, 6];
const KEPT_TAGS: ReadonlySet<number> = new Set(Object.values(TAG));
const KEPT_ATTRIBUTES: ReadonlySet<number> = new Set(Object.values(ATTRIBUTE));

/** All entries of a file; none if it has no .debug_info. Throws an Error that says what is damaged. */
export function dwarfEntries(elf: ElfSections): DwarfEntries {
  const byId = new Map<number, DwarfEntry>();
  const bySignature = new Map<bigint, DwarfEntry>();
  const tables = new Map<number, Abbreviations>();
  const abbreviations = (offset: number): Abbreviations => {
    let table = tables.get(offset);
    if (table === undefined) {
      table = readAbbreviations(new DwarfReader(contentOf(elf, ".debug_abbrev"), elf.littleEndian, offset));
      tables.set(offset, table);
    }
    return table;
  };
  for (const [name, base] of [
    [".debug_info", 0],
    [".debug_types", TYPES_BASE],
  ] as const) {
    const reader = new DwarfReader(contentOf(elf, name), elf.littleEndian);
    while (!reader.isAtEnd) {
      const start = reader.at;
      const { length, offsetBytes } = reader.unitLength();
      try {
        readUnit(reader.part(length), { base, start, offsetBytes, elf }, abbreviations, byId, bySignature);
      } catch (error) {
        throw new Error(`${name}: unit at 0x${start.toString(16)}: ${(error as Error).message}`);
      }
    }
  }
  return { elf, byId, bySignature };
}

function readAbbreviations(reader: DwarfReader): Abbreviations {
  const table = new Map<number, Abbreviation>();
  for (let code = reader.count(); code !== 0; code = reader.count()) {
    const tag = reader.count();
    const hasChildren = reader.u8() !== 0;
    const attributes: { name: number; form: number; constant: bigint }[] = [];
    for (;;) {
      const name = reader.count();
      const form = reader.count();
      const constant = form === FORM.implicitConst ? reader.sleb() : 0n;
      if (name === 0 && form === 0) break;
      attributes.push({ name, form, constant });
    }
    table.set(code, { tag, hasChildren, attributes });
  }
  return table;
}

interface Place {
  readonly base: number;
  readonly start: number;
  readonly offsetBytes: number;
  readonly elf: ElfSections;
}

function readUnit(
  reader: DwarfReader,
  { base, start, offsetBytes, elf }: Place,
  abbreviationsAt: (offset: number) => Abbreviations,
  byId: Map<number, DwarfEntry>,
  bySignature: Map<bigint, DwarfEntry>,
): void {
  const version = reader.u16();
  if (version < 2 || version > 5) throw new Error(`version ${version}`);
  const type = version >= 5 ? reader.u8() : base === 0 ? 0 : UNIT_TYPE;
  let addressBytes = version >= 5 ? reader.u8() : 0;
  const abbreviations = abbreviationsAt(Number(reader.unsigned(offsetBytes)));
  if (version < 5) addressBytes = reader.u8();
  let signature: { readonly of: bigint; readonly id: number } | null = null;
  if (type === UNIT_TYPE || type === UNIT_SPLIT_TYPE) {
    const of = reader.u64();
    signature = { of, id: base + start + Number(reader.unsigned(offsetBytes)) };
  } else if (type === UNIT_SKELETON || type === UNIT_SPLIT_COMPILE) reader.skip(8);
  // Both lists begin behind a header of their own where the unit does not say otherwise.
  const unit: DwarfUnit = { version, offsetBytes, addressBytes, stringOffsetsBase: offsetBytes * 2, addressBase: 8 };
  const context: FormContext = { unit, unitId: base + start, base, elf };
  const open: (DwarfEntry | null)[] = [];
  do {
    const id = base + reader.at;
    const code = reader.count();
    if (code === 0) {
      open.pop();
      continue;
    }
    const abbreviation = abbreviations.get(code);
    if (abbreviation === undefined) throw new Error(`entry at 0x${id.toString(16)} has no abbreviation ${code}`);
    const attributes = new Map<number, AttributeValue>();
    for (const { name, form, constant } of abbreviation.attributes) {
      const value = readForm(reader, form, constant, context);
      if (value !== null && KEPT_ATTRIBUTES.has(name)) attributes.set(name, value);
    }
    if (open.length === 0) noteBases(unit, attributes);
    const isKept = KEPT_TAGS.has(abbreviation.tag);
    const entry = isKept ? { id, tag: abbreviation.tag, unit, attributes, children: [] } : null;
    if (entry !== null) {
      if (byId.size >= MOST_ENTRIES) throw new Error(`more than ${MOST_ENTRIES.toLocaleString("en-US")} entries`);
      byId.set(id, entry);
      if (signature?.id === id) bySignature.set(signature.of, entry);
      open.at(-1)?.children.push(entry);
    }
    if (abbreviation.hasChildren) open.push(entry);
  } while (open.length > 0 && !reader.isAtEnd);
}

function noteBases(unit: DwarfUnit, attributes: ReadonlyMap<number, AttributeValue>): void {
  const strings = attributes.get(ATTRIBUTE.stringOffsetsBase);
  const addresses = attributes.get(ATTRIBUTE.addressBase);
  if (strings?.kind === "number") unit.stringOffsetsBase = Number(strings.value);
  if (addresses?.kind === "number") unit.addressBase = Number(addresses.value);
}
