/** Checks the options of a machine and fills in what was left out. */
import { MAX_RAM_BYTES, MIN_RAM_BYTES, PAGE_SHIFT } from "../spec/abi.ts";
import type { MachineOptions } from "./machine-types.ts";

const DEFAULT_MEMORY = 256 << 20;
/** 2026-01-01, so that guests have a plausible date and runs repeat. */
const DEFAULT_RTC_BASE = 1_767_225_600;
const DEFAULT_SHIFT = 2;
/** In realtime one step is 1 ns, less than it takes: so virtual time cannot overtake the host's. */
const REALTIME_SHIFT = 0;
const MOST_SHIFT = 10;
const NS_PER_SECOND = 1_000_000_000n;

export interface CheckedOptions {
  readonly memory: number;
  readonly shift: number;
  readonly paced: boolean;
  readonly rtcBaseNs: bigint;
  readonly seed: bigint;
}

/** Throws a RangeError that names the option and its limits. */
export function checkOptions(options: MachineOptions): CheckedOptions {
  const { memory = DEFAULT_MEMORY, clock = "icount", shift = DEFAULT_SHIFT, rtcBase = DEFAULT_RTC_BASE } = options;
  const page = 1 << PAGE_SHIFT;
  if (!(memory >= MIN_RAM_BYTES && memory <= MAX_RAM_BYTES && memory % page === 0)) {
    const limits = `a multiple of ${page} from ${MIN_RAM_BYTES >> 20} MiB to ${MAX_RAM_BYTES / 2 ** 20} MiB`;
    throw new RangeError(`memory: ${memory} bytes of RAM are not possible; it must be ${limits}`);
  }
  if (!Number.isInteger(shift) || shift < 0 || shift > MOST_SHIFT) {
    throw new RangeError(`shift: ${shift} is not a whole number from 0 to ${MOST_SHIFT}`);
  }
  if (!Number.isInteger(rtcBase) || rtcBase < 0) throw new RangeError(`rtcBase: ${rtcBase} is not a number of seconds`);
  if (clock !== "icount" && clock !== "realtime")
    throw new RangeError(`clock: "${clock}" is neither icount nor realtime`);
  return {
    memory,
    shift: clock === "realtime" ? REALTIME_SHIFT : shift,
    paced: clock === "realtime" || (options.paced ?? false),
    rtcBaseNs: BigInt(rtcBase) * NS_PER_SECOND,
    seed: BigInt.asUintN(64, options.seed ?? 0n),
  };
}
