/** The board as somebody sees it who changes nothing: values of its devices, and what becomes of interrupts. */
import { stateRows, valueCount } from "../spec/device-state.ts";
import type { Board } from "../spec/memory-map.ts";
import type { CoreExports } from "./core-instance.ts";

/** An interrupt of a CPU. */
export interface InterruptState {
  /** Number of its cause, without the interrupt bit. */
  readonly cause: number;
  readonly pending: boolean;
  readonly enabled: boolean;
  /** Privilege that handles it. */
  readonly handler: number;
  /** It is taken before the next instruction. */
  readonly taken: boolean;
  /** Why it is not taken, in words; "" if it is. */
  readonly why: string;
}

/** A device of the board by its name, with the values of each of its rows (src/spec/device-state.ts). */
export interface DeviceValues {
  readonly name: string;
  readonly values: readonly (readonly bigint[])[];
}

/** All of it at one instruction boundary. */
export interface BoardState {
  /** Of each CPU, by falling priority. */
  readonly interrupts: readonly (readonly InterruptState[])[];
  readonly devices: readonly DeviceValues[];
}

/** Reads every value of every device. The core's reader takes none through the bus, where reading can be an event. */
export function deviceValues(core: CoreExports, board: Board, cpus: number): DeviceValues[] {
  return board.devices.map(({ name, type }, device) => ({
    name,
    values: stateRows(type).map((row, index) =>
      Array.from({ length: valueCount(row, cpus) }, (_, n) => BigInt.asUintN(64, core.deviceValue(device, index, n))),
    ),
  }));
}
