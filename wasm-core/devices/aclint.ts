// Software and timer interrupts of each CPU in the CLINT layout (RISC-V ACLINT specification: MSWI and MTIMER devices).
import { MAX_CPUS } from "../../src/spec/abi";
import { TIMEBASE_NS } from "../generated/board";
import { LINE_MSIP, LINE_MTIP, setCpuLine, timeJumped } from "../generated/target";
import { deadlineOf, now, schedule } from "../machine/clock";
import { NEVER, machine } from "../machine/machine";

const MSIP: u32 = 0x0000;
const MTIMECMP: u32 = 0x4000;
const MTIME: u32 = 0xbff8;

@unmanaged
export class Aclint {
  irq: u32;
  event: u32;
  /** mtime = virtual ns / TIMEBASE_NS + offset, modulo 2^64. */
  offset: u64;
  // MAX_CPUS words of each follow the fields: see msipAt and mtimecmpAt.

  read(offset: u32, size: u32): u64 {
    const shift = (<u64>(offset & 4)) << 3;
    if (offset < MTIMECMP) {
      const cpu = (offset - MSIP) >> 2;
      return cpu < machine.cpuCount ? load<u32>(this.msipAt(cpu)) : 0;
    }
    let value: u64 = 0;
    if (offset >= MTIME) {
      value = this.mtime();
    } else {
      const cpu = (offset - MTIMECMP) >> 3;
      if (cpu < machine.cpuCount) value = this.mtimecmp(cpu);
    }
    return size == 8 ? value : <u32>(value >> shift);
  }

  write(offset: u32, size: u32, value: u64): void {
    if (offset < MTIMECMP) {
      const cpu = (offset - MSIP) >> 2;
      if (cpu >= machine.cpuCount) return;
      store<u32>(this.msipAt(cpu), <u32>value & 1);
      setCpuLine(cpu, LINE_MSIP, (value & 1) != 0);
    } else if (offset >= MTIME) {
      this.setMtime(merge(this.mtime(), offset, size, value));
    } else {
      const cpu = (offset - MTIMECMP) >> 3;
      if (cpu < machine.cpuCount) this.setMtimecmp(cpu, merge(this.mtimecmp(cpu), offset, size, value));
    }
  }

  /** mtime is 0 at reset (specification, 3.1), and so is mtimecmp, as in QEMU: the timer interrupt is pending from the start. */
  reset(): void {
    this.offset = 0 - now() / TIMEBASE_NS;
    for (let cpu: u32 = 0; cpu < MAX_CPUS; cpu++) {
      store<u32>(this.msipAt(cpu), 0);
      store<u64>(this.mtimecmpAt(cpu), 0);
      if (cpu < machine.cpuCount) setCpuLine(cpu, LINE_MSIP, false);
    }
    this.tick();
  }

  /** Brings every CPU's line up to date and schedules the next change of any of them. */
  tick(): void {
    const ticks = now() / TIMEBASE_NS;
    const time = ticks + this.offset;
    let next = NEVER;
    for (let cpu: u32 = 0; cpu < machine.cpuCount; cpu++) {
      const compare = this.mtimecmp(cpu);
      const level = time >= compare;
      setCpuLine(cpu, LINE_MTIP, level);
      // A pending line falls when mtime wraps to 0.
      const wait = level ? 0 - time : compare - time;
      if (wait == 0 || wait > NEVER / TIMEBASE_NS - ticks - 1) continue;
      const deadline = (ticks + wait) * TIMEBASE_NS;
      if (deadline < next) next = deadline;
    }
    schedule(this.event, next);
  }

  /** Whether a device in the place of `live` could be in this state, which came from a file. */
  possible(live: Aclint): bool {
    for (let cpu: u32 = 0; cpu < MAX_CPUS; cpu++) {
      if (load<u32>(this.msipAt(cpu)) > 1) return false;
    }
    return this.irq == live.irq && this.event == live.event;
  }

  /** Drives every CPU's lines as they were after the last change: an event that is due but has not been fired changes none. */
  driveLines(): void {
    const due = deadlineOf(this.event) - 1;
    const current = now();
    const time = (due < current ? due : current) / TIMEBASE_NS + this.offset;
    for (let cpu: u32 = 0; cpu < machine.cpuCount; cpu++) {
      setCpuLine(cpu, LINE_MSIP, load<u32>(this.msipAt(cpu)) != 0);
      setCpuLine(cpu, LINE_MTIP, time >= this.mtimecmp(cpu));
    }
  }

  mtime(): u64 {
    return now() / TIMEBASE_NS + this.offset;
  }

  setMtime(value: u64): void {
    this.offset = value - now() / TIMEBASE_NS;
    this.tick();
    timeJumped();
  }

  mtimecmp(cpu: u32): u64 {
    return load<u64>(this.mtimecmpAt(cpu));
  }

  setMtimecmp(cpu: u32, value: u64): void {
    store<u64>(this.mtimecmpAt(cpu), value);
    this.tick();
  }

  msip(cpu: u32): u32 {
    return load<u32>(this.msipAt(cpu));
  }

  private mtimecmpAt(cpu: u32): usize {
    return changetype<usize>(this) + offsetof<Aclint>() + (cpu << 3);
  }

  private msipAt(cpu: u32): usize {
    return this.mtimecmpAt(MAX_CPUS) + (cpu << 2);
  }
}

/** Bytes of the device's state. */
export const ACLINT_BYTES: usize = offsetof<Aclint>() + MAX_CPUS * 12;

/** `old` with the half or the whole at `offset` replaced. */
function merge(old: u64, offset: u32, size: u32, value: u64): u64 {
  if (size == 8) return value;
  if (offset & 4) return (old & 0xffff_ffff) | (value << 32);
  return (old & 0xffff_ffff_0000_0000) | (value & 0xffff_ffff);
}
