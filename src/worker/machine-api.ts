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
  /** How a virtual address becomes a physical one, step by step, or why not. Throws a RangeError for more than 64 bits. */
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
  /** Once, and first: makes the worker's machine. `onEvent` hears of all that happens. Throws an Error that names what is wrong. */
  create(options: MachineOptions, onEvent: MachineListener): Promise<MachineInfo>;
  /** The shared memory of the machine (control words and slots), or null where it cannot be shared. */
  sharedMemory(): Promise<SharedArrayBuffer | null>;
  /** A further client of the machine, which names itself in its calls by the number that this answers; the maker is 0. */
  openClient(name: string): Promise<number>;
  /** Ends a client, its holds and its subscriptions. */
  closeClient(client: number): Promise<NumberedState>;
  /** Ends the client's pause. The machine moves as soon as nobody holds it. */
  run(client?: number): Promise<NumberedState>;
  /** Stops the machine at the next instruction boundary, until the same client runs it. */
  pause(client?: number): Promise<NumberedState>;
  /** As pause(), but counted: the machine stands until each hold of each client has been released. */
  hold(client?: number): Promise<NumberedState>;
  /** Gives a hold back. Throws EINVAL if the client has none, EREJECT (and it keeps the hold) if an edit is rejected. */
  release(client?: number): Promise<NumberedState>;
  /** Executes `count` steps, then stops. Breakpoints on the way stop it earlier. */
  step(count: number, client?: number, options?: StepOptions): Promise<NumberedState>;
  /** A running machine goes on running after it. */
  reset(): Promise<NumberedState>;
  /** Fetches the groups of a bitmap into the slots (docs/registers-and-sync.md). Throws a SyncError: EINVAL, ENOTSUP. */
  get(cpu: number, mask: number, client?: number): Promise<Fetched>;
  /** Applies pending edits of these groups, all or none; `applied` is a bitmap. Throws a SyncError: EBUSY while it runs, EREJECT, … */
  put(cpu: number, mask: number, client?: number): Promise<{ readonly applied: number }>;
  /** Forgets pending edits of these groups; `dropped` is a bitmap. Throws a SyncError: EINVAL, ENOTSUP. */
  revert(cpu: number, mask: number, client?: number): Promise<{ readonly dropped: number }>;
  /** Hold, edit, put, release. */
  editAndGo(edits: readonly CpuEdit[], client?: number): Promise<{ readonly applied: readonly number[] }>;
  /** Publishes groups `hz` times a second (above 0, at most 10,000) while the machine runs. Answers a number to end it by. */
  subscribe(cpu: number, mask: number, hz: number, client?: number): Promise<number>;
  /** Ends a subscription by its number; one that there is not is no error. */
  unsubscribe(subscription: number): Promise<void>;
  /** What each client has asked of the register sync so far. */
  meter(): Promise<readonly ClientMeter[]>;
  /** For clients without shared memory: edits made in the copy. `blind`: of groups that were not fetched. Throws a SyncError. */
  edit(cpu: number, edits: readonly RegisterEdit[], blind: boolean): Promise<void>;
  /** For the same: groups (a bitmap) to be published at each stop. */
  want(cpu: number, mask: number): Promise<void>;
  /** For the same: calls a method, and answers with what the slots show afterwards. */
  exchange(method: keyof MachineWorkerApi, args: readonly unknown[]): Promise<Exchanged>;
  /** The machine as a snapshot file; throws if a pending edit is rejected. */
  save(): Promise<Uint8Array>;
  /** Becomes the machine of a snapshot, or throws and has not changed. `dropped`: of each CPU, groups whose edits were dropped. */
  load(file: Uint8Array): Promise<{ readonly numbered: NumberedState; readonly dropped: readonly number[] }>;
  /** Physical memory; `length` at most 16 MiB. Throws a RangeError that names the address outside RAM, ROM and flash. */
  readMemory(pa: bigint, length: number): Promise<Uint8Array>;
  /** Writes RAM at a physical address. Throws a RangeError, and nothing is written, if not all of it is RAM. */
  writeMemory(pa: bigint, bytes: Uint8Array): Promise<void>;
  /** 16 hexadecimal digits over registers, TLB, devices, pending events, clock and RAM. */
  stateHash(): Promise<string>;
  /** Input for the guest's terminal, at step `atStep` or now. Throws a RangeError if that step is over. */
  consoleWrite(bytes: Uint8Array, atStep?: bigint): Promise<void>;
  /** Size of the terminal in characters. */
  consoleResize(columns: number, rows: number): Promise<void>;
  /** Input for a port of the console device, named by name or number. */
  portWrite(port: string | number, bytes: Uint8Array, atStep?: bigint): Promise<void>;
  /** One report of an input device: throws a RangeError if the machine has none of its kind. */
  inputReport(device: InputDevice, events: readonly InputEvent[], atStep?: bigint): Promise<void>;
  /** The screen has another size in pixels. Throws a RangeError for a size that it cannot have, or where there is no screen. */
  screenResize(width: number, height: number, atStep?: bigint): Promise<void>;
  /** Resolves when the guest has taken all that was reported; a machine that stands takes nothing. */
  inputTaken(device: InputDevice): Promise<void>;
  /** Whether events tell what changes on the screen, beginning with all of it. `copies`: with the pixels. */
  watchScreen(on: boolean, copies: boolean): Promise<void>;
  /** What the screen shows: pixels as RGBA, four bytes each, row by row; of width 0 if nothing. */
  captureScreen(): Promise<ScreenPicture>;
  /** Steps, instructions, host seconds, virtual ns, and what compiled code did of it. */
  statistics(): Promise<RunStatistics>;
  /** Values of all devices (src/spec/device-state.ts says of what) and the CPUs' interrupts; looking changes nothing. */
  boardState(): Promise<BoardState>;
  /** The compiled region that is entered at physical address `pa`, in words; null: that code is interpreted. */
  compiledAt(pa: bigint): Promise<CompiledRegion | null>;
  /** Where the machine spends its steps; samples are taken as long as somebody asks at least every few seconds. */
  hotCode(): Promise<HotCode>;
  /** The disks in the order of the options; `sectors` have 512 bytes. */
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
  /** Stops the machine for good and lets go of its files. */
  dispose(): Promise<void>;
}

/** Answer of exchange(). */
export interface Exchanged {
  readonly answer?: unknown;
  readonly error?: unknown;
  readonly copy: SlotsCopy;
}
