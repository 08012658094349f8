// mcycle and minstret as differences to the machine's step counter, so that counting costs nothing per instruction.
import { steps } from "../../machine/clock";
import { Hart } from "./hart";

/** Bits of mcountinhibit: mcycle, minstret. */
export const INHIBIT_CYCLE: u64 = 1;
export const INHIBIT_INSTRET: u64 = 4;

export function readCycle(hart: Hart): u64 {
  return hart.mcountinhibit & INHIBIT_CYCLE ? hart.mcycle : steps() + hart.cycleDelta;
}

export function readInstret(hart: Hart): u64 {
  return hart.mcountinhibit & INHIBIT_INSTRET ? hart.minstret : steps() + hart.instretDelta;
}

/** The counter shows `value` at the step `at` (a CSR write takes the place of the increment of its own instruction). */
export function setCycle(hart: Hart, value: u64, at: u64): void {
  hart.mcycle = value;
  hart.cycleDelta = value - at;
}

export function setInstret(hart: Hart, value: u64, at: u64): void {
  hart.minstret = value;
  hart.instretDelta = value - at;
}

/** Stops or starts counters; a stopped one keeps what it shows from step `at` on. */
export function setInhibit(hart: Hart, value: u64, at: u64): void {
  const cycle = hart.mcountinhibit & INHIBIT_CYCLE ? hart.mcycle : at + hart.cycleDelta;
  const instret = hart.mcountinhibit & INHIBIT_INSTRET ? hart.minstret : at + hart.instretDelta;
  hart.mcountinhibit = <u32>(value & (INHIBIT_CYCLE | INHIBIT_INSTRET));
  setCycle(hart, cycle, at);
  setInstret(hart, instret, at);
}
