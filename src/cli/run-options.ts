/** What the command line of `vitrine run` says, and the reading of it. */
import type { TcpAddress } from "../gdbstub/transports/tcp.ts";
import type { ClockMode, FirmwareFile } from "../worker/machine-api.ts";
import type { ChardevOption, DeviceOption, FolderOption, ShareOption } from "./device-options.ts";
import type { Drives } from "./drive-options.ts";
import { type LogItem, OPTION_ROWS, UNSUPPORTED } from "./option-rows.ts";
import { UsageError } from "./usage-error.ts";

/** Where the guest's console is. */
export type SerialOption =
  | { readonly kind: "terminal" }
  | { readonly kind: "nowhere" }
  | { readonly kind: "file"; readonly path: string };

/** What the command line said; undefined where it said nothing. */
export interface RunOptions extends Drives {
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
  /** Changes of all drives that may be written to are forgotten. */
  snapshot: boolean;
  readonly devices: DeviceOption[];
  /** By their ids. */
  readonly folders: Map<string, FolderOption>;
  readonly chardevs: Map<string, ChardevOption>;
  /** Folders of -virtfs. */
  readonly shares: ShareOption[];
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
    const row = OPTION_ROWS.find(({ names }) => names.includes(name));
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
  return OPTION_ROWS.map(({ names, value, doc }) => {
    const head = `  ${names.map(written).join(", ")}${value === undefined ? "" : ` ${value}`}`;
    return head.length < 34 ? `${head.padEnd(34)}${doc}` : `${head}\n${" ".repeat(34)}${doc}`;
  }).join("\n");
}
