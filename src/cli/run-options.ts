/** The options of `vitrine run`: QEMU's names, one row each. */
import type { ClockMode, InputDevice, FirmwareFile } from "../worker/machine-api.ts";
import type { TcpAddress } from "../gdbstub/transports/tcp.ts";
import { gdbAddress } from "./gdb-options.ts";
import {
  type ChardevOption,
  chardevOption,
  type FolderOption,
  firmwareFileOption,
  folderOption,
  required,
  type ShareOption,
  virtfsOption,
} from "./device-options.ts";
import { parseSuboptions, rejectRest, take, takeSwitch } from "./suboptions.ts";
import { UsageError } from "./usage-error.ts";

/** What `-d` can log. */
const LOG_ITEMS = ["int", "cpu_reset"] as const;
export type LogItem = (typeof LOG_ITEMS)[number];

/** Where the guest's console is. */
export type SerialOption =
  | { readonly kind: "terminal" }
  | { readonly kind: "nowhere" }
  | { readonly kind: "file"; readonly path: string };

export interface DriveOption {
  readonly file: string;
  readonly readOnly: boolean;
  /** Changes are forgotten. */
  readonly snapshot: boolean;
  /** File for the changes. */
  readonly overlay: string | undefined;
}

export interface DeviceOption {
  readonly kind: "block" | "entropy" | "serial" | "console" | "port" | "share" | "screen" | InputDevice;
  /** As it was written, for messages. */
  readonly text: string;
  /** Of a block device: the drive's id. */
  readonly drive?: string | undefined;
  /** Of a block device: what the guest sees as its serial number. */
  readonly serial?: string | undefined;
  readonly slot?: number | undefined;
  /** Of a port: the chardev's id, and its name for the guest. */
  readonly chardev?: string | undefined;
  readonly name?: string | undefined;
  /** Of a shared folder: the fsdev's id, and the tag. */
  readonly fsdev?: string | undefined;
  readonly tag?: string | undefined;
  /** Of a screen, in pixels. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

/** What the command line said; undefined where it said nothing. */
export interface RunOptions {
  help: boolean;
  memory: number | undefined;
  machine: string | undefined;
  cpu: string | undefined;
  bios: string | undefined;
  kernel: string | undefined;
  initrd: string | undefined;
  append: string | undefined;
  dtb: string | undefined;
  /** File for the machine's device tree, which is all that is wanted. */
  dumpDtb: string | undefined;
  serial: SerialOption;
  /** This terminal takes commands. */
  monitor: boolean;
  readonly drives: Map<string, DriveOption>;
  /** Changes of all drives that may be written to are forgotten. */
  snapshot: boolean;
  readonly devices: DeviceOption[];
  /** By their ids. */
  readonly folders: Map<string, FolderOption>;
  readonly chardevs: Map<string, ChardevOption>;
  /** Folders of -virtfs. */
  readonly shares: ShareOption[];
  /** Images of the flash, by their banks. */
  readonly flash: (DriveOption | undefined)[];
  readonly firmwareFiles: FirmwareFile[];
  shift: number | undefined;
  seed: bigint | undefined;
  noReboot: boolean;
  clock: ClockMode;
  timeout: number | undefined;
  stats: boolean;
  /** Files of snapshots. */
  load: string | undefined;
  saveAtExit: string | undefined;
  /** Where gdb may come. */
  gdb: TcpAddress | undefined;
  /** The machine waits for a debugger or the monitor to start it. */
  stopped: boolean;
  /** What is logged, and in which file; undefined: stderr. */
  log: readonly LogItem[];
  logFile: string | undefined;
  /** The guest may make semihosting calls. */
  semihosting: boolean;
  jit: boolean;
  /** File for lines about compiled code, "-": stderr. */
  jitLog: string | undefined;
  /** Physical address of compiled code to be shown at the end. */
  jitExplain: bigint | undefined;
}

interface OptionRow {
  /** All spellings, without dashes. */
  readonly names: readonly string[];
  /** How the value is written in the help; absent: the option takes none. */
  readonly value?: string;
  readonly doc: string;
  readonly apply: (options: RunOptions, value: string, name: string) => void;
}

const ROWS: readonly OptionRow[] = [
  {
    names: ["M", "machine"],
    value: "virt[,dumpdtb=FILE]",
    doc: "the board; dumpdtb: write its device tree, and end",
    apply: (o, v, n) => board(o, n, v),
  },
  {
    names: ["m"],
    value: "SIZE",
    doc: "guest RAM, 16M to 2G (default 256M)",
    apply: (o, v, n) => (o.memory = size(n, v)),
  },
  { names: ["smp"], value: "1", doc: "number of CPUs", apply: (_, v, n) => expect(n, v.replace(/^cpus=/, ""), ["1"]) },
  { names: ["cpu"], value: "rv64", doc: "the CPU", apply: (o, v) => (o.cpu = v) },
  {
    names: ["bios"],
    value: "default|none|FILE",
    doc: "firmware; default: the bundled OpenSBI",
    apply: (o, v) => (o.bios = v),
  },
  {
    names: ["kernel"],
    value: "FILE",
    doc: "Linux Image (gzip'd or not) or ELF file; without it the bundled Linux",
    apply: (o, v) => (o.kernel = v),
  },
  { names: ["initrd"], value: "FILE", doc: "initial RAM disk", apply: (o, v) => (o.initrd = v) },
  { names: ["append"], value: "STR", doc: "kernel command line", apply: (o, v) => (o.append = v) },
  { names: ["dtb"], value: "FILE", doc: "device tree in the place of the board's own", apply: (o, v) => (o.dtb = v) },
  {
    names: ["drive"],
    value: "file=F,format=raw,if=none,id=ID[,readonly=on|snapshot=on|overlay=FILE]",
    doc: "a disk image, for a -device; snapshot: changes are forgotten; overlay: they are kept there; if=pflash,unit=N in the place of if=none,id=ID: the content of flash bank N, 0 or 1",
    apply: (o, v, n) => addDrive(o, n, v),
  },
  { names: ["snapshot"], doc: "changes of all disks are forgotten", apply: (o) => (o.snapshot = true) },
  {
    names: ["device"],
    value: "virtio-blk-device,drive=ID[,serial=TEXT][,bus=virtio-mmio-bus.N]",
    doc: "a device; also virtio-rng-device, virtio-serial-device with virtconsole and virtserialport, virtio-9p-device, virtio-gpu-device[,xres=X,yres=Y], virtio-keyboard-device, virtio-tablet-device, virtio-mouse-device",
    apply: (o, v, n) => o.devices.push(device(n, v)),
  },
  {
    names: ["virtfs"],
    value: "local,path=FOLDER,mount_tag=TAG[,readonly=off]",
    doc: "a folder that the guest can mount by 9P; to be read only, if nothing else is said",
    apply: (o, v, n) => o.shares.push(virtfsOption(n, v)),
  },
  {
    names: ["fsdev"],
    value: "local,id=ID,path=FOLDER[,readonly=off]",
    doc: "the same for a -device virtio-9p-device,fsdev=ID,mount_tag=TAG",
    apply: (o, v, n) => addById(o.folders, n, folderOption(n, v)),
  },
  {
    names: ["chardev"],
    value: "file,id=ID,path=FILE[,input-path=FILE]|null,id=ID|stdio,id=ID",
    doc: "for a -device virtserialport,chardev=ID,name=NAME or virtconsole,chardev=ID: where the output goes, whence input comes",
    apply: (o, v, n) => addById(o.chardevs, n, chardevOption(n, v)),
  },
  {
    names: ["pflash"],
    value: "FILE",
    doc: "the content of the next bank of flash",
    apply: (o, v, n) => addFlash(o, n, { file: v, readOnly: false, snapshot: false, overlay: undefined }, undefined),
  },
  {
    names: ["fw_cfg"],
    value: "[name=]NAME,file=FILE|string=TEXT",
    doc: "an item of the firmware configuration",
    apply: (o, v, n) => o.firmwareFiles.push(firmwareFileOption(n, v)),
  },
  {
    names: ["global"],
    value: "virtio-mmio.force-legacy=false",
    doc: "accepted; virtio devices are never legacy here",
    apply: (_, v, n) => expect(n, v, ["virtio-mmio.force-legacy=false"]),
  },
  {
    names: ["icount"],
    value: "shift=N",
    doc: "2^N virtual ns per instruction, 0 to 10 (default 2)",
    apply: (o, v, n) => {
      const options = parseSuboptions(n, v, "shift");
      o.shift = wholeNumber(n, take(options, "shift") ?? "", 10);
      rejectRest(n, options);
    },
  },
  { names: ["seed"], value: "N", doc: "seed of the guest's random numbers", apply: (o, v, n) => (o.seed = seed(n, v)) },
  { names: ["nographic"], doc: "accepted; there is no other way", apply: () => {} },
  { names: ["display"], value: "none", doc: "accepted", apply: (_, v, n) => expect(n, v, ["none"]) },
  {
    names: ["serial"],
    value: "mon:stdio|stdio|file:FILE|null",
    doc: "where the guest's console is: this terminal (default), a file, nowhere",
    apply: (o, v, n) => (o.serial = serial(n, v)),
  },
  {
    names: ["monitor"],
    value: "none|stdio",
    doc: "stdio: this terminal takes commands about the machine (help lists them)",
    apply: (o, v, n) => (o.monitor = expect(n, v, ["none", "stdio"]) === "stdio"),
  },
  { names: ["no-reboot"], doc: "end instead of resetting", apply: (o) => (o.noReboot = true) },
  {
    names: ["clock"],
    value: "icount|realtime",
    doc: "virtual time follows instructions (default) or the host's clock",
    apply: (o, v, n) => (o.clock = expect(n, v, ["icount", "realtime"]) as ClockMode),
  },
  {
    names: ["timeout"],
    value: "SECONDS",
    doc: "end after so much host time, with status 124",
    apply: (o, v, n) => (o.timeout = seconds(n, v)),
  },
  {
    names: ["load"],
    value: "FILE",
    doc: "begin as a machine that was saved; the other options say the same as then",
    apply: (o, v) => (o.load = v),
  },
  {
    names: ["save-at-exit"],
    value: "FILE",
    doc: "save the machine when it ends, is left or is out of time",
    apply: (o, v) => (o.saveAtExit = v),
  },
  { names: ["s"], doc: "gdb may come to localhost:1234", apply: (o) => (o.gdb = gdbAddress("-s", "tcp::1234")) },
  {
    names: ["gdb"],
    value: "tcp::PORT|tcp:HOST:PORT|none",
    doc: "gdb may come there; without HOST only from this computer",
    apply: (o, v, n) => (o.gdb = gdbAddress(n, v)),
  },
  { names: ["S"], doc: "do not start; gdb or the monitor does", apply: (o) => (o.stopped = true) },
  { names: ["no-jit"], doc: "interpret everything", apply: (o) => (o.jit = false) },
  {
    names: ["jit-log"],
    value: "FILE|-",
    doc: "a line for each module of compiled code, to a file or stderr",
    apply: (o, v) => (o.jitLog = v),
  },
  {
    names: ["d"],
    value: "int,cpu_reset",
    doc: "log traps and resets; traps make the guest slow",
    apply: (o, v, n) => (o.log = logItems(n, v)),
  },
  { names: ["D"], value: "FILE", doc: "where -d logs (default stderr)", apply: (o, v) => (o.logFile = v) },
  {
    names: ["semihosting"],
    doc: "the guest may call for console, time and exit",
    apply: (o) => (o.semihosting = true),
  },
  {
    names: ["semihosting-config"],
    value: "enable=on|off[,target=native]",
    doc: "the same",
    apply: (o, v, n) => (o.semihosting = semihostingConfig(n, v)),
  },
  {
    names: ["jit-explain"],
    value: "ADDRESS",
    doc: "at the end, the compiled code that is entered at this physical address, beside the guest's",
    apply: (o, v, n) => (o.jitExplain = address(n, v)),
  },
  { names: ["stats"], doc: "at the end, one line of JSON about the run on stderr", apply: (o) => (o.stats = true) },
  { names: ["help", "h"], doc: "this text", apply: (o) => (o.help = true) },
];

/** QEMU has these; here they would do nothing, so they say so. */
const UNSUPPORTED = new Set(
  [
    "net netdev nic object vga usb accel enable-kvm hda hdb",
    "cdrom sd mtdblock rtc name uuid qmp mon loadvm incoming daemonize pidfile trace numa boot k",
    "audio audiodev full-screen spice vnc plugin option-rom sandbox no-shutdown action watchdog-action parallel",
  ].flatMap((names) => names.split(" ")),
);

/** Throws a UsageError that names the option at fault. */
export function parseRunOptions(args: readonly string[]): RunOptions {
  const options: RunOptions = {
    help: false,
    memory: undefined,
    machine: undefined,
    cpu: undefined,
    bios: undefined,
    kernel: undefined,
    initrd: undefined,
    append: undefined,
    dtb: undefined,
    dumpDtb: undefined,
    serial: { kind: "terminal" },
    monitor: false,
    drives: new Map(),
    folders: new Map(),
    chardevs: new Map(),
    shares: [],
    flash: [],
    firmwareFiles: [],
    snapshot: false,
    devices: [],
    shift: undefined,
    seed: undefined,
    noReboot: false,
    clock: "icount",
    timeout: undefined,
    stats: false,
    load: undefined,
    saveAtExit: undefined,
    gdb: undefined,
    stopped: false,
    log: [],
    logFile: undefined,
    semihosting: false,
    jit: true,
    jitLog: undefined,
    jitExplain: undefined,
  };
  for (let at = 0; at < args.length; at++) {
    const written = args[at]!;
    const name = written.replace(/^--?/, "");
    if (name === written) throw new UsageError(`"${written}" is not an option`);
    const row = ROWS.find(({ names }) => names.includes(name));
    if (row === undefined) {
      throw new UsageError(`${UNSUPPORTED.has(name) ? "option is not supported" : "unknown option"}: ${written}`);
    }
    if (row.value === undefined) {
      row.apply(options, "", written);
      continue;
    }
    const value = args[++at];
    if (value === undefined) throw new UsageError(`${written} needs a value: ${row.value}`);
    row.apply(options, value, written);
  }
  return options;
}

/** The options, one line each. */
export function describeRunOptions(): string {
  const written = (name: string) =>
    /^(clock|timeout|stats|load|save-at-exit|no-jit|jit-log|jit-explain|help)$/.test(name) ? `--${name}` : `-${name}`;
  return ROWS.map(({ names, value, doc }) => {
    const head = `  ${names.map(written).join(", ")}${value === undefined ? "" : ` ${value}`}`;
    return head.length < 34 ? `${head.padEnd(34)}${doc}` : `${head}\n${" ".repeat(34)}${doc}`;
  }).join("\n");
}

/** Throws unless `value` is supported. */
export function expect(option: string, value: string, supported: readonly string[]): string {
  if (supported.includes(value)) return value;
  throw new UsageError(`${option} ${value} is not supported, only ${supported.join(" or ")}`);
}

function size(option: string, text: string): number {
  const [, digits, unit = "M"] = /^(?:size=)?(\d+)([KMGkmg]?)B?$/.exec(text) ?? [];
  if (digits === undefined) throw new UsageError(`${option} ${text}: not a size such as 256M`);
  const shift = { K: 10, M: 20, G: 30 }[(unit || "M").toUpperCase()]!;
  return Number(digits) * 2 ** shift;
}

function wholeNumber(option: string, text: string, most: number): number {
  if (!/^\d+$/.test(text) || Number(text) > most) {
    throw new UsageError(`${option}: "${text}" is not a number from 0 to ${most}`);
  }
  return Number(text);
}

function seed(option: string, text: string): bigint {
  if (!/^(\d+|0x[\da-fA-F]+)$/.test(text) || BigInt(text) >= 2n ** 64n) {
    throw new UsageError(`${option} ${text}: not a number below 2^64`);
  }
  return BigInt(text);
}

function address(option: string, text: string): bigint {
  if (!/^0x[\da-fA-F]{1,16}$/.test(text)) throw new UsageError(`${option} ${text}: not an address such as 0x80200000`);
  return BigInt(text);
}

function seconds(option: string, text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text) || Number(text) === 0) {
    throw new UsageError(`${option} ${text}: not a number of seconds above 0`);
  }
  return Number(text);
}

