/** What a machine is made of, what it tells about itself, and in which state it can be: plain data that crosses threads. */
import type { StopHit } from "./debug/debug-types.ts";
import type { PickedFile } from "./backends/picked-file.ts";
import type { ImageSource } from "./images.ts";
import type { PickedFolder, UploadedFile } from "./shares/picked-folder.ts";

export type { ImageSource, PickedFile, PickedFolder, UploadedFile };

/** `icount`: virtual time follows the executed steps, so that runs repeat; `realtime`: it follows the host's clock. */
export type ClockMode = "icount" | "realtime";

/**
 * A disk of the machine, in raw format. Changes to a file of Node are made in it, those to bytes and to what a URL brings are
 * forgotten with the machine; both unless `overlay` or `snapshot` say otherwise.
 */
export interface DiskOptions {
  /**
   * Besides bytes and addresses: a file, whose parts are read when they are needed; the handle of one, into which an overlay's
   * changes can be written too; or so many zero bytes.
   */
  readonly image: ImageSource | Blob | PickedFile | { readonly blank: number };
  readonly readOnly?: boolean;
  /**
   * The image stays as it is, and changes are kept: in Node in this file, which is made if there is none, in a page in its
   * origin's private file system under this name, which the page has made (`src/host/backends/opfs-store.ts`).
   */
  readonly overlay?: string;
  /** true: the image stays as it is, and changes are forgotten with the machine. */
  readonly snapshot?: boolean;
  /** What the guest sees as the disk's serial number, at most 20 bytes. Default "vitrine-disk" and its number. */
  readonly serial?: string;
  /** Slot of the virtio bus; without it one of the last that are free, in the order of the disks. */
  readonly slot?: number;
  /** Answers come after a random delay of up to so many ms of the host, for tests of determinism. */
  readonly delay?: number;
}

/** How hot guest code becomes wasm. None of it changes the states that the guest goes through. */
export interface JitOptions {
  /** Executions that make code hot, 1 to 65535. */
  readonly threshold?: number;
  /** "async" (default): the interpreter goes on while the engine compiles; "sync": at once, for tests. */
  readonly compile?: "async" | "sync";
  /** true: each linked module is an event. */
  readonly log?: boolean;
}

