/** What a page, a script or gdb can ask of a machine: the whole protocol between client and worker as one file of types. */
import type { PackedSymbols } from "../debug/packed-symbols.ts";
import type { AddressRange, PageTable } from "../debug/page-tables.ts";
import type {
  AddressOptions,
  Evaluated,
  Movement,
  SpaceChoice,
  StepOptions,
  StopPoint,
  StopPointState,
  TranslateOptions,
  Translation,
} from "../host/debug/debug-types.ts";
import type { BoardState } from "../host/board-state.ts";
import type {
  ClientMeter,
  CompiledRegion,
  HotCode,
  CpuEdit,
  DiskState,
  InputDevice,
  InputEvent,
  MachineInfo,
  MachineListener,
  MachineOptions,
  NumberedState,
  RunStatistics,
  ScreenPicture,
  SlotsCopy,
} from "../host/machine-types.ts";
import type { Fetched, RegisterEdit } from "../sync/transport.ts";

export type { AddressRange, PageTable, TableEntry, WalkLevel } from "../debug/page-tables.ts";
export type {
  AddressOptions,
  ConsolePoint,
  ControlRegisterPoint,
  Evaluated,
  ExecutePoint,
  Movement,
  PrivilegePoint,
  RegisterPoint,
  SpaceChoice,
  StepOptions,
  StopHit,
  StopPoint,
  StopPointState,
  SymbolEntry,
  TranslateOptions,
  Translation,
  TrapPoint,
  WatchPoint,
} from "../host/debug/debug-types.ts";
export type { BoardState, DeviceValues, InterruptState } from "../host/board-state.ts";
export type {
  ClientMeter,
  ClockMode,
  CompiledPart,
  CompiledRegion,
  HotCode,
  HotPlace,
  CpuEdit,
  DiskOptions,
  DiskState,
  GroupMeter,
  ImageSource,
  InputDevice,
  InputEvent,
  InputOptions,
  JitExit,
  JitOptions,
  JitStatistics,
  LinkedModule,
  LogLine,
  MachineEvent,
  MachineInfo,
  MachineListener,
  MachineOptions,
  MachineState,
  NumberedState,
  Rectangle,
  RunStatistics,
  ScreenCursor,
  ScreenOptions,
  ScreenPicture,
  ScreenPixels,
  ScreenUpdate,
  SlotsCopy,
  StoppedState,
  StopReason,
  FirmwareFile,
  FlashOptions,
  PickedFolder,
  PortOptions,
  ShareOptions,
  UploadedFile,
} from "../host/machine-types.ts";

/** What a debugger asks besides; MachineWorkerApi has it too. */
export interface DebuggerApi {
  /**
   * Moves on as a debugger does; answers when the machine stands. Throws EBUSY while another client holds it. A pause by
   * anybody ends it.
   */
  move(movement: Movement, client?: number): Promise<NumberedState>;
  /**
   * Replaces all stop points of the client, at once and also while the machine runs; those that stay as they were (same id, same
   * content) keep their counts. At most 112 addresses are watched at a time. Throws an Error that names the id and what is wrong
   * with it, and nothing has changed; of an expression it has the position.
   */
  setBreakpoints(points: readonly StopPoint[], client?: number): Promise<readonly StopPointState[]>;
  /** Stop points of all clients. */
  breakpoints(): Promise<readonly StopPointState[]>;
  /** Names that expressions of all clients may use, instead of those before. */
  setSymbols(symbols: PackedSymbols): Promise<void>;
  /** Value of an expression now (docs/debugging.md). Throws an ExpressionError. */
  evaluate(expression: string, cpu?: number): Promise<Evaluated>;
  /** An address space of a CPU (default: the present one), as an opaque number by which stop points and memory reads name it. */
  addressSpace(cpu?: number, of?: SpaceChoice): Promise<bigint>;
  /** `length` (at most 16 MiB) bytes at a virtual address. Throws a RangeError that names the first address that has none. */
  readVirtual(va: bigint, length: number, options?: AddressOptions): Promise<Uint8Array>;
  /** Writes all or, if an address cannot be written, nothing. Permissions of pages do not matter, only that there is RAM. */
  writeVirtual(va: bigint, bytes: Uint8Array, options?: AddressOptions): Promise<void>;
  translate(va: bigint, options?: TranslateOptions): Promise<Translation>;
  /** What the page tables of an address space map, by ascending address. */
  addressRanges(options?: AddressOptions): Promise<readonly AddressRange[]>;
  /** The page table to which the entries of these indices lead, the root's first; without any, the root. null: there is none. */
  pageTable(path: readonly number[], options?: AddressOptions): Promise<PageTable | null>;
}

/**
 * The worker's half. Every call answers at an instruction boundary, and a running machine is not stopped by reading. Callers
 * that share the machine's memory raise its attention word before each call but create().
 */