function board(into: RunOptions, option: string, text: string): void {
  const options = parseSuboptions(option, text, "type");
  into.machine = take(options, "type") ?? into.machine;
  into.dumpDtb = take(options, "dumpdtb") ?? into.dumpDtb;
  rejectRest(option, options);
}

function serial(option: string, text: string): SerialOption {
  if (text === "stdio" || text === "mon:stdio") return { kind: "terminal" };
  if (text === "null" || text === "none") return { kind: "nowhere" };
  if (text.startsWith("file:") && text !== "file:") return { kind: "file", path: text.slice("file:".length) };
  throw new UsageError(`${option} ${text} is not supported, only mon:stdio, stdio, file:FILE, null or none`);
}

function logItems(option: string, text: string): LogItem[] {
  return text.split(",").map((item) => expect(option, item, LOG_ITEMS) as LogItem);
}

function semihostingConfig(option: string, text: string): boolean {
  const options = parseSuboptions(option, text, "enable");
  const enabled = takeSwitch(option, options, "enable");
  const target = take(options, "target") ?? "native";
  if (target !== "native" && target !== "auto") throw new UsageError(`${option}: target=${target} is not supported`);
  rejectRest(option, options);
  return enabled;
}

function addDrive(into: RunOptions, option: string, text: string): void {
  const options = parseSuboptions(option, text);
  const file = take(options, "file");
  const id = take(options, "id");
  const format = take(options, "format") ?? "raw";
  const bus = take(options, "if") ?? "none";
  const unit = bus === "pflash" ? take(options, "unit") : undefined;
  const readOnly = takeSwitch(option, options, "readonly");
  const snapshot = takeSwitch(option, options, "snapshot");
  const overlay = take(options, "overlay");
  rejectRest(option, options);
  if (file === undefined) throw new UsageError(`${option} ${text}: file= is missing`);
  if (bus !== "pflash" && id === undefined) throw new UsageError(`${option} ${text}: id= is missing`);
  if (format !== "raw") throw new UsageError(`${option}: format=${format} is not supported, only raw`);
  if (bus !== "none" && bus !== "pflash") {
    throw new UsageError(`${option}: if=${bus} is not supported, only none with a -device, or pflash`);
  }
  const choices = Object.entries({
    "readonly=on": readOnly,
    "snapshot=on": snapshot,
    "overlay=": overlay !== undefined,
  });
  const chosen = choices.filter(([, isGiven]) => isGiven).map(([name]) => name);
  if (chosen.length > 1) throw new UsageError(`${option} ${text}: ${chosen.join(" and ")} do not go together`);
  if (overlay === "") throw new UsageError(`${option} ${text}: overlay= names no file`);
  const drive = { file, readOnly, snapshot, overlay };
  if (bus === "pflash") {
    addFlash(
      into,
      option,
      drive,
      unit === undefined ? undefined : wholeNumber(`${option} unit`, unit, FLASH_BANKS - 1),
    );
  } else {
    if (into.drives.has(id as string)) throw new UsageError(`${option}: there are two drives with id=${id}`);
    into.drives.set(id as string, drive);
  }
}

