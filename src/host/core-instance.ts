/** One core: the compiled instructions, devices and page walk of one target, working on one machine's memory. */

import type { CoreSyncExports } from "../sync/core-sync.ts";

/** What the core asks of whoever links its compiled code. `slot`: index in the core's table. */
export interface LinkerImports {
  /**
   * `length` bytes at `ptr` are a module with `count` functions for the slots from `slot` on. Answers 1 if they can be called
   * now; otherwise jitLinked() or jitFailed() follows, while the core does not run.
   */
  jitLink(ptr: number, length: number, slot: number, count: number): number;
  /** Nobody calls these slots any more. */
  jitRelease(slot: number, count: number): void;
}

/** What the core tells whoever shows the guest's screen. */
export interface ScreenImports {
  /** The screen shows the picture at `ptr`; width 0: none. */
  screenScanout(ptr: number, stride: number, width: number, height: number, format: number): void;
  screenDamage(x: number, y: number, width: number, height: number): void;
  /** The pointer's picture; `ptr` 0: none. */
  screenCursor(ptr: number, format: number, hotX: number, hotY: number): void;
  screenCursorMove(x: number, y: number): void;
}

/** What stands behind ports, shared folders, firmware configuration and flash (wasm-core/machine/host.ts). */
export interface DeviceImports {
  portOutBytes(port: number, ptr: number, length: number): void;
  portAvailable(port: number): number;
  portTake(port: number, ptr: number, max: number): number;
  portName(port: number, ptr: number, max: number): number;
  shareConfig(share: number, offset: number): number;
  shareBegin(share: number, tag: number, length: number, room: number): void;
  sharePut(share: number, tag: number, ptr: number, length: number): void;
  shareStart(share: number, tag: number): void;
  shareReply(share: number, tag: number): number;
  shareGet(share: number, tag: number, offset: number, ptr: number, length: number): void;
  shareEnd(share: number, tag: number): void;
  shareReset(share: number): void;
  firmwareItemBytes(key: number): number;
  firmwareItemCopy(key: number, offset: number, ptr: number, length: number): void;
  flashWritten(bank: number, offset: number, length: number): void;
}

/** Nothing is there. */
const NO_DEVICES: DeviceImports = {
  portOutBytes: () => {},
  portAvailable: () => 0,
  portTake: () => 0,
  portName: () => 0,
  shareConfig: () => 0,
  shareBegin: () => {},
  sharePut: () => {},
  shareStart: () => {},
  shareReply: () => 0,
  shareGet: () => {},
  shareEnd: () => {},
  shareReset: () => {},
  firmwareItemBytes: () => 0,
  firmwareItemCopy: () => {},
  flashWritten: () => {},
};

/** Nobody looks. */
const NO_SCREEN: ScreenImports = {
  screenScanout: () => {},
  screenDamage: () => {},
  screenCursor: () => {},
  screenCursorMove: () => {},
};

/**
 * What the core asks of its host (wasm-core/machine/host.ts). Pointers and lengths are bytes in the machine's memory. With no
 * linker everything is interpreted.
 */
export interface CoreImports extends Partial<LinkerImports>, Partial<ScreenImports>, Partial<DeviceImports> {
  consoleOut(byte: number): void;
  consoleOutBytes(ptr: number, length: number): void;
  consoleAvailable(): number;
  consoleTake(ptr: number, max: number): number;
  blockSectors(disk: number): bigint;
  blockReadOnly(disk: number): number;
  blockSerial(disk: number, ptr: number): void;
  blockBegin(disk: number, tag: number, kind: number, sector: bigint, length: number): void;
  blockPut(disk: number, tag: number, ptr: number, length: number): void;
  blockStart(disk: number, tag: number): void;
  blockStatus(disk: number, tag: number): number;
  blockGet(disk: number, tag: number, offset: number, ptr: number, length: number): void;
  blockEnd(disk: number, tag: number): void;
}

