/**
 * Entries of .debug_info and .debug_types (DWARF 2 to 5; DWARF 5, sections 7.5 and 2), each bound checked: those of types and
 * variables of a whole file in one pass, which passes over functions but not over what lies in them; and units one by one.
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

/** Tags of entries that are kept where functions are asked for. */
export const CODE_TAG = {
  parameter: 0x05,
  block: 0x0b,
  compileUnit: 0x11,
  inlined: 0x1d,
  base: TAG.base,
  function: 0x2e,
  variable: TAG.variable,
  procedure: 0x36,
  partialUnit: 0x3c,
  call: 0x48,
  callParameter: 0x49,
  gnuCall: 0x4109,
  gnuCallParameter: 0x410a,
} as const;

/** Attributes that are kept. */
export const ATTRIBUTE = {
  location: 0x02,
  name: 0x03,
  byteSize: 0x0b,
  bitOffset: 0x0c,
  bitSize: 0x0d,
  lowPc: 0x11,
  highPc: 0x12,
  constValue: 0x1c,
  upperBound: 0x2f,
  abstractOrigin: 0x31,
  count: 0x37,
  memberLocation: 0x38,
  declaration: 0x3c,
  encoding: 0x3e,
  frameBase: 0x40,
  specification: 0x47,
  type: 0x49,
  ranges: 0x55,
  signature: 0x69,
  dataBitOffset: 0x6b,
  stringOffsetsBase: 0x72,
  addressBase: 0x73,
  rangeListsBase: 0x74,
  callReturn: 0x7d,
  callValue: 0x7e,
  callOrigin: 0x7f,
  callParameter: 0x80,
  callTarget: 0x83,
  locationListsBase: 0x8c,
  gnuCallValue: 0x2111,
  gnuCallTarget: 0x2113,
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
/** Attributes for each byte of a unit, at most: some take no bytes, so that a short entry could have any number of them. */
const MOST_ATTRIBUTES = 8;
const TYPES_BASE = 2 ** 48;
const [UNIT_TYPE, UNIT_SKELETON, UNIT_SPLIT_COMPILE, UNIT_SPLIT_TYPE] = [2, 4, 5, 6];
const KEPT_TAGS: ReadonlySet<number> = new Set(Object.values(TAG));
const KEPT_CODE_TAGS: ReadonlySet<number> = new Set(Object.values(CODE_TAG));
const KEPT_ATTRIBUTES: ReadonlySet<number> = new Set(Object.values(ATTRIBUTE));

/** All entries of types and variables; none if there is no .debug_info. Throws an Error that says what is damaged. */
export function dwarfEntries(elf: ElfSections): DwarfEntries {
  const byId = new Map<number, DwarfEntry>();
  const bySignature = new Map<bigint, DwarfEntry>();
  for (const unit of dwarfUnits(elf)) unit.read(KEPT_TAGS, byId, bySignature);
  return { elf, byId, bySignature };
}

/** One unit, of which nothing has been read but its length. What reads more throws an Error that says what is damaged. */
export interface UnitPart {
  /** Ids of its entries: from the first to before the second. */
  readonly start: number;
  readonly end: number;
  /** Its outermost entry; null: it has none. */
  root(): DwarfEntry | null;
  /** Its functions and what belongs to them, by id. */
  code(): ReadonlyMap<number, DwarfEntry>;
  read(tags: ReadonlySet<number>, byId: Map<number, DwarfEntry>, bySignature: Map<bigint, DwarfEntry>): void;
}

/** Units of .debug_info and .debug_types. */
export function* dwarfUnits(elf: ElfSections): Generator<UnitPart> {
  const tables = new Map<number, Abbreviations>();
  const bytes = contentOf(elf, ".debug_abbrev");
  let left = bytes.length;
  const abbreviations = (offset: number): Abbreviations => {
    let table = tables.get(offset);
    if (table === undefined) {
      // Tables lie behind each other: of those that do not, each unit could have one that is as long as all.
      const reader = new DwarfReader(bytes, elf.littleEndian, offset, Math.min(bytes.length, offset + left));
      table = readAbbreviations(reader);
      left -= reader.at - offset;
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
      const { at, end, bytes } = reader.part(length);
      const read = (take: Taking): void => {
        try {
          const part = new DwarfReader(bytes, elf.littleEndian, at, end);
          readUnit(part, { base, start, offsetBytes, elf }, abbreviations, take);
        } catch (error) {
          throw new Error(`${name}: unit at 0x${start.toString(16)}: ${(error as Error).message}`);
        }
      };
      const taking = (tags: ReadonlySet<number>, onlyRoot = false): Taking => {
        return { tags, onlyRoot, byId: new Map(), bySignature: new Map() };
      };
      yield {
        start: base + start,
        end: base + end,
        root() {
          const take = taking(KEPT_CODE_TAGS, true);
          read(take);
          return [...take.byId.values()][0] ?? null;
        },
        code() {
          const take = taking(KEPT_CODE_TAGS);
          read(take);
          return take.byId;
        },
        read(tags, byId, bySignature) {
          read({ tags, onlyRoot: false, byId, bySignature });
        },
      };
    }
  }
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

/** Which entries are wanted, and where they go. */
interface Taking {
  readonly tags: ReadonlySet<number>;
  readonly onlyRoot: boolean;
  readonly byId: Map<number, DwarfEntry>;
  readonly bySignature: Map<bigint, DwarfEntry>;
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
  { tags, onlyRoot, byId, bySignature }: Taking,
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
  // The lists begin behind a header of their own where the unit does not say otherwise.
  const listsBase = offsetBytes * 2 + 4;
  const unit: DwarfUnit = {
    ...{ version, offsetBytes, addressBytes, stringOffsetsBase: offsetBytes * 2, addressBase: 8 },
    ...{ rangeListsBase: listsBase, locationListsBase: listsBase },
  };
  const context: FormContext = { unit, unitId: base + start, base, elf };
  const open: (DwarfEntry | null)[] = [];
  let most = (reader.end - reader.at + 64) * MOST_ATTRIBUTES;
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
    most -= abbreviation.attributes.length;
    if (most < 0) throw new Error("entries have more attributes than bytes");
    for (const { name, form, constant } of abbreviation.attributes) {
      const value = readForm(reader, form, constant, context);
      if (value !== null && KEPT_ATTRIBUTES.has(name)) attributes.set(name, value);
    }
    if (open.length === 0) noteBases(unit, attributes);
    const isKept = tags.has(abbreviation.tag);
    const entry = isKept ? { id, tag: abbreviation.tag, unit, attributes, children: [] } : null;
    if (entry !== null) {
      if (byId.size >= MOST_ENTRIES) throw new Error(`more than ${MOST_ENTRIES.toLocaleString("en-US")} entries`);
      byId.set(id, entry);
      if (signature?.id === id) bySignature.set(signature.of, entry);
      open.at(-1)?.children.push(entry);
    }
    if (abbreviation.hasChildren) open.push(entry);
  } while (open.length > 0 && !onlyRoot && !reader.isAtEnd);
}

function noteBases(unit: DwarfUnit, attributes: ReadonlyMap<number, AttributeValue>): void {
  const baseOf = (name: number, otherwise: number): number => {
    const value = attributes.get(name);
    return value?.kind === "number" ? Number(value.value) : otherwise;
  };
  unit.stringOffsetsBase = baseOf(ATTRIBUTE.stringOffsetsBase, unit.stringOffsetsBase);
  unit.addressBase = baseOf(ATTRIBUTE.addressBase, unit.addressBase);
  unit.rangeListsBase = baseOf(ATTRIBUTE.rangeListsBase, unit.rangeListsBase);
  unit.locationListsBase = baseOf(ATTRIBUTE.locationListsBase, unit.locationListsBase);
}
