/** A machine in this thread whose program lies at the start of RAM, with quick looks at its state. */
import { readFileSync } from "node:fs";
import type { CoreExports } from "../../../src/host/core-instance.ts";
import { Machine } from "../../../src/host/machine.ts";
import type { MachineParts } from "../../../src/host/machine-parts.ts";
import type { MachineOptions, StoppedState } from "../../../src/host/machine-types.ts";
import { CPU_REGISTERS, CPUS_BASE, JIT_BASE, JIT_STEPS, RAM_BASE } from "../../../src/spec/abi.ts";
import { REGISTER_TABLES } from "../../../src/spec/riscv64/register-tables.ts";
import { slotLayout } from "../../../src/spec/slot-layout.ts";
import { nodePlatform } from "../../../src/worker/node-adapter.ts";
import { RAM } from "./layout.ts";

const MEMORY = 16 << 20;

let core: Promise<WebAssembly.Module> | undefined;

const REGISTERS = slotLayout(REGISTER_TABLES).registers;

export class BareMachine {
  private used = 0;

  private constructor(
    readonly machine: Machine,
    private readonly core: CoreExports,
    readonly shift: number,
  ) {}

  static async create(options: Partial<MachineOptions>): Promise<BareMachine> {
    core ??= WebAssembly.compile(readFileSync(new URL("../../../build/core-riscv64.wasm", import.meta.url)));
    const all = { target: "riscv64", memory: MEMORY, ...options };
    const machine = await Machine.create(all, core, nodePlatform, () => {});
    return new BareMachine(machine, (machine as unknown as { parts: MachineParts }).parts.core, options.shift ?? 2);
  }

  /** Switches off and on, with `bytes` at the start of RAM. */
  async restart(bytes: Uint8Array): Promise<void> {
    await this.machine.control.reset();
    this.used = (bytes.length + 31) & ~31;
    this.machine.writeMemory(RAM, bytes);
  }

  /** Executes `count` steps, less if the guest switches the machine off. Throws if the core fails. */
  async advance(count: number): Promise<StoppedState> {
    const { state } = await this.machine.control.step(count);
    if (state.kind !== "stopped") throw new Error(state.kind === "dead" ? state.message : state.kind);
    return state;
  }

  /** Values of registers, by names. */
  read(...names: string[]): bigint[] {
    this.fingerprint();
    const registers = this.registers();
    return names.map((name) => {
      const value = registers.get(name);
      if (value === undefined) throw new Error(`no register ${name}`);
      return value;
    });
  }

  /** Gives registers other values. */
  edit(values: Readonly<Record<string, bigint>>): void {
    this.machine.control.editAndGo(Object.entries(values).map(([name, value]) => ({ cpu: 0, name, value })));
  }

  /** The doubleword at this physical address. */
  doubleword(pa: bigint): bigint {
    const bytes = this.machine.readMemory(pa, 8);
    return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  }

  get steps(): bigint {
    return this.machine.statistics().steps;
  }

  /** Steps that ran in compiled code since the machine was made. */
  get compiledSteps(): bigint {
    return new DataView(this.machine.memory.buffer).getBigUint64(JIT_BASE + JIT_STEPS, true);
  }

  /** Entries of the core's table. */
  get tableLength(): number {
    return this.core.table?.length ?? 0;
  }

  /** Of all state but the RAM behind the program: equal states, equal texts. */
  fingerprint(): string {
    const hash = this.core.hashRange(RAM_BASE, this.used, this.core.stateHashCore());
    return BigInt.asUintN(64, hash).toString(16).padStart(16, "0");
  }

  /** Each register's value, as of the last look at the state. */
  registers(): Map<string, bigint> {
    const view = new DataView(this.machine.memory.buffer, CPUS_BASE + CPU_REGISTERS);
    return new Map(
      REGISTERS.map(({ row, offset, bytes }) => {
        const value = bytes >= 8 ? view.getBigUint64(offset, true) : BigInt(view.getUint32(offset, true));
        return [row.name, bytes === 1 ? value & 0xffn : bytes === 2 ? value & 0xffffn : value];
      }),
    );
  }

  /** Up to four bytes of code at `va` in the present mode; none where that is not mapped. */
  codeAt(va: bigint): Uint8Array {
    const bytes: number[] = [];
    for (const half of [0n, 2n]) {
      try {
        bytes.push(...this.machine.readMemory(BigInt.asUintN(64, this.core.translateVa(0, va + half)), 2));
      } catch {
        break;
      }
    }
    return Uint8Array.from(bytes);
  }
}
