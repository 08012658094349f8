/** What the command line says about devices, shared folders, ports, flash and firmware configuration: QEMU's names. */
import type { FirmwareFile, InputDevice } from "../worker/machine-api.ts";
import { wholeNumber } from "./option-values.ts";
import { parseSuboptions, rejectRest, take, takeSwitch } from "./suboptions.ts";
import { UsageError } from "./usage-error.ts";

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

/** Virtio 1.2, 5.2.6. */
const MOST_SERIAL_BYTES = 20;

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

/** The device of `-device DRIVER[,…]`. */
export function deviceOption(option: string, text: string): DeviceOption {
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

/** A folder of `-fsdev` or `-virtfs`. */
export interface FolderOption {
  readonly path: string;
  readonly readOnly: boolean;
}

export interface ShareOption extends FolderOption {
  readonly tag: string;
  readonly slot?: number | undefined;
}

/** Where a port's output goes, and where its input comes from: undefined is nowhere. */
export interface ChardevOption {
  /** The machine's terminal is behind it, and no file. */
  readonly isTerminal?: boolean | undefined;
  readonly path?: string | undefined;
  readonly inputPath?: string | undefined;
}

/** The models by which QEMU can show a folder's owners; here all belongs to root, so that they make no difference. */
const SECURITY_MODELS = ["none", "passthrough", "mapped", "mapped-xattr", "mapped-file"];

/** The folder of `-fsdev local,id=ID,path=PATH[,readonly=off]`, under its id. */
export function folderOption(option: string, text: string): [id: string, folder: FolderOption] {
  const options = parseSuboptions(option, text, "driver");
  const id = required(option, text, options, "id");
  const folder = takeFolder(option, text, options);
  rejectRest(option, options);
  return [id, folder];
}

/** The folder of `-virtfs local,path=PATH,mount_tag=TAG[,readonly=off]`. */
export function virtfsOption(option: string, text: string): ShareOption {
  const options = parseSuboptions(option, text, "driver");
  take(options, "id");
  const tag = required(option, text, options, "mount_tag");
  const folder = takeFolder(option, text, options);
  rejectRest(option, options);
  return { tag, ...folder };
}

function takeFolder(option: string, text: string, options: Map<string, string>): FolderOption {
  const driver = take(options, "driver");
  if (driver !== "local") throw new UsageError(`${option} ${driver} is not supported, only local`);
  const path = required(option, text, options, "path");
  const model = take(options, "security_model") ?? "none";
  if (!SECURITY_MODELS.includes(model)) throw new UsageError(`${option}: security_model=${model} is not supported`);
  // Unlike in QEMU, nobody's files are changed because a word was left out.
  if (!options.has("readonly")) options.set("readonly", "on");
  return { path, readOnly: takeSwitch(option, options, "readonly") };
}

/** What `-chardev file,id=ID,path=FILE[,input-path=FILE]`, `null,id=ID` or `stdio,id=ID` stands for, under its id. */
export function chardevOption(option: string, text: string): [id: string, chardev: ChardevOption] {
  const options = parseSuboptions(option, text, "backend");
  const backend = take(options, "backend");
  const id = required(option, text, options, "id");
  if (backend !== "file" && backend !== "null" && backend !== "stdio") {
    throw new UsageError(`${option} ${backend} is not supported, only file, null or stdio`);
  }
  if (backend === "stdio") takeSwitch(option, options, "mux");
  const chardev =
    backend === "file"
      ? { path: required(option, text, options, "path"), inputPath: take(options, "input-path") }
      : { isTerminal: backend === "stdio" };
  rejectRest(option, options);
  return [id, chardev];
}

/** What `-fw_cfg [name=]NAME,string=TEXT` or `,file=FILE` adds. */
export function firmwareFileOption(option: string, text: string): FirmwareFile {
  const options = parseSuboptions(option, text, "name");
  const name = required(option, text, options, "name");
  const file = take(options, "file");
  const string = take(options, "string");
  rejectRest(option, options);
  if ((file === undefined) === (string === undefined)) {
    throw new UsageError(`${option} ${text}: one of file= and string= is needed`);
  }
  return { name, content: file ?? new TextEncoder().encode(string) };
}

export function required(option: string, text: string, options: Map<string, string>, key: string): string {
  const value = take(options, key);
  if (value === undefined || value === "") throw new UsageError(`${option} ${text}: ${key}= is missing`);
  return value;
}