/** Without a bank the next one. */
function addFlash(into: RunOptions, option: string, drive: DriveOption, bank = into.flash.length): void {
  if (bank >= FLASH_BANKS) throw new UsageError(`${option}: there are ${FLASH_BANKS} banks of flash`);
  if (into.flash[bank] !== undefined) throw new UsageError(`${option}: there are two images for flash bank ${bank}`);
  into.flash[bank] = drive;
}

function addById<T>(into: Map<string, T>, option: string, [id, value]: [string, T]): void {
  if (into.has(id)) throw new UsageError(`${option}: there are two with id=${id}`);
  into.set(id, value);
}

/** Virtio 1.2, 5.2.6. */
const MOST_SERIAL_BYTES = 20;

const FLASH_BANKS = 2;

const DEVICE_KINDS: Readonly<Record<string, DeviceOption["kind"]>> = {
  "virtio-blk-device": "block",
  "virtio-rng-device": "entropy",
  "virtio-serial-device": "serial",
  "virtio-gpu-device": "screen",
  "virtio-keyboard-device": "keyboard",
  "virtio-tablet-device": "tablet",
  "virtio-mouse-device": "mouse",
  virtconsole: "console",
  virtserialport: "port",
  "virtio-9p-device": "share",
};

function device(option: string, text: string): DeviceOption {
  const options = parseSuboptions(option, text, "driver");
  const driver = take(options, "driver") ?? "";
  const kind = DEVICE_KINDS[driver];
  if (kind === undefined) {
    throw new UsageError(`${option} ${driver} is not supported, only ${Object.keys(DEVICE_KINDS).join(", ")}`);
  }
  take(options, "id");
  const drive = kind === "block" ? take(options, "drive") : undefined;
  const serial = kind === "block" ? take(options, "serial") : undefined;
  if (Buffer.byteLength(serial ?? "") > MOST_SERIAL_BYTES) {
    throw new UsageError(`${option}: serial=${serial} is longer than ${MOST_SERIAL_BYTES} bytes`);
  }
  if (kind === "block" && drive === undefined) throw new UsageError(`${option} ${text}: drive= is missing`);
  const pixels = (name: string): number | undefined => {
    const value = kind === "screen" ? take(options, name) : undefined;
    return value === undefined ? undefined : wholeNumber(`${option} ${name}`, value, 0xffff);
  };
  const size = { width: pixels("xres"), height: pixels("yres") };
  // A port is on the console device's own bus.
  const isPort = kind === "console" || kind === "port";
  if (isPort) take(options, "bus");
  const chardev = isPort ? take(options, "chardev") : undefined;
  const name = kind === "port" ? take(options, "name") : undefined;
  if (kind === "port" && chardev === undefined) throw new UsageError(`${option} ${text}: chardev= is missing`);
  const fsdev = kind === "share" ? required(option, text, options, "fsdev") : undefined;
  const tag = kind === "share" ? required(option, text, options, "mount_tag") : undefined;
  const bus = take(options, "bus");
  const [, slot] = /^virtio-mmio-bus\.(\d+)$/.exec(bus ?? "virtio-mmio-bus.0") ?? [];
  if (slot === undefined) throw new UsageError(`${option}: bus=${bus} is not supported, only virtio-mmio-bus.N`);
  rejectRest(option, options);
  const ids = { drive, serial, chardev, name, fsdev, tag };
  return { kind, text, ...ids, slot: bus === undefined ? undefined : Number(slot), ...size };
}
