/** What a page, a script or gdb can ask of a machine: the whole protocol between client and worker as one file of types. */
import type {
  MachineInfo,
  MachineListener,
  MachineOptions,
  NumberedState,
  RunStatistics,
} from "../host/machine-types.ts";
import type { Fetched } from "../sync/transport.ts";

export type {
  ClockMode,
  DiskOptions,
  ImageSource,
  MachineEvent,
  MachineInfo,
  MachineListener,
  MachineOptions,
  MachineState,
  NumberedState,
  RunStatistics,
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
  run(): Promise<NumberedState>;
  pause(): Promise<NumberedState>;
  /** Executes `count` steps, then stops. */
  step(count: number): Promise<NumberedState>;
  /** A running machine goes on running after it. */
  reset(): Promise<NumberedState>;
  get(cpu: number, mask: number): Promise<Fetched>;
  put(cpu: number, mask: number): Promise<{ readonly applied: number }>;
  revert(cpu: number, mask: number): Promise<{ readonly dropped: number }>;
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