/** What the GPU says its screen is. The guest may choose another size for its picture. */
export interface ScreenOptions {
  /** Pixels, 16 to 8192 each, 8 million together. Default 1280 × 800. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly slot?: number | undefined;
}

/** A tablet is a pointer whose places are those of the screen, a mouse one that only knows how far it was moved. */
export type InputDevice = "keyboard" | "tablet" | "mouse";

export interface InputOptions {
  readonly device: InputDevice;
  readonly slot?: number | undefined;
}

/** An event in the terms of Linux's evdev. */
export type InputEvent = readonly [type: number, code: number, value: number];

/** A folder that the guest mounts by its tag (Linux: mount -t 9p -o trans=virtio,version=9p2000.L TAG /mnt). */
export interface ShareOptions {
  /** 1 to 31 bytes without space, comma and slash. */
  readonly tag: string;
  /** In Node the path of a folder; in a page a folder that the user has picked, or files that were handed over. */
  readonly folder: string | PickedFolder | readonly UploadedFile[];
  /** Default true. A page's folders are never written to. */
  readonly readOnly?: boolean;
  /** Slot of the virtio bus; without it the last free one. */
  readonly slot?: number | undefined;
}

/** A port of the virtio console device, besides the terminal. */
export interface PortOptions {
  /** By which the guest finds it (Linux: /dev/virtio-ports/NAME); at most 64 bytes. */
  readonly name?: string;
  /** "console": the guest may use it as a terminal (hvc1, …). Default "serial". */
  readonly kind?: "serial" | "console";
}

/** The image of a bank of flash: 32 MiB, raw, and otherwise as a disk's. */
export type FlashOptions = Omit<DiskOptions, "slot" | "serial">;

/** A file of the firmware configuration (QEMU's -fw_cfg): by convention below opt/. */
export interface FirmwareFile {
  readonly name: string;
  readonly content: ImageSource;
}

export interface MachineOptions {
  readonly target: string;
  /** Guest RAM in bytes: a multiple of 4096 from 16 MiB to 2 GiB. Default 256 MiB. */
  readonly memory?: number;
  /** Firmware, loaded at the start of RAM; none: the kernel itself starts in the CPU's first mode. */
  readonly firmware?: ImageSource | undefined;
  /** Linux Image (gzip'd or not) or ELF file; without firmware, any bytes for the start of RAM. */
  readonly kernel?: ImageSource | undefined;
  readonly initrd?: ImageSource | undefined;
  /** Device tree blob in the place of the one that describes this machine; command line and initrd are then its own. */
  readonly deviceTree?: ImageSource | undefined;
  /** Kernel command line. */
  readonly append?: string | undefined;
  readonly clock?: ClockMode;
  /** log2 of the virtual ns per step in icount mode (QEMU's -icount shift=N), 0 to 10. Default 2. */
  readonly shift?: number;
  /** Seed of the guest's entropy device and of the seed in its device tree. Default 0: runs repeat. */
  readonly seed?: bigint;
  /** Guest wall clock at virtual time 0, in seconds since 1970. Default 1767225600 (2026-01-01). */
  readonly rtcBase?: number;
  /** true: waiting for an interrupt takes host time, for machines that people use; false: it is skipped. Default true in a page. */
  readonly paced?: boolean;
  /** Device behind the terminal: the serial port, or a virtio console, which knows the terminal's size. Default "uart". */
  readonly console?: "uart" | "virtio";
  /** Slot of the virtio console; without it the last free one. */
  readonly consoleSlot?: number;
  /** true: a virtio entropy device. */
  readonly entropy?: boolean;
  readonly entropySlot?: number;
  /** A screen behind a virtio GPU, which the guest draws on. */
  readonly screen?: ScreenOptions | undefined;
  /** Input devices, one of a kind at most. */
  readonly inputs?: readonly InputOptions[] | undefined;
  /** Folders that the guest may mount. */
  readonly shares?: readonly ShareOptions[] | undefined;
  /** Further ports of the virtio console device, which exists if there is one; seven at most. */
  readonly ports?: readonly PortOptions[] | undefined;
  /**
   * Images of the two banks of flash; null: none. If one has an image, the other is zero at first, can be programmed, and is forgotten
   * with the machine; if neither has, both read as zeros. With firmware, that starts what is in bank 0, and kernel, initrd and
   * command line are in the firmware configuration; without, the CPU starts there.
   */
  readonly flash?: readonly (FlashOptions | null)[] | undefined;
  readonly firmwareFiles?: readonly FirmwareFile[] | undefined;
  readonly disks?: readonly DiskOptions[];
  /** true: a reset that the guest asks for stops the machine instead (QEMU's -no-reboot). */
  readonly noReboot?: boolean;
  /** true: the guest may write and read the console, ask for the time and end the run by semihosting calls. Default false. */
  readonly semihosting?: boolean;
  /** false: everything is interpreted. Default true. */
  readonly jit?: boolean | JitOptions;
  /** Where core-<target>.wasm lies, if not beside the library. */
  readonly coreUrl?: string | undefined;
}

export type StopReason =
  | "created" // it has not run yet, or was reset while it stood
  | "pause" // somebody asked
  | "step" // the steps asked for are done
  | "poweroff" // the guest switched off, or ended a test with success
  | "failure" // the guest ended with a failure code
  | "reset" // the guest asked for a reset, and noReboot is set
  // Stop points of a debugger; `hits` says which.
  | "breakpoint" // execute: before the instruction at pc
  | "watchpoint" // watch: after the instruction that accessed the bytes
  | "register" // register and csr: after the instruction
  | "trap" // a trap has been entered
  | "privilege"
  | "console"
  | "until"; // a movement has reached its end

/** A machine that does not move. */
export interface StoppedState {
  readonly kind: "stopped";
  readonly reason: StopReason;
  /** Program counter of CPU 0. */
  readonly pc: bigint;
  /** Attempted instructions since creation or reset. */
  readonly steps: bigint;
  /** With "poweroff" (0) and "failure". */
  readonly exitCode?: number;
  /** Stop points that were reached at this instant, the one that gave `reason` first. */
  readonly hits?: readonly StopHit[];
}

/** One state at a time. */
export type MachineState =
  | { readonly kind: "loading"; readonly loaded: number; readonly total: number }
  | { readonly kind: "running" }
  | StoppedState
  | { readonly kind: "dead"; readonly message: string };

/** A state and its place in the order of states: messages on different channels may overtake each other. */
export interface NumberedState {
  readonly state: MachineState;
  readonly number: number;
}

export interface MachineInfo {
  readonly target: string;
  readonly cpuCount: number;
  readonly memory: number;
  /** Physical address of the first byte of RAM. */
  readonly ramStart: bigint;
  /** Address of the first instruction after reset. */
  readonly resetPc: bigint;
  /** Size of the screen in pixels, or null: the machine has none. */
  readonly screen: { readonly width: number; readonly height: number } | null;
  readonly inputs: readonly InputDevice[];
  /** Ports besides the terminal, with the numbers by which the guest knows them. */
  readonly ports: readonly { readonly number: number; readonly name: string | null }[];
  /** Where the device tree lies in RAM at the start. */
  readonly deviceTree: { readonly pa: bigint; readonly bytes: number };
}

/** One of the machine's disks. */
export interface DiskState {
  /** Of 512 bytes. */
  readonly sectors: bigint;
  readonly readOnly: boolean;
  /** The guest has written what would be lost with the machine: no flush has made it safe, or nobody keeps it. */
  readonly unsaved: boolean;
}

export interface RunStatistics {
  readonly steps: bigint;
  /** Retired instructions of CPU 0 as the host counts them (the guest cannot change this). */
  readonly instructions: bigint;
  /** Host seconds spent executing, waiting not included, since creation or reset. */
  readonly seconds: number;
  /** Virtual ns since creation or reset. */
  readonly virtualNs: bigint;
  /** null: everything is interpreted. */
  readonly jit: JitStatistics | null;
}

/** What became of hot code. Counts since the machine was created. */
export interface JitStatistics {
  /** Steps that ran in compiled code. */
  readonly compiledSteps: bigint;
  /** Regions that can be entered now. */
  readonly regions: number;
  readonly translated: number;
  /** Dropped because their code was written. */
  readonly invalidated: number;
  /** Dropped to make place. */
  readonly evicted: number;
  readonly modules: number;
  /** Modules that the engine refused, which is a fault of the translator. */
  readonly refused: number;
  /** Slots of the core's table in use, modules under way included. */
  readonly slots: number;
  readonly wasmBytes: number;
  /** Guest instructions translated. */
  readonly instructions: number;
  readonly entries: number;
  /** How often compiled code was left, by reason. */
  readonly exits: Readonly<Record<JitExit, number>>;
  /** Host ms from handing modules over until they were linked, summed up. */
  readonly compileMs: number;
  /** The longest time in ms that compiling or linking kept the machine from running. */
  readonly longestStallMs: number;
}

/** See JIT_EXIT_* in src/spec/abi.ts. */
export type JitExit = "jump" | "indirect" | "next" | "budget" | "miss" | "interpret" | "trap" | "leave";

/** A region: guest code that was compiled to one function. */
export interface CompiledRegion {
  /** Physical address at which it was looked for; it is entered there. */
  readonly entry: bigint;
  /** As in "(func $f1 (type $t0) (param $l0 i32) (result i32)". */
  readonly head: string;
  /** As in "(local $l3 i64)". */
  readonly locals: readonly string[];
  readonly parts: readonly CompiledPart[];
}

/** A block of guest code and the wasm that stands for it. The same code may stand in several: small calls are inlined. */
export interface CompiledPart {
  /** None for what belongs to no block, as at the function's beginning. */
  readonly guest: readonly { readonly pa: bigint; readonly text: string }[];
  /** Instructions, indented by what they stand in. */
  readonly wasm: readonly string[];
}

/** Where the machine has spent its steps lately. */
export interface HotCode {
  /** Looks at what it was about to execute: at the ends of slices, of some ten seconds at most. */
  readonly samples: number;
  /** The hottest first. */
  readonly places: readonly HotPlace[];
}

/** A compiled region, or a page of interpreted code. */
export interface HotPlace {
  /** Physical address at which the region is entered; null: the code is interpreted. */
  readonly entry: bigint | null;
  /** Samples that lay in it. */
  readonly count: number;
  /** Virtual address at which most of them lay. */
  readonly va: bigint;
}

/** A module that was linked. */
export interface LinkedModule {
  /** Count of modules before it. */
  readonly number: number;
  /** Steps of the machine when it was handed over. */
  readonly steps: bigint;
  /** Of each region in it the physical address at which it is entered. */
  readonly entries: readonly bigint[];
  /** Guest instructions translated in it. */
  readonly instructions: number;
  readonly bytes: number;
  /** Host ms until it was linked. */
  readonly ms: number;
}

/** What a client has asked of one register group. */
export interface GroupMeter {
  /** Requests that named it: gets, samples and publications. */
  readonly requests: number;
  /** Bytes copied from the core for them. */
  readonly bytes: number;
  /** Requests that left its pending edits alone. */
  readonly kept: number;
  /** Puts that applied edits of it. */
  readonly applied: number;
}

/** What a client has asked of the register sync, since it came. */
export interface ClientMeter {
  readonly name: string;
  readonly requests: number;
  readonly bytes: number;
  /** Bytes that as many requests for all groups would have copied. */
  readonly allBytes: number;
  /** Host ms in which it held the machine. */
  readonly heldMs: number;
  /** By the groups' names. */
  readonly groups: Readonly<Record<string, GroupMeter>>;
}

/** A new value for a register of a vCPU. */
export interface CpuEdit {
  readonly cpu: number;
  readonly name: string;
  readonly value: bigint;
}

/** What a log point printed. */
export interface LogLine {
  readonly client: number;
  readonly id: number;
  /** Steps of the machine at the hit. */
  readonly steps: bigint;
  readonly text: string;
}

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A picture in the machine's memory: address of its first pixel, bytes from row to row, format (virtio 1.2, 5.7.6.8). */
export interface ScreenPixels {
  readonly ptr: number;
  readonly stride: number;
  readonly format: number;
}

/** The pointer that the guest has its GPU draw. */
export interface ScreenCursor {
  readonly x: number;
  readonly y: number;
  /** 64 × 64 pixels, RGBA, and which of them is at that place; null: none is to be seen. */
  readonly shape: { readonly rgba: Uint8ClampedArray; readonly hotX: number; readonly hotY: number } | null;
}

/** What has changed on the guest's screen. */
export interface ScreenUpdate {
  /** Of the picture that the guest shows, in pixels; 0: it shows none. */
  readonly width: number;
  readonly height: number;
  /** What of it has changed; null: nothing. */
  readonly damage: Rectangle | null;
  /** The whole picture, for who shares the machine's memory. */
  readonly source: ScreenPixels;
  /** For who does not: the changed pixels, RGBA, row by row. */
  readonly pixels: Uint8ClampedArray | null;
  readonly cursor: ScreenCursor;
}

/** A picture of the screen at one instant, RGBA, row by row. */
export interface ScreenPicture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray;
}

