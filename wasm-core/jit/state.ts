// What the compiled-code cache remembers between calls: settings, statistics, the list of regions under way.
import { JIT_BASE } from "../../src/spec/abi";
import { JIT_STATE } from "./layout";

@unmanaged
export class JitState {
  /**
   * Executions of a place after which it is translated; NEVER_HOT when nothing is. It lies between the two below: each
   * translation raises it, each slice lowers it, so that translating takes a bounded share of the time.
   */
  threshold: u32;
  leastThreshold: u32;
  mostThreshold: u32;
  /** First index in the table that belongs to compiled code. */
  firstSlot: u32;
  /** Grows whenever compiled code is dropped, so that a helper sees that it happened while it ran. */
  drops: u32;
  /** Next region record to be given away. */
  nextRegion: u32;
  /** Bytes of function bodies that wait for their module, and how many they are. */
  bodyBytes: u32;
  bodies: u32;
  /** Slices for which the first of them has waited. */
  waited: u32;
  /** 1: each body is a module of its own, at once. */
  atOnce: u32;
}

/** A threshold that no counter reaches. */
export const NEVER_HOT: u32 = 0xffff_ffff;
/** Bodies that one module can hold: region numbers, u16 each, behind the structure. */
export const MAX_BODIES: u32 = 256;
export const BODY_REGIONS: usize = JIT_STATE + offsetof<JitState>();
/** Starts and lengths of the bodies, u32 each. */
export const BODY_PLACES: usize = BODY_REGIONS + 2 * <usize>MAX_BODIES;

export const jit: JitState = changetype<JitState>(JIT_STATE);

/** Adds to a statistic, one of JIT_* in abi.ts. */
export function tally(statistic: u32, amount: u64): void {
  const place = <usize>JIT_BASE + statistic;
  store<u64>(place, load<u64>(place) + amount);
}
