// Input device (virtio 1.2, 5.8): a keyboard, a tablet or a mouse, in the terms of Linux's evdev. Reports wait in the device's
// state until the driver gives buffers for them; what does not fit is lost as a whole, so that no half of a report is seen.
import { INPUT_KEYBOARD, INPUT_MOUSE, INPUT_TABLET } from "../../../src/spec/abi";
import { FEATURE_INDIRECT, FEATURE_VERSION_1, VirtioDevice } from "./device";
import { chainHead, give, notifyDriver, take, waiting, writableBytes, writeChain } from "./queue";

const QUEUE_EVENT: u32 = 0;
const QUEUE_STATUS: u32 = 1;

// Configuration (5.8.4).
const CONFIG_SELECT: u32 = 0;
const CONFIG_SUBSELECT: u32 = 1;
const CONFIG_SIZE: u32 = 2;
const CONFIG_DATA: u32 = 8;
const SELECT_NAME: u32 = 0x01;
const SELECT_DEVICE_IDS: u32 = 0x03;
const SELECT_EVENT_BITS: u32 = 0x11;
const SELECT_ABSOLUTE: u32 = 0x12;

// Types and codes of evdev (linux/input-event-codes.h).
const EV_KEY: u32 = 0x01;
const EV_REL: u32 = 0x02;
const EV_ABS: u32 = 0x03;
const EV_MSC: u32 = 0x04;
const EV_LED: u32 = 0x11;
const EV_REP: u32 = 0x14;
const REL_X: u32 = 0x00;
const REL_Y: u32 = 0x01;
const REL_HWHEEL: u32 = 0x06;
const REL_WHEEL: u32 = 0x08;
const ABS_Y: u32 = 0x01;
const MSC_SCAN: u32 = 0x04;
const BTN_LEFT: u32 = 0x110;
const BTN_MIDDLE: u32 = 0x112;
const BUS_VIRTUAL: u32 = 0x06;
/** Codes of keys lie below those of buttons. */
const KEY_BITMAP_BYTES: u32 = 0x100 / 8;
const BUTTON_BITMAP_BYTES: u32 = BTN_MIDDLE / 8 + 1;
/** A tablet's axes go from 0 to this. */
const ABSOLUTE_MAX: u32 = 0x7fff;

const EVENT_BYTES: u32 = 8;
/** Events that can wait; a power of 2. */
const MAX_EVENTS: u32 = 128;

@unmanaged
class Input {
  select: u32;
  subselect: u32;
  /** Waiting events: a ring of MAX_EVENTS, from `first` on, behind the fields. */
  first: u32;
  count: u32;
}

export const INPUT_STATE_BYTES: usize = offsetof<Input>() + MAX_EVENTS * EVENT_BYTES;

export const INPUT_FEATURES: u64 = FEATURE_VERSION_1 | FEATURE_INDIRECT;

const KEYBOARD_NAME: usize = memory.data<u8>([
  0x56, 0x69, 0x74, 0x72, 0x69, 0x6e, 0x65, 0x20, 0x6b, 0x65, 0x79, 0x62, 0x6f, 0x61, 0x72, 0x64,
]);
const TABLET_NAME: usize = memory.data<u8>([
  0x56, 0x69, 0x74, 0x72, 0x69, 0x6e, 0x65, 0x20, 0x74, 0x61, 0x62, 0x6c, 0x65, 0x74,
]);
const MOUSE_NAME: usize = memory.data<u8>([
  0x56, 0x69, 0x74, 0x72, 0x69, 0x6e, 0x65, 0x20, 0x6d, 0x6f, 0x75, 0x73, 0x65,
]);

function inputOf(device: VirtioDevice): Input {
  return changetype<Input>(device.state());
}

function eventAt(input: Input, index: u32): usize {
  return changetype<usize>(input) + offsetof<Input>() + ((input.first + index) & (MAX_EVENTS - 1)) * EVENT_BYTES;
}

export function resetInput(device: VirtioDevice): void {
  memory.fill(device.state(), 0, INPUT_STATE_BYTES);
}

/** Whether the device could be in this state, which came from a file. */
export function inputPossible(device: VirtioDevice): bool {
  const input = inputOf(device);
  return input.select <= 0xff && input.subselect <= 0xff && input.first < MAX_EVENTS && input.count <= MAX_EVENTS;
}

/** Byte `offset` of the configuration. */
export function inputConfig(device: VirtioDevice, offset: u32): u32 {
  const input = inputOf(device);
  if (offset == CONFIG_SELECT) return input.select;
  if (offset == CONFIG_SUBSELECT) return input.subselect;
  const size = answerSize(device.disk, input.select, input.subselect);
  if (offset == CONFIG_SIZE) return size;
  if (offset < CONFIG_DATA || offset - CONFIG_DATA >= size) return 0;
  return answerByte(device.disk, input.select, input.subselect, offset - CONFIG_DATA);
}

