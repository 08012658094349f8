/** One machine: a core with its memory, images, disks and terminal, and the commands that a client can give it. */
import { type BoardState, deviceValues } from "./board-state.ts";
import {
  CONTROL_BYTES,
  CPU_REGISTERS,
  CPUS_BASE,
  MACHINE_BASE,
  RAM_BASE,
  TRANSFER_BASE,
  TRANSFER_BYTES,
} from "../spec/abi.ts";
import { slotLayout } from "../spec/slot-layout.ts";
import { CoreSync } from "../sync/core-sync.ts";
import { SyncError } from "../sync/errors.ts";
import { Attention } from "./attention.ts";
import { SECTOR_BYTES } from "./backends/block.ts";
import { ConsoleBackend } from "./backends/console.ts";
import { ScreenBackend } from "./backends/screen.ts";
import { openDisks } from "./backends/open-disks.ts";
import type { WatchedDisk } from "./backends/watched-disk.ts";
import { BlockRequests } from "./block-requests.ts";
import { loadBootPlan } from "./boot-images.ts";
import { Clients } from "./clients.ts";
import { type CoreExports, createMachineMemory, instantiateCore } from "./core-instance.ts";
import { coreImports } from "./core-imports.ts";
import type { Movement, StepOptions, StopPoint, StopPointState } from "./debug/debug-types.ts";
import { Debugger } from "./debug/debugger.ts";
import { GuestMemory } from "./guest-memory.ts";
import { describeRegion } from "./jit/compiled-region.ts";
import { JitLinker } from "./jit/jit-linker.ts";
import { jitStatistics } from "./jit/jit-statistics.ts";
import { deliverReport, inputNumber } from "./input-report.ts";
import { type CheckedOptions, checkOptions, screenSize } from "./machine-options.ts";
import type {
  CompiledRegion,
  CpuEdit,
  DiskState,
  InputDevice,
  InputEvent,
  MachineInfo,
  MachineListener,
  MachineOptions,
  MachineState,
  NumberedState,
  RunStatistics,
  ScreenPicture,
  StopReason,
} from "./machine-types.ts";
import { ConsoleOutput } from "./console-output.ts";
import { DeviceBackends } from "./device-backends.ts";
import { eventBytes } from "./outside-events.ts";
import type { Platform } from "./platform.ts";
import { Publications } from "./publications.ts";
import { RegisterService } from "./register-service.ts";
import { type Goal, RunLoop, type Stop } from "./run-loop.ts";
import { ScreenOutput } from "./screen-output.ts";
import { InitialRam } from "./snapshot/initial-ram.ts";
import { Snapshots } from "./snapshot/snapshots.ts";
import { type BootPlan, type HostTarget, loadTarget, ramRange } from "./target.ts";
import { virtioDevices } from "./virtio-slots.ts";

const CPU_COUNT = 1;
const ALL_GROUPS = 0xffff_ffff;
const MOST_DISK_READ = 16 << 20;
/** Reasons to stand that a snapshot keeps. */
const OWN_REASONS = new Set<StopReason>(["created", "pause", "step", "poweroff", "failure", "reset"]);

export class Machine {
  /** The machine's wasm memory: control words, slots, devices, guest RAM. */
  readonly memory: WebAssembly.Memory;
  readonly attention: Attention;
  readonly sync: CoreSync;
  readonly info: MachineInfo;
  /** What clients ask of the register sync. */
  readonly registers: RegisterService;
  /** Stop points, expressions, virtual memory. */
  readonly debug: Debugger;
  private readonly publications: Publications;
  private readonly clients = new Clients();
  private readonly loop: RunLoop;
  private readonly screenOutput: ScreenOutput;
  private readonly pcAddress: number;
  private state: MachineState = { kind: "loading", loaded: 0, total: 0 };
  private stateNumber = 0;
  private moving: Promise<void> | null = null;
  private readonly snapshots: Snapshots;
  /** What the machine does as soon as nobody holds it. */
  private goal: Goal | null = null;

