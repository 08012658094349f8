/** One machine: its parts wired together, and the commands that a client can give it. */
import { CONTROL_BYTES, CPU_REGISTERS, CPUS_BASE, MACHINE_BASE } from "../spec/abi.ts";
import { slotLayout } from "../spec/slot-layout.ts";
import { CoreSync } from "../sync/core-sync.ts";
import { Attention } from "./attention.ts";
import { SECTOR_BYTES } from "./backends/block.ts";
import { type BoardState, deviceValues } from "./board-state.ts";
import { Clients } from "./clients.ts";
import type { StopPoint, StopPointState } from "./debug/debug-types.ts";
import { Debugger } from "./debug/debugger.ts";
import { deliverReport, inputNumber } from "./input-report.ts";
import { describeRegion } from "./jit/compiled-region.ts";
import { HotCodeSampler } from "./jit/hot-code.ts";
import { jitStatistics } from "./jit/jit-statistics.ts";
import { screenSize } from "./machine-options.ts";
import { closeBackends, type MachineParts, openParts } from "./machine-parts.ts";
import type {
  CompiledRegion,
  DiskState,
  HotCode,
  InputDevice,
  InputEvent,
  MachineInfo,
  MachineListener,
  MachineOptions,
  NumberedState,
  RunStatistics,
  ScreenPicture,
} from "./machine-types.ts";
import type { Platform } from "./platform.ts";
import { PowerSwitch } from "./power-switch.ts";
import { Publications } from "./publications.ts";
import { RegisterService } from "./register-service.ts";
import { RunControl } from "./run-control.ts";
import { RunLoop } from "./run-loop.ts";
import { ScreenOutput } from "./screen-output.ts";
import { InitialRam } from "./snapshot/initial-ram.ts";
import { Snapshots } from "./snapshot/snapshots.ts";
import { stateHash } from "./state-hash.ts";
import { virtioDevices } from "./virtio-slots.ts";

const MOST_DISK_READ = 16 << 20;

export class Machine {
  /** The machine's wasm memory: control words, slots, devices, guest RAM. */
  readonly memory: WebAssembly.Memory;
  readonly attention: Attention;
  readonly sync: CoreSync;
  readonly info: MachineInfo;
  /** Running, stepping, pausing, holding. */
  readonly control: RunControl;
  /** What clients ask of the register sync. */
  readonly registers: RegisterService;
  /** Stop points, expressions, virtual memory. */
  readonly debug: Debugger;
  private readonly clients = new Clients();
  private readonly publications: Publications;
  private readonly hot: HotCodeSampler;
  private readonly loop: RunLoop;
  private readonly screenOutput: ScreenOutput;
  private readonly snapshots: Snapshots;

  private constructor(private readonly parts: MachineParts) {
    const { memory, core, target, cpuCount, listener, console, output } = parts;
    this.memory = memory;
    this.attention = new Attention(new Int32Array(memory.buffer, MACHINE_BASE, CONTROL_BYTES / 4));
    this.sync = new CoreSync(core, memory.buffer, target.registers, cpuCount);
    this.publications = new Publications(this.sync);
    this.registers = new RegisterService(
      this.sync,
      memory.buffer,
      target.registers,
      cpuCount,
      this.clients,
      this.publications,
    );
    this.clients.open("main");
    this.info = machineInfo(parts);
    this.debug = new Debugger({
      ...{ core, guest: parts.guest, console },
      memory: memory.buffer,
      target: target.debug,
      tables: target.registers,
      log: (lines) => listener({ kind: "log", lines }),
    });
    this.hot = new HotCodeSampler({
      position: () => {
        const va = programCounter(parts)();
        const { pa } = this.debug.virtual.translate(va, { access: "fetch" });
        return pa !== null && parts.guest.holds(pa) ? { va, pa } : null;
      },
      pointerOf: (pa) => parts.guest.pointerOf(pa),
      regions: () => parts.linker.regions(),
    });
    this.screenOutput = new ScreenOutput(parts.screen, listener);
    const power = new PowerSwitch(parts, this.sync, () => {
      this.publications.publish();
      this.loop.restarted();
    });
    this.loop = this.makeLoop(() => power.cycle());
    this.control = new RunControl({
      ...{ loop: this.loop, clients: this.clients, sync: this.sync, registers: this.registers },
      ...{ publications: this.publications, debug: this.debug },
      steps: () => core.steps(),
      pc: programCounter(parts),
      powerCycle: () => power.cycle(),
      onState: (numbered) => {
        output.flush();
        this.screenOutput.flush();
        listener({ kind: "state", numbered });
      },
    });
    this.snapshots = this.makeSnapshots();
    power.configure();
    power.cycle();
    this.control.stand({ reason: "created" });
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
    const parts = await openParts(options, coreModule, platform, listener);
    try {
      return new Machine(parts);
    } catch (error) {
      await closeBackends(parts.disks, parts.devices);
      throw error;
    }
  }

