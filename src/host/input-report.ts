/** What a person does with keyboard and pointer, in the terms of Linux's evdev, on its way to the guest's input devices. */
import { INPUT_KEYBOARD, INPUT_MOUSE, INPUT_TABLET, TRANSFER_BASE } from "../spec/abi.ts";
import type { CoreExports } from "./core-instance.ts";
import type { InputDevice, InputEvent } from "./machine-types.ts";

export const INPUT_DEVICES: readonly InputDevice[] = ["keyboard", "tablet", "mouse"];

const NUMBERS: Readonly<Record<InputDevice, number>> = {
  keyboard: INPUT_KEYBOARD,
  tablet: INPUT_TABLET,
  mouse: INPUT_MOUSE,
};

/** More at once than the device could keep would be lost. */
export const MOST_REPORT_EVENTS = 64;
const EVENT_BYTES = 8;
const EV_SYN = 0;

/** The core's number of an input device. */
export function inputNumber(device: InputDevice): number {
  return NUMBERS[device];
}

/** Throws a RangeError unless `events` is one whole report. */
export function checkReport(events: readonly InputEvent[]): void {
  if (events.length === 0 || events.length > MOST_REPORT_EVENTS) {
    throw new RangeError(`a report of ${events.length} events is not possible; it has 1 to ${MOST_REPORT_EVENTS}`);
  }
  for (const [type, code, value] of events) {
    const fits = [type, code].every((number) => Number.isInteger(number) && number >= 0 && number <= 0xffff);
    if (!fits || !Number.isInteger(value) || value !== (value | 0)) {
      throw new RangeError(`${type}, ${code}, ${value} is no event: type and code have 16 bits, the value 32`);
    }
  }
  const last = events.at(-1) as InputEvent;
  if (last[0] !== EV_SYN) throw new RangeError("a report ends with an event of type 0 (EV_SYN)");
}

/** Events as the devices have them: type u16, code u16, value u32. */
export function packReport(events: readonly InputEvent[]): Uint8Array {
  const bytes = new Uint8Array(events.length * EVENT_BYTES);
  const view = new DataView(bytes.buffer);
  events.forEach(([type, code, value], index) => {
    view.setUint16(index * EVENT_BYTES, type, true);
    view.setUint16(index * EVENT_BYTES + 2, code, true);
    view.setInt32(index * EVENT_BYTES + 4, value, true);
  });
  return bytes;
}

export function unpackReport(bytes: Uint8Array): InputEvent[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / EVENT_BYTES) }, (_, index) => {
    const at = index * EVENT_BYTES;
    return [view.getUint16(at, true), view.getUint16(at + 2, true), view.getInt32(at + 4, true)] as const;
  });
}

/** Gives a report to the devices of this kind, between two instructions. */
export function deliverReport(
  core: CoreExports,
  memory: ArrayBufferLike,
  device: InputDevice,
  events: readonly InputEvent[],
): void {
  const bytes = packReport(events);
  new Uint8Array(memory, TRANSFER_BASE, bytes.length).set(bytes);
  core.inputReport(inputNumber(device), events.length);
}