  private constructor(
    private readonly target: HostTarget,
    private readonly options: MachineOptions,
    private readonly checked: CheckedOptions,
    private readonly boot: BootPlan,
    private readonly core: CoreExports,
    memory: WebAssembly.Memory,
    private readonly guest: GuestMemory,
    private readonly linker: JitLinker,
    private readonly console: ConsoleBackend,
    private readonly blocks: BlockRequests,
    private readonly disks: readonly WatchedDisk[],
    private readonly output: ConsoleOutput,
    private readonly screen: ScreenBackend,
    private readonly devices: DeviceBackends,
    private readonly listener: MachineListener,
    platform: Platform,
    wakeLoop: { signal: () => void },
  ) {
    const control = new Int32Array(memory.buffer, MACHINE_BASE, CONTROL_BYTES / 4);
    this.memory = memory;
    this.attention = new Attention(control);
    this.sync = new CoreSync(core, memory.buffer, target.registers, CPU_COUNT);
    this.publications = new Publications(this.sync);
    this.registers = new RegisterService(
      this.sync,
      memory.buffer,
      target.registers,
      CPU_COUNT,
      this.clients,
      this.publications,
    );
    this.clients.open("main");
    this.info = {
      target: options.target,
      cpuCount: CPU_COUNT,
      memory: checked.memory,
      ramStart: target.ramStart,
      resetPc: target.resetPc,
      screen: options.screen ? screenSize(options.screen) : null,
      inputs: (options.inputs ?? []).map(({ device }) => device),
      ports: devices.ports.all.map(({ number, name }) => ({ number, name })),
      deviceTree: { pa: boot.deviceTree.pa, bytes: boot.deviceTree.bytes.length },
    };
    const pc = slotLayout(target.registers).registers.find(({ row }) => row.format === "pc");
    if (pc === undefined) throw new Error(`target ${options.target} has no register of format "pc"`);
    this.pcAddress = CPUS_BASE + CPU_REGISTERS + pc.offset;
    this.debug = new Debugger({
      ...{ core, guest: this.guest, console },
      memory: memory.buffer,
      target: target.debug,
      tables: target.registers,
      log: (lines) => listener({ kind: "log", lines }),
    });
    this.screenOutput = new ScreenOutput(screen, listener);
    this.loop = new RunLoop({
      core,
      attention: this.attention,
      platform,
      console,
      output,
      screen: this.screenOutput,
      ports: devices.ports,
      report: (device, events) => deliverReport(core, memory.buffer, device, events),
      isTaken: (device) => core.inputWaiting(inputNumber(device)) === 0,
      publications: this.publications,
      debug: this.debug,
      clock: options.clock ?? "icount",
      paced: checked.paced,
      powerCycle: () => this.powerCycle(),
      noReboot: options.noReboot ?? false,
    });
    wakeLoop.signal = () => this.loop.wake.signal();
    this.snapshots = this.makeSnapshots();
  }

  /**
   * Loads what the options name and sets the machine up, not yet running. Throws an Error that names the option, image or
   * address at fault.
   */
  static async create(
    options: MachineOptions,
    coreModule: Promise<WebAssembly.Module>,
    platform: Platform,
    listener: MachineListener,
  ): Promise<Machine> {
    // Nobody awaits the core while the options are looked at.
    coreModule.catch(() => {});
    const checked = checkOptions(options);
    const target = await loadTarget(options.target);
    const { boot, firmwareItems } = await loadBootPlan(
      target,
      options,
      checked,
      CPU_COUNT,
      platform,
      (loaded, total) => {
        listener({ kind: "state", numbered: { state: { kind: "loading", loaded, total }, number: 0 } });
      },
    );
    const disks = await openDisks(options.disks ?? [], platform);
    const wakeLoop = { signal: () => {} };
    const console = new ConsoleBackend();
    const blocks = new BlockRequests(
      disks,
      () => wakeLoop.signal(),
      (text) => listener({ kind: "notice", text }),
    );
    let devices: DeviceBackends | null = null;
    try {
      devices = await DeviceBackends.open(options, checked.video, firmwareItems, platform, listener, () =>
        wakeLoop.signal(),
      );
      const terminal = { from: console, send: (bytes: Uint8Array) => listener({ kind: "console", bytes }) };
      const output = new ConsoleOutput([terminal, ...devices.outputs(listener)], () => wakeLoop.signal());
      const ramEnd = RAM_BASE + checked.memory;
      const memory = createMachineMemory(ramEnd + checked.video + checked.flash);
      await devices.flash.load(new Uint8Array(memory.buffer as ArrayBuffer, ramEnd));
      const screen = new ScreenBackend(memory.buffer);
      const rom = { start: target.romStart, bytes: target.romBytes };
      const guest = new GuestMemory(memory.buffer, ramRange(target, checked.memory), rom);
      const linker = new JitLinker(memory, checked.jit, {
        notice: (text) => listener({ kind: "notice", text }),
        linked: (module) => listener({ kind: "linked", module }),
        addressOf: (ptr) => guest.addressOf(ptr),
      });
      const serials = (options.disks ?? []).map(({ serial }, disk) => serial ?? `vitrine-disk-${disk}`);
      const others = devices.imports(memory);
      const imports = coreImports(memory, console, disks, blocks, linker, screen, serials, others);
      const core = await instantiateCore(await coreModule, memory, CPUS_BASE, imports);
      const machine = new Machine(
        target,
        options,
        checked,
        boot,
        core,
        memory,
        guest,
        linker,
        console,
        blocks,
        disks,
        output,
        screen,
        devices,
        listener,
        platform,
        wakeLoop,
      );
      machine.configure();
      machine.powerCycle();
      machine.stand({ reason: "created" });
      return machine;
    } catch (error) {
      await devices?.close();
      for (const disk of disks) await disk.close();
      throw error;
    }
  }

