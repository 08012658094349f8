/** A machine as its user sees it, wherever it runs. */
import { Attention } from "../host/attention.ts";
import { CONTROL_BYTES, CONTROL_STEPS, MACHINE_BASE } from "../spec/abi.ts";
import type { RegisterTables } from "../spec/slot-layout.ts";
import { CpuRegisters } from "../sync/cpu-registers.ts";
import { SyncError } from "../sync/errors.ts";
import type { SyncMask } from "../sync/group-masks.ts";
import { Wants } from "../sync/wants.ts";
import { MachineClient, type Sample, type Subscription } from "./client.ts";
import { DebuggerClient } from "./debugger-client.ts";
import { MachineScreen } from "./machine-screen.ts";
import { SlotsMirror } from "./slots-mirror.ts";
import type {
  BoardState,
  ClientMeter,
  CompiledRegion,
  HotCode,
  CpuEdit,
  DiskState,
  LinkedModule,
  LogLine,
  MachineEvent,
  MachineInfo,
  MachineListener,
  MachineOptions,
  MachineState,
  MachineWorkerApi,
  NumberedState,
  RunStatistics,
  StepOptions,
  StoppedState,
} from "./machine-api.ts";

/** The way to the worker's half of a machine. */
export interface Connection {
  /** Must stay referenced while calls are under way: a proxy that is collected lets them hang. */
  readonly api: MachineWorkerApi;
  /** A callback in the form in which it can be sent along with a call. */
  sendable(listener: MachineListener): MachineListener;
  /** The callback hears, once, that the other side is gone and why. */
  onDeath(callback: (message: string) => void): void;
  /** Ends the other side at once. */
  terminate(): Promise<void>;
  /** true: memory is not to be shared, though it could be; for tests of the way without. */
  readonly copying?: boolean;
}

/** What the guest shows and reads. */
export interface MachineConsole {
  /**
   * Hears the guest's output, in order; answers a function that ends this. A listener may return a promise: the machine waits
   * when too much output is not yet taken.
   */
  onData(listener: (bytes: Uint8Array) => void | Promise<void>): () => void;
  /** Input for the guest. With `atStep` it arrives exactly at that step; a RangeError if that is over. */
  write(data: Uint8Array | string, options?: { readonly atStep?: bigint }): Promise<void>;
  /** Size of the terminal in characters. */
  resize(columns: number, rows: number): Promise<void>;
}

/** A port of the console device, besides the terminal. */
export interface MachinePort {
  /** Hears what the guest writes to the port, as MachineConsole.onData. */
  onData(listener: (bytes: Uint8Array) => void | Promise<void>): () => void;
  /** Input for the guest, as MachineConsole.write; it waits until the guest has opened the port. */
  write(data: Uint8Array | string, options?: { readonly atStep?: bigint }): Promise<void>;
}

type Waiting = { resolve: (state: StoppedState) => void; reject: (error: Error) => void };

export class Machine extends DebuggerClient {
  readonly console: MachineConsole;
  readonly screen: MachineScreen;
  private readonly dataListeners = new Set<(bytes: Uint8Array) => void | Promise<void>>();
  /** By the ports' numbers. */
  private readonly portListeners = new Map<number, Set<(bytes: Uint8Array) => void | Promise<void>>>();
  private readonly stateListeners = new Set<(state: MachineState) => void>();
  private readonly resetListeners = new Set<(steps: bigint) => void>();
  private readonly logListeners = new Set<(lines: readonly LogLine[]) => void>();
  private readonly commitListeners = new Set<(disk: number, part: number) => void>();
  private readonly noticeListeners = new Set<(text: string) => void>();
  private readonly linkedListeners = new Set<(module: LinkedModule) => void>();
  private readonly waiting = new Set<Waiting>();
  private latest: NumberedState = { state: { kind: "loading", loaded: 0, total: 0 }, number: -1 };
  private readonly died: Promise<never>;
  private control: Int32Array | null = null;
  private mirror: SlotsMirror | null = null;
  private created: {
    info: MachineInfo;
    makeRegisters: (client: number) => CpuRegisters[];
    self: MachineClient;
  } | null = null;
  private disposed = false;

  private constructor(private readonly connection: Connection) {
    super();
    this.died = new Promise((_, reject) => {
      connection.onDeath((message) => {
        reject(new Error(message));
        if (!this.disposed) this.accept({ state: { kind: "dead", message }, number: Number.POSITIVE_INFINITY });
      });
    });
    // Each call looks at it; it is no error when none is under way.
    this.died.catch(() => {});
    this.console = {
      onData: (listener) => subscribe(this.dataListeners, listener),
      write: (data, { atStep } = {}) => {
        const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
        return this.call((api) => api.consoleWrite(bytes, atStep));
      },
      resize: (columns, rows) => this.call((api) => api.consoleResize(columns, rows)),
    };
    this.screen = new MachineScreen((make) => this.call(make));
  }

