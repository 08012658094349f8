/** What DWARF's expressions ask of the frame that they belong to. */
import type { StackType } from "./stack-arithmetic.ts";

/** The frame that an expression belongs to. Addresses and values are unsigned. */
export interface LocationContext {
  readonly wordBytes: number;
  readonly littleEndian: boolean;
  /** Of offsets in the debug information: 4 or 8. */
  readonly offsetBytes: number;
  /** By DWARF's number. Throws an Unavailable if the frame does not know it. */
  register(number: number): Promise<bigint>;
  /** A number of 1, 2, 4 or 8 bytes in the target's order. Rejects with an Unavailable if there is no memory. */
  memory(address: bigint, bytes: number): Promise<bigint>;
  /** What DW_AT_frame_base says. */
  frameBase(): Promise<bigint>;
  /** The canonical frame address. */
  frameAddress(): bigint;
  /** The n-th of the unit's addresses. */
  addressAt(index: number): bigint;
  /** Of the entry at this offset in the unit; null: it is no number that can be computed with. */
  typeAt(offset: number): StackType | null;
  /** What a register held when the function was called. */
  atEntry(register: number): Promise<bigint>;
  /** What was passed for the parameter at this offset in the unit. */
  passed(offset: number): Promise<bigint>;
  /** The expression of the entry at this offset, in the unit or in all of .debug_info; empty if it has none. */
  procedure(offset: number, inUnit: boolean): Uint8Array;
  /** Address of a thread's own variable, by its offset. */
  threadAddress(offset: bigint): Promise<bigint>;
}

/** Something is right, but cannot be known here; the message is a part of a sentence. */
export class Unavailable extends Error {}