export type MachineEvent =
  | { readonly kind: "state"; readonly numbered: NumberedState }
  | { readonly kind: "console"; readonly bytes: Uint8Array }
  /** The guest has written to a port. */
  | { readonly kind: "port"; readonly port: number; readonly bytes: Uint8Array }
  | { readonly kind: "notice"; readonly text: string }
  /** Of the changes of a disk that are being committed so much is written, from 0 to 1. */
  | { readonly kind: "commit"; readonly disk: number; readonly part: number }
  /** It has been switched off and on, by whomever; `steps` until then. */
  | { readonly kind: "reset"; readonly steps: bigint }
  | { readonly kind: "linked"; readonly module: LinkedModule }
  /** Lines of log points, in order, of a slice (4 ms). */
  | { readonly kind: "log"; readonly lines: readonly LogLine[] }
  /** What has changed on the screen, for who watches it; the next one comes when this one has been answered. */
  | { readonly kind: "screen"; readonly update: ScreenUpdate }
  | { readonly kind: "slots"; readonly copy: SlotsCopy };

/** What shared memory would show, for clients that cannot have it. */
export interface SlotsCopy {
  /** Later copies have higher numbers: answers and events may overtake each other. */
  readonly number: number;
  /** How many of the client's edits it has in it. */
  readonly edits: number;
  readonly control: Uint8Array;
  /** Of each vCPU: the beginning of its sync area. */
  readonly areas: readonly Uint8Array[];
}

/** Hears what happens. The machine waits when too much console output has not been answered. */
export type MachineListener = (event: MachineEvent) => void | Promise<void>;