  get numberedState(): NumberedState {
    return { state: this.state, number: this.stateNumber };
  }

  /** The client is gone, and with it what it held and subscribed to. */
  closeClient(id: number): NumberedState {
    this.publications.removeOf(this.clients.find(id));
    this.debug.points.removeOf(id);
    this.clients.close(id);
    this.proceed();
    return this.numberedState;
  }

  /**
   * Ends the client's pause and starts the machine, which runs until it is paused or stops by itself. While others hold it, it
   * stands, and starts when the last of them lets go.
   */
  run(id = 0): NumberedState {
    const client = this.clients.find(id);
    this.checkAlive();
    if (!this.moving && client.holds === 0 && this.clients.holders(client).length === 0) this.start({ kind: "run" });
    this.goal = { kind: "run" };
    client.changeHold(() => {
      client.paused = false;
    });
    return this.numberedState;
  }

  /** Executes `count` attempted instructions and stops. Throws EBUSY while another client holds the machine. */
  async step(count: number, id = 0, options: StepOptions = {}): Promise<NumberedState> {
    if (!Number.isSafeInteger(count) || count < 1) throw new RangeError(`step: ${count} is not a number of steps`);
    return this.moveFromHere(id, () => {
      if (options.interrupts === "held") this.debug.holdEvents();
      return { kind: "steps", until: this.core.steps() + BigInt(count) };
    });
  }

  /** Moves as a debugger says, up to where the movement ends or something else stops the machine. As step() otherwise. */
  async move(movement: Movement, id = 0): Promise<NumberedState> {
    return this.moveFromHere(id, () => {
      this.debug.begin(movement);
      return { kind: "move" };
    });
  }

  private async moveFromHere(id: number, prepare: () => Goal): Promise<NumberedState> {
    const client = this.clients.find(id);
    const others = this.clients.holders(client);
    if (others.length > 0) throw new SyncError("EBUSY", { sentence: `held by ${others.join(", ")}` });
    this.goal = null;
    if (this.moving) await this.stop();
    this.checkAlive();
    try {
      // What lies here has been seen; pending edits count from here on.
      this.sync.apply();
      this.debug.leaveHere();
      this.start(prepare());
    } catch (error) {
      this.debug.end();
      throw error;
    }
    await this.moving;
    return this.numberedState;
  }

  /** Replaces the stop points of a client, or throws an Error that says which is wrong and why. */
  setBreakpoints(points: readonly StopPoint[], id = 0): readonly StopPointState[] {
    this.clients.find(id);
    return this.debug.points.set(points, id);
  }

  /** Stops at the next instruction boundary. The machine stands until the same client runs it. */
  async pause(id = 0): Promise<NumberedState> {
    const client = this.clients.find(id);
    if (this.moving || this.goal) {
      client.changeHold(() => {
        client.paused = true;
      });
    }
    await this.stop();
    return this.numberedState;
  }

  /** Stops at the next instruction boundary, and stands until each hold of each client is released. */
  async hold(id = 0): Promise<NumberedState> {
    const client = this.clients.find(id);
    client.changeHold(() => {
      client.holds++;
    });
    await this.stop();
    return this.numberedState;
  }

