/** Types of a program and its global variables, by name, from its debug information; each type is made when somebody asks for it. */
import { addressAt } from "./address-lists.ts";
import type { DataField, DataType, DataVariable } from "./data-types.ts";
import { DwarfReader } from "./dwarf-reader.ts";
import { ATTRIBUTE, type DwarfEntries, type DwarfEntry, dwarfEntries, TAG } from "./dwarf-entries.ts";
import { type AttributeValue, contentOf, type EntryReference } from "./dwarf-forms.ts";
import { elfSections } from "./elf-sections.ts";
import { stringAt } from "./string-table.ts";

const OP_ADDR = 0x03;
const OP_ADDRX = 0xa1;
const OP_PLUS_UCONST = 0x23;
/** More dimensions, or names of names, than any compiler writes. */
const MOST_NESTED = 64;
const PREFIXES: Readonly<Record<number, string>> = {
  [TAG.structure]: "struct ",
  [TAG.union]: "union ",
  [TAG.enumeration]: "enum ",
};
const ENCODING = { boolean: 2, complex: 3, float: 4, signed: 5, signedChar: 6, unsignedChar: 8, utf: 16 };

/** Types and variables of an ELF file; empty if it has no debug information. Throws an Error that says what is damaged. */
export function elfTypes(file: Uint8Array): TypeTable {
  const elf = elfSections(file);
  for (const name of [".debug_info", ".debug_abbrev"]) {
    if (elf.sections.some((section) => section.name === name && section.isCompressed)) {
      throw new Error(`${name} is compressed: objcopy --decompress-debug-sections makes a file that can be read`);
    }
  }
  return new TypeTable(dwarfEntries(elf));
}

export class TypeTable {
  private readonly made = new Map<number, DataType>();
  private readonly underWay = new Set<number>();
  private readonly byName = new Map<string, DwarfEntry>();
  private readonly variablesByName = new Map<string, DwarfEntry>();

  constructor(private readonly entries: DwarfEntries) {
    for (const entry of entries.byId.values()) {
      const name = this.nameOf(entry);
      if (name === "") continue;
      if (entry.tag === TAG.variable) {
        if (entry.attributes.get(ATTRIBUTE.location)?.kind === "block" && !this.variablesByName.has(name)) {
          if (this.addressOf(entry) !== null) this.variablesByName.set(name, entry);
        }
      } else if (isTypeWithName(entry)) {
        const full = `${PREFIXES[entry.tag] ?? ""}${name}`;
        if (!this.byName.has(full)) this.byName.set(full, entry);
      }
    }
  }

  /** Bytes of a pointer. */
  get addressBytes(): number {
    return this.entries.elf.wordBytes;
  }

  /** Names of all types that have one, as a program in C writes them, sorted. */
  get names(): string[] {
    return [...this.byName.keys()].sort();
  }

  get variableNames(): string[] {
    return [...this.variablesByName.keys()].sort();
  }

  /** The type of a name such as "struct Process", "Process" or "u64", or null. Throws an Error if it is damaged. */
  find(name: string): DataType | null {
    const wanted = name.trim().replaceAll(/\s+/g, " ");
    const entry =
      this.byName.get(wanted) ??
      Object.values(PREFIXES)
        .map((prefix) => this.byName.get(prefix + wanted))
        .find(Boolean);
    return entry === undefined ? null : this.typeOf(entry);
  }

  variable(name: string): DataVariable | null {
    const entry = this.variablesByName.get(name);
    const address = entry === undefined ? null : this.addressOf(entry);
    return entry === undefined || address === null ? null : { name, address, type: this.typeBehind(entry) };
  }