  /** The client is gone, and with it what it held and subscribed to. */
  closeClient(id: number): NumberedState {
    this.publications.removeOf(this.clients.find(id));
    this.debug.points.removeOf(id);
    this.clients.close(id);
    this.control.proceed();
    return this.control.numberedState;
  }

  /** Replaces the stop points of a client, or throws an Error that says which is wrong and why. */
  setBreakpoints(points: readonly StopPoint[], id = 0): readonly StopPointState[] {
    this.clients.find(id);
    return this.debug.points.set(points, id);
  }

  /** The machine as a file (docs/snapshot-format.md). Throws if a pending edit of a register is rejected. */
  save(): Promise<Uint8Array> {
    return this.snapshots.save();
  }

  /** Becomes the machine of `file`. Throws, and nothing has changed, if that cannot be. Pending edits are dropped and reported. */
  async load(file: Uint8Array): Promise<{ readonly numbered: NumberedState; readonly dropped: readonly number[] }> {
    const { dropped } = await this.snapshots.load(file);
    return { numbered: this.control.numberedState, dropped };
  }

  /** `length` bytes at physical address `pa`. Throws a RangeError if they are not all in RAM, ROM or a bank of flash. */
  readMemory(pa: bigint, length: number): Uint8Array {
    return this.parts.guest.read(pa, length);
  }

  /** Writes RAM at physical address `pa`; code there is decoded anew. Throws a RangeError if not all of it is RAM. */
  writeMemory(pa: bigint, bytes: Uint8Array): void {
    this.parts.guest.write(pa, bytes);
    this.parts.core.wrote(pa, bytes.length);
  }

  /** Input for the guest, at step `atStep` or now. Throws a RangeError if that step is over. */
  consoleWrite(bytes: Uint8Array, atStep?: bigint): void {
    this.loop.fromOutside({ kind: "console", bytes: bytes.slice() }, atStep);
  }

  /** The terminal has so many columns and rows of characters from now on. */
  consoleResize(columns: number, rows: number): void {
    this.loop.fromOutside({ kind: "resize", columns, rows });
  }

  /** The screen has so many pixels from now on, or at step `atStep`. Throws a RangeError for a size that it cannot have. */
  screenResize(width: number, height: number, atStep?: bigint): void {
    if (this.info.screen === null) throw new RangeError("the machine has no screen");
    this.loop.fromOutside({ kind: "screen", width, height }, atStep);
  }

