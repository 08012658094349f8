/** The calls that have led to where the machine stands, with the registers that are known of each. */
import { callStack, type FrameSource, type StackConvention, type StackFrame } from "../../src/debug/call-stack.ts";
import type { GroupSlot } from "../../src/spec/slot-layout.ts";
import { type GuestMemory, holeAt } from "./guest-memory.ts";
import type { LinuxModel } from "./linux-model.ts";
import type { SymbolModel } from "./symbol-model.ts";

/** What it needs of a machine. */
export interface StackRegisters {
  readonly cpus: readonly {
    readonly groups: readonly GroupSlot[];
    get(mask: "CORE"): Promise<unknown>;
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
}

/** More are not shown: a recursion without end has as many as its stack can hold. */
const MOST_FRAMES = 200;

export class CallStackModel {
  #machine: StackRegisters | null = null;
  #convention: StackConvention | null = null;

  constructor(
    private readonly memory: GuestMemory,
    private readonly frames: FrameSource,
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
    try {
      await cpu.get("CORE");
    } catch {
      // The machine is gone; its state says so.
      return null;
    }
    const rows = cpu.groups.find(({ row }) => row.name === "CORE")?.registers ?? [];
    const ownName = (name: string): string => {
      const all = rows.map(({ row }) => [row.name, ...(row.aliases ?? [])]).find((names) => names.includes(name));
      return all?.find((each) => convention.names.includes(each)) ?? name;
    };
    const source = {
      register: (name: string) => cpu.read(name),
      memory: (va: bigint, size: number) => this.#word(va, size),
      functionAt: (address: bigint) => this.symbols.table.get()?.at(address)?.symbol.address ?? null,
      trapped: async (pc: bigint, stackPointer: bigint) => {
        const saved = await this.linux.trapFrame(pc, stackPointer);
        return saved === null ? null : new Map(saved.map(({ name, value }) => [ownName(name), value]));
      },
    };
    const found = await callStack(convention, source, this.frames, MOST_FRAMES);
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
    }));
  }

  async #word(va: bigint, size: number): Promise<bigint> {
    const part = await this.memory.read(va, size, "virtual");
    const hole = holeAt(part, 0) ?? holeAt(part, size - 1);
    if (hole !== null) throw new Error(hole);
    return part.bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }
}

async function loadConvention(target: string): Promise<StackConvention> {
  const module: { stackConvention: StackConvention } = await import(`../../src/debug/${target}/stack-convention.ts`);
  return module.stackConvention;
}