  /** Empty if it has none. */
  nameOf(entry: DwarfEntry): string {
    const value = entry.attributes.get(ATTRIBUTE.name);
    if (value?.kind === "text") return value.value;
    if (value?.kind === "textIndex") {
      const { unit } = entry;
      const { elf } = this.entries;
      const lists = new DwarfReader(contentOf(elf, ".debug_str_offsets"), elf.littleEndian);
      lists.skip(unit.stringOffsetsBase + value.index * unit.offsetBytes);
      return stringAt(contentOf(elf, ".debug_str"), Number(lists.unsigned(unit.offsetBytes)));
    }
    const declared = this.follow(entry.attributes.get(ATTRIBUTE.specification));
    return declared === null || declared === entry ? "" : textOf(declared.attributes.get(ATTRIBUTE.name));
  }

  private follow(value: AttributeValue | undefined): DwarfEntry | null {
    if (value?.kind !== "reference") return null;
    return this.entryOf(value.to);
  }

  private entryOf(to: EntryReference): DwarfEntry | null {
    return (to.kind === "entry" ? this.entries.byId.get(to.id) : this.entries.bySignature.get(to.of)) ?? null;
  }

  /** Where a variable lies for good, or null. */
  private addressOf({ attributes, unit }: DwarfEntry): bigint | null {
    const location = attributes.get(ATTRIBUTE.location);
    if (location?.kind !== "block") return null;
    const { elf } = this.entries;
    const reader = new DwarfReader(location.bytes, elf.littleEndian);
    if (reader.isAtEnd) return null;
    const operation = reader.u8();
    if (operation === OP_ADDR && location.bytes.length === 1 + unit.addressBytes)
      return reader.unsigned(unit.addressBytes);
    if (operation !== OP_ADDRX) return null;
    const index = reader.count();
    return reader.isAtEnd ? addressAt(elf, unit, index) : null;
  }

  /** The type that an entry's own attribute names; void if it has none. Throws an Error if it is damaged. */
  typeBehind(entry: DwarfEntry): DataType {
    const declared = this.follow(entry.attributes.get(ATTRIBUTE.specification));
    const value = entry.attributes.get(ATTRIBUTE.type) ?? declared?.attributes.get(ATTRIBUTE.type);
    if (value === undefined) return VOID;
    const behind = this.follow(value);
    return behind === null ? unknown("a type that the file does not have") : this.typeOf(behind);
  }

  private typeOf(entry: DwarfEntry): DataType {
    const known = this.made.get(entry.id);
    if (known !== undefined) return known;
    // Structures and pointers ask for their parts later, so that only damage comes here again.
    if (this.underWay.has(entry.id)) throw new Error(`the type at 0x${entry.id.toString(16)} is made of itself`);
    if (this.underWay.size >= MOST_NESTED) throw new Error(`types are nested more than ${MOST_NESTED} deep`);
    this.underWay.add(entry.id);
    try {
      const type = this.make(entry);
      this.made.set(entry.id, type);
      return type;
    } finally {
      this.underWay.delete(entry.id);
    }
  }

  private make(entry: DwarfEntry): DataType {
    const name = this.nameOf(entry);
    const bytes = sizeOf(entry);
    switch (entry.tag) {
      case TAG.base:
        return { kind: "number", name, bytes, meaning: meaningOf(entry, name) };
      case TAG.typedef: {
        const of = this.typeBehind(entry);
        return { kind: "named", name, bytes: of.bytes, of };
      }
      case TAG.const:
      case TAG.volatile:
      case TAG.restrict:
      case TAG.atomic:
        return this.typeBehind(entry);
      case TAG.pointer:
      case TAG.reference:
      case TAG.rvalueReference:
        return { kind: "pointer", bytes: bytes || entry.unit.addressBytes, to: () => this.typeBehind(entry) };
      case TAG.structure:
      case TAG.class:
      case TAG.union:
        return this.structure(entry, name, bytes);
      case TAG.array:
        return this.array(entry);
      case TAG.enumeration:
        return this.enumeration(entry, name, bytes);
      case TAG.subroutine:
        return { kind: "none", name: "code", bytes: 0 };
      default:
        return unknown(name === "" ? "a type of another kind" : name);
    }
  }

