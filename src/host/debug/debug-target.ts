/** What a debugger must know of a target. */
import type { InterruptState } from "../board-state.ts";
import type { AccessKind, AddressRange, PageTable } from "../../debug/page-tables.ts";
import type { SpaceChoice, Translation } from "./debug-types.ts";

/** Registers of a vCPU as the core holds them. */
export interface RegisterReader {
  /** Value of a register or view by any of its names. Throws an Error if there is none. */
  read(name: string): bigint;
}

/** 8 bytes of guest physical memory, little-endian; null outside RAM. */
export type PhysicalReader = (pa: bigint) => bigint | null;

/** What an instruction does to the stack of calls. "environment": a system call, which comes back behind it. */
export type Flow = "call" | "return" | "environment" | "other";

export interface DebugTarget {
  /** Longest instruction in bytes. */
  readonly longestInstruction: number;
  readonly stackPointer: string;
  /** Number of the highest privilege. */
  readonly privileges: number;
  /** An address space as one number, which its root table and the scheme decide; addresses that are physical have one of their own. */
  addressSpace(registers: RegisterReader, of?: SpaceChoice): bigint;
  /** Numbers of the control registers through which the storage of a register or view can be written; none: it is no such register. */
  controlNumbers(name: string): readonly number[];
  /** The name to be shown of a control register. */
  controlName(number: number): string;
  /** Flow and length of the instruction that begins with these bytes; null if there are too few. */
  flowOf(bytes: Uint8Array): { readonly flow: Flow; readonly length: number } | null;
  /** `space`: as addressSpace() names it; without it the present one. The answer's `cached` is the caller's. */
  translate(
    registers: RegisterReader,
    va: bigint,
    access: AccessKind,
    read: PhysicalReader,
    space?: bigint,
  ): Omit<Translation, "cached">;
  /** The CPU's interrupts, by falling priority. */
  interrupts(registers: RegisterReader): readonly InterruptState[];
  addressRanges(registers: RegisterReader, read: PhysicalReader, space?: bigint): AddressRange[];
  /** The table to which the entries of these indices lead, the root's first. null: there is none, or no tables are in force. */
  pageTable(registers: RegisterReader, read: PhysicalReader, path: readonly number[], space?: bigint): PageTable | null;
}
