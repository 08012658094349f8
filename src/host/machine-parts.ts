/** Opens what a machine is made of: its target and boot images, backends, memory and core, not yet wired to clients. */
import { CPUS_BASE, RAM_BASE } from "../spec/abi.ts";
import { ConsoleBackend } from "./backends/console.ts";
import { openDisks } from "./backends/open-disks.ts";
import { ScreenBackend } from "./backends/screen.ts";
import type { WatchedDisk } from "./backends/watched-disk.ts";
import { BlockRequests } from "./block-requests.ts";
import { loadBootPlan } from "./boot-images.ts";
import { ConsoleOutput } from "./console-output.ts";
import { coreImports } from "./core-imports.ts";
import { type CoreExports, createMachineMemory, instantiateCore } from "./core-instance.ts";
import { DeviceBackends } from "./device-backends.ts";
import { GuestMemory } from "./guest-memory.ts";
import { JitLinker } from "./jit/jit-linker.ts";
import { type CheckedOptions, checkOptions } from "./machine-options.ts";
import type { MachineListener, MachineOptions } from "./machine-types.ts";
import type { Platform } from "./platform.ts";
import { type BootPlan, type HostTarget, loadTarget, ramRange } from "./target.ts";
import { Wake } from "./wake.ts";

const CPU_COUNT = 1;

export interface MachineParts {
  readonly cpuCount: number;
  readonly target: HostTarget;
  readonly options: MachineOptions;
  readonly checked: CheckedOptions;
  readonly boot: BootPlan;
  /** Control words, slots, devices, guest RAM, and what the board's GPU and flash hold. */
  readonly memory: WebAssembly.Memory;
  readonly core: CoreExports;
  readonly guest: GuestMemory;
  readonly linker: JitLinker;
  readonly console: ConsoleBackend;
  readonly output: ConsoleOutput;
  readonly screen: ScreenBackend;
  readonly disks: readonly WatchedDisk[];
  readonly blocks: BlockRequests;
  readonly devices: DeviceBackends;
  readonly platform: Platform;
  readonly listener: MachineListener;
  /** Signalled when a backend has answered. */
  readonly wake: Wake;
}

/** Throws an Error that names the option, image or address at fault; whatever was opened before that is closed. */
export async function openParts(
  options: MachineOptions,
  coreModule: Promise<WebAssembly.Module>,
  platform: Platform,
  listener: MachineListener,
): Promise<MachineParts> {
  // Nobody awaits the core while the options are looked at.
  coreModule.catch(() => {});
  const checked = checkOptions(options);
  const target = await loadTarget(options.target);
  const { boot, firmwareItems } = await loadBootPlan(target, options, checked, CPU_COUNT, platform, (loaded, total) => {
    listener({ kind: "state", numbered: { state: { kind: "loading", loaded, total }, number: 0 } });
  });
  const wake = new Wake();
  const signal = () => wake.signal();
  const notice = (text: string) => listener({ kind: "notice", text });
  const disks = await openDisks(options.disks ?? [], platform);
  const console = new ConsoleBackend();
  const blocks = new BlockRequests(disks, signal, notice);
  let devices: DeviceBackends | null = null;
  try {
    devices = await DeviceBackends.open(options, checked.video, firmwareItems, platform, listener, signal);
    const terminal = { from: console, send: (bytes: Uint8Array) => listener({ kind: "console", bytes }) };
    const output = new ConsoleOutput([terminal, ...devices.outputs(listener)], signal);
    const ramEnd = RAM_BASE + checked.memory;
    const memory = createMachineMemory(ramEnd + checked.video + checked.flash);
    await devices.flash.load(new Uint8Array(memory.buffer as ArrayBuffer, ramEnd));
    const screen = new ScreenBackend(memory.buffer);
    const rom = { start: target.romStart, bytes: target.romBytes };
    const flash = devices.flash.ranges(target.flashStart, ramEnd);
    const guest = new GuestMemory(memory.buffer, ramRange(target, checked.memory), rom, flash);
    const linker = new JitLinker(memory, checked.jit, {
      notice,
      linked: (module) => listener({ kind: "linked", module }),
      addressOf: (ptr) => guest.addressOf(ptr),
    });
    const serials = (options.disks ?? []).map(({ serial }, disk) => serial ?? `vitrine-disk-${disk}`);
    const imports = coreImports(memory, console, disks, blocks, linker, screen, serials, devices.imports(memory));
    const core = await instantiateCore(await coreModule, memory, CPUS_BASE, imports);
    return {
      ...{ cpuCount: CPU_COUNT, target, options, checked, boot, memory, core, guest, linker },
      ...{ console, output, screen, disks, blocks, devices, platform, listener, wake },
    };
  } catch (error) {
    await closeBackends(disks, devices);
    throw error;
  }
}

/** Lets go of files. */
export async function closeBackends(disks: readonly WatchedDisk[], devices: DeviceBackends | null): Promise<void> {
  await devices?.close();
  for (const disk of disks) await disk.close();
}