  private structure(entry: DwarfEntry, name: string, bytes: number): DataType {
    const signature = this.follow(entry.attributes.get(ATTRIBUTE.signature));
    if (signature !== null && signature !== entry) return this.typeOf(signature);
    if (entry.attributes.has(ATTRIBUTE.declaration)) {
      const whole = this.byName.get(`${PREFIXES[entry.tag] ?? ""}${name}`);
      if (whole !== undefined && whole !== entry) return this.typeOf(whole);
      return unknown(`${PREFIXES[entry.tag] ?? ""}${name}`);
    }
    let fields: readonly DataField[] | null = null;
    return {
      kind: "structure",
      name: name === "" ? "" : `${PREFIXES[entry.tag] ?? ""}${name}`,
      bytes,
      isUnion: entry.tag === TAG.union,
      fields: () => {
        fields ??= entry.children
          .filter(({ tag }) => tag === TAG.member || tag === TAG.inheritance)
          .flatMap((member) => this.field(member));
        return fields;
      },
    };
  }

  /** Nothing for a member that is no part of each object. */
  private field(member: DwarfEntry): DataField[] {
    const { attributes } = member;
    // A static member of C++ is declared like this.
    if (attributes.has(ATTRIBUTE.declaration)) return [];
    const type = this.typeBehind(member);
    const name = this.nameOf(member);
    const offset = offsetOf(attributes.get(ATTRIBUTE.memberLocation), this.entries.elf.littleEndian);
    const width = numberOf(attributes.get(ATTRIBUTE.bitSize));
    if (width === null) return [{ name, type, offset, bits: null }];
    if (width < 1 || width > 64) throw new Error(`${name} has ${width} bits`);
    const start = numberOf(attributes.get(ATTRIBUTE.dataBitOffset));
    const { littleEndian } = this.entries.elf;
    if (start !== null) return [bitField(name, type, width, offset * 8 + start, littleEndian)];
    // Until DWARF 3: counted from the highest bit of a unit of the declared size.
    const unit = (numberOf(attributes.get(ATTRIBUTE.byteSize)) ?? type.bytes) * 8;
    const fromTop = numberOf(attributes.get(ATTRIBUTE.bitOffset)) ?? 0;
    const first = offset * 8 + (littleEndian ? unit - fromTop - width : fromTop);
    return [bitField(name, type, width, first, littleEndian)];
  }

  private array(entry: DwarfEntry): DataType {
    const counts = entry.children.filter(({ tag }) => tag === TAG.subrange || tag === TAG.enumeration).map(countOf);
    let type = this.typeBehind(entry);
    if (counts.length > MOST_NESTED) throw new Error(`an array of ${counts.length} dimensions`);
    for (const count of (counts.length === 0 ? [0] : counts).reverse()) {
      const bytes = type.bytes * count;
      if (!Number.isSafeInteger(bytes)) throw new Error(`an array of ${count} elements is larger than memory`);
      type = { kind: "array", bytes, of: type, count };
    }
    return type;
  }

  private enumeration(entry: DwarfEntry, name: string, bytes: number): DataType {
    const values = entry.children.filter(({ tag }) => tag === TAG.enumerator);
    const names = values.map((child) => ({
      name: this.nameOf(child),
      value: bitsOf(child.attributes.get(ATTRIBUTE.constValue)),
    }));
    const encoding = numberOf(entry.attributes.get(ATTRIBUTE.encoding));
    const isSigned = encoding === ENCODING.signed || encoding === ENCODING.signedChar;
    const full = name === "" ? "" : `${PREFIXES[TAG.enumeration]}${name}`;
    return {
      kind: "enumeration",
      name: full,
      bytes,
      isSigned: isSigned || names.some(({ value }) => value < 0n),
      names,
    };
  }
}