  /** Input for a port, by its name or number, at step `atStep` or now. Throws a RangeError if that is over or there is no such port. */
  portWrite(port: string | number, bytes: Uint8Array, atStep?: bigint): void {
    const { number } = this.parts.devices.ports.find(port);
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

  /** The picture that the screen shows: width and height in pixels, and four bytes for each, row by row. */
  captureScreen(): ScreenPicture {
    const { screen } = this.parts;
    return { ...screen.size, rgba: screen.capture() };
  }

  /** 16 hexadecimal digits over everything on which the guest's future depends. */
  stateHash(): string {
    return stateHash(this.parts, this.loop.pendingEvents);
  }

  /** The region that is entered at `pa`, as text, or null. Throws a RangeError if there is no memory. */
  compiledAt(pa: bigint): CompiledRegion | null {
    const { linker, guest, target } = this.parts;
    const code = linker.codeAt(guest.pointerOf(pa));
    return code && describeRegion(code, pa, guest, target.instructions);
  }

  /** Where steps are spent, by compiled region, since somebody began to ask. */
  hotCode(): HotCode {
    return this.hot.read(performance.now());
  }

  /** The devices and what becomes of interrupts, now. */
  boardState(): BoardState {
    const { core, target, cpuCount } = this.parts;
    return {
      interrupts: Array.from({ length: cpuCount }, () => this.debug.interrupts()),
      devices: deviceValues(core, target.board, cpuCount),
    };
  }

  /** What has been executed so far, in virtual and in host time, and by compiled code. */
  statistics(): RunStatistics {
    const { core, linker } = this.parts;
    return {
      steps: core.steps(),
      instructions: this.sync.get(0, 0).instret,
      seconds: this.loop.seconds,
      virtualNs: BigInt.asUintN(64, core.virtualNow()),
      jit: jitStatistics(this.memory, linker),
    };
  }

  /** The disks, in the order of the options. */
  diskStates(): DiskState[] {
    return this.parts.disks.map(({ sectors, readOnly, unsaved }) => ({ sectors, readOnly, unsaved }));
  }

  /** Bytes of a disk, both numbers multiples of 512. Throws a RangeError if there are none. */
  async readDisk(disk: number, offset: number, length: number): Promise<Uint8Array> {
    const { disks, blocks } = this.parts;
    const { sectors } = disks[disk] ?? { sectors: 0n };
    const isWhole = [offset, length].every((number) => number >= 0 && number % SECTOR_BYTES === 0);
    if (!isWhole || length > MOST_DISK_READ || offset + length > Number(sectors) * SECTOR_BYTES) {
      throw new RangeError(`disk ${disk}: ${length} bytes at ${offset} cannot be read`);
    }
    await blocks.settled();
    return disks[disk]!.read(BigInt(offset / SECTOR_BYTES), length);
  }

  /**
   * The kept changes of a disk become part of its image, a file that was picked by its handle. Throws an Error, and the disk's
   * content is what it was, if that is not possible, or while the machine moves. The machine's listener hears how far it is.
   */
  async commitDisk(disk: number): Promise<void> {
    const { disks, blocks } = this.parts;
    const { commit } = disks[disk] ?? {};
    if (commit === undefined) throw new Error(`disk ${disk}: there are no changes of it that are kept`);
    if (this.control.isMoving) throw new Error(`disk ${disk}: hold the machine before its changes are committed`);
    await blocks.settled();
    await commit((part) => void this.parts.listener({ kind: "commit", disk, part }));
  }

  /** Stops for good and lets go of files. */
  async dispose(): Promise<void> {
    const { linker, disks, devices } = this.parts;
    await this.control.end();
    linker.close();
    await closeBackends(disks, devices);
  }

  private makeLoop(powerCycle: () => void): RunLoop {
    const { core, memory, platform, console, output, devices, options, checked, wake } = this.parts;
    return new RunLoop({
      ...{ core, attention: this.attention, platform, console, output, screen: this.screenOutput, wake, powerCycle },
      ...{
        publications: this.publications,
        debug: this.debug,
        hot: this.hot,
        ports: devices.ports,
        paced: checked.paced,
      },
      report: (device, events) => deliverReport(core, memory.buffer, device, events),
      isTaken: (device) => core.inputWaiting(inputNumber(device)) === 0,
      clock: options.clock ?? "icount",
      noReboot: options.noReboot ?? false,
    });
  }

  private makeSnapshots(): Snapshots {
    const { target, options, checked, boot, cpuCount, output } = this.parts;
    const machine = {
      ...this.parts,
      ...{ targetName: options.target, cpuCount, sync: this.sync, loop: this.loop },
      memoryBytes: checked.memory,
      bytesBehindRam: checked.video + checked.flash,
      initial: new InitialRam(boot.placements, target.ramStart),
      virtio: virtioDevices(options, target.virtioSlots),
    };
    return new Snapshots(machine, this.control, output);
  }
}

function machineInfo({ target, options, checked, boot, cpuCount, devices }: MachineParts): MachineInfo {
  return {
    target: options.target,
    cpuCount,
    memory: checked.memory,
    ramStart: target.ramStart,
    resetPc: target.resetPc,
    screen: options.screen ? screenSize(options.screen) : null,
    inputs: (options.inputs ?? []).map(({ device }) => device),
    ports: devices.ports.all.map(({ number, name }) => ({ number, name })),
    deviceTree: { pa: boot.deviceTree.pa, bytes: boot.deviceTree.bytes.length },
  };
}

/** Reads the program counter of the first vCPU. */
function programCounter({ target, options, memory }: MachineParts): () => bigint {
  const pc = slotLayout(target.registers).registers.find(({ row }) => row.format === "pc");
  if (pc === undefined) throw new Error(`target ${options.target} has no register of format "pc"`);
  const view = new DataView(memory.buffer);
  return () => view.getBigUint64(CPUS_BASE + CPU_REGISTERS + pc.offset, true);
}
