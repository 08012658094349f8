/** Where and why a machine stops for a debugger, how it is stepped, and how its addresses translate: plain data that crosses threads. */
import type { AccessKind, PageWalk } from "../../debug/page-tables.ts";

/** What every stop point has. */
interface StopPointBase {
  /** Chosen by the client, unique in its list; a stop names it. */
  readonly id: number;
  /** Default true. */
  readonly enabled?: boolean;
  /** Expression (docs/debugging.md) that must not be 0; it is evaluated after the event, or before an instruction at `execute`. */
  readonly condition?: string;
  /** So many hits (with the condition true) pass without a stop or a log line. */
  readonly ignore?: number;
  /** Printed at each hit as an event of kind "log", with each {expression} evaluated; the machine does not stop. */
  readonly log?: string;
  /** true: it is removed when it has stopped the machine. */
  readonly temporary?: boolean;
}

/** Stops before the instruction at a virtual address, in one address space or in all. Guest memory is not changed. */
export interface ExecutePoint extends StopPointBase {
  readonly kind: "execute";
  readonly address: bigint;
  /** Value of addressSpace(); without it any. */
  readonly space?: bigint;
}

/**
 * Stops after an instruction of a CPU has accessed one of `size` (at least 1) bytes at virtual address `address`. "change":
 * writes after which the bytes written differ. Devices and the debugger itself fire nothing.
 */
export interface WatchPoint extends StopPointBase {
  readonly kind: "watch";
  readonly address: bigint;
  readonly size: number;
  readonly access: "read" | "write" | "access" | "change";
  readonly space?: bigint;
}

/** Stops after each step in which the value of a register has changed. The machine is stepped meanwhile, which is slow. */
export interface RegisterPoint extends StopPointBase {
  readonly kind: "register";
  readonly name: string;
}

/** Stops after an instruction has written a control register, whether its value changed or not; traps do not count. */
export interface ControlRegisterPoint extends StopPointBase {
  readonly kind: "csr";
  /** Register or view (such as a restricted view of a status register): a write through any name of the same storage counts. */
  readonly name: string;
}

/** Stops when a trap has been entered: the program counter is that of the handler. */
export interface TrapPoint extends StopPointBase {
  readonly kind: "trap";
  /** Cause numbers without the interrupt bit, or all of them; default none. */
  readonly exceptions?: readonly number[] | "all";
  readonly interrupts?: readonly number[] | "all";
}

/** Stops when the privilege has changed: by a trap, a return from one. */
export interface PrivilegePoint extends StopPointBase {
  readonly kind: "privilege";
  /** The privilege entered; without it any. */
  readonly to?: number;
}

/** Stops when the guest has printed a text: after the instruction that gave its last byte to the terminal. */
export interface ConsolePoint extends StopPointBase {
  readonly kind: "console";
  readonly text: string;
}

/** Something at which a client wants the machine to stop, or a line to be logged. */
export type StopPoint =
  | ExecutePoint
  | WatchPoint
  | RegisterPoint
  | ControlRegisterPoint
  | TrapPoint
  | PrivilegePoint
  | ConsolePoint;

/** A stop point that has been reached. */
export interface StopHit {
  /** Whose it is (number of openClient), and its id in that client's list. */
  readonly client: number;
  readonly id: number;
  readonly kind: StopPoint["kind"];
  /** Hits so far with the condition true, this one and the ignored ones included. */
  readonly hits: number;
  /** It was there for this one stop, and is removed. */
  readonly temporary?: true;
  /** Of a watch: the virtual address and bytes of the access itself; values little-endian, absent where they are a device's. */
  readonly access?: {
    readonly type: "read" | "write";
    readonly address: bigint;
    readonly size: number;
    readonly before?: bigint;
    readonly after?: bigint;
  };
  /** Of register and csr. */
  readonly register?: { readonly name: string; readonly before: bigint; readonly after: bigint };
  /** Of a trap: its cause without the interrupt bit, and the address of the instruction that was interrupted or trapped. */
  readonly trap?: {
    readonly interrupt: boolean;
    readonly cause: number;
    readonly pc: bigint;
    readonly value: bigint;
  };
  readonly privilege?: { readonly from: number; readonly to: number };
  /** Why the condition could not be evaluated, which stops the machine as if it were true. */
  readonly error?: string;
}

/** A stop point with what has become of it. */
export interface StopPointState {
  readonly client: number;
  readonly point: StopPoint;
  readonly hits: number;
}

export interface StepOptions {
  /**
   * "held": no interrupt is taken and no device or timer event happens meanwhile, as QEMU steps by default; what is due comes
   * with the next movement. "taken" (default): the machine goes on as if it ran.
   */
  readonly interrupts?: "held" | "taken";
}

/** How a debugger moves the machine on. Stop points of all clients stop it on the way. */
export type Movement =
  /** One instruction; a call (or system call) as a whole, up to its return in the same frame. Ends with reason "step". */
  | { readonly kind: "over"; readonly interrupts?: "held" | "taken" }
  /** Up to the return from this function (or trap handler). Ends with reason "step". */
  | { readonly kind: "out"; readonly interrupts?: "held" | "taken" }
  /** Up to `address` (with `stackAbove`: once the stack pointer is higher than that). Ends with reason "until". */
  | { readonly kind: "until"; readonly address: bigint; readonly space?: bigint; readonly stackAbove?: bigint }
  /** Instruction by instruction until the expression is not 0: slow. Ends with reason "until". */
  | { readonly kind: "condition"; readonly expression: string }
  /**
   * While `first` <= pc < `end`, or pc lies in one of the ranges `also`, which takes one step at least; ends with reason "step".
   * With `calls` "over" each call (or system call) goes by as a whole; "into" is the default.
   */
  | {
      readonly kind: "range";
      readonly first: bigint;
      readonly end: bigint;
      readonly also?: readonly { readonly first: bigint; readonly end: bigint }[];
      readonly calls?: "into" | "over";
      readonly interrupts?: "held" | "taken";
    };

/** How a virtual address is looked at. */
export interface AddressOptions {
  /** Default 0. */
  readonly cpu?: number;
  /** An address space as addressSpace() names it; without it, the CPU's present mode and space. */
  readonly space?: bigint;
}

export interface TranslateOptions extends AddressOptions {
  /** Default "load". */
  readonly access?: "load" | "store" | "fetch";
}

/** How a virtual address becomes a physical one, or why not. Looking changes nothing in the machine. */
export interface Translation extends PageWalk {
  readonly va: bigint;
  readonly access: AccessKind;
  /** Privilege by which the access is judged. */
  readonly privilege: number;
  /** What memory protection says of the physical address; null if there is none of it to ask about. */
  readonly protection: { readonly allowed: boolean; readonly entry: number | null; readonly why: string } | null;
  /** What the TLB holds for this access in the present mode, which may be older than the tables; null if nothing. */
  readonly cached: { readonly pa: bigint; readonly pageBytes: bigint; readonly device: boolean } | null;
}

/** Which address space: the present one, that of the page tables whether they are in force or not, or that of a root table at a physical address. */
export type SpaceChoice = "present" | "tables" | bigint;

/** A name and what it stands for. */
export interface SymbolEntry {
  readonly name: string;
  readonly address: bigint;
  /** Bytes; 0: not known. */
  readonly size: number;
  readonly kind: "function" | "object" | "other";
}

/** Value of an expression. */
export interface Evaluated {
  /** Bits of the value, 64 at most, zero-extended. */
  readonly value: bigint;
  /** How the value is meant. */
  readonly type: "unsigned" | "signed" | "float";
  /** As a debugger prints it. */
  readonly text: string;
}