const VOID: DataType = { kind: "none", name: "void", bytes: 0 };

function unknown(name: string): DataType {
  return { kind: "none", name, bytes: 0 };
}

function isTypeWithName({ tag, attributes }: DwarfEntry): boolean {
  if (attributes.has(ATTRIBUTE.declaration)) return false;
  return (
    tag === TAG.base ||
    tag === TAG.typedef ||
    tag === TAG.structure ||
    tag === TAG.class ||
    tag === TAG.union ||
    tag === TAG.enumeration
  );
}

function textOf(value: AttributeValue | undefined): string {
  return value?.kind === "text" ? value.value : "";
}

function bitsOf(value: AttributeValue | undefined): bigint {
  return value?.kind === "number" ? value.value : 0n;
}

/** A number that measures something; null: it is not there, or no constant. */
function numberOf(value: AttributeValue | undefined): number | null {
  if (value?.kind !== "number") return null;
  const found = Number(value.value);
  if (!Number.isSafeInteger(found)) throw new Error(`${value.value} is no size`);
  return found;
}

function sizeOf({ attributes }: DwarfEntry): number {
  const bytes = numberOf(attributes.get(ATTRIBUTE.byteSize)) ?? 0;
  if (bytes < 0) throw new Error(`a size of ${bytes} bytes`);
  return bytes;
}

function meaningOf(entry: DwarfEntry, name: string): "unsigned" | "signed" | "float" | "character" | "boolean" {
  switch (numberOf(entry.attributes.get(ATTRIBUTE.encoding))) {
    case ENCODING.boolean:
      return "boolean";
    case ENCODING.float:
      return "float";
    case ENCODING.signed:
      return "signed";
    case ENCODING.signedChar:
    case ENCODING.utf:
      return "character";
    case ENCODING.unsignedChar:
      // C's plain char has this encoding on many targets; other bytes, such as uint8_t, have it too.
      return name === "char" ? "character" : "unsigned";
    default:
      return "unsigned";
  }
}

/** Bytes from the start of a structure: a constant, or the expression by which DWARF 2 says the same. */
function offsetOf(value: AttributeValue | undefined, littleEndian: boolean): number {
  if (value?.kind === "block") {
    const reader = new DwarfReader(value.bytes, littleEndian);
    if (!reader.isAtEnd && reader.u8() === OP_PLUS_UCONST) return reader.count();
    throw new Error("where a field lies takes an expression that is not evaluated");
  }
  const offset = numberOf(value) ?? 0;
  if (offset < 0) throw new Error(`a field at ${offset}`);
  return offset;
}

/** `first`: bits from the start of the structure, in the order of the target's bytes. */
function bitField(name: string, type: DataType, width: number, first: number, littleEndian: boolean): DataField {
  if (!(first >= 0)) throw new Error(`${name} begins at bit ${first}`);
  const offset = Math.floor(first / 8);
  const inByte = first % 8;
  const bytes = Math.ceil((inByte + width) / 8);
  return { name, type, offset, bits: { shift: littleEndian ? inByte : bytes * 8 - inByte - width, width } };
}

/** Elements of one dimension; 0 where it is open. */
function countOf({ attributes, tag, children }: DwarfEntry): number {
  if (tag === TAG.enumeration) return children.length;
  const count = attributes.get(ATTRIBUTE.count);
  const upper = attributes.get(ATTRIBUTE.upperBound);
  // An open array of GCC has an upper bound of -1, in as many bytes as it likes.
  if (count === undefined && upper?.kind === "number" && !upper.isSigned) {
    if (upper.bytes >= 4 && upper.value === (1n << BigInt(upper.bytes * 8)) - 1n) return 0;
  }
  const found = count === undefined ? (numberOf(upper) ?? -1) + 1 : (numberOf(count) ?? 0);
  if (found < 0) throw new Error(`an array of ${found} elements`);
  return found;
}
