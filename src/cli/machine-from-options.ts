/** Makes a machine's options out of those of the command line. */
import type { DiskOptions, MachineOptions, ShareOptions } from "../worker/machine-api.ts";
import { type BundledGuest, bundledPath, defaultGuest } from "./bundled.ts";
import type { ChardevOption, DeviceOption } from "./device-options.ts";
import { withSlots } from "./device-slots.ts";
import type { DriveOption } from "./drive-options.ts";
import { expect } from "./option-values.ts";
import { MACHINE } from "./riscv64/machine.ts";
import type { RunOptions } from "./run-options.ts";
import { UsageError } from "./usage-error.ts";

/** Log text of a trap on this machine. */
export const TRAP_LINE = MACHINE.trapLine;

/** How qemu is told to be this machine. */
export const MACHINE_EMULATOR = MACHINE.emulator;
/** What Debian calls this machine. */
export const DEBIAN = MACHINE.debian;

/** Throws a UsageError that names the option at fault. `interactive`: somebody sits at the terminal. */
export async function machineFromOptions(given: RunOptions, interactive: boolean): Promise<MachineOptions> {
  const options = { ...given, devices: withSlots(given.devices, MACHINE.virtioSlots) };
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
  // What is in flash starts by itself.
  const hasFlash = options.flash[0] !== undefined;
  if (options.kernel === undefined && needsKernel && !hasFlash) {
    throw new UsageError(`${needsKernel} needs a -kernel`);
  }
  const bundled = options.kernel === undefined && !hasFlash ? await defaultGuest() : null;
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
      return { ...image(`-drive id=${drive}`, found, options), ...defined({ slot, serial }) };
    });
  for (const id of options.drives.keys()) {
    if (!used.has(id)) throw new UsageError(`-drive id=${id}: no -device uses it`);
  }
  const serial = onlyOne(options.devices, "serial");
  const terminals = options.devices.filter((device) => isTerminal(device, options));
  const port = onlyOne(terminals, "console");
  const ports = portDevices(options);
  const [first = port] = ports;
  if (first && !serial) throw new UsageError(`-device ${first.text} needs a -device virtio-serial-device`);
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
    ...boardDevices(options),
  };
}

/** Shared folders, ports, flash, firmware configuration: each only if there is any. */
function boardDevices(options: RunOptions) {
  const shares: ShareOptions[] = [
    ...options.shares.map(({ tag, path, readOnly }) => ({ tag, folder: path, readOnly })),
    ...options.devices
      .filter(({ kind }) => kind === "share")
      .map(({ text, fsdev = "", tag = "", slot }) => {
        const found = options.folders.get(fsdev);
        if (found === undefined) throw new UsageError(`-device ${text}: there is no -fsdev with id=${fsdev}`);
        return { tag, folder: found.path, readOnly: found.readOnly, ...defined({ slot }) };
      }),
  ];
  for (const id of options.folders.keys()) {
    if (!options.devices.some(({ fsdev }) => fsdev === id)) throw new UsageError(`-fsdev id=${id}: no -device uses it`);
  }
  const ports = portDevices(options).map(({ kind, name }) => ({
    kind: kind === "console" ? ("console" as const) : ("serial" as const),
    ...defined({ name }),
  }));
  const flash = Array.from(options.flash, (drive, bank) =>
    drive === undefined ? null : image(`flash bank ${bank}`, drive, options),
  );
  const { firmwareFiles } = options;
  return {
    ...(shares.length > 0 && { shares }),
    ...(ports.length > 0 && { ports }),
    ...(flash.length > 0 && { flash }),
    ...(firmwareFiles.length > 0 && { firmwareFiles }),
  };
}

/** Ports besides the terminal, in the order in which the machine has them. */
function portDevices(options: RunOptions): readonly DeviceOption[] {
  return options.devices.filter(
    (device) => device.kind === "port" || (device.kind === "console" && !isTerminal(device, options)),
  );
}

/** A console without a chardev, or with one that is the terminal. */
function isTerminal({ kind, chardev }: DeviceOption, { chardevs }: RunOptions): boolean {
  return kind === "console" && (chardev === undefined || chardevs.get(chardev)?.isTerminal === true);
}

/** What is behind each port of the machine. Throws a UsageError that names the port. */
export function portChardevs(options: RunOptions): readonly ChardevOption[] {
  return portDevices(options).map(({ text, chardev = "" }) => {
    const found = options.chardevs.get(chardev);
    if (found === undefined) throw new UsageError(`-device ${text}: there is no -chardev with id=${chardev}`);
    if (found.isTerminal) throw new UsageError(`-device ${text}: only a virtconsole can be at the terminal`);
    return found;
  });
}

/** `name` is what messages call the drive. */
function image(name: string, drive: DriveOption, options: RunOptions) {
  const { file, readOnly, overlay } = drive;
  const snapshot = !readOnly && (drive.snapshot || options.snapshot);
  if (snapshot && overlay !== undefined) {
    throw new UsageError(`${name}: overlay= and -snapshot do not go together`);
  }
  return { image: file, readOnly, ...(snapshot && { snapshot }), ...defined({ overlay }) };
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
