/** The form of what gdb is told of a target: its registers as gdb numbers and types them, and where their bits come from. */

/** Value of a register of the register sync, by name; throws if it has not been fetched. */
export type RegisterValues = (name: string) => bigint;

/** One register of gdb's. */
export interface GdbRegister {
  readonly name: string;
  /** By which packets name it. */
  readonly number: number;
  /** A multiple of 8. */
  readonly bits: number;
  /** A type that gdb knows, or one of its feature. */
  readonly type: string;
  /** Registers of the register sync from which its value is made: their groups are all that a read of it fetches. */
  readonly reads: readonly string[];
  readonly value: (values: RegisterValues) => bigint;
  /** The edit that gives it a value; null if nothing changes. Absent: gdb cannot write it. */
  readonly edit?: (value: bigint, values: RegisterValues) => { readonly name: string; readonly value: bigint } | null;
}

/** A feature of gdb's target description. */
export interface GdbFeature {
  readonly name: string;
  /** Definitions of its own types, in XML. */
  readonly types?: string;
  readonly registers: readonly GdbRegister[];
}

export interface GdbTarget {
  /** gdb's name of the architecture. */
  readonly architecture: string;
  /** Registers of the first are those of the packets g and G, numbered from 0. */
  readonly features: readonly GdbFeature[];
  /** Names of gdb registers that come with every stop: pc, and what unwinding the stack begins with. */
  readonly expedited: readonly string[];
  /** Name of the program counter among gdb's registers. */
  readonly pc: string;
  /** Memory that gdb must not write. */
  readonly rom: { readonly start: bigint; readonly bytes: bigint };
}