export function writeInputConfig(device: VirtioDevice, offset: u32, value: u32): void {
  if (offset == CONFIG_SELECT) inputOf(device).select = value & 0xff;
  else if (offset == CONFIG_SUBSELECT) inputOf(device).subselect = value & 0xff;
}

/** Bytes of the answer to what the driver has selected; 0: there is none. */
function answerSize(kind: u32, select: u32, subselect: u32): u32 {
  if (select == SELECT_NAME) return kind == INPUT_KEYBOARD ? 16 : kind == INPUT_TABLET ? 14 : 13;
  if (select == SELECT_DEVICE_IDS) return 8;
  if (select == SELECT_ABSOLUTE) return kind == INPUT_TABLET && subselect <= ABS_Y ? 20 : 0;
  if (select != SELECT_EVENT_BITS) return 0;
  if (kind == INPUT_KEYBOARD) {
    return subselect == EV_KEY ? KEY_BITMAP_BYTES : subselect == EV_REP || subselect == EV_LED ? 1 : 0;
  }
  if (subselect == EV_KEY) return BUTTON_BITMAP_BYTES;
  if (subselect == EV_REL) return 2;
  // Without EV_MSC, of which there are no events, Linux's joydev takes a tablet with a wheel for a joystick too.
  return (subselect == EV_ABS || subselect == EV_MSC) && kind == INPUT_TABLET ? 1 : 0;
}

function answerByte(kind: u32, select: u32, subselect: u32, index: u32): u32 {
  switch (select) {
    case SELECT_NAME:
      return load<u8>(
        (kind == INPUT_KEYBOARD ? KEYBOARD_NAME : kind == INPUT_TABLET ? TABLET_NAME : MOUSE_NAME) + index,
      );
    case SELECT_DEVICE_IDS:
      // Bus, vendor, product, version, 16 bits each.
      return index == 0 ? BUS_VIRTUAL : index == 4 ? kind + 1 : index == 6 ? 1 : 0;
    case SELECT_ABSOLUTE:
      // Least, most, fuzz, flat, resolution, 32 bits each.
      return index >= 4 && index < 8 ? (ABSOLUTE_MAX >> ((index - 4) << 3)) & 0xff : 0;
  }
  if (kind == INPUT_KEYBOARD) {
    // All keys but number 0; three lights; repetition needs no bits.
    if (subselect == EV_KEY) return index ? 0xff : 0xfe;
    return subselect == EV_LED ? 7 : 0;
  }
  if (subselect == EV_KEY) return index == BTN_LEFT / 8 ? 7 : 0;
  if (subselect == EV_ABS) return 3;
  if (subselect == EV_MSC) return 1 << MSC_SCAN;
  const wheels: u32 = (1 << REL_WHEEL) | (1 << REL_HWHEEL);
  const moves: u32 = kind == INPUT_MOUSE ? (1 << REL_X) | (1 << REL_Y) : 0;
  return ((wheels | moves) >> (index << 3)) & 0xff;
}

/** A report of `count` events at `from`, of type u16, code u16 and value u32 each. Without a driver nobody notices it. */
export function reportInput(device: VirtioDevice, from: usize, count: u32): void {
  const input = inputOf(device);
  if (!device.running() || count > MAX_EVENTS - input.count) return;
  for (let i: u32 = 0; i < count; i++) {
    store<u64>(eventAt(input, input.count), load<u64>(from + i * EVENT_BYTES));
    input.count++;
  }
  send(device);
}

/** Events that the driver has not taken. */
export function waitingInput(device: VirtioDevice): u32 {
  return inputOf(device).count;
}

export function notifyInput(device: VirtioDevice, queue: u32): void {
  if (queue == QUEUE_EVENT) send(device);
  else if (queue == QUEUE_STATUS) takeStatus(device);
}

function send(device: VirtioDevice): void {
  const input = inputOf(device);
  const queue = device.queue(QUEUE_EVENT);
  let given = false;
  while (input.count && waiting(device, queue) && take(device, queue)) {
    if (writableBytes() < EVENT_BYTES) {
      device.broken();
      return;
    }
    give(device, queue, chainHead(), writeChain(0, eventAt(input, 0), EVENT_BYTES));
    input.first = (input.first + 1) & (MAX_EVENTS - 1);
    input.count--;
    given = true;
  }
  if (given) notifyDriver(device, queue);
}

/** A keyboard's lights: nobody here sees them. */
function takeStatus(device: VirtioDevice): void {
  const queue = device.queue(QUEUE_STATUS);
  let given = false;
  while (take(device, queue)) {
    give(device, queue, chainHead(), 0);
    given = true;
  }
  if (given) notifyDriver(device, queue);
}
