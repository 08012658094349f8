/** Makes a machine's options out of those of the command line. */
import type { DiskOptions, MachineOptions } from "../worker/machine-api.ts";
import { type BundledGuest, bundledPath, defaultGuest } from "./bundled.ts";
import { MACHINE } from "./riscv64/machine.ts";
import { type DeviceOption, expect, type RunOptions } from "./run-options.ts";
import { UsageError } from "./usage-error.ts";

/** Log text of a trap on this machine. */
export const TRAP_LINE = MACHINE.trapLine;

/** How qemu is told to be this machine. */
export const MACHINE_EMULATOR = MACHINE.emulator;
/** What Debian calls this machine. */
export const DEBIAN = MACHINE.debian;

/** Throws a UsageError that names the option at fault. `interactive`: somebody sits at the terminal. */
export async function machineFromOptions(options: RunOptions, interactive: boolean): Promise<MachineOptions> {
  if (options.machine !== undefined) expect("-M", options.machine, [MACHINE.machine]);
  if (options.cpu !== undefined) expect("-cpu", options.cpu, [MACHINE.cpu]);
  const needsKernel = options.bios === "none" ? "-bios none" : options.initrd !== undefined ? "-initrd" : null;
  if (options.jitLog !== undefined && !options.jit) throw new UsageError("--jit-log and --no-jit do not go together");
  for (const [given, name] of [[options.append, "-append"] as const, [options.initrd, "-initrd"] as const]) {
    if (options.dtb !== undefined && given !== undefined) throw new UsageError(`${name} and -dtb do not go together`);
  }
  if (options.monitor && options.serial.kind === "terminal") {
    throw new UsageError("-monitor stdio needs a -serial that is not this terminal: file:FILE or null");
  }
  if (options.kernel === undefined && needsKernel) throw new UsageError(`${needsKernel} needs a -kernel`);
  const bundled = options.kernel === undefined ? await defaultGuest() : null;
  return {
    target: MACHINE.target,
    ...images(options, bundled),
    ...devices(options, bundled),
    clock: options.clock,
    paced: interactive,
    noReboot: options.noReboot,
    semihosting: options.semihosting,
    jit: options.jit && { log: options.jitLog !== undefined },
    ...defined({ memory: options.memory ?? bundled?.memory, shift: options.shift, seed: options.seed }),
  };
}

function images(options: RunOptions, bundled: BundledGuest | null) {
  const bundledFile = (path: string | undefined) => (path === undefined ? undefined : bundledPath(path));
  const firmware = {
    default: bundledPath(bundled?.bios ?? MACHINE.firmware),
    none: undefined,
  };
  const bios = options.bios ?? "default";
  return {
    firmware: bios in firmware ? firmware[bios as keyof typeof firmware] : bios,
    kernel: options.kernel ?? bundledFile(bundled?.kernel),
    initrd: options.kernel === undefined ? bundledFile(bundled?.initrd) : options.initrd,
    append: options.append ?? bundled?.append,
    ...defined({ deviceTree: options.dtb }),
  };
}

function devices(options: RunOptions, bundled: BundledGuest | null) {
  const used = new Set<string>();
  const disks: DiskOptions[] = options.devices
    .filter(({ kind }) => kind === "block")
    .map(({ drive = "", serial, slot, text }) => {
      const found = options.drives.get(drive);
      if (found === undefined) throw new UsageError(`-device ${text}: there is no -drive with id=${drive}`);
      if (used.has(drive)) throw new UsageError(`-device ${text}: drive ${drive} is in use already`);
      used.add(drive);
      const { file, readOnly, overlay } = found;
      const snapshot = !readOnly && (found.snapshot || options.snapshot);
      if (snapshot && overlay !== undefined) {
        throw new UsageError(`-drive id=${drive}: overlay= and -snapshot do not go together`);
      }
      return { image: file, readOnly, ...(snapshot && { snapshot }), ...defined({ slot, serial, overlay }) };
    });
  for (const id of options.drives.keys()) {
    if (!used.has(id)) throw new UsageError(`-drive id=${id}: no -device uses it`);
  }
  const serial = onlyOne(options.devices, "serial");
  const port = onlyOne(options.devices, "console");
  if (port && !serial) throw new UsageError("-device virtconsole needs a -device virtio-serial-device");
  const entropy = onlyOne(options.devices, "entropy");
  const screen = onlyOne(options.devices, "screen");
  const inputs = (["keyboard", "tablet", "mouse"] as const).flatMap((device) => {
    const found = onlyOne(options.devices, device);
    return found === undefined ? [] : [{ device, ...defined({ slot: found.slot }) }];
  });
  return {
    disks,
    console: port || bundled?.console === "virtio" ? ("virtio" as const) : ("uart" as const),
    entropy: entropy !== undefined || (bundled?.entropy ?? false),
    ...defined({ consoleSlot: serial?.slot, entropySlot: entropy?.slot }),
    ...(screen && { screen: defined({ width: screen.width, height: screen.height, slot: screen.slot }) }),
    ...(inputs.length > 0 && { inputs }),
  };
}

function onlyOne(devices: readonly DeviceOption[], kind: DeviceOption["kind"]): DeviceOption | undefined {
  const [first, second] = devices.filter((device) => device.kind === kind);
  if (second !== undefined) throw new UsageError(`-device ${second.text}: only one such device is supported`);
  return first;
}

/** `values` without what is undefined. */
function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
