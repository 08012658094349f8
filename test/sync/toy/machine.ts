/** The made-up machine with its two halves for tests: the worker's and any number of clients. Runs in a page too. */
import { CPUS_BASE, CPU_STRIDE, SYNC_BASE, SYNC_STRIDE } from "../../../src/spec/abi.ts";
import { slotLayout } from "../../../src/spec/slot-layout.ts";
import { CoreSync, type CoreSyncExports } from "../../../src/sync/core-sync.ts";
import { CpuRegisters } from "../../../src/sync/cpu-registers.ts";
import { RegisterBytes } from "../../../src/sync/register-bytes.ts";
import type { SyncTransport } from "../../../src/sync/transport.ts";
import { TOY_TABLES } from "./tables.ts";

interface ToyExports extends CoreSyncExports {
  init(cpus: number): void;
  reset(): void;
  move(steps: number): void;
  poke(cpu: number, value: number): void;
  alarm(cpu: number, level: number): void;
  blockPtr(cpu: number): number;
  writes(): number;
  markStale(cpu: number, groups: number): void;
  syncReset(cpu: number, affected: number): void;
}

let module: Promise<WebAssembly.Module> | undefined;

/** To be called first where there is no compiler: in a page. */
export function useToyCore(wasm: Uint8Array<ArrayBuffer>): void {
  module = WebAssembly.compile(wasm);
}

async function compile(): Promise<WebAssembly.Module> {
  const compiler = "./compile.ts";
  const { compileToy }: { compileToy(): Promise<Uint8Array<ArrayBuffer>> } = await import(/* @vite-ignore */ compiler);
  return WebAssembly.compile(await compileToy());
}

export class ToyMachine {
  readonly sync: CoreSync;
  readonly memory: SharedArrayBuffer;
  readonly core: ToyExports;
  readonly #transport: SyncTransport;

  readonly #wasmMemory: WebAssembly.Memory;

  private constructor(core: ToyExports, wasmMemory: WebAssembly.Memory, cpus: number) {
    const memory = wasmMemory.buffer as unknown as SharedArrayBuffer;
    this.core = core;
    this.memory = memory;
    this.#wasmMemory = wasmMemory;
    this.sync = new CoreSync(core, memory, TOY_TABLES, cpus);
    this.#transport = {
      get: async (cpu, mask) => this.sync.get(cpu, mask),
      put: async (cpu, mask) => this.sync.put(cpu, mask),
      revert: async (cpu, mask) => this.sync.revert(cpu, mask),
    };
  }

  /** A machine after power-on: every group is stale. */
  static async create(cpus = 1): Promise<ToyMachine> {
    const machine = await ToyMachine.createUninitialised(cpus);
    machine.core.reset();
    return machine;
  }

  /** A machine that nobody has reset yet. */
  static async createUninitialised(cpus = 1): Promise<ToyMachine> {
    module ??= compile();
    const pages = (CPUS_BASE + cpus * CPU_STRIDE) >> 16;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const instance = new WebAssembly.Instance(await module, { env: { memory, cpuBase: CPUS_BASE } });
    const core = instance.exports as unknown as ToyExports;
    core.init(cpus);
    return new ToyMachine(core, memory, cpus);
  }

  client(cpu = 0): CpuRegisters {
    return new CpuRegisters(this.#transport, this.memory, cpu, TOY_TABLES);
  }

  /** Runs `steps` steps from a held machine to a held machine. Throws if an edit is rejected. */
  run(steps: number): number[] {
    const { applied } = this.sync.resume();
    this.core.move(steps);
    this.sync.stop();
    return applied;
  }

  /** A register as the core itself holds it, read without the sync. */
  truth(name: string, cpu = 0): bigint {
    const slot = slotLayout(TOY_TABLES).registers.find(({ row }) => row.name === name)!;
    return new RegisterBytes(this.memory, this.core.blockPtr(cpu)).value(slot);
  }

  /** All registers of the core. */
  truths(cpu = 0): Record<string, bigint> {
    return Object.fromEntries(TOY_TABLES.registers.map(({ name }) => [name, this.truth(name, cpu)]));
  }

  /** Module and memory for a second thread that drives the same machine. */
  async parts(): Promise<{ module: WebAssembly.Module; memory: WebAssembly.Memory; cpuBase: number }> {
    return { module: await module!, memory: this.#wasmMemory, cpuBase: CPUS_BASE };
  }

  /** Raw words of a vCPU's sync area, for tests that break the rules. */
  area(cpu = 0): DataView {
    return new DataView(this.memory, SYNC_BASE + cpu * SYNC_STRIDE, SYNC_STRIDE);
  }
}