  /** Makes a machine at the other end of `connection`, not yet running; `onState` hears how its images load. */
  static async create(
    connection: Connection,
    options: MachineOptions,
    onState?: (state: MachineState) => void,
  ): Promise<Machine> {
    const machine = new Machine(connection);
    if (onState) machine.stateListeners.add(onState);
    try {
      const listener = connection.sendable((event) => machine.hear(event));
      const info = await machine.call((api) => api.create(options, listener));
      const memory = connection.copying ? null : await machine.call((api) => api.sharedMemory());
      machine.open(info, memory, await loadRegisterTables(options.target));
      // The copy begins with what is there now.
      if (memory === null) await machine.meter();
      return machine;
    } catch (error) {
      machine.disposed = true;
      await connection.terminate();
      throw error;
    }
  }

  get info(): MachineInfo {
    return this.opened.info;
  }

  protected get asking() {
    return {
      id: 0,
      call: <T>(make: (api: MachineWorkerApi) => Promise<T>) => this.call(make),
      accept: (state: NumberedState) => this.accept(state),
    };
  }

  /** The registers of each vCPU. */
  get cpus(): readonly CpuRegisters[] {
    return this.opened.self.cpus;
  }

  /**
   * false: the page is not cross-origin isolated, so that the worker cannot share the machine's memory. Everything works over
   * copies that come with the answers; what the machine does by itself is seen a slice (4 ms) later, and each sample is a message.
   */
  get sharesMemory(): boolean {
    return this.mirror === null;
  }

  /** A further client of this machine, with holds, edits and a meter of its own; it sees what others have pending. */
  async client(name: string): Promise<MachineClient> {
    const id = await this.call((api) => api.openClient(name));
    return this.makeClient(id, name, this.opened.makeRegisters);
  }

  /** As pause(), but counted: the machine moves on when every hold of every client is released. */
  hold(): Promise<MachineState> {
    return this.opened.self.hold();
  }

  /** Gives a hold back. Throws EINVAL if there is none, EREJECT (and the hold stays) if an edit is rejected. */
  release(): Promise<MachineState> {
    return this.opened.self.release();
  }

  /** See MachineClient. */
  editAndGo(edits: readonly CpuEdit[]): Promise<{ readonly applied: readonly number[] }> {
    return this.opened.self.editAndGo(edits);
  }

  /** See MachineClient. */
  sample(mask: SyncMask, cpu = 0): Promise<Sample> {
    return this.opened.self.sample(mask, cpu);
  }

  /** See MachineClient. */
  subscribe(mask: SyncMask, hz: number, cpu = 0): Promise<Subscription> {
    return this.opened.self.subscribe(mask, hz, cpu);
  }

  /** What each client has asked of the register sync so far. */
  meter(): Promise<readonly ClientMeter[]> {
    return this.call((api) => api.meter());
  }

  /** A port by its name or number. Throws a RangeError if the machine has none such. */
  port(which: string | number): MachinePort {
    const port = this.info.ports.find(({ number, name }) => which === number || which === name);
    if (port === undefined) throw new RangeError(`the machine has no port ${which}`);
    const { number } = port;
    const listeners = this.portListeners.get(number) ?? new Set();
    this.portListeners.set(number, listeners);
    return {
      onData: (listener) => subscribe(listeners, listener),
      write: (data, { atStep } = {}) => {
        const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
        return this.call((api) => api.portWrite(number, bytes, atStep));
      },
    };
  }

  get state(): MachineState {
    return this.latest.state;
  }

  /** Steps as of the end of the last slice, read from shared memory: for rates, without a message. */
  get recentSteps(): bigint {
    const { control } = this;
    if (control === null) return 0n;
    for (;;) {
      const high = Atomics.load(control, (CONTROL_STEPS >> 2) + 1) >>> 0;
      const low = Atomics.load(control, CONTROL_STEPS >> 2) >>> 0;
      if (Atomics.load(control, (CONTROL_STEPS >> 2) + 1) >>> 0 === high) return (BigInt(high) << 32n) | BigInt(low);
    }
  }

  /** Hears every change of state; answers a function that ends this. */
  onState(listener: (state: MachineState) => void): () => void {
    return subscribe(this.stateListeners, listener);
  }

  /** Hears what log points print, of all clients, in order; answers a function that ends this. */
  onLog(listener: (lines: readonly LogLine[]) => void): () => void {
    return subscribe(this.logListeners, listener);
  }

  /** Hears of each reset, also those that the guest asks for, with the steps that the machine had made. */
  onReset(listener: (steps: bigint) => void): () => void {
    return subscribe(this.resetListeners, listener);
  }

