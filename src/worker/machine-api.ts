// What a page, a script or gdb can ask of a machine: the whole protocol as one file of types.

/** Where an image comes from: bytes, or a URL (page) or path (Node) that the host fetches. Gzip is recognised. */
export type ImageSource = Uint8Array | ArrayBuffer | string;

export type ClockMode = "icount" | "realtime";

/** A disk of the machine. `slot` is the virtio-mmio slot (bus number); without it QEMU's order applies (last slot first). */
export interface DiskOptions {
  readonly image: ImageSource;
  readonly readOnly?: boolean;
  readonly slot?: number;
  /** Host delay before each answer in ms, for tests of determinism. */
  readonly delay?: () => number;
}

export interface MachineOptions {
  readonly target: string;
  /** Guest RAM in bytes: a multiple of 4096 from 16 MiB to 2 GiB. Default 256 MiB. */
  readonly memory?: number;
  /** Firmware (OpenSBI), loaded at the start of RAM; none: the kernel itself starts in the CPU's first mode. */
  readonly firmware?: ImageSource | undefined;
  /** Linux Image (gzip'd or not) or ELF file. */
  readonly kernel?: ImageSource | undefined;
  readonly initrd?: ImageSource | undefined;
  readonly append?: string;
  readonly clock?: ClockMode;
  /** log2 of the virtual ns per step in icount mode (QEMU's -icount shift=N). Default 2. */
  readonly shift?: number;
  /** Seed of the guest's entropy device. Default 0: runs repeat. */
  readonly seed?: bigint;
  /** Guest wall clock at virtual time 0, in seconds since 1970. Default 1767225600 (2026-01-01). */
  readonly rtcBase?: number;
  /** true: waiting for an interrupt takes host time, for machines that people use; false: it is skipped. Default true in a page. */
  readonly paced?: boolean;
  /** Device behind the terminal: the serial port, or a virtio console, which knows the terminal's size. */
  readonly console?: "uart" | "virtio";
  readonly entropy?: boolean;
  readonly disks?: readonly DiskOptions[];
  /** Where core-<target>.wasm lies, if not beside the library. */
  readonly coreUrl?: string;
}

export type StopReason =
  | "pause" // somebody asked
  | "step" // the steps asked for are done
  | "poweroff" // the guest switched off, or ended a test with success
  | "failure"; // the guest ended with a failure code

/** One state at a time; `steps` counts attempted instructions since creation or reset. */
export type MachineState =
  | { readonly kind: "loading"; readonly loaded: number; readonly total: number }
  | { readonly kind: "running" }
  | { readonly kind: "stopped"; readonly reason: StopReason; readonly pc: bigint; readonly steps: bigint; readonly exitCode?: number }
  | { readonly kind: "dead"; readonly message: string };

/** Answer of get and sample (register-sync, section 2). Masks are bitmaps of groups. */
export interface GetResult {
  /** Groups copied from the core by this call. */
  readonly fetched: number;
  /** Groups that hold edits and were therefore not fetched. */
  readonly kept: number;
  readonly epoch: number;
  readonly instret: bigint;
}

export interface PutResult {
  /** Groups that were written to the core. */
  readonly applied: number;
}

export interface RevertResult {
  /** Groups whose edits were dropped. */
  readonly dropped: number;
}

export interface MachineInfo {
  readonly target: string;
  readonly cpuCount: number;
  readonly memory: number;
  /** Groups that this CPU has. */
  readonly groups: number;
  /** Address of the first instruction after reset. */
  readonly resetPc: bigint;
}

export interface RunStatistics {
  readonly steps: bigint;
  /** Retired instructions of CPU 0 as the host counts them (the guest cannot change this). */
  readonly instructions: bigint;
  /** Host seconds spent running. */
  readonly seconds: number;
  /** Virtual ns since creation or reset. */
  readonly virtualNs: bigint;
}

export type MachineEvent =
  | { readonly kind: "state"; readonly state: MachineState }
  | { readonly kind: "console"; readonly bytes: Uint8Array }
  | { readonly kind: "notice"; readonly text: string };

/** The worker's half. Every call answers at an instruction boundary; a running machine is not stopped by reading. */
export interface MachineWorkerApi {
  create(options: MachineOptions, onEvent: (event: MachineEvent) => void): Promise<MachineInfo>;
  /** The shared memory of the machine (control words and slots), or null where it cannot be shared. */
  sharedMemory(): SharedArrayBuffer | null;
  run(): Promise<void>;
  pause(): Promise<MachineState>;
  /** Executes `count` steps, then stops. */
  step(count: number): Promise<MachineState>;
  reset(): Promise<void>;
  get(cpu: number, mask: number): Promise<GetResult>;
  put(cpu: number, mask: number): Promise<PutResult>;
  revert(cpu: number, mask: number): Promise<RevertResult>;
  /** Physical memory; `length` at most 16 MiB. Throws a RangeError that names the address outside RAM and ROM. */
  readMemory(pa: bigint, length: number): Promise<Uint8Array>;
  writeMemory(pa: bigint, bytes: Uint8Array): Promise<void>;
  stateHash(): Promise<string>;
  consoleWrite(bytes: Uint8Array, atStep?: bigint): Promise<void>;
  consoleResize(columns: number, rows: number): Promise<void>;
  statistics(): Promise<RunStatistics>;
  dispose(): Promise<void>;
}
