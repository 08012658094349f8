/** What the command line says about shared folders, ports, flash and firmware configuration: QEMU's names. */
import type { FirmwareFile } from "../worker/machine-api.ts";
import { parseSuboptions, rejectRest, take, takeSwitch } from "./suboptions.ts";
import { UsageError } from "./usage-error.ts";

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
