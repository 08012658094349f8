/** Checks the options of a machine and fills in what was left out. */
import { FLASH_BANK_BYTES, MAX_RAM_BYTES, MIN_RAM_BYTES, PAGE_SHIFT, VIDEO_BYTES } from "../spec/abi.ts";
import { FLASH_BANKS } from "./backends/flash.ts";
import { INPUT_DEVICES } from "./input-report.ts";
import type { InputOptions, JitOptions, MachineOptions, ScreenOptions } from "./machine-types.ts";

const DEFAULT_MEMORY = 256 << 20;
/** 2026-01-01, so that guests have a plausible date and runs repeat. */
const DEFAULT_RTC_BASE = 1_767_225_600;
const DEFAULT_SHIFT = 2;
const DEFAULT_WIDTH = 1280;
const DEFAULT_HEIGHT = 800;
const LEAST_PIXELS = 16;
const MOST_PIXELS = 8192;
/** In realtime one step is 1 ns, less than it takes: so virtual time cannot overtake the host's. */
const REALTIME_SHIFT = 0;
const MOST_SHIFT = 10;
/** The core counts executions in 16 bits. */
const MOST_THRESHOLD = 0xffff;
const NS_PER_SECOND = 1_000_000_000n;
/** The guest's clock counts ns in 64 bits. */
const LATEST_RTC_BASE = Number((2n ** 64n - 1n) / NS_PER_SECOND);

export interface CheckedOptions {
  readonly memory: number;
  /** Bytes of video memory, behind RAM. */
  readonly video: number;
  /** Bytes of flash, behind the video memory: of both banks if one has an image. */
  readonly flash: number;
  readonly shift: number;
  readonly paced: boolean;
  readonly rtcBaseNs: bigint;
  readonly seed: bigint;
  /** null: everything is interpreted. */
  readonly jit: CheckedJit | null;
}

export interface CheckedJit {
  /** 0: the core's own. */
  readonly threshold: number;
  readonly compile: "async" | "sync";
  readonly log: boolean;
}

/** Throws a RangeError or TypeError that names the option and what it may be. */
export function checkOptions(options: MachineOptions): CheckedOptions {
  const { memory = DEFAULT_MEMORY, clock = "icount", shift = DEFAULT_SHIFT, rtcBase = DEFAULT_RTC_BASE } = options;
  const page = 1 << PAGE_SHIFT;
  if (!Number.isInteger(memory) || memory < MIN_RAM_BYTES || memory > MAX_RAM_BYTES || memory % page !== 0) {
    const limits = `a multiple of ${page} from ${MIN_RAM_BYTES >> 20} MiB to ${MAX_RAM_BYTES / 2 ** 20} MiB`;
    throw new RangeError(`memory: ${memory} bytes of RAM are not possible; it must be ${limits}`);
  }
  if (!Number.isInteger(shift) || shift < 0 || shift > MOST_SHIFT) {
    throw new RangeError(`shift: ${shift} is not a whole number from 0 to ${MOST_SHIFT}`);
  }
  if (!Number.isInteger(rtcBase) || rtcBase < 0 || rtcBase > LATEST_RTC_BASE)
    throw new RangeError(`rtcBase: ${rtcBase} is not a whole number of seconds from 0 to ${LATEST_RTC_BASE}`);
  if (clock !== "icount" && clock !== "realtime")
    throw new RangeError(`clock: "${clock}" is neither icount nor realtime`);
  const { console = "uart", seed = 0n } = options;
  if (console !== "uart" && console !== "virtio")
    throw new RangeError(`console: "${console}" is neither uart nor virtio`);
  if (typeof seed !== "bigint") throw new TypeError(`seed: ${seed} is not a bigint`);
  if (options.screen) screenSize(options.screen);
  checkInputs(options.inputs ?? []);
  return {
    memory,
    video: options.screen ? VIDEO_BYTES : 0,
    flash: options.flash?.some((bank) => bank !== null) ? FLASH_BANKS * FLASH_BANK_BYTES : 0,
    shift: clock === "realtime" ? REALTIME_SHIFT : shift,
    paced: clock === "realtime" || (options.paced ?? false),
    rtcBaseNs: BigInt(rtcBase) * NS_PER_SECOND,
    seed: BigInt.asUintN(64, seed),
    jit: checkJit(options.jit ?? true),
  };
}

/** Throws a RangeError for a screen that cannot be. */
export function screenSize({ width = DEFAULT_WIDTH, height = DEFAULT_HEIGHT }: ScreenOptions) {
  const isPossible = (pixels: number) => Number.isInteger(pixels) && pixels >= LEAST_PIXELS && pixels <= MOST_PIXELS;
  if (!isPossible(width) || !isPossible(height) || width * height * 4 > VIDEO_BYTES) {
    const limits = `each is ${LEAST_PIXELS} to ${MOST_PIXELS}, and both together ${VIDEO_BYTES / 4} pixels at most`;
    throw new RangeError(`screen: ${width} x ${height} is not possible; ${limits}`);
  }
  return { width, height };
}

function checkInputs(inputs: readonly InputOptions[]): void {
  const seen = new Set<string>();
  for (const { device } of inputs) {
    if (!INPUT_DEVICES.includes(device)) {
      throw new RangeError(`inputs: "${device}" is not one of ${INPUT_DEVICES.join(", ")}`);
    }
    if (seen.has(device)) throw new RangeError(`inputs: there is a second ${device}`);
    seen.add(device);
  }
}

function checkJit(jit: boolean | JitOptions): CheckedJit | null {
  if (typeof jit !== "boolean" && (typeof jit !== "object" || jit === null)) {
    throw new TypeError(`jit: ${jit} is neither true, false nor options`);
  }
  if (jit === false) return null;
  const { threshold, compile = "async", log = false } = jit === true ? {} : jit;
  if (threshold !== undefined && (!Number.isInteger(threshold) || threshold < 1 || threshold > MOST_THRESHOLD)) {
    throw new RangeError(`jit.threshold: ${threshold} is not a whole number from 1 to ${MOST_THRESHOLD}`);
  }
  if (compile !== "async" && compile !== "sync")
    throw new RangeError(`jit.compile: "${compile}" is neither async nor sync`);
  if (typeof log !== "boolean") throw new TypeError(`jit.log: ${log} is neither true nor false`);
  return { threshold: threshold ?? 0, compile, log };
}
