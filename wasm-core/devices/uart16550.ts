// Serial port NS16550A (National Semiconductor PC16550D data sheet). Its receive FIFO is a window on the input that the host
// holds: a byte leaves the host only when the guest reads it, so neither FIFO resets nor start-up code can lose input.
import { consoleAvailable, consoleOut, consoleTake } from "../machine/host";
import { now } from "../machine/clock";
import { lower, raise } from "../machine/irq";

const RBR_THR: u32 = 0;
const IER: u32 = 1;
const IIR_FCR: u32 = 2;
const LCR: u32 = 3;
const MCR: u32 = 4;
const LSR: u32 = 5;
const MSR: u32 = 6;
const SCR: u32 = 7;

const IER_RECEIVED: u32 = 0x01;
const IER_TRANSMIT_EMPTY: u32 = 0x02;
const IER_LINE_STATUS: u32 = 0x04;

const IIR_NONE: u32 = 0x01;
const IIR_TRANSMIT_EMPTY: u32 = 0x02;
const IIR_RECEIVED: u32 = 0x04;
const IIR_LINE_STATUS: u32 = 0x06;
const IIR_TIMEOUT: u32 = 0x0c;
const IIR_FIFO: u32 = 0xc0;

const FCR_ENABLE: u32 = 0x01;
const FCR_RESET_RECEIVER: u32 = 0x02;
/** Bits of FCR that last: enable, DMA mode, trigger level. */
const FCR_STORED: u32 = 0xc9;

const LCR_DLAB: u32 = 0x80;

const MCR_DTR: u32 = 0x01;
const MCR_RTS: u32 = 0x02;
const MCR_OUT1: u32 = 0x04;
const MCR_OUT2: u32 = 0x08;
const MCR_LOOP: u32 = 0x10;

const LSR_DATA_READY: u32 = 0x01;
const LSR_OVERRUN: u32 = 0x02;
/** THR empty and transmitter empty: output leaves at once. */
const LSR_TRANSMIT_EMPTY: u32 = 0x60;

const MSR_CTS: u32 = 0x10;
const MSR_DSR: u32 = 0x20;
const MSR_RI: u32 = 0x40;
const MSR_DCD: u32 = 0x80;

const FIFO_BYTES: u32 = 16;
/** Divisor of 9600 baud in QEMU's reset state. */
const RESET_DIVISOR: u32 = 12;

/**
 * Start-up code reads RBR and throws the byte away, to clear what is left from before (Linux' 8250 driver, OpenSBI). So after
 * reset and after each write of FCR no data show for this many virtual ns, or until the guest enables the receive interrupt.
 */
const QUIET_NS: u64 = 10_000_000;

@unmanaged
export class Uart16550 {
  irq: u32;
  event: u32;
  /** 1: the machine's input goes to another device. */
  inputElsewhere: u32;
  ier: u32;
  fcr: u32;
  lcr: u32;
  mcr: u32;
  scr: u32;
  divisor: u32;
  overrun: u32;
  /** 1: the transmitter-empty interrupt is pending (if enabled). */
  transmitted: u32;
  /** Bytes in the FIFO of looped-back output, which lies behind the fields. */
  looped: u32;
  /** Virtual ns until which input does not show. */
  quietUntil: u64;

  read(offset: u32, size: u32): u64 {
    switch (offset) {
      case RBR_THR:
        return this.lcr & LCR_DLAB ? this.divisor & 0xff : this.receive();
      case IER:
        return this.lcr & LCR_DLAB ? this.divisor >> 8 : this.ier;
      case IIR_FCR: {
        const cause = this.cause();
        if (cause == IIR_TRANSMIT_EMPTY) {
          this.transmitted = 0;
          this.drive();
        }
        return this.fcr & FCR_ENABLE ? cause | IIR_FIFO : cause;
      }
      case LCR:
        return this.lcr;
      case MCR:
        return this.mcr;
      case LSR: {
        const status = this.lineStatus();
        this.overrun = 0;
        this.drive();
        return status;
      }
      case MSR:
        return this.modemStatus();
      case SCR:
        return this.scr;
      default:
        return 0;
    }
  }

  write(offset: u32, size: u32, value: u64): void {
    const byte = <u32>value & 0xff;
    switch (offset) {
      case RBR_THR:
        if (this.lcr & LCR_DLAB) this.divisor = (this.divisor & 0xff00) | byte;
        else this.transmit(byte);
        break;
      case IER:
        if (this.lcr & LCR_DLAB) {
          this.divisor = (this.divisor & 0xff) | (byte << 8);
        } else {
          this.ier = byte & 0x0f;
          // The holding register is empty always, which enabling its interrupt reports each time.
          this.transmitted = 1;
          if (byte & IER_RECEIVED) this.quietUntil = 0;
        }
        break;
      case IIR_FCR:
        // Switching the FIFO on or off clears it, as FCR_RESET_RECEIVER does; the host's input stays where it is.
        if (byte & FCR_RESET_RECEIVER || (byte ^ this.fcr) & FCR_ENABLE) this.looped = 0;
        this.fcr = byte & FCR_STORED;
        if (!(this.ier & IER_RECEIVED)) this.quietUntil = now() + QUIET_NS;
        break;
      case LCR:
        this.lcr = byte;
        break;
      case MCR:
        this.mcr = byte & 0x1f;
        break;
      case SCR:
        this.scr = byte;
        break;
    }
    this.drive();
  }

