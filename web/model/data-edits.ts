/** Values of a program's data as somebody types them, written to where the data are: memory, or what holds a variable. */
import { inputBits, inputText, isInput } from "../../src/debug/data-input.ts";
import { bareType } from "../../src/debug/data-types.ts";
import { bytesOf } from "../../src/debug/data-values.ts";
import { type AddressKind, type GuestMemory, holeAt } from "./guest-memory.ts";
import type { DataRow, HeldBytes, PlaceSource } from "./typed-memory.ts";

/** What stands in the field at first; null: this is no value that a field can hold, or it cannot be read. */
export function fieldText({ place, value, bits }: DataRow): string | null {
  return value !== null && isInput(place) ? inputText(place, bits) : null;
}

/** Why nobody can change a value, or null. */
export function fixedBecause({ place }: DataRow, source: PlaceSource): string | null {
  if (typeof source === "string") return null;
  const texts = partsOf(source, Number(place.address), bytesOf(place)).map(({ write }) => write);
  return texts.find((write) => typeof write === "string") ?? null;
}

/** Answers why not, or null. */
export async function editData(
  memory: GuestMemory,
  row: DataRow,
  source: PlaceSource,
  littleEndian: boolean,
  text: string,
): Promise<string | null> {
  const { place } = row;
  const input = inputBits(place, text);
  if (input.kind === "error") return input.text;
  const length = bytesOf(place);
  if (typeof source === "string") {
    const before = place.bits === null ? null : await bytesAt(memory, place.address, length, source);
    if (typeof before === "string") return before;
    return memory.write(place.address, encoded(row, input.bits, before, littleEndian), source);
  }
  const why = fixedBecause(row, source);
  if (why !== null) return why;
  const start = Number(place.address);
  const bytes = encoded(row, input.bits, source.bytes.subarray(start, start + length), littleEndian);
  for (const part of partsOf(source, start, length)) {
    const [from, end] = [Math.max(part.first, start), Math.min(part.end, start + length)];
    const isAll = from === start && end === start + length && part.first === start && part.end === end;
    const bare = bareType(place.type);
    const isSigned = bare.kind === "enumeration" ? bare.isSigned : bare.kind === "number" && bare.meaning === "signed";
    const number = isAll && place.bits === null ? { isSigned } : null;
    if (typeof part.write === "string") return part.write;
    const refusal = await part.write(from - part.first, bytes.subarray(from - start, end - start), number);
    if (refusal !== null) return refusal;
  }
  return null;
}

function partsOf({ parts }: HeldBytes, start: number, length: number) {
  return parts.filter(({ first, end }) => first < start + length && start < end);
}

async function bytesAt(memory: GuestMemory, address: bigint, length: number, kind: AddressKind) {
  const part = await memory.read(address, length, kind);
  return holeAt(part, 0) ?? holeAt(part, length - 1) ?? part.bytes;
}

/** The bytes of a value; of a bit field with those of its neighbours as they were `before`. */
function encoded({ place }: DataRow, bits: bigint, before: Uint8Array | null, littleEndian: boolean): Uint8Array {
  const length = bytesOf(place);
  let value = bits;
  if (place.bits !== null && before !== null) {
    const order = littleEndian ? before.toReversed() : before;
    const old = order.reduce((all, byte) => (all << 8n) | BigInt(byte), 0n);
    const mask = ((1n << BigInt(place.bits.width)) - 1n) << BigInt(place.bits.shift);
    value = (old & ~mask) | (bits << BigInt(place.bits.shift));
  }
  const bytes = Uint8Array.from({ length }, (_, n) => Number((value >> BigInt(8 * n)) & 0xffn));
  return littleEndian ? bytes : bytes.reverse();
}
