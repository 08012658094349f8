/** The calls that have led to where the machine stands, with the registers that are known of each. */
import { callStack, type RegisterHome, type StackConvention, type StackFrame } from "../../src/debug/call-stack.ts";
import { type FrameScope, frameVariables } from "../../src/debug/frame-variables.ts";
import type { GroupSlot } from "../../src/spec/slot-layout.ts";
import type { GuestMemory } from "./guest-memory.ts";
import type { LinuxModel } from "./linux-model.ts";
import type { ProgramInfo } from "./program-info.ts";
import type { SymbolModel } from "./symbol-model.ts";

/** What it needs of a machine. */
export interface StackRegisters {
  readonly cpus: readonly {
    readonly groups: readonly GroupSlot[];
    get(mask: readonly GroupSlot["row"]["name"][]): Promise<unknown>;
    read(name: string): bigint;
  }[];
}

export interface CallFrame {
  /** Next instruction, or the address to which the call returns. */
  readonly pc: bigint;
  /** An address in the instruction that is under way: for all but the innermost, in the call. */
  readonly within: bigint;
  readonly by: StackFrame["by"];
  readonly frameAddress: bigint | null;
  /** By the names of the register tables, in their order; those that are not known are left out. */
  readonly registers: readonly { readonly name: string; readonly value: bigint }[];
  /** The stack pointer when this function goes on, if known. */
  readonly stackPointer: bigint | null;
  /** As the unwinder has it. */
  readonly own: StackFrame;
}

/** More are not shown: a recursion without end has as many as its stack can hold. */
const MOST_FRAMES = 200;

export class CallStackModel {
  #machine: StackRegisters | null = null;
  #convention: StackConvention | null = null;

  constructor(
    private readonly memory: GuestMemory,
    private readonly programs: Pick<ProgramInfo, "files" | "frames">,
    private readonly symbols: SymbolModel,
    /** What a guest's kernel says of what was interrupted, by the names of the register tables. */
    private readonly linux: Pick<LinuxModel, "trapFrame">,
  ) {}

