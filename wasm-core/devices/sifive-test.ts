// SiFive test finisher: a guest writes to it to end the run or to reset the machine (as QEMU's sifive_test).
import { REASON_POWEROFF, REASON_RESET } from "../../src/spec/abi";
import { machine } from "../machine/machine";

const FINISH: u32 = 0x00;
const FAIL: u32 = 0x3333;
const PASS: u32 = 0x5555;
const RESET: u32 = 0x7777;

@unmanaged
export class SifiveTest {
  irq: u32;
  event: u32;

  read(offset: u32, size: u32): u64 {
    return 0;
  }

  write(offset: u32, size: u32, value: u64): void {
    if (offset != FINISH) return;
    const command = <u32>value & 0xffff;
    if (command == PASS) {
      machine.exitCode = 0;
      machine.stopRequest = REASON_POWEROFF;
    } else if (command == FAIL) {
      const code = (<u32>value >> 16) & 0xffff;
      // A failure must not look like success to whoever waits for the exit code.
      machine.exitCode = code ? code : 1;
      machine.stopRequest = REASON_POWEROFF;
    } else if (command == RESET) {
      machine.stopRequest = REASON_RESET;
    }
  }

  reset(): void {}

  tick(): void {}

  /** Whether a device in the place of `live` could be in this state, which came from a file. */
  possible(live: SifiveTest): bool {
    return this.irq == live.irq && this.event == live.event;
  }
}

/** Bytes of the device's state. */
export const SIFIVE_TEST_BYTES: usize = offsetof<SifiveTest>();
