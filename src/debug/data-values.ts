/** What memory holds as a program means it: places with types, their values as text, and the places that they consist of. */
import { bareType, type DataField, type DataType } from "./data-types.ts";

/** A piece of memory with a type. */
export interface DataPlace {
  /** As a program would call it from the outermost on, such as "processes[1].name". */
  readonly path: string;
  /** The last part of the path. */
  readonly name: string;
  readonly type: DataType;
  readonly address: bigint;
  readonly bits: DataField["bits"];
  /** Of some elements of an array, which `type` is: the number of the first one. */
  readonly from: number;
}

/** So many elements of an array are shown at once; longer ones are shown in parts. */
const PART = 100;
/** Bytes of a value or of a text that are read. */
const MOST_TEXT = 200;

export function dataPlace(path: string, type: DataType, address: bigint): DataPlace {
  return { path, name: path, type, address, bits: null, from: 0 };
}

/** Bytes of memory that valueText() needs. */
export function bytesOf({ type, bits }: DataPlace): number {
  if (bits !== null) return Math.ceil((bits.shift + bits.width) / 8);
  const bare = bareType(type);
  if (bare.kind === "array") return isText(bare) ? Math.min(bare.bytes, MOST_TEXT) : 0;
  return bare.kind === "structure" || bare.kind === "none" ? 0 : bare.bytes;
}

/** The value that `bytes` (as many as bytesOf() says) are, or what stands there. */
export function valueText(place: DataPlace, bytes: Uint8Array, littleEndian: boolean): string {
  const bare = bareType(place.type);
  switch (bare.kind) {
    case "structure":
      return "{…}";
    case "array":
      return isText(bare) ? quoted(bytes) : bare.count === 0 ? "as long as it is" : `${bare.count} elements`;
    case "none":
      return "not known";
    default:
      return bareText(bare, bitsOf(place, bytes, littleEndian), place.bits?.width ?? bare.bytes * 8);
  }
}

function bareText(bare: DataType, bits: bigint, width: number): string {
  if (bare.kind === "pointer") return `0x${bits.toString(16).padStart(bare.bytes * 2, "0")}`;
  if (bare.kind === "enumeration") {
    const value = bare.isSigned ? BigInt.asIntN(width, bits) : bits;
    const name = bare.names.find((each) => each.value === value)?.name ?? flagsText(bare.names, value);
    return name === null ? String(value) : `${name} (${value})`;
  }
  if (bare.kind !== "number") return "";
  switch (bare.meaning) {
    case "boolean":
      return bits === 0n ? "false" : bits === 1n ? "true" : `true (${bits})`;
    case "signed":
      return String(BigInt.asIntN(width, bits));
    case "float":
      return floatText(bits, bare.bytes);
    case "character":
      return bare.bytes === 1 ? `${bits} ${characterText(Number(bits))}` : `0x${bits.toString(16)}`;
    default:
      return bits > 9n ? `${bits} (0x${bits.toString(16)})` : String(bits);
  }
}

/** Names that together make the value, or null. */
function flagsText(names: readonly { readonly name: string; readonly value: bigint }[], value: bigint): string | null {
  if (value <= 0n) return null;
  const isFlag = (flag: bigint): boolean => flag > 0n && (flag & (flag - 1n)) === 0n;
  const set = names.filter((each) => isFlag(each.value) && (value & each.value) !== 0n);
  const covered = set.reduce((all, each) => all | each.value, 0n);
  return covered === value ? set.map(({ name }) => name).join(" | ") : null;
}

function floatText(bits: bigint, bytes: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  if (bytes === 8) return String(view.getFloat64(0));
  if (bytes === 4) return String(Number(view.getFloat32(4).toPrecision(9)));
  return `0x${bits.toString(16)}`;
}

function characterText(code: number): string {
  return code >= 0x20 && code < 0x7f ? `'${String.fromCharCode(code)}'` : `'\\x${code.toString(16).padStart(2, "0")}'`;
}

/** Up to the first 0 byte; what cannot be printed as in C. */
function quoted(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  const shown = Array.from(end < 0 ? bytes : bytes.subarray(0, end), (byte) => characterText(byte).slice(1, -1));
  return `"${shown.join("")}"${end < 0 ? " …" : ""}`;
}

function isText(type: DataType): boolean {
  if (type.kind !== "array" || type.count === 0) return false;
  const of = bareType(type.of);
  return of.kind === "number" && of.meaning === "character" && of.bytes === 1;
}

/** The bits of a value, zero-extended. */
export function bitsOf({ bits }: DataPlace, bytes: Uint8Array, littleEndian: boolean): bigint {
  let value = 0n;
  for (const byte of littleEndian ? bytes.toReversed() : bytes) value = (value << 8n) | BigInt(byte);
  return bits === null ? value : (value >> BigInt(bits.shift)) & ((1n << BigInt(bits.width)) - 1n);
}

/** Whether partsOf() has anything to answer. */
export function hasParts({ type, bits }: DataPlace): boolean {
  const bare = bareType(type);
  if (bits !== null) return false;
  if (bare.kind === "structure" || bare.kind === "array") return true;
  return bare.kind === "pointer" && bareType(bare.to()).kind !== "none";
}

/** Fields, elements, or what a pointer with this value points to. Throws an Error if the type is damaged. */
export function partsOf(place: DataPlace, pointer: bigint): readonly DataPlace[] {
  const bare = bareType(place.type);
  if (bare.kind === "structure") return fieldsOf(place.path, place.address, bare.fields);
  if (bare.kind === "array") return elementsOf(place, bare);
  if (bare.kind !== "pointer" || pointer === 0n) return [];
  const to = bare.to();
  const target = bareType(to);
  // The fields of what it points to are meant, rather than one row for the whole.
  if (target.kind === "structure") return fieldsOf(place.path, pointer, target.fields, "->");
  return [{ path: `*${place.path}`, name: `*${place.name}`, type: to, address: pointer, bits: null, from: 0 }];
}

function fieldsOf(
  path: string,
  address: bigint,
  fields: () => readonly DataField[],
  access = ".",
): readonly DataPlace[] {
  return fields().map(({ name, type, offset, bits }) => ({
    // An unnamed part is spoken of as if its fields were the structure's own.
    path: name === "" ? path : `${path}${access}${name}`,
    name: name === "" ? "(unnamed)" : name,
    type,
    address: BigInt.asUintN(64, address + BigInt(offset)),
    bits,
    from: 0,
  }));
}

function elementsOf(place: DataPlace, array: DataType & { readonly kind: "array" }): readonly DataPlace[] {
  const { of, count } = array;
  const { path, address, from } = place;
  const at = (index: number): bigint => BigInt.asUintN(64, address + BigInt(index) * BigInt(of.bytes));
  // An open array at the end of a structure: who knows its length can go on from its first element.
  const known = count === 0 ? 1 : count;
  if (known <= PART) {
    return Array.from({ length: known }, (_, index) => {
      const name = `[${from + index}]`;
      return { path: `${path}${name}`, name, type: of, address: at(index), bits: null, from: 0 };
    });
  }
  // Parts of parts, so that an array of any length has few rows.
  let step = PART;
  while (known / step > PART) step *= PART;
  return Array.from({ length: Math.ceil(known / step) }, (_, part) => {
    const first = part * step;
    const length = Math.min(step, known - first);
    const name = `[${from + first} … ${from + first + length - 1}]`;
    const type: DataType = { kind: "array", of, count: length, bytes: length * of.bytes };
    return { path, name, type, address: at(first), bits: null, from: from + first };
  });
}
