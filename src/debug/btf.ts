/**
 * BTF, the types that a Linux kernel carries in its own memory (Documentation/bpf/btf.rst): here only as much as says where
 * the members of its structures lie.
 */
import { stringAt } from "./string-table.ts";

/** Where a member lies in its structure, in bytes. */
export interface FieldPlace {
  readonly offset: number;
  readonly size: number;
}

export interface StructLayout {
  readonly size: number;
  /** Members by name; those of members without a name are the structure's own. Bitfields are left out. */
  readonly fields: Readonly<Record<string, FieldPlace>>;
}

const MAGIC = 0xeb9f;
const VERSION = 1;
const HEADER_BYTES = 24;
const POINTER_BYTES = 8;
/** Types within types: deeper than any kernel's, so that a loop ends. */
const DEEPEST = 32;
/** Members of a structure and of those without a name in it: a hostile guest's could be without end. */
const MOST_MEMBERS = 100_000;

const [INT, PTR, ARRAY, STRUCT, UNION, ENUM, , TYPEDEF, VOLATILE, CONST, RESTRICT] = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
];
const [FUNC_PROTO, VAR, DATASEC, FLOAT, DECL_TAG, TYPE_TAG, ENUM64] = [13, 14, 15, 16, 17, 18, 19];
const LAST_KIND = ENUM64;

interface Type {
  readonly name: number;
  readonly kind: number;
  /** How many members, values or parameters. */
  readonly count: number;
  /** Of a structure: members have their sizes in bits beside their offsets. */
  readonly bitfields: boolean;
  /** Bytes, or the number of another type. */
  readonly word: number;
  /** Where what follows begins. */
  readonly at: number;
}

export class BtfTypes {
  private readonly view: DataView;
  private readonly strings: Uint8Array;
  /** Where each type begins; type 0 is "void". */
  private readonly places: number[] = [0];
  /** Number of each structure and union by its name. */
  private readonly named = new Map<string, number>();

  /** Throws an Error that says what is wrong with the bytes. */
  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = view;
    if (bytes.length < HEADER_BYTES || view.getUint16(0, true) !== MAGIC || view.getUint8(2) !== VERSION) {
      throw new Error("the bytes are no BTF of version 1");
    }
    const header = view.getUint32(4, true);
    const part = (offset: number): Uint8Array => {
      const start = header + view.getUint32(offset, true);
      const end = start + view.getUint32(offset + 4, true);
      if (end > bytes.length) throw new Error("the BTF is cut off");
      return bytes.subarray(start, end);
    };
    const types = part(8);
    this.strings = part(16);
    const end = types.byteOffset - bytes.byteOffset + types.length;
    for (let at = end - types.length; at < end; ) {
      this.places.push(at);
      at += 12 + this.restBytes(at);
      if (at > end) throw new Error("the last type of the BTF is cut off");
    }
    for (let number = 1; number < this.places.length; number++) {
      const { kind, name } = this.type(number);
      if ((kind !== STRUCT && kind !== UNION) || name === 0) continue;
      const text = this.text(name);
      if (!this.named.has(text)) this.named.set(text, number);
    }
  }

  /** A structure or union by its tag; null: there is none. */
  struct(name: string): StructLayout | null {
    const number = this.named.get(name);
    return number === undefined ? null : this.layout(number);
  }

  private layout(number: number): StructLayout {
    const fields: Record<string, FieldPlace> = {};
    this.collect(number, 0, fields, 0, { members: MOST_MEMBERS });
    return { size: this.type(number).word, fields };
  }

  private collect(
    number: number,
    base: number,
    fields: Record<string, FieldPlace>,
    depth: number,
    left: { members: number },
  ): void {
    if (depth > DEEPEST) throw new Error("a structure of the BTF lies within itself");
    for (const { name, type, bits, isBitfield } of this.members(number)) {
      if (left.members-- === 0) throw new Error(`a structure of the BTF has more than ${MOST_MEMBERS} members`);
      if (isBitfield || bits % 8 !== 0) continue;
      const offset = base + bits / 8;
      if (name !== "") fields[name] ??= { offset, size: this.size(type, 0) };
      else if (this.isStruct(this.bare(type))) this.collect(this.bare(type), offset, fields, depth + 1, left);
    }
  }

  private *members(number: number): Generator<{ name: string; type: number; bits: number; isBitfield: boolean }> {
    const { at, count, bitfields } = this.type(number);
    for (let n = 0; n < count; n++) {
      const place = at + 12 * n;
      const offset = this.view.getUint32(place + 8, true);
      yield {
        name: this.text(this.view.getUint32(place, true)),
        type: this.view.getUint32(place + 4, true),
        bits: bitfields ? offset & 0xff_ffff : offset,
        isBitfield: bitfields && offset >>> 24 !== 0,
      };
    }
  }

  /** What stands behind typedefs and qualifiers. */
  private bare(number: number): number {
    for (let depth = 0; depth < DEEPEST; depth++) {
      const { kind, word } = this.type(number);
      if (![TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG].includes(kind)) return number;
      number = word;
    }
    throw new Error("a type of the BTF stands for itself");
  }

  private isStruct(number: number): boolean {
    const { kind } = this.type(number);
    return kind === STRUCT || kind === UNION;
  }

  private size(number: number, depth: number): number {
    const { kind, word, at } = this.type(this.bare(number));
    if (kind === PTR) return POINTER_BYTES;
    if (kind !== ARRAY) return [INT, STRUCT, UNION, ENUM, FLOAT, ENUM64].includes(kind) ? word : 0;
    if (depth > DEEPEST) throw new Error("an array of the BTF is made of itself");
    return this.view.getUint32(at + 8, true) * this.size(this.view.getUint32(at, true), depth + 1);
  }

  private type(number: number): Type {
    const at = this.places[number];
    if (at === undefined) throw new Error(`the BTF has no type ${number}`);
    if (number === 0) return { name: 0, kind: 0, count: 0, bitfields: false, word: 0, at: 0 };
    const info = this.view.getUint32(at + 4, true);
    return {
      name: this.view.getUint32(at, true),
      kind: (info >>> 24) & 0x1f,
      count: info & 0xffff,
      bitfields: info >>> 31 === 1,
      word: this.view.getUint32(at + 8, true),
      at: at + 12,
    };
  }

  /** Bytes that follow the first 12 of the type at `at`. */
  private restBytes(at: number): number {
    const info = this.view.getUint32(at + 4, true);
    const kind = (info >>> 24) & 0x1f;
    const count = info & 0xffff;
    if (kind === 0 || kind > LAST_KIND) throw new Error(`the BTF has a type of kind ${kind}, which is not known`);
    if (kind === STRUCT || kind === UNION || kind === DATASEC || kind === ENUM64) return 12 * count;
    if (kind === ENUM || kind === FUNC_PROTO) return 8 * count;
    if (kind === ARRAY) return 12;
    return kind === INT || kind === VAR || kind === DECL_TAG ? 4 : 0;
  }

  private text(offset: number): string {
    if (offset === 0) return "";
    if (offset >= this.strings.length || this.strings.at(-1) !== 0) {
      throw new Error("a name of the BTF lies outside its strings");
    }
    return stringAt(this.strings, offset);
  }
}
