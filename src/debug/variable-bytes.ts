/** The bytes of a variable from the parts that its location names. */
import type { VariableValue } from "./frame-variables.ts";
import { type LocationContext, type LocationPiece, Unavailable } from "./location-expression.ts";

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

/** `length`: bytes of the variable's type. Rejects as evaluateLocation() does. */
export async function assembled(
  pieces: readonly LocationPiece[],
  length: number,
  context: LocationContext,
  read: (address: bigint, length: number) => Promise<Uint8Array>,
): Promise<VariableValue> {
  const [only] = pieces;
  if (pieces.length === 1 && only?.at.kind === "memory" && only.bytes === null) {
    return { kind: "memory", address: only.at.address };
  }
  if (pieces.every(({ at }) => at.kind === "nothing")) return GONE;
  const size = pieces.reduce((sum, { bytes }) => sum + (bytes ?? length), 0);
  if (size > MOST_BYTES) throw new Error(`a variable of ${size} bytes in parts`);
  const bytes = new Uint8Array(Math.max(size, length));
  const missing: { first: number; end: number }[] = [];
  const registers: number[] = [];
  let at = 0;
  for (const piece of pieces) {
    const part = piece.bytes ?? length;
    const content = await contentOf(piece, part, context, read);
    if (content === null) missing.push({ first: at, end: at + part });
    else bytes.set(content, at);
    if (piece.at.kind === "register") registers.push(piece.at.register);
    at += part;
  }
  if (at < length) missing.push({ first: at, end: length });
  return { kind: "bytes", bytes, missing, registers };
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
    case "nothing":
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