  /** Hears what the host wants people to know, such as a disk's I/O error. */
  onNotice(listener: (text: string) => void): () => void {
    return subscribe(this.noticeListeners, listener);
  }

  /** Hears of each module of compiled code, where the options ask for it (`jit: { log: true }`). */
  onLinked(listener: (module: LinkedModule) => void): () => void {
    return subscribe(this.linkedListeners, listener);
  }

  /** Resolves when the machine runs. Throws a SyncError, and nothing moves, if a pending edit is rejected. */
  async run(): Promise<void> {
    this.accept(await this.call((api) => api.run()));
  }

  /** Resolves when the machine stands still; at once if it does. Rejects if it dies. */
  waitForStop(): Promise<StoppedState> {
    const { state } = this;
    if (state.kind === "stopped") return Promise.resolve(state);
    if (state.kind === "dead") return Promise.reject(new Error(state.message));
    return new Promise((resolve, reject) => this.waiting.add({ resolve, reject }));
  }

  /** Stops at the next instruction boundary. */
  async pause(): Promise<MachineState> {
    return this.accept(await this.call((api) => api.pause()));
  }

  /** Executes `count` attempted instructions. */
  async step(count = 1, options: StepOptions = {}): Promise<MachineState> {
    return this.accept(await this.call((api) => api.step(count, 0, options)));
  }

  /** Power cycle: RAM is zero but for the images, steps and virtual time begin at 0. A running machine goes on running. */
  async reset(): Promise<MachineState> {
    return this.accept(await this.call((api) => api.reset()));
  }

  /**
   * The whole machine as a file, but for the content of its disks (docs/snapshot-format.md). Pending edits of registers are
   * put first; throws a SyncError, and nothing is saved, if one is rejected.
   */
  save(): Promise<Uint8Array> {
    return this.call((api) => api.save());
  }

  /**
   * Becomes the machine of a snapshot, which was made of one with the same memory, devices and disks. Throws an Error that says
   * what is wrong with the file, and nothing has changed. Pending edits of registers are dropped; answers in which groups of
   * each CPU (bitmaps). A running machine goes on running, from where the saved one was.
   */
  async load(file: Uint8Array): Promise<{ readonly dropped: readonly number[] }> {
    const { numbered, dropped } = await this.call((api) => api.load(file));
    this.accept(numbered);
    return { dropped };
  }

  /** A copy of `length` bytes (at most 16 MiB) of physical memory. Throws a RangeError that names the address. */
  readMemory(pa: bigint, length: number): Promise<Uint8Array> {
    return this.call((api) => api.readMemory(pa, length));
  }

  /** Changes RAM; code decoded from there and reservations on it are dropped. */
  writeMemory(pa: bigint, bytes: Uint8Array): Promise<void> {
    return this.call((api) => api.writeMemory(pa, bytes));
  }

  /** 16 hexadecimal digits over all on which the guest's future depends. */
  stateHash(): Promise<string> {
    return this.call((api) => api.stateHash());
  }

  /** Steps, instructions, host seconds, virtual ns, and what compiled code did of it. */
  statistics(): Promise<RunStatistics> {
    return this.call((api) => api.statistics());
  }

  /** Values of the board's devices and the CPUs' interrupts, at an instruction boundary; looking changes nothing. */
  boardState(): Promise<BoardState> {
    return this.call((api) => api.boardState());
  }

  /**
   * Guest code beside the wasm that was made of it, for the region that is entered at physical address `pa`; null: that code is
   * interpreted. Throws a RangeError if there is neither RAM nor ROM.
   */
  compiledAt(pa: bigint): Promise<CompiledRegion | null> {
    return this.call((api) => api.compiledAt(pa));
  }

  /** Where the machine spends its steps, by compiled region: sampled as long as somebody asks at least every few seconds. */
  hotCode(): Promise<HotCode> {
    return this.call((api) => api.hotCode());
  }

  /** The machine's disks, in the order of the options. */
  disks(): Promise<readonly DiskState[]> {
    return this.call((api) => api.disks());
  }

  /**
   * `length` (at most 16 MiB) bytes of a disk as the guest sees it; `offset` too is a multiple of 512. Hold the machine to read
   * several parts of one state. Throws a RangeError if the disk has no such bytes.
   */
  readDisk(disk: number, offset: number, length: number): Promise<Uint8Array> {
    return this.call((api) => api.readDisk(disk, offset, length));
  }

  /**
   * The kept changes of a disk become part of its image, a file that was picked by its handle; snapshots of before do not fit it
   * any more. Hold the machine. Throws an Error, and the disk's content is what it was, if that is not possible. `onProgress` hears
   * how much of the changes is written, from 0 to 1.
   */
  async commitDisk(disk: number, onProgress: (part: number) => void = () => {}): Promise<void> {
    const end = subscribe(this.commitListeners, (which, part) => which === disk && onProgress(part));
    try {
      await this.call((api) => api.commitDisk(disk));
    } finally {
      end();
    }
  }

