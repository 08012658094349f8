/** Values of variables, and their bytes from the parts that a location names. */
import type { DataType } from "./data-types.ts";
import { type LocationContext, Unavailable } from "./location-context.ts";
import type { LocationPiece } from "./location-expression.ts";

/** Where a variable is, or what is known of its value. */
export type VariableValue =
  | { readonly kind: "memory"; readonly address: bigint }
  /** Held elsewhere, or not at all: its bytes, of which some may be missing, and where the others are. */
  | {
      readonly kind: "bytes";
      readonly bytes: Uint8Array;
      readonly missing: readonly { readonly first: number; readonly end: number }[];
      readonly parts: readonly VariablePart[];
    }
  /** A pointer to something that is not in memory, so that it has no value itself; what it points to. */
  | { readonly kind: "pointer"; readonly target: FrameVariable }
  /** `isGone`: the compiler has kept nothing of it here; else `why`, a part of a sentence. */
  | { readonly kind: "none"; readonly isGone: boolean; readonly why: string };

export interface FrameVariable {
  readonly name: string;
  readonly type: DataType;
  readonly value: VariableValue;
}

/** Bytes of a variable from `first` to before `end`, and where they are. Registers are DWARF's numbers. */
export interface VariablePart {
  readonly first: number;
  readonly end: number;
  readonly at:
    | { readonly kind: "memory"; readonly address: bigint }
    | { readonly kind: "register"; readonly register: number }
    /** Nowhere: the debug information says what they are; or bits of a byte. */
    | { readonly kind: "computed" }
    | { readonly kind: "bits" };
}

export const GONE: VariableValue = { kind: "none", isGone: true, why: "the compiler has kept nothing of it here" };

/** More than any variable that is not in memory has. */
const MOST_BYTES = 1 << 16;

/** A value of so many bytes; of a larger number the lowest ones. */
export function bytesOfNumber(value: bigint, length: number, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(Math.min(length, MOST_BYTES));
  for (let n = 0; n < bytes.length; n++) {
    // An arithmetic shift, so that a negative number fills what is longer.
    bytes[littleEndian ? n : bytes.length - 1 - n] = Number((value >> BigInt(8 * n)) & 0xffn);
  }
  return bytes;
}

/** The value of so many bytes that are a constant, or computed. */
export function computedBytes(bytes: Uint8Array): VariableValue {
  return {
    kind: "bytes",
    bytes,
    missing: [],
    parts: [{ first: 0, end: bytes.length, at: { kind: "computed" } }],
  };
}

/** `length`: bytes of the variable's type. Rejects as evaluateLocation() does. */
export async function assembled(
  pieces: readonly LocationPiece[],
  length: number,
  context: LocationContext,
  read: (address: bigint, length: number) => Promise<Uint8Array>,
): Promise<VariableValue> {
  const [only] = pieces;
  if (pieces.length === 1 && only?.at.kind === "memory" && only.bits === null) {
    return { kind: "memory", address: only.at.address };
  }
  if (pieces.every(({ at }) => at.kind === "nothing")) return GONE;
  const size = pieces.reduce((sum, { bits }) => sum + (bits ?? length * 8), 0) / 8;
  if (size > MOST_BYTES) throw new Error(`a variable of ${size} bytes in parts`);
  const bytes = new Uint8Array(Math.max(Math.ceil(size), length));
  const missing: { first: number; end: number }[] = [];
  const parts: VariablePart[] = [];
  let at = 0;
  for (const piece of pieces) {
    const bits = piece.bits ?? length * 8;
    const [first, end] = [Math.floor(at / 8), Math.ceil((at + bits) / 8)];
    const isWhole = at % 8 === 0 && bits % 8 === 0 && piece.shift === 0;
    if (!isWhole && !context.littleEndian) throw new Unavailable("it is put together of bits");
    const content = await contentOf(piece, Math.ceil((piece.shift + bits) / 8), context, read);
    if (content === null) missing.push({ first, end });
    else {
      if (isWhole) bytes.set(content, first);
      else addBits(bytes, at, content, piece.shift, bits);
      parts.push({ first, end, at: isWhole ? placeOf(piece) : { kind: "bits" } });
    }
    at += bits;
  }
  if (at < length * 8) missing.push({ first: Math.ceil(at / 8), end: length });
  return { kind: "bytes", bytes, missing, parts };
}

function placeOf({ at }: LocationPiece): VariablePart["at"] {
  return at.kind === "memory" || at.kind === "register" ? at : { kind: "computed" };
}

/** Puts `bits` bits of `content`, from its bit `shift` on, at bit `to` (little-endian). */
function addBits(bytes: Uint8Array, to: number, content: Uint8Array, shift: number, bits: number): void {
  for (let n = 0; n < bits; n++) {
    const bit = ((content[(shift + n) >> 3] as number) >> ((shift + n) & 7)) & 1;
    const place = (to + n) >> 3;
    bytes[place] = (bytes[place] as number) | (bit << ((to + n) & 7));
  }
}

/** `length` bytes; null: nothing is kept of them. */
async function contentOf(
  { at }: LocationPiece,
  length: number,
  context: LocationContext,
  read: (address: bigint, length: number) => Promise<Uint8Array>,
): Promise<Uint8Array | null> {
  const { wordBytes, littleEndian } = context;
  switch (at.kind) {
    // A part that points to nothing in memory has no value of its own.
    case "nothing":
    case "pointer":
      return null;
    case "memory":
      return read(at.address, length);
    case "bytes":
      if (at.bytes.length < length) throw new Error(`${at.bytes.length} bytes for ${length}`);
      return at.bytes.subarray(0, length);
    case "register":
      if (length > wordBytes) throw new Unavailable("it is larger than the register that it is in");
      return bytesOfNumber(await context.register(at.register), length, littleEndian);
    default:
      return bytesOfNumber(at.value, length, littleEndian);
  }
}
