/** The worker's half of the protocol: one machine, asked by messages. */
import { type PackedSymbols, unpackSymbols } from "../debug/packed-symbols.ts";
import { Machine } from "../host/machine.ts";
import type { Platform } from "../host/platform.ts";
import type { RegisterEdit } from "../sync/transport.ts";
import type {
  AddressOptions,
  CpuEdit,
  Exchanged,
  InputDevice,
  InputEvent,
  MachineListener,
  MachineOptions,
  MachineWorkerApi,
  Movement,
  SpaceChoice,
  StepOptions,
  StopPoint,
  TranslateOptions,
} from "./machine-api.ts";

export class MachineServer implements MachineWorkerApi {
  private machine: Machine | null = null;
  /** Kept for as long as the machine lives: a Comlink proxy that nobody refers to is collected, and its calls hang. */
  private listener: MachineListener | null = null;

  /** Nobody has shared memory: what it would show goes out by message. */
  private copying = false;

  constructor(private readonly platform: Platform) {}

  async create(options: MachineOptions, onEvent: MachineListener) {
    if (this.machine) throw new Error("this worker has its machine already");
    this.listener = onEvent;
    this.machine = await Machine.create(options, this.compileCore(options), this.platform, (event) => {
      // What the slots show changes with the state.
      if (this.copying && event.kind === "state") this.sendSlots();
      return this.listener?.(event);
    });
    return this.machine.info;
  }

  async sharedMemory() {
    // Without isolation a page cannot be sent shared memory, though its worker has some.
    if ((globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === false) return null;
    return this.owner.memory.buffer as unknown as SharedArrayBuffer;
  }

  async openClient(name: string) {
    return this.answer.registers.openClient(name);
  }

  async closeClient(client: number) {
    return this.answer.closeClient(client);
  }

  async run(client?: number) {
    return this.answer.control.run(client);
  }

  async pause(client?: number) {
    return this.answer.control.pause(client);
  }

  async hold(client?: number) {
    return this.answer.control.hold(client);
  }

  async release(client?: number) {
    return this.answer.control.release(client);
  }

  async step(count: number, client?: number, options?: StepOptions) {
    return this.answer.control.step(count, client, options);
  }

  async move(movement: Movement, client?: number) {
    return this.answer.control.move(movement, client);
  }

  async setBreakpoints(points: readonly StopPoint[], client?: number) {
    return this.answer.setBreakpoints(points, client);
  }

  async breakpoints() {
    return this.answer.debug.points.states;
  }

  async setSymbols(symbols: PackedSymbols) {
    this.answer.debug.setSymbols([...unpackSymbols(symbols)].flat());
  }

  async evaluate(expression: string, cpu?: number) {
    return this.answer.debug.evaluate(expression, cpu);
  }

  async addressSpace(cpu?: number, of?: SpaceChoice) {
    return this.answer.debug.virtual.addressSpace(cpu, of);
  }

  async readVirtual(va: bigint, length: number, options?: AddressOptions) {
    return this.answer.debug.virtual.read(va, length, options);
  }

  async writeVirtual(va: bigint, bytes: Uint8Array, options?: AddressOptions) {
    this.answer.debug.virtual.write(va, bytes, options);
  }

  async translate(va: bigint, options?: TranslateOptions) {
    return this.answer.debug.virtual.translate(va, options);
  }

  async addressRanges(options?: AddressOptions) {
    return this.answer.debug.virtual.addressRanges(options);
  }

  async pageTable(path: readonly number[], options?: AddressOptions) {
    return this.answer.debug.virtual.pageTable(path, options);
  }

  async reset() {
    return this.answer.control.reset();
  }

  async get(cpu: number, mask: number, client?: number) {
    return this.answer.registers.get(cpu, mask, client);
  }

  async put(cpu: number, mask: number, client?: number) {
    return this.answer.registers.put(cpu, mask, client);
  }

  async revert(cpu: number, mask: number, client?: number) {
    return this.answer.registers.revert(cpu, mask, client);
  }

  async editAndGo(edits: readonly CpuEdit[], client?: number) {
    return this.answer.control.editAndGo(edits, client);
  }

  async subscribe(cpu: number, mask: number, hz: number, client?: number) {
    return this.answer.registers.subscribe(cpu, mask, hz, client);
  }

  async unsubscribe(subscription: number) {
    this.answer.registers.unsubscribe(subscription);
  }

  async meter() {
    return this.answer.registers.meter();
  }

  async edit(cpu: number, edits: readonly RegisterEdit[], blind: boolean) {
    this.answer.registers.edit(cpu, edits, blind);
  }

  async want(cpu: number, mask: number) {
    this.answer.registers.want(cpu, mask);
  }

  async exchange(method: keyof MachineWorkerApi, args: readonly unknown[]): Promise<Exchanged> {
    const { registers } = this.owner;
    if (!this.copying) {
      this.copying = true;
      registers.onPublished(() => this.sendSlots());
    }
    const call = this[method] as unknown as (...args: unknown[]) => Promise<unknown>;
    try {
      const answer = await call.apply(this, [...args]);
      return { answer, copy: registers.copy() };
    } catch (error) {
      return { error, copy: registers.copy() };
    }
  }

  async save() {
    return this.answer.save();
  }

  async load(file: Uint8Array) {
    return this.answer.load(file);
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

  async inputReport(device: InputDevice, events: readonly InputEvent[], atStep?: bigint) {
    this.answer.inputReport(device, events, atStep);
  }

  async screenResize(width: number, height: number, atStep?: bigint) {
    this.answer.screenResize(width, height, atStep);
  }

  async inputTaken(device: InputDevice) {
    await this.answer.inputTaken(device);
  }

  async watchScreen(on: boolean, copies: boolean) {
    this.answer.watchScreen(on, copies);
  }

  async captureScreen() {
    return this.answer.captureScreen();
  }

  async portWrite(port: string | number, bytes: Uint8Array, atStep?: bigint) {
    this.answer.portWrite(port, bytes, atStep);
  }

  async statistics() {
    return this.answer.statistics();
  }

  async boardState() {
    return this.answer.boardState();
  }

  async compiledAt(pa: bigint) {
    return this.answer.compiledAt(pa);
  }

  async hotCode() {
    return this.answer.hotCode();
  }

  async disks() {
    return this.answer.diskStates();
  }

  async readDisk(disk: number, offset: number, length: number) {
    return this.answer.readDisk(disk, offset, length);
  }

  async commitDisk(disk: number) {
    return this.answer.commitDisk(disk);
  }

  async dispose() {
    await this.answer.dispose();
  }

  private sendSlots(): void {
    void this.listener?.({ kind: "slots", copy: this.owner.registers.copy() });
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
