// Platform-level interrupt controller (RISC-V PLIC specification 1.0.0): level-triggered gateways, two contexts per CPU.
import { MAX_CPUS } from "../../src/spec/abi";
import { LINE_MEIP, LINE_SEIP, setCpuLine } from "../generated/target";
import { machine } from "../machine/machine";

/** Sources 1 to 95 as on QEMU's board; number 0 means "none". */
const SOURCES: u32 = 96;
const WORDS: u32 = SOURCES / 32;
/** Context 2n is machine mode of CPU n, 2n + 1 its supervisor mode. */
const CONTEXTS: u32 = MAX_CPUS * 2;
/** Priorities and thresholds have three bits (WARL). */
const PRIORITY_MASK: u32 = 7;

const PRIORITY: u32 = 0x00_0000;
const PENDING: u32 = 0x00_1000;
const ENABLE: u32 = 0x00_2000;
const ENABLE_STRIDE: u32 = 0x80;
const CONTEXT: u32 = 0x20_0000;
const CONTEXT_STRIDE: u32 = 0x1000;
const THRESHOLD: u32 = 0;
const CLAIM: u32 = 4;

// State behind the fields, arrays of u32 (byte offsets).
const PRIORITIES_AT: usize = 8;
const LINES_AT: usize = PRIORITIES_AT + SOURCES * 4;
const PENDING_AT: usize = LINES_AT + WORDS * 4;
const CLAIMED_AT: usize = PENDING_AT + WORDS * 4;
const ENABLE_AT: usize = CLAIMED_AT + WORDS * 4;
const THRESHOLDS_AT: usize = ENABLE_AT + CONTEXTS * WORDS * 4;
/** Bytes of the device's state. */
export const PLIC_BYTES: usize = THRESHOLDS_AT + CONTEXTS * 4;

@unmanaged
export class Plic {
  irq: u32;
  event: u32;

  read(offset: u32, size: u32): u64 {
    if (offset < PENDING) return offset < SOURCES * 4 ? this.word(PRIORITIES_AT, offset >> 2) : 0;
    if (offset < ENABLE) {
      const index = (offset - PENDING) >> 2;
      return index < WORDS ? this.word(PENDING_AT, index) : 0;
    }
    if (offset < CONTEXT) {
      const context = (offset - ENABLE) / ENABLE_STRIDE;
      const index = ((offset - ENABLE) % ENABLE_STRIDE) >> 2;
      return this.has(context) && index < WORDS ? this.word(ENABLE_AT, context * WORDS + index) : 0;
    }
    const context = (offset - CONTEXT) / CONTEXT_STRIDE;
    if (!this.has(context)) return 0;
    switch ((offset - CONTEXT) % CONTEXT_STRIDE) {
      case THRESHOLD:
        return this.word(THRESHOLDS_AT, context);
      case CLAIM:
        return this.claim(context);
      default:
        return 0;
    }
  }

  write(offset: u32, size: u32, value: u64): void {
    const word = <u32>value;
    if (offset < PENDING) {
      // Source 0 does not exist: its priority stays 0.
      const source = (offset - PRIORITY) >> 2;
      if (source == 0 || source >= SOURCES) return;
      this.setWord(PRIORITIES_AT, source, word & PRIORITY_MASK);
    } else if (offset < ENABLE) {
      return;
    } else if (offset < CONTEXT) {
      const context = (offset - ENABLE) / ENABLE_STRIDE;
      const index = ((offset - ENABLE) % ENABLE_STRIDE) >> 2;
      if (!this.has(context) || index >= WORDS) return;
      this.setWord(ENABLE_AT, context * WORDS + index, index == 0 ? word & ~1 : word);
    } else {
      const context = (offset - CONTEXT) / CONTEXT_STRIDE;
      if (!this.has(context)) return;
      const register = (offset - CONTEXT) % CONTEXT_STRIDE;
      if (register == THRESHOLD) this.setWord(THRESHOLDS_AT, context, word & PRIORITY_MASK);
      else if (register == CLAIM) this.complete(word);
      else return;
    }
    this.update();
  }

  reset(): void {
    memory.fill(changetype<usize>(this) + PRIORITIES_AT, 0, PLIC_BYTES - PRIORITIES_AT);
    this.update();
  }

  tick(): void {}