export interface MachineWorkerApi extends DebuggerApi {
  create(options: MachineOptions, onEvent: MachineListener): Promise<MachineInfo>;
  /** The shared memory of the machine (control words and slots), or null where it cannot be shared. */
  sharedMemory(): Promise<SharedArrayBuffer | null>;
  /** A further client of the machine, which names itself in its calls by the number that this answers; the maker is 0. */
  openClient(name: string): Promise<number>;
  /** Ends a client, its holds and its subscriptions. */
  closeClient(client: number): Promise<NumberedState>;
  /** Ends the client's pause. The machine moves as soon as nobody holds it. */
  run(client?: number): Promise<NumberedState>;
  pause(client?: number): Promise<NumberedState>;
  hold(client?: number): Promise<NumberedState>;
  release(client?: number): Promise<NumberedState>;
  /** Executes `count` steps, then stops. Breakpoints on the way stop it earlier. */
  step(count: number, client?: number, options?: StepOptions): Promise<NumberedState>;
  /** A running machine goes on running after it. */
  reset(): Promise<NumberedState>;
  get(cpu: number, mask: number, client?: number): Promise<Fetched>;
  put(cpu: number, mask: number, client?: number): Promise<{ readonly applied: number }>;
  revert(cpu: number, mask: number, client?: number): Promise<{ readonly dropped: number }>;
  /** Hold, edit, put, release. */
  editAndGo(edits: readonly CpuEdit[], client?: number): Promise<{ readonly applied: readonly number[] }>;
  subscribe(cpu: number, mask: number, hz: number, client?: number): Promise<number>;
  unsubscribe(subscription: number): Promise<void>;
  meter(): Promise<readonly ClientMeter[]>;
  /** For clients without shared memory: edits made in the copy, and what to publish at stops. */
  edit(cpu: number, edits: readonly RegisterEdit[], blind: boolean): Promise<void>;
  want(cpu: number, mask: number): Promise<void>;
  /** For the same: calls a method, and answers with what the slots show afterwards. */
  exchange(method: keyof MachineWorkerApi, args: readonly unknown[]): Promise<Exchanged>;
  /** The machine as a snapshot file; throws if a pending edit is rejected. */
  save(): Promise<Uint8Array>;
  /** Becomes the machine of a snapshot, or throws and has not changed. `dropped`: of each CPU, groups whose edits were dropped. */
  load(file: Uint8Array): Promise<{ readonly numbered: NumberedState; readonly dropped: readonly number[] }>;
  /** Physical memory; `length` at most 16 MiB. Throws a RangeError that names the address outside RAM and ROM. */
  readMemory(pa: bigint, length: number): Promise<Uint8Array>;
  writeMemory(pa: bigint, bytes: Uint8Array): Promise<void>;
  /** 16 hexadecimal digits over registers, TLB, devices, pending events, clock and RAM. */
  stateHash(): Promise<string>;
  consoleWrite(bytes: Uint8Array, atStep?: bigint): Promise<void>;
  consoleResize(columns: number, rows: number): Promise<void>;
  /** Input for a port of the console device, named by name or number. */
  portWrite(port: string | number, bytes: Uint8Array, atStep?: bigint): Promise<void>;
  /** One report of an input device: throws a RangeError if the machine has none of its kind. */
  inputReport(device: InputDevice, events: readonly InputEvent[], atStep?: bigint): Promise<void>;
  /** Resolves when the guest has taken all that was reported; a machine that stands takes nothing. */
  inputTaken(device: InputDevice): Promise<void>;
  /** Whether events tell what changes on the screen, beginning with all of it. `copies`: with the pixels. */
  watchScreen(on: boolean, copies: boolean): Promise<void>;
  captureScreen(): Promise<ScreenPicture>;
  statistics(): Promise<RunStatistics>;
  /** Values of all devices (src/spec/device-state.ts says of what) and the CPUs' interrupts; looking changes nothing. */
  boardState(): Promise<BoardState>;
  /** The compiled region that is entered at physical address `pa`, in words; null: that code is interpreted. */
  compiledAt(pa: bigint): Promise<CompiledRegion | null>;
  /** Where the machine spends its steps; samples are taken as long as somebody asks at least every few seconds. */
  hotCode(): Promise<HotCode>;
  disks(): Promise<readonly DiskState[]>;
  /**
   * `length` (at most 16 MiB) bytes of a disk as the guest sees it; `offset` too is a multiple of 512. Who wants several parts of
   * one state holds the machine. Throws a RangeError if the disk has no such bytes.
   */
  readDisk(disk: number, offset: number, length: number): Promise<Uint8Array>;
  /**
   * The kept changes of a disk become part of its image, a file that was picked by its handle; snapshots of before do not fit it
   * any more. The machine must be held. Throws an Error, and the disk's content is what it was, if that is not possible.
   */
  commitDisk(disk: number): Promise<void>;
  dispose(): Promise<void>;
}

/** Answer of exchange(). */
export interface Exchanged {
  readonly answer?: unknown;
  readonly error?: unknown;
  readonly copy: SlotsCopy;
}
