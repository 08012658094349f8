/** Which addresses an entry is about, and which of a list of locations holds at one (DWARF 5, sections 2.17, 2.6.2 and 7.7.3). */
import { ATTRIBUTE, type DwarfEntry } from "./dwarf-entries.ts";
import { type AttributeValue, contentOf, type DwarfUnit } from "./dwarf-forms.ts";
import { DwarfReader } from "./dwarf-reader.ts";
import type { ElfSections } from "./elf-sections.ts";

/** Addresses from `first` to before `end`. */
export interface AddressRange {
  readonly first: bigint;
  readonly end: bigint;
}

/** Entries of lists that may still be read: many may share a long list. */
export interface ListBudget {
  entries: number;
}

const LISTS = [".debug_ranges", ".debug_rnglists", ".debug_loc", ".debug_loclists"];
/** Entries that may always be read: of short lists many times. */
const ALWAYS = 1 << 18;

/** For one pass over what a file says. */
export function listBudget(elf: ElfSections): ListBudget {
  return { entries: LISTS.reduce((sum, name) => sum + contentOf(elf, name).length, ALWAYS) };
}

function spend(budget: ListBudget): void {
  if (--budget.entries < 0) throw new Error("lists of addresses are read again and again");
}

/** Kinds of the entries of .debug_rnglists and .debug_loclists. */
const RANGE_KIND = {
  end: 0,
  basex: 1,
  startxEndx: 2,
  startxLength: 3,
  offsets: 4,
  base: 5,
  startEnd: 6,
  startLength: 7,
};
const LOCATION_KIND = { ...RANGE_KIND, otherwise: 5, base: 6, startEnd: 7, startLength: 8, views: 9 };

/** The n-th address of a unit's list. */
export function addressAt(elf: ElfSections, unit: DwarfUnit, index: number): bigint {
  const reader = new DwarfReader(contentOf(elf, ".debug_addr"), elf.littleEndian);
  reader.skip(unit.addressBase + index * unit.addressBytes);
  return reader.unsigned(unit.addressBytes);
}

/** Where the addresses of an entry begin; null: it has none, or several ranges. */
export function lowAddress(elf: ElfSections, { attributes, unit }: DwarfEntry): bigint | null {
  return addressOf(elf, unit, attributes.get(ATTRIBUTE.lowPc));
}

/** Addresses of an entry, `base` being where its unit begins; null: it says nothing of them. */
export function rangesOf(
  elf: ElfSections,
  entry: DwarfEntry,
  base: bigint,
  budget: ListBudget,
): readonly AddressRange[] | null {
  const { attributes, unit } = entry;
  const list = attributes.get(ATTRIBUTE.ranges);
  if (list !== undefined) return [...rangeList(elf, unit, list, base, budget)];
  const first = lowAddress(elf, entry);
  const high = attributes.get(ATTRIBUTE.highPc);
  if (first === null || high === undefined) return null;
  // Since DWARF 4 a number is what lies between the two.
  const end = high.kind === "number" ? first + high.value : addressOf(elf, unit, high);
  return end === null ? null : [{ first, end }];
}

export function isWithin(ranges: readonly AddressRange[], address: bigint): boolean {
  return ranges.some(({ first, end }) => first <= address && address < end);
}

/** The address that an attribute is; null: it is none. */
export function addressOf(elf: ElfSections, unit: DwarfUnit, value: AttributeValue | undefined): bigint | null {
  if (value?.kind === "addressIndex") return addressAt(elf, unit, value.index);
  return value?.kind === "address" ? value.value : null;
}

function* rangeList(
  elf: ElfSections,
  unit: DwarfUnit,
  value: AttributeValue,
  start: bigint,
  budget: ListBudget,
): Generator<AddressRange> {
  const isNew = unit.version >= 5;
  const reader = listReader(elf, unit, value, isNew ? ".debug_rnglists" : ".debug_ranges", unit.rangeListsBase);
  if (!isNew) {
    yield* addressPairs(reader, unit, start, budget);
    return;
  }
  let base = start;
  for (;;) {
    spend(budget);
    const kind = reader.u8();
    if (kind === RANGE_KIND.end) return;
    if (kind === RANGE_KIND.basex) base = addressAt(elf, unit, reader.count());
    else if (kind === RANGE_KIND.base) base = reader.unsigned(unit.addressBytes);
    else if (kind === RANGE_KIND.startEnd) yield bothAddresses(reader, unit);
    else if (kind === RANGE_KIND.startLength) yield addressAndLength(reader, unit);
    else yield indexedRange(elf, unit, reader, kind, base);
  }
}