  reset(): void {
    this.ier = 0;
    this.fcr = 0;
    this.lcr = 0;
    this.mcr = MCR_OUT2;
    this.scr = 0;
    this.divisor = RESET_DIVISOR;
    this.overrun = 0;
    this.transmitted = 0;
    this.looped = 0;
    this.quietUntil = now() + QUIET_NS;
    memory.fill(this.loopFifo(), 0, FIFO_BYTES);
    this.drive();
  }

  tick(): void {}

  /** The host has new input. */
  input(): void {
    this.drive();
  }

  /** Whether a device in the place of `live` could be in this state, which came from a file. */
  possible(live: Uart16550): bool {
    if (this.irq != live.irq || this.event != live.event || this.inputElsewhere != live.inputElsewhere) return false;
    if ((this.ier & ~0x0f) | (this.fcr & ~FCR_STORED) | (this.mcr & ~0x1f) | (this.divisor & ~0xffff)) return false;
    if ((this.lcr | this.scr) & ~0xff) return false;
    return this.overrun <= 1 && this.transmitted <= 1 && this.looped <= FIFO_BYTES;
  }

  /** Bytes that the guest can read now. */
  private available(): u32 {
    if (this.looped) return this.looped;
    if (this.inputElsewhere || this.mcr & MCR_LOOP || now() < this.quietUntil) return 0;
    return consoleAvailable();
  }

  private receive(): u32 {
    if (!this.available()) return 0;
    const fifo = this.loopFifo();
    let byte: u32;
    if (this.looped) {
      byte = load<u8>(fifo);
      this.looped--;
      memory.copy(fifo, fifo + 1, this.looped);
    } else {
      consoleTake(fifo, 1);
      byte = load<u8>(fifo);
    }
    this.drive();
    return byte;
  }

  private transmit(byte: u32): void {
    this.transmitted = 1;
    if (!(this.mcr & MCR_LOOP)) {
      consoleOut(byte);
      return;
    }
    const capacity: u32 = this.fcr & FCR_ENABLE ? FIFO_BYTES : 1;
    if (this.looped < capacity) store<u8>(this.loopFifo() + this.looped++, <u8>byte);
    else this.overrun = 1;
  }

  lineStatus(): u32 {
    let status = LSR_TRANSMIT_EMPTY;
    if (this.available()) status |= LSR_DATA_READY;
    if (this.overrun) status |= LSR_OVERRUN;
    return status;
  }

  modemStatus(): u32 {
    // Not looped back, the other end is always there and ready.
    if (!(this.mcr & MCR_LOOP)) return MSR_DCD | MSR_DSR | MSR_CTS;
    let status: u32 = 0;
    if (this.mcr & MCR_RTS) status |= MSR_CTS;
    if (this.mcr & MCR_DTR) status |= MSR_DSR;
    if (this.mcr & MCR_OUT1) status |= MSR_RI;
    if (this.mcr & MCR_OUT2) status |= MSR_DCD;
    return status;
  }

  /** Interrupt identification, in the order of the data sheet's priorities. */
  cause(): u32 {
    if (this.ier & IER_LINE_STATUS && this.overrun) return IIR_LINE_STATUS;
    if (this.ier & IER_RECEIVED) {
      const available = this.available();
      if (!(this.fcr & FCR_ENABLE) && available) return IIR_RECEIVED;
      if (available >= this.trigger()) return IIR_RECEIVED;
      // Fewer bytes than the trigger level: the character timeout, without its wait.
      if (available) return IIR_TIMEOUT;
    }
    if (this.ier & IER_TRANSMIT_EMPTY && this.transmitted) return IIR_TRANSMIT_EMPTY;
    return IIR_NONE;
  }

  private trigger(): u32 {
    switch (this.fcr >> 6) {
      case 0:
        return 1;
      case 1:
        return 4;
      case 2:
        return 8;
      default:
        return 14;
    }
  }

  private drive(): void {
    if (this.cause() == IIR_NONE) lower(this.irq);
    else raise(this.irq);
  }

  private loopFifo(): usize {
    return changetype<usize>(this) + offsetof<Uart16550>();
  }
}

/** Bytes of the device's state. */
export const UART16550_BYTES: usize = offsetof<Uart16550>() + FIFO_BYTES;
