// Interrupt lines from devices: a device only raises or lowers its own line; who listens is the board's business.
import { setInterruptLine } from "../generated/board";

export function raise(line: u32): void {
  setInterruptLine(line, true);
}

export function lower(line: u32): void {
  setInterruptLine(line, false);
}
