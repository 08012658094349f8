/** What a page, a script or gdb can ask of a machine: the whole protocol between client and worker as one file of types. */
import type {
  ClientMeter,
  CpuEdit,
  MachineInfo,
  MachineListener,
  MachineOptions,
  NumberedState,
  RunStatistics,
  SlotsCopy,
} from "../host/machine-types.ts";
import type { Fetched, RegisterEdit } from "../sync/transport.ts";

export type {
  ClientMeter,
  ClockMode,
  CpuEdit,
  DiskOptions,
  GroupMeter,
  ImageSource,
  MachineEvent,
  MachineInfo,
  MachineListener,
  MachineOptions,
  MachineState,
  NumberedState,
  RunStatistics,
  SlotsCopy,
  StoppedState,
  StopReason,
} from "../host/machine-types.ts";

/**
 * The worker's half. Every call answers at an instruction boundary, and a running machine is not stopped by reading. Callers
 * that share the machine's memory raise its attention word before each call but create().
 */
export interface MachineWorkerApi {
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
  /** Executes `count` steps, then stops. */
  step(count: number, client?: number): Promise<NumberedState>;
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
  statistics(): Promise<RunStatistics>;
  dispose(): Promise<void>;
}

/** Answer of exchange(). */
export interface Exchanged {
  readonly answer?: unknown;
  readonly error?: unknown;
  readonly copy: SlotsCopy;
}