  /** Gives a hold back. If it was the last, the machine goes on as before; throws, and keeps the hold, if an edit is rejected. */
  release(id = 0): NumberedState {
    const client = this.clients.find(id);
    if (client.holds === 0) throw new SyncError("EINVAL", { sentence: `${client.name} holds nothing` });
    const isLast = client.holds === 1 && !client.paused && this.clients.holders(client).length === 0;
    if (isLast && this.goal !== null && !this.moving) this.start(this.goal);
    client.changeHold(() => {
      client.holds--;
    });
    return this.numberedState;
  }

  /**
   * Hold, edit, put and release in one: a running machine stands for no longer than that takes. Throws if an edit is not
   * possible. Answers the groups that were put, of each vCPU.
   */
  editAndGo(edits: readonly CpuEdit[], id = 0): { readonly applied: readonly number[] } {
    if (!this.moving) return this.registers.editAndPut(edits, id);
    // Messages are handled at boundaries only.
    this.sync.stop();
    try {
      return this.registers.editAndPut(edits, id);
    } finally {
      this.goOn();
    }
  }

  /** Switches off and on again: RAM is zero but for the images, and the CPU starts at the reset address. */
  async reset(): Promise<NumberedState> {
    if (this.state.kind === "dead") throw new Error(`the machine is dead: ${this.state.message}`);
    if (this.moving) {
      await this.loop.requestReset();
    } else {
      this.powerCycle();
      this.stand({ reason: "created" });
    }
    return this.numberedState;
  }

  /** The machine as a file (docs/snapshot-format.md). Throws if a pending edit of a register is rejected. */
  save(): Promise<Uint8Array> {
    return this.snapshots.save();
  }

  /** Becomes the machine of `file`. Throws, and nothing has changed, if that cannot be. Pending edits are dropped and reported. */
  async load(file: Uint8Array): Promise<{ readonly numbered: NumberedState; readonly dropped: readonly number[] }> {
    const { dropped } = await this.snapshots.load(file);
    return { numbered: this.numberedState, dropped };
  }

  readMemory(pa: bigint, length: number): Uint8Array {
    return this.guest.read(pa, length);
  }

  writeMemory(pa: bigint, bytes: Uint8Array): void {
    this.guest.write(pa, bytes);
    this.core.wrote(pa, bytes.length);
  }

  /** Input for the guest, at step `atStep` or now. Throws a RangeError if that step is over. */
  consoleWrite(bytes: Uint8Array, atStep?: bigint): void {
    this.loop.fromOutside({ kind: "console", bytes: bytes.slice() }, atStep);
  }

  consoleResize(columns: number, rows: number): void {
    this.loop.fromOutside({ kind: "resize", columns, rows });
  }

  /** Input for a port, by its name or number, at step `atStep` or now. Throws a RangeError if that is over or there is no such port. */
  portWrite(port: string | number, bytes: Uint8Array, atStep?: bigint): void {
    const { number } = this.devices.ports.find(port);
    this.loop.fromOutside({ kind: "port", port: number, bytes: bytes.slice() }, atStep);
  }

  /** A report of an input device, at step `atStep` or now. Throws a RangeError if that step is over or there is no such device. */
  inputReport(device: InputDevice, events: readonly InputEvent[], atStep?: bigint): void {
    if (!this.info.inputs.includes(device)) throw new RangeError(`the machine has no ${device}`);
    this.loop.fromOutside({ kind: "input", device, events }, atStep);
  }

  /** Resolves when the guest has taken all that was reported to the device. */
  inputTaken(device: InputDevice): Promise<void> {
    return this.loop.inputTaken(device);
  }

  /** Whether changes of the screen are told. `copies`: with the pixels. */
  watchScreen(on: boolean, copies: boolean): void {
    this.screenOutput.watch(on, copies);
  }

  captureScreen(): ScreenPicture {
    return { ...this.screen.size, rgba: this.screen.capture() };
  }

  /** 16 hexadecimal digits over everything on which the guest's future depends. */
  stateHash(): string {
    let hash = this.core.stateHashCore();
    hash = this.hashBytes(this.console.peek(), hash);
    for (const { backend } of this.devices.ports.all) hash = this.hashBytes(backend.peek(), hash);
    hash = this.hashPending(hash);
    hash = this.core.hashRange(RAM_BASE, this.checked.memory + this.checked.video + this.checked.flash, hash);
    return BigInt.asUintN(64, hash).toString(16).padStart(16, "0");
  }