/**
 * The expression that a location attribute has for an address: its own, or that of a list; null: there is none. Throws an Error if the
 * list is damaged.
 */
export function expressionAt(
  elf: ElfSections,
  unit: DwarfUnit,
  value: AttributeValue,
  start: bigint,
  address: bigint,
  budget: ListBudget,
): Uint8Array | null {
  if (value.kind === "block") return value.bytes;
  const isNew = unit.version >= 5;
  const reader = listReader(elf, unit, value, isNew ? ".debug_loclists" : ".debug_loc", unit.locationListsBase);
  const isHere = ({ first, end }: AddressRange): boolean => first <= address && address < end;
  if (!isNew) {
    for (const range of addressPairs(reader, unit, start, budget)) {
      const code = block(reader, reader.u16());
      if (isHere(range)) return code;
    }
    return null;
  }
  let base = start;
  let otherwise: Uint8Array | null = null;
  for (;;) {
    spend(budget);
    const kind = reader.u8();
    if (kind === LOCATION_KIND.end) return otherwise;
    if (kind === LOCATION_KIND.basex) base = addressAt(elf, unit, reader.count());
    else if (kind === LOCATION_KIND.base) base = reader.unsigned(unit.addressBytes);
    else if (kind === LOCATION_KIND.views) {
      reader.uleb();
      reader.uleb();
    } else if (kind === LOCATION_KIND.otherwise) otherwise = block(reader, reader.count());
    else {
      const range =
        kind === LOCATION_KIND.startEnd
          ? bothAddresses(reader, unit)
          : kind === LOCATION_KIND.startLength
            ? addressAndLength(reader, unit)
            : indexedRange(elf, unit, reader, kind, base);
      const code = block(reader, reader.count());
      if (isHere(range)) return code;
    }
  }
}

function listReader(
  elf: ElfSections,
  unit: DwarfUnit,
  value: AttributeValue,
  section: string,
  listsBase: number,
): DwarfReader {
  const reader = new DwarfReader(contentOf(elf, section), elf.littleEndian);
  if (value.kind === "number") reader.skip(Number(value.value));
  else if (value.kind === "listIndex") {
    const offsets = new DwarfReader(reader.bytes, elf.littleEndian);
    offsets.skip(listsBase + value.index * unit.offsetBytes);
    reader.skip(listsBase + Number(offsets.unsigned(unit.offsetBytes)));
  } else throw new Error("a list that is neither an offset nor a number");
  return reader;
}

/** Pairs until DWARF 4: relative to a base, which a pair can set anew. */
function* addressPairs(
  reader: DwarfReader,
  unit: DwarfUnit,
  start: bigint,
  budget: ListBudget,
): Generator<AddressRange> {
  const bits = unit.addressBytes * 8;
  const last = (1n << BigInt(bits)) - 1n;
  for (let base = start; ; ) {
    spend(budget);
    const { first, end } = bothAddresses(reader, unit);
    if (first === 0n && end === 0n) return;
    if (first === last) base = end;
    else yield { first: BigInt.asUintN(bits, base + first), end: BigInt.asUintN(bits, base + end) };
  }
}

function bothAddresses(reader: DwarfReader, { addressBytes }: DwarfUnit): AddressRange {
  return { first: reader.unsigned(addressBytes), end: reader.unsigned(addressBytes) };
}

function addressAndLength(reader: DwarfReader, { addressBytes }: DwarfUnit): AddressRange {
  const first = reader.unsigned(addressBytes);
  return { first, end: first + reader.uleb() };
}

function indexedRange(
  elf: ElfSections,
  unit: DwarfUnit,
  reader: DwarfReader,
  kind: number,
  base: bigint,
): AddressRange {
  if (kind === RANGE_KIND.offsets) return { first: base + reader.uleb(), end: base + reader.uleb() };
  if (kind !== RANGE_KIND.startxEndx && kind !== RANGE_KIND.startxLength)
    throw new Error(`a list's entry of kind ${kind}`);
  const first = addressAt(elf, unit, reader.count());
  const other = reader.count();
  return { first, end: kind === RANGE_KIND.startxEndx ? addressAt(elf, unit, other) : first + BigInt(other) };
}

function block(reader: DwarfReader, length: number): Uint8Array {
  const from = reader.at;
  reader.skip(length);
  return reader.bytes.subarray(from, from + length);
}
