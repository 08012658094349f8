// Goldfish real-time clock: ns since 1970 with one alarm (Android goldfish virtual hardware, "Goldfish real-time clock").
import { cancel, now, schedule } from "../machine/clock";
import { lower, raise } from "../machine/irq";
import { NEVER, machine } from "../machine/machine";

const TIME_LOW: u32 = 0x00;
const TIME_HIGH: u32 = 0x04;
const ALARM_LOW: u32 = 0x08;
const ALARM_HIGH: u32 = 0x0c;
const IRQ_ENABLED: u32 = 0x10;
const CLEAR_ALARM: u32 = 0x14;
const ALARM_STATUS: u32 = 0x18;
const CLEAR_INTERRUPT: u32 = 0x1c;

@unmanaged
export class RtcGoldfish {
  irq: u32;
  event: u32;
  /** What the guest added to the clock by setting it, in ns (modulo 2^64). */
  offset: u64;
  alarm: u64;
  /** High half of the time at the last read of TIME_LOW. */
  timeHigh: u32;
  armed: u32;
  pending: u32;
  enabled: u32;

  read(offset: u32, size: u32): u64 {
    switch (offset) {
      case TIME_LOW: {
        const time = this.time();
        this.timeHigh = <u32>(time >> 32);
        return <u32>time;
      }
      case TIME_HIGH:
        return this.timeHigh;
      case ALARM_LOW:
        return <u32>this.alarm;
      case ALARM_HIGH:
        return this.alarm >> 32;
      case IRQ_ENABLED:
        return this.enabled;
      case ALARM_STATUS:
        return this.armed;
      default:
        return 0;
    }
  }

  write(offset: u32, size: u32, value: u64): void {
    const word = <u64>(<u32>value);
    const time = this.time();
    switch (offset) {
      case TIME_LOW:
        this.setTime((time & 0xffff_ffff_0000_0000) | word);
        break;
      case TIME_HIGH:
        this.setTime((time & 0xffff_ffff) | (word << 32));
        break;
      case ALARM_LOW:
        this.alarm = (this.alarm & 0xffff_ffff_0000_0000) | word;
        this.armed = 1;
        this.arm();
        break;
      case ALARM_HIGH:
        this.alarm = (this.alarm & 0xffff_ffff) | (word << 32);
        break;
      case IRQ_ENABLED:
        this.enabled = <u32>word & 1;
        this.drive();
        break;
      case CLEAR_ALARM:
        this.armed = 0;
        cancel(this.event);
        break;
      case CLEAR_INTERRUPT:
        this.pending = 0;
        this.drive();
        break;
    }
  }

  reset(): void {
    this.offset = 0;
    this.alarm = 0;
    this.timeHigh = 0;
    this.armed = 0;
    this.pending = 0;
    this.enabled = 0;
    cancel(this.event);
    this.drive();
  }

  /** The alarm is due. */
  tick(): void {
    this.armed = 0;
    this.pending = 1;
    this.drive();
  }

  /** Whether a device in the place of `live` could be in this state, which came from a file. */
  possible(live: RtcGoldfish): bool {
    return (
      this.irq == live.irq && this.event == live.event && this.armed <= 1 && this.pending <= 1 && this.enabled <= 1
    );
  }

  time(): u64 {
    return machine.rtcBase + this.offset + now();
  }

  private setTime(time: u64): void {
    this.offset += time - this.time();
    if (this.armed) this.arm();
  }

  private arm(): void {
    const time = this.time();
    if (this.alarm <= time) {
      cancel(this.event);
      this.tick();
      return;
    }
    const wait = this.alarm - time;
    const current = now();
    schedule(this.event, wait >= NEVER - current ? NEVER : current + wait);
  }

  private drive(): void {
    if (this.pending & this.enabled) raise(this.irq);
    else lower(this.irq);
  }
}

/** Bytes of the device's state. */
export const RTC_GOLDFISH_BYTES: usize = offsetof<RtcGoldfish>();