  /** Events from outside that have not reached the guest yet, with their steps. */
  private hashPending(hash: bigint): bigint {
    return this.loop.pendingEvents.queue.reduce(
      (sum, { atStep, event }) => this.hashBytes(eventBytes(event), sum + atStep),
      hash,
    );
  }

  private hashBytes(bytes: Uint8Array, seed: bigint): bigint {
    const transfer = new Uint8Array(this.memory.buffer, TRANSFER_BASE, TRANSFER_BYTES);
    let hash = seed;
    for (let at = 0; at < bytes.length; at += TRANSFER_BYTES) {
      const part = bytes.subarray(at, at + TRANSFER_BYTES);
      transfer.fill(0);
      transfer.set(part);
      hash = this.core.hashRange(TRANSFER_BASE, TRANSFER_BYTES, hash + BigInt(part.length));
    }
    return hash;
  }

  /** The region that is entered at `pa`, as text, or null. Throws a RangeError if there is neither RAM nor ROM. */
  compiledAt(pa: bigint): CompiledRegion | null {
    const code = this.linker.codeAt(this.guest.pointerOf(pa));
    return code && describeRegion(code, pa, this.guest, this.target.instructions);
  }

  /** The devices and what becomes of interrupts, now. */
  boardState(): BoardState {
    return {
      interrupts: Array.from({ length: CPU_COUNT }, () => this.debug.interrupts()),
      devices: deviceValues(this.core, this.target.board, CPU_COUNT),
    };
  }

  statistics(): RunStatistics {
    return {
      steps: this.core.steps(),
      instructions: this.sync.get(0, 0).instret,
      seconds: this.loop.seconds,
      virtualNs: BigInt.asUintN(64, this.core.virtualNow()),
      jit: jitStatistics(this.memory, this.linker),
    };
  }

  diskStates(): DiskState[] {
    return this.disks.map(({ sectors, readOnly, unsaved }) => ({ sectors, readOnly, unsaved }));
  }

  /** Bytes of a disk, both numbers multiples of 512. Throws a RangeError if there are none. */
  async readDisk(disk: number, offset: number, length: number): Promise<Uint8Array> {
    const { sectors } = this.disks[disk] ?? { sectors: 0n };
    const isWhole = [offset, length].every((number) => number >= 0 && number % SECTOR_BYTES === 0);
    if (!isWhole || length > MOST_DISK_READ || offset + length > Number(sectors) * SECTOR_BYTES) {
      throw new RangeError(`disk ${disk}: ${length} bytes at ${offset} cannot be read`);
    }
    await this.blocks.settled();
    return this.disks[disk]!.read(BigInt(offset / SECTOR_BYTES), length);
  }

  /** Stops for good and lets go of files. */
  async dispose(): Promise<void> {
    this.goal = null;
    await this.stop();
    this.linker.close();
    await this.devices.close();
    for (const disk of this.disks) await disk.close();
  }

  private async stop(): Promise<void> {
    while (this.moving) {
      this.loop.requestPause();
      await this.moving;
    }
  }

  /** Moves on towards the goal if nobody holds the machine. If an edit is rejected it stands, without a goal. */
  private proceed(): void {
    if (this.goal === null || this.moving || this.clients.isHeld) return;
    try {
      this.start(this.goal);
    } catch {
      this.goal = null;
    }
  }

  /** Ends the short hold of editAndGo(). What cannot go on, because of another client's edit just now, stands. */
  private goOn(): void {
    try {
      this.sync.resume();
      this.loop.wake.signal();
    } catch {
      this.goal = null;
      this.loop.requestPause();
    }
  }

  private checkAlive(): void {
    const { state } = this;
    if (state.kind === "dead") throw new Error(`the machine is dead: ${state.message}`);
    if (state.kind === "stopped" && (state.reason === "poweroff" || state.reason === "failure")) {
      throw new Error("the machine is switched off; reset switches it on again");
    }
  }

  private start(goal: Goal): void {
    if (this.moving) return;
    this.checkAlive();
    // Throws, and nothing moves, if a pending edit is rejected.
    this.sync.resume();
    this.enter({ kind: "running" });
    this.moving = this.goTowards(goal);
  }

  private async goTowards(goal: Goal): Promise<void> {
    try {
      const stop = await this.loop.run(goal);
      const { reason } = stop;
      this.sync.stop();
      this.publications.publish();
      this.moving = null;
      if (reason !== "pause") {
        this.goal = null;
        this.debug.leaveHere();
      }
      this.stand(stop);
      this.proceed();
    } catch (error) {
      this.moving = null;
      this.enter({ kind: "dead", message: `the core failed: ${(error as Error).message}` });
    }
  }

