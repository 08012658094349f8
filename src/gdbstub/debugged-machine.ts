/** What the server needs of a machine: the part of the worker's clients that it uses, wherever the machine runs. */
import type { GroupName } from "../spec/register-table.ts";
import type {
  ClientMeter,
  MachineInfo,
  MachineState,
  Movement,
  StepOptions,
  StopPoint,
  StopPointState,
} from "../worker/machine-api.ts";

/** Registers of one vCPU, as the register sync offers them. */
export interface DebuggedCpu {
  get(groups: readonly GroupName[]): Promise<unknown>;
  read(name: string): bigint;
  editAll(edits: readonly { readonly name: string; readonly value: bigint }[]): void;
  isEdited(name: string): boolean;
  row(name: string): { readonly group: GroupName };
  readonly groups: readonly {
    readonly row: { readonly name: GroupName };
    readonly registers: readonly { readonly row: { readonly name: string; readonly bits: number } }[];
  }[];
  state(name: GroupName): string;
}

/** One user of the machine; its methods are those of MachineClient (src/worker/client.ts). */
export interface DebuggerClient {
  readonly cpus: readonly DebuggedCpu[];
  run(): Promise<MachineState>;
  pause(): Promise<MachineState>;
  hold(): Promise<MachineState>;
  release(): Promise<MachineState>;
  step(count?: number, options?: StepOptions): Promise<MachineState>;
  move(movement: Movement): Promise<MachineState>;
  setBreakpoints(points: readonly StopPoint[]): Promise<readonly StopPointState[]>;
  close(): Promise<void>;
}

/** What a session needs of a machine; the methods are those of MachineWorkerApi. */
export interface DebuggedMachine {
  readonly info: MachineInfo;
  readonly state: MachineState;
  onState(listener: (state: MachineState) => void): () => void;
  client(name: string): Promise<DebuggerClient>;
  reset(): Promise<MachineState>;
  readMemory(pa: bigint, length: number): Promise<Uint8Array>;
  writeMemory(pa: bigint, bytes: Uint8Array): Promise<void>;
  readVirtual(va: bigint, length: number, options?: { readonly cpu?: number }): Promise<Uint8Array>;
  writeVirtual(va: bigint, bytes: Uint8Array, options?: { readonly cpu?: number }): Promise<void>;
  meter(): Promise<readonly ClientMeter[]>;
}