  /** A device's interrupt line. The gateway forwards one request per claim, and again while the line stays high. */
  setLine(source: u32, level: bool): void {
    const index = source >> 5;
    const bit: u32 = 1 << (source & 31);
    const lines = this.word(LINES_AT, index);
    this.setWord(LINES_AT, index, level ? lines | bit : lines & ~bit);
    if (!level || this.word(CLAIMED_AT, index) & bit || this.word(PENDING_AT, index) & bit) return;
    this.setWord(PENDING_AT, index, this.word(PENDING_AT, index) | bit);
    this.update();
  }

  /** Whether a device in the place of `live` could be in this state, which came from a file. */
  possible(live: Plic): bool {
    for (let source: u32 = 0; source < SOURCES; source++) {
      if (this.word(PRIORITIES_AT, source) > (source == 0 ? 0 : PRIORITY_MASK)) return false;
    }
    for (let context: u32 = 0; context < CONTEXTS; context++) {
      if (this.word(THRESHOLDS_AT, context) > PRIORITY_MASK || this.word(ENABLE_AT, context * WORDS) & 1) return false;
    }
    // Source 0 means "none".
    if ((this.word(LINES_AT, 0) | this.word(PENDING_AT, 0) | this.word(CLAIMED_AT, 0)) & 1) return false;
    return this.irq == live.irq && this.event == live.event;
  }

  /** Drives the lines of every CPU. */
  driveLines(): void {
    this.update();
  }

  // For those who look.
  priorityOf(source: u32): u32 {
    return this.word(PRIORITIES_AT, source);
  }

  linesOf(index: u32): u32 {
    return this.word(LINES_AT, index);
  }

  pendingOf(index: u32): u32 {
    return this.word(PENDING_AT, index);
  }

  claimedOf(index: u32): u32 {
    return this.word(CLAIMED_AT, index);
  }

  /** Words of context 0, then those of context 1, and so on. */
  enabledOf(index: u32): u32 {
    return this.word(ENABLE_AT, index);
  }

  thresholdOf(context: u32): u32 {
    return this.word(THRESHOLDS_AT, context);
  }

  private claim(context: u32): u32 {
    // A claim is not affected by the threshold (specification, "Interrupt Claim Process").
    const source = this.best(context, 0);
    if (source == 0) return 0;
    const index = source >> 5;
    const bit: u32 = 1 << (source & 31);
    this.setWord(PENDING_AT, index, this.word(PENDING_AT, index) & ~bit);
    this.setWord(CLAIMED_AT, index, this.word(CLAIMED_AT, index) | bit);
    this.update();
    return source;
  }

  /**
   * As QEMU does, and unlike the specification, a source that is not enabled for the context can be completed: drivers that
   * disable a source in its handler would otherwise never see it again.
   */
  private complete(source: u32): void {
    if (source == 0 || source >= SOURCES) return;
    const index = source >> 5;
    const bit: u32 = 1 << (source & 31);
    this.setWord(CLAIMED_AT, index, this.word(CLAIMED_AT, index) & ~bit);
    this.setWord(PENDING_AT, index, this.word(PENDING_AT, index) | (this.word(LINES_AT, index) & bit));
  }

  private update(): void {
    for (let cpu: u32 = 0; cpu < machine.cpuCount; cpu++) {
      const context = cpu << 1;
      setCpuLine(cpu, LINE_MEIP, this.best(context, this.word(THRESHOLDS_AT, context)) != 0);
      setCpuLine(cpu, LINE_SEIP, this.best(context + 1, this.word(THRESHOLDS_AT, context + 1)) != 0);
    }
  }

  /** Pending and enabled source of the highest priority above `threshold`, the lowest number first; 0: none. */
  private best(context: u32, threshold: u32): u32 {
    let source: u32 = 0;
    let priority = threshold;
    for (let index: u32 = 0; index < WORDS; index++) {
      let waiting = this.word(PENDING_AT, index) & this.word(ENABLE_AT, context * WORDS + index);
      while (waiting) {
        const candidate = (index << 5) | ctz(waiting);
        waiting &= waiting - 1;
        const own = this.word(PRIORITIES_AT, candidate);
        if (own > priority) {
          source = candidate;
          priority = own;
        }
      }
    }
    return source;
  }

  private has(context: u32): bool {
    return context < machine.cpuCount * 2;
  }

  private word(array: usize, index: u32): u32 {
    return load<u32>(changetype<usize>(this) + array + (index << 2));
  }

  private setWord(array: usize, index: u32, value: u32): void {
    store<u32>(changetype<usize>(this) + array + (index << 2), value);
  }
}