  private stand({ reason, exitCode, hits }: Stop): void {
    const pc = new DataView(this.memory.buffer).getBigUint64(this.pcAddress, true);
    this.enter({
      ...{ kind: "stopped", reason, pc, steps: this.core.steps() },
      ...(exitCode !== undefined && { exitCode }),
      ...(hits !== undefined && { hits }),
    });
  }

  private enter(state: MachineState): void {
    this.state = state;
    this.stateNumber++;
    this.output.flush();
    this.screenOutput.flush();
    this.listener({ kind: "state", numbered: this.numberedState });
  }

  private makeSnapshots(): Snapshots {
    const { target, options, checked, core, memory, sync, console, blocks, disks, devices, loop } = this;
    const machine = {
      ...{ targetName: options.target, target, core, memory, sync, console, blocks, disks, devices, loop },
      memoryBytes: checked.memory,
      bytesBehindRam: checked.video + checked.flash,
      cpuCount: CPU_COUNT,
      initial: new InitialRam(this.boot.placements, target.ramStart),
      virtio: virtioDevices(options, target.virtioSlots),
    };
    const self = this;
    const owner = {
      get isMoving() {
        return self.moving !== null;
      },
      get standing() {
        return self.standing;
      },
      stand: (stop: Stop) => this.stand(stop),
    };
    return new Snapshots(machine, owner, this.output);
  }

  private get standing(): Stop {
    const { state } = this;
    if (state.kind === "dead") throw new Error(`the machine is dead: ${state.message}`);
    if (state.kind !== "stopped") throw new Error("the machine is not ready yet");
    // What a debugger stopped is paused for whoever loads it: its stop points are not the machine's.
    if (!OWN_REASONS.has(state.reason)) return { reason: "pause" };
    return state.exitCode === undefined ? { reason: state.reason } : { reason: state.reason, exitCode: state.exitCode };
  }

  private configure(): void {
    const { options, checked } = this;
    this.core.init(
      BigInt(checked.memory),
      CPU_COUNT,
      checked.shift,
      checked.paced ? 1 : 0,
      checked.rtcBaseNs,
      checked.seed,
    );
    this.linker.configure(this.core);
    this.core.setSemihosting(options.semihosting ? 1 : 0);
    for (const { name, slot, kind, disk } of virtioDevices(options, this.target.virtioSlots)) {
      if (!this.core.configureDevice(slot, kind, disk))
        throw new Error(`${name}: the board refuses it in slot ${slot}`);
    }
    this.devices.configure(this.core);
  }

  private reportDropped(cpu: number, mask: number): void {
    const groups = this.target.registers.groups.filter(({ bit }) => (mask >>> bit) & 1).map(({ name }) => name);
    if (groups.length === 0) return;
    this.listener({ kind: "notice", text: `reset: CPU ${cpu}'s pending edits of ${groups.join(", ")} are dropped` });
  }

  private powerCycle(): void {
    if (this.state.kind !== "loading") this.listener({ kind: "reset", steps: this.core.steps() });
    this.blocks.forgetAll();
    this.devices.shares.forgetAll();
    // New memory is zero; to write that would take all of it from the host.
    if (this.state.kind !== "loading") this.guest.clearRam();
    this.guest.writeRom(this.boot.rom);
    for (const { pa, bytes } of this.boot.placements) {
      const part = 8 << 20;
      for (let at = 0; at < bytes.length; at += part) this.guest.write(pa + BigInt(at), bytes.subarray(at, at + part));
    }
    // Whatever was decoded is gone.
    this.core.wrote(this.info.ramStart, this.checked.memory);
    this.core.resetMachine();
    for (let cpu = 0; cpu < CPU_COUNT; cpu++) {
      this.core.syncReset(cpu, ALL_GROUPS);
      // What a new machine drops is nobody's edit.
      if (this.state.kind !== "loading") this.reportDropped(cpu, this.sync.droppedByReset(cpu));
    }
    this.publications.publish();
    const { htifAddress } = this.boot;
    if (htifAddress !== null && !this.core.setHtif(htifAddress)) {
      throw new RangeError(`kernel: the symbol tohost (0x${htifAddress.toString(16)}) lies outside RAM`);
    }
    this.loop.restarted();
  }
}
