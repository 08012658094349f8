/** The worker's half of the protocol: one machine, asked by messages. */
import { Machine } from "../host/machine.ts";
import type { Platform } from "../host/platform.ts";
import type { MachineListener, MachineOptions, MachineWorkerApi } from "./machine-api.ts";

export class MachineServer implements MachineWorkerApi {
  private machine: Machine | null = null;
  /** Kept for as long as the machine lives: a Comlink proxy that nobody refers to is collected, and its calls hang. */
  private listener: MachineListener | null = null;

  constructor(private readonly platform: Platform) {}

  async create(options: MachineOptions, onEvent: MachineListener) {
    if (this.machine) throw new Error("this worker has its machine already");
    this.listener = onEvent;
    this.machine = await Machine.create(options, this.compileCore(options), this.platform, (event) =>
      this.listener?.(event),
    );
    return this.machine.info;
  }

  async sharedMemory() {
    // Without isolation a page cannot be sent shared memory, though its worker has some.
    if ((globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === false) return null;
    return this.owner.memory.buffer as unknown as SharedArrayBuffer;
  }

  async run() {
    return this.answer.run();
  }

  async pause() {
    return this.answer.pause();
  }

  async step(count: number) {
    return this.answer.step(count);
  }

  async reset() {
    return this.answer.reset();
  }

  async get(cpu: number, mask: number) {
    return this.answer.sync.get(cpu, mask);
  }

  async put(cpu: number, mask: number) {
    return this.answer.sync.put(cpu, mask);
  }

  async revert(cpu: number, mask: number) {
    return this.answer.sync.revert(cpu, mask);
  }

  async readMemory(pa: bigint, length: number) {
    return this.answer.readMemory(pa, length);
  }

  async writeMemory(pa: bigint, bytes: Uint8Array) {
    this.answer.writeMemory(pa, bytes);
  }

  async stateHash() {
    return this.answer.stateHash();
  }

  async consoleWrite(bytes: Uint8Array, atStep?: bigint) {
    this.answer.consoleWrite(bytes, atStep);
  }

  async consoleResize(columns: number, rows: number) {
    this.answer.consoleResize(columns, rows);
  }

  async statistics() {
    return this.answer.statistics();
  }

  async dispose() {
    await this.answer.dispose();
  }

  /** The machine, for the handler of a message that was announced by the attention word. */
  private get answer(): Machine {
    this.owner.attention.lower();
    return this.owner;
  }

  private get owner(): Machine {
    if (this.machine === null) throw new Error("this worker has no machine yet");
    return this.machine;
  }

  private async compileCore({ coreUrl, target }: MachineOptions): Promise<WebAssembly.Module> {
    if (coreUrl === undefined) throw new Error(`nobody said where the core of ${target} lies`);
    const bytes = await this.platform.read(coreUrl, () => {});
    return WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>);
  }
}