  /** Ends the machine and gives its memory and files back. */
  async dispose(): Promise<void> {
    if (this.disposed) return;
    try {
      if (this.state.kind !== "dead") await this.call((api) => api.dispose());
    } finally {
      this.disposed = true;
      await this.connection.terminate();
      this.accept({
        state: { kind: "dead", message: "the machine was disposed of" },
        number: Number.POSITIVE_INFINITY,
      });
    }
  }

  private get opened() {
    if (this.created === null) throw new Error("the machine is not created yet");
    return this.created;
  }

  private open(info: MachineInfo, shared: SharedArrayBuffer | null, tables: RegisterTables): void {
    if (shared === null) this.mirror = new SlotsMirror(this.connection.api, info.cpuCount);
    const { mirror } = this;
    const memory = shared ?? (mirror as SlotsMirror).memory;
    this.control = new Int32Array(memory, MACHINE_BASE, CONTROL_BYTES / 4);
    this.screen.memory = shared;
    const wants = new Wants();
    const makeRegisters = (client: number): CpuRegisters[] => {
      const transport = {
        get: (cpu: number, mask: number) => this.call((api) => api.get(cpu, mask, client)),
        put: (cpu: number, mask: number) => this.call((api) => api.put(cpu, mask, client)),
        revert: (cpu: number, mask: number) => this.call((api) => api.revert(cpu, mask, client)),
        ...(mirror !== null && {
          edited: mirror.edited.bind(mirror),
          wanted: mirror.wanted.bind(mirror),
        }),
      };
      return Array.from({ length: info.cpuCount }, (_, cpu) => new CpuRegisters(transport, memory, cpu, tables, wants));
    };
    const self = this.makeClient(0, "main", makeRegisters);
    this.created = { info, makeRegisters, self };
  }

  private makeClient(id: number, name: string, makeRegisters: (client: number) => CpuRegisters[]): MachineClient {
    return new MachineClient({
      id,
      name,
      call: (make) => this.call(make),
      accept: (state) => this.accept(state),
      registers: () => makeRegisters(id),
    });
  }

  /** One call of the worker. It rejects if the worker dies before it has answered. */
  private call<T>(make: (api: MachineWorkerApi) => Promise<T>): Promise<T> {
    if (this.disposed) return Promise.reject(new Error("the machine was disposed of"));
    if (this.control !== null && this.mirror === null) Attention.raise(this.control);
    const answer = make(this.mirror?.api ?? this.connection.api).catch((error) => {
      throw SyncError.revive(error);
    });
    return Promise.race([answer, this.died]);
  }

  private hear(event: MachineEvent): void | Promise<void> {
    if (event.kind === "state") {
      this.accept(event.numbered);
    } else if (event.kind === "notice") {
      for (const listener of this.noticeListeners) listener(event.text);
    } else if (event.kind === "commit") {
      for (const listener of this.commitListeners) listener(event.disk, event.part);
    } else if (event.kind === "reset") {
      for (const listener of this.resetListeners) listener(event.steps);
    } else if (event.kind === "linked") {
      for (const listener of this.linkedListeners) listener(event.module);
    } else if (event.kind === "log") {
      for (const listener of this.logListeners) listener(event.lines);
    } else if (event.kind === "screen") {
      return this.screen.hear(event.update);
    } else if (event.kind === "slots") {
      this.mirror?.take(event.copy);
    } else {
      const listeners = event.kind === "port" ? this.portListeners.get(event.port) : this.dataListeners;
      const answers = [...(listeners ?? [])].map((listener) => listener(event.bytes));
      if (answers.some((answer) => answer instanceof Promise)) return Promise.all(answers).then(() => {});
    }
  }

  /** Takes a state over, unless a newer one has overtaken it. */
  private accept(numbered: NumberedState): MachineState {
    const { state, number } = numbered;
    const isNews = number > this.latest.number || (state.kind === "loading" && this.latest.state.kind === "loading");
    if (!isNews) return this.latest.state;
    this.latest = numbered;
    // What the slots show is nobody's state any more.
    if (state.kind === "dead") for (const cpu of this.created?.self.cpus ?? []) cpu.abandon();
    for (const listener of this.stateListeners) listener(state);
    if (state.kind === "stopped" || state.kind === "dead") {
      const waiting = [...this.waiting];
      this.waiting.clear();
      for (const { resolve, reject } of waiting) {
        if (state.kind === "stopped") resolve(state);
        else reject(new Error(state.message));
      }
    }
    return state;
  }
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

async function loadRegisterTables(target: string): Promise<RegisterTables> {
  const module: { REGISTER_TABLES: RegisterTables } = await import(`../spec/${target}/register-tables.ts`);
  return module.REGISTER_TABLES;
}
