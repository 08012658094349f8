/** The options of `vitrine run`, one row each: QEMU's names, what they take, what they say. */
import type { ClockMode } from "../worker/machine-api.ts";
import { chardevOption, deviceOption, firmwareFileOption, folderOption, virtfsOption } from "./device-options.ts";
import { addDrive, addFlash } from "./drive-options.ts";
import { gdbAddress } from "./gdb-options.ts";
import { address, expect, seconds, seed, size, wholeNumber } from "./option-values.ts";
import type { RunOptions, SerialOption } from "./run-options.ts";
import { parseSuboptions, rejectRest, take, takeSwitch } from "./suboptions.ts";
import { UsageError } from "./usage-error.ts";

/** What `-d` can log. */
const LOG_ITEMS = ["int", "cpu_reset"] as const;
export type LogItem = (typeof LOG_ITEMS)[number];

export interface OptionRow {
  /** All spellings, without dashes. */
  readonly names: readonly string[];
  /** How the value is written in the help; absent: the option takes none. */
  readonly value?: string;
  readonly doc: string;
  readonly apply: (options: RunOptions, value: string, name: string) => void;
}

export const OPTION_ROWS: readonly OptionRow[] = [
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
    apply: (o, v, n) => o.devices.push(deviceOption(n, v)),
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

/** Options that QEMU has; here they would do nothing, so they say so. */
export const UNSUPPORTED = new Set(
  [
    "net netdev nic object vga usb accel enable-kvm hda hdb",
    "cdrom sd mtdblock rtc name uuid qmp mon loadvm incoming daemonize pidfile trace numa boot k",
    "audio audiodev full-screen spice vnc plugin option-rom sandbox no-shutdown action watchdog-action parallel",
  ].flatMap((names) => names.split(" ")),
);

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

function addById<T>(into: Map<string, T>, option: string, [id, value]: [string, T]): void {
  if (into.has(id)) throw new UsageError(`${option}: there are two with id=${id}`);
  into.set(id, value);
}