/** What the core offers. `pa` and `va` are guest addresses, `ptr` addresses in the machine's memory, `vns` virtual ns. */
export interface CoreExports extends CoreSyncExports {
  init(ramBytes: bigint, cpuCount: number, nsShift: number, paced: number, rtcBase: bigint, seed: bigint): void;
  /** Puts a device of virtio type `kind` into virtio slot `slot`; answers 0 if there is no such slot. */
  configureDevice(slot: number, kind: number, disk: number): number;
  /** Flash bank `bank` holds what lies `content` bytes behind RAM. */
  configureFlash(bank: number, content: number, readOnly: number): number;
  resetMachine(): void;
  /** Runs to the step `untilSteps` or until something else ends the slice; answers a REASON_*. */
  run(untilSteps: bigint): number;
  steps(): bigint;
  virtualNow(): bigint;
  /** Virtual ns of the next event, all ones if there is none. */
  idleDeadline(): bigint;
  skip(vns: bigint): void;
  rebase(vns: bigint): void;
  consoleInput(): void;
  consoleResize(columns: number, rows: number): void;
  screenResize(width: number, height: number): void;
  /** `count` events in the transfer buffer for the devices of kind `input` (INPUT_*). */
  inputReport(input: number, count: number): void;
  /** Events for these devices that the guest has not taken. */
  inputWaiting(input: number): number;
  /** Has the core say again what the screen shows. */
  showScreen(): void;
  exitCode(): number;
  takeStop(): void;
  setSemihosting(on: number): void;
  /** Answers 0 if `pa` is not in RAM. */
  setHtif(pa: bigint): number;
  wrote(pa: bigint, length: number): void;
  /** `bytes`: a multiple of 32. */
  hashRange(ptr: number, bytes: number, seed: bigint): bigint;
  stateHashCore(): bigint;
  translateVa(cpu: number, va: bigint): bigint;
  /** Pointer to the TLB entry that serves an access (0 fetch, 1 load, 2 store) in the vCPU's mode, or 0. */
  cachedTranslation(cpu: number, va: bigint, access: number): number;
  /** Brings a group of registers up to date in the register file. */
  refreshRegisters(cpu: number, group: number): void;
  /** A debugger's watch `index` (below DEBUG_WATCHES); kinds are WATCH_*, 0 for none; debugWatchesChanged() must follow. */
  setDebugWatch(cpu: number, index: number, kinds: number, first: bigint, last: bigint): void;
  /** `forGood`: 1 if a breakpoint that there was is no more, so that code is compiled without it. */
  debugWatchesChanged(cpu: number, forGood: number): void;
  /** Value `n` of row `row` (src/spec/device-state.ts) of the board's device number `device`. Nothing changes by it. */
  deviceValue(device: number, row: number, n: number): bigint;
  // The pieces of a snapshot (wasm-core/machine/snapshot.ts): each passes through the transfer buffer, at its start.
  clockBytes(): number;
  devicesBytes(): number;
  cpuBytes(): number;
  saveClock(): void;
  saveDevices(): void;
  saveCpu(cpu: number): void;
  /** 1 when it is a clock's. */
  checkClock(): number;
  /** 0, or 1 + the number of the device at fault. */
  checkDevices(): number;
  /** 0, an error of the sync with the register at fault, or another number. */
  checkCpu(cpu: number, steps: bigint): number;
  /** After checkDevices(): where the list of their block requests begins and ends, four words each. */
  requestList(): number;
  listDeviceRequests(): number;
  loadClock(): void;
  loadDevices(): void;
  loadCpu(cpu: number): number;
  /** With the clock's piece again. */
  finishLoad(): void;
  /** A reset has changed the groups `affected` of a vCPU. */
  syncReset(cpu: number, affected: number): void;
  // Compiled code; a core whose target has no translator exports none of it.
  readonly table?: WebAssembly.Table;
  /** After init(). `on`: 0 or 1; `threshold` 0: the core's own; JIT_SLOTS slots from `firstSlot` on are the core's to give out. */
  jitConfigure?(on: number, threshold: number, firstSlot: number, atOnce: number): void;
  /** These slots can be called from now on. */
  jitLinked?(slot: number, count: number): void;
  /** Pointer to the guest code at which the function in this slot is entered first, or 0. */
  jitEntry?(slot: number): number;
  /** Slot of the function that is entered at the guest code at `ptr`, or 0. */
  jitSlotAt?(ptr: number): number;
  /** The module for these slots does not compile. */
  jitFailed?(slot: number, count: number): void;
}

/** Bytes of a page of wasm memory. */
const WASM_PAGE = 0x1_0000;

/** A memory of at least `bytes` bytes that never grows, so that views of it stay good. */
export function createMachineMemory(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / WASM_PAGE);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (error) {
    const size = `${Math.ceil(bytes / 2 ** 20)} MiB`;
    throw new Error(`The host has no ${size} of memory for the machine: ${(error as Error).message}`);
  }
}

/** Instantiates the core of the vCPU whose state lies at `cpuBase`. `name` says in errors which core it was. */
export async function instantiateCore(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  cpuBase: number,
  host: CoreImports,
): Promise<CoreExports> {
  const instance = await WebAssembly.instantiate(module, {
    env: {
      memory,
      cpuBase: new WebAssembly.Global({ value: "i32", mutable: false }, cpuBase),
      abort: (_message: number, _file: number, line: number, column: number) => {
        throw new Error(`The core gave up at line ${line}, column ${column}.`);
      },
    },
    host: { jitLink: () => 0, jitRelease: () => {}, ...NO_SCREEN, ...NO_DEVICES, ...host },
  });
  return instance.exports as unknown as CoreExports;
}