  /** Another machine of a target, or none. */
  async attach(machine: StackRegisters | null, target: string | null): Promise<void> {
    this.#machine = machine;
    this.#convention = null;
    if (target === null) return;
    const convention = await loadConvention(target);
    if (machine === this.#machine) this.#convention = convention;
  }

  /** Frames of the machine that stands, from the innermost outwards; null: there is no machine. */
  async read(): Promise<readonly CallFrame[] | null> {
    const cpu = this.#machine?.cpus[0];
    const convention = this.#convention;
    if (cpu === undefined || convention === null) return null;
    const groups = this.#groups(convention);
    try {
      await cpu.get(groups.map(({ row }) => row.name));
    } catch {
      // The machine is gone; its state says so.
      return null;
    }
    const rows = cpu.groups.find(({ row }) => row.name === "CORE")?.registers ?? [];
    const fetched = new Set(groups.flatMap(({ registers }) => registers.flatMap(({ row }) => namesOf(row))));
    const ownName = (name: string): string => {
      const all = rows.map(({ row }) => namesOf(row)).find((names) => names.includes(name));
      return all?.find((each) => convention.names.includes(each)) ?? name;
    };
    const source = {
      register: (name: string) => (fetched.has(name) ? cpu.read(name) : null),
      memory: (va: bigint, size: number) => this.#word(va, size),
      functionAt: (address: bigint) => this.symbols.table.get()?.at(address)?.symbol.address ?? null,
      trapped: async (pc: bigint, stackPointer: bigint) => {
        const saved = await this.linux.trapFrame(pc, stackPointer);
        return saved === null ? null : new Map(saved.map(({ name, ...rest }) => [ownName(name), rest]));
      },
    };
    const found = await callStack(convention, source, this.programs.frames, MOST_FRAMES);
    return found.map((frame) => ({
      pc: frame.pc,
      within: frame.by === "machine" || frame.by === "trap" ? frame.pc : BigInt.asUintN(64, frame.pc - 1n),
      by: frame.by,
      frameAddress: frame.frameAddress,
      registers: rows.flatMap(({ row: { name, aliases = [], format } }) => {
        if (format === "pc") return [{ name, value: frame.pc }];
        const value = [name, ...aliases].map((each) => frame.registers.get(each)).find((each) => each !== undefined);
        return value === undefined ? [] : [{ name, value }];
      }),
      stackPointer: frame.registers.get(convention.stackPointer) ?? null,
      own: frame,
    }));
  }

  /**
   * Variables of one of the frames that read() has answered, by function from the innermost; null: no program's debug information knows
   * it. Rejects with an Error that says what of it is damaged.
   */
  async variables(frames: readonly CallFrame[], index: number): Promise<readonly FrameScope[] | null> {
    const convention = this.#convention;
    if (convention === null) return null;
    const tables = this.programs.files.get().map((program) => program.functions());
    const source = {
      names: convention.names,
      threadPointer: convention.threadPointer,
      register: async ({ registers }: StackFrame, name: string) => registers.get(name) ?? null,
      memory: (address: bigint, length: number) => this.#bytes(address, length),
    };
    const stack = frames.map(({ own }) => own);
    return frameVariables(tables, stack, index, source);
  }

  /** Bytes of a register that a call has saved. */
  get wordBytes(): number {
    return this.#convention?.wordBytes ?? 8;
  }

  /** What the tables call the register of a number of DWARF's. */
  registerName(number: number): string {
    const name = this.#convention?.names[number] ?? "";
    const rows = this.#machine?.cpus[0]?.groups.flatMap(({ registers }) => registers.map(({ row }) => row)) ?? [];
    return rows.find((row) => namesOf(row).includes(name))?.name ?? `register ${number}`;
  }

  /** Where a frame's register of a number of DWARF's is kept; null: it was computed. */
  homeOf({ own }: CallFrame, number: number): RegisterHome | null {
    return own.homes.get(this.#convention?.names[number] ?? "") ?? null;
  }

  /**
   * What the register of a number of DWARF's holds when its bytes from `offset` on are these; `number`: they are all of a number. Rejects
   * with an Error if it cannot be read.
   */
  async replaced(
    register: number,
    home: RegisterHome,
    offset: number,
    bytes: Uint8Array,
    number: { readonly isSigned: boolean } | null,
  ): Promise<bigint> {
    const convention = this.#convention;
    const cpu = this.#machine?.cpus[0];
    if (convention === null || cpu === undefined) throw new Error("There is no machine.");
    const bits = bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
    if (number !== null) {
      return convention.widened(convention.names[register] ?? "", bits, bytes.length, number.isSigned);
    }
    if (home.kind === "register") await cpu.get(this.#groups(convention).map(({ row }) => row.name));
    const before =
      home.kind === "register" ? cpu.read(home.name) : await this.#word(home.address, convention.wordBytes);
    const shift = BigInt(8 * offset);
    const mask = ((1n << BigInt(8 * bytes.length)) - 1n) << shift;
    return (before & ~mask) | (bits << shift);
  }

  /** Groups that a stack is made from: where nobody asks for variables, only the pc's. */
  #groups({ pc, names }: StackConvention): readonly GroupSlot[] {
    const wanted = this.programs.files.get().length === 0 ? [pc] : [pc, ...names];
    const groups = this.#machine?.cpus[0]?.groups ?? [];
    return groups.filter(({ registers }) =>
      registers.some(({ row }) => namesOf(row).some((name) => wanted.includes(name))),
    );
  }

  async #word(va: bigint, size: number): Promise<bigint> {
    return (await this.#bytes(va, size)).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  async #bytes(va: bigint, length: number): Promise<Uint8Array> {
    const part = await this.memory.read(va, length, "virtual");
    const hole = part.holes[0];
    if (hole !== undefined) throw new Error(hole.why);
    return part.bytes;
  }
}

function namesOf({ name, aliases = [] }: { readonly name: string; readonly aliases?: readonly string[] }): string[] {
  return [name, ...aliases];
}

async function loadConvention(target: string): Promise<StackConvention> {
  const module: { stackConvention: StackConvention } = await import(`../../src/debug/${target}/stack-convention.ts`);
  return module.stackConvention;
}
