// Console device (virtio 1.2, 5.3) with one port, which is a console, and the control queues that announce it. Input stays
// with the host until the guest has opened the port and given buffers for it.
import { consoleAvailable, consoleOut, consoleOutBytes, consoleTake } from "../../machine/host";
import { wroteRam } from "../../machine/ram";
import { FEATURE_VERSION_1, FEATURE_INDIRECT, VirtioDevice } from "./device";
import {
  chainHead,
  give,
  notifyDriver,
  pieceCount,
  pieceLength,
  piecePtr,
  readChain,
  readableBytes,
  readablePieces,
  take,
  writeChain,
} from "./queue";

const FEATURE_SIZE: u64 = 1 << 0;
const FEATURE_MULTIPORT: u64 = 1 << 1;
const FEATURE_EMERGENCY_WRITE: u64 = 1 << 2;

const QUEUE_RECEIVE: u32 = 0;
const QUEUE_TRANSMIT: u32 = 1;
const QUEUE_CONTROL_RECEIVE: u32 = 2;
const QUEUE_CONTROL_TRANSMIT: u32 = 3;

// Configuration (5.3.4).
const CONFIG_MAX_PORTS: u32 = 4;
const CONFIG_EMERGENCY_WRITE: u32 = 8;
const MAX_PORTS: u32 = 1;

// Control events (5.3.6.2).
const EVENT_DEVICE_READY: u32 = 0;
const EVENT_DEVICE_ADD: u32 = 1;
const EVENT_PORT_READY: u32 = 3;
const EVENT_CONSOLE_PORT: u32 = 4;
const EVENT_RESIZE: u32 = 5;
const EVENT_PORT_OPEN: u32 = 6;

const CONTROL_BYTES: u32 = 8;
/** More output in one buffer than any driver writes: the host must hold all of it. */
const MAX_OUTPUT_BYTES: u64 = 0x10_0000;

// Messages to the guest that wait for a buffer, in the order in which they go out.
const SEND_DEVICE_ADD: u32 = 1;
const SEND_CONSOLE_PORT: u32 = 2;
const SEND_PORT_OPEN: u32 = 4;
const SEND_RESIZE: u32 = 8;

@unmanaged
class Console {
  /** SEND_ bits. */
  pending: u32;
  /** 1: the guest opened the port. */
  opened: u32;
  /** 1: the guest knows that the port is a console, so that it understands a new size. */
  announced: u32;
  /** Size of the terminal, which resets keep. */
  columns: u16;
  rows: u16;
}

export const CONSOLE_STATE_BYTES: usize = offsetof<Console>();

/** A control message on its way in or out: id u32, event u16, value u16, then columns u16 and rows u16 for a new size. */
const MESSAGE: usize = memory.data(16, 8);

export const CONSOLE_FEATURES: u64 =
  FEATURE_VERSION_1 | FEATURE_INDIRECT | FEATURE_SIZE | FEATURE_MULTIPORT | FEATURE_EMERGENCY_WRITE;

function consoleOf(device: VirtioDevice): Console {
  return changetype<Console>(device.state());
}

/** Byte `offset` of the configuration. */
export function consoleConfig(device: VirtioDevice, offset: u32): u32 {
  const console = consoleOf(device);
  const size = <u32>console.columns | ((<u32>console.rows) << 16);
  if (offset < CONFIG_MAX_PORTS) return (size >> (offset << 3)) & 0xff;
  return offset == CONFIG_MAX_PORTS ? MAX_PORTS : 0;
}

export function writeConsoleConfig(offset: u32, value: u32): void {
  if (offset == CONFIG_EMERGENCY_WRITE) consoleOut(value & 0xff);
}

export function resetConsole(device: VirtioDevice): void {
  const console = consoleOf(device);
  console.pending = 0;
  console.opened = 0;
  console.announced = 0;
}

/** Whether the device could be in this state, which came from a file. */
export function consolePossible(device: VirtioDevice): bool {
  const console = consoleOf(device);
  const messages = SEND_DEVICE_ADD | SEND_CONSOLE_PORT | SEND_PORT_OPEN | SEND_RESIZE;
  return !(console.pending & ~messages) && console.opened <= 1 && console.announced <= 1;
}

export function notifyConsole(device: VirtioDevice, queue: u32): void {
  switch (queue) {
    case QUEUE_RECEIVE:
      receive(device);
      break;
    case QUEUE_TRANSMIT:
      transmit(device);
      break;
    case QUEUE_CONTROL_RECEIVE:
      sendControl(device);
      break;
    case QUEUE_CONTROL_TRANSMIT:
      receiveControl(device);
      break;
  }
}

/** The host has new input. */
export function inputConsole(device: VirtioDevice): void {
  receive(device);
}

export function resizeConsole(device: VirtioDevice, columns: u32, rows: u32): void {
  const console = consoleOf(device);
  if (console.columns == <u16>columns && console.rows == <u16>rows) return;
  console.columns = <u16>columns;
  console.rows = <u16>rows;
  if (!device.has(FEATURE_SIZE)) return;
  device.configChanged();
  if (!console.announced) return;
  console.pending |= SEND_RESIZE;
  sendControl(device);
}

/** Host to guest: fills the guest's buffers while there is input. */
function receive(device: VirtioDevice): void {
  // Without control queues nothing tells that the port is open: buffers for input do.
  if (device.has(FEATURE_MULTIPORT) && !consoleOf(device).opened) return;
  const queue = device.queue(QUEUE_RECEIVE);
  let given = false;
  while (consoleAvailable() && take(device, queue)) {
    let written: u32 = 0;
    for (let i = readablePieces(); i < pieceCount(); i++) {
      const taken = consoleTake(piecePtr(i), pieceLength(i));
      wroteRam(piecePtr(i), taken);
      written += taken;
      if (taken < pieceLength(i)) break;
    }
    give(device, queue, chainHead(), written);
    given = true;
  }
  if (given) notifyDriver(device, queue);
}

/** Guest to host. */
function transmit(device: VirtioDevice): void {
  const queue = device.queue(QUEUE_TRANSMIT);
  let given = false;
  while (take(device, queue)) {
    if (readableBytes() > MAX_OUTPUT_BYTES) {
      device.broken();
      return;
    }
    for (let i: u32 = 0; i < readablePieces(); i++) consoleOutBytes(piecePtr(i), pieceLength(i));
    give(device, queue, chainHead(), 0);
    given = true;
  }
  if (given) notifyDriver(device, queue);
}

function receiveControl(device: VirtioDevice): void {
  const console = consoleOf(device);
  const queue = device.queue(QUEUE_CONTROL_TRANSMIT);
  let given = false;
  while (take(device, queue)) {
    if (readableBytes() >= CONTROL_BYTES) {
      readChain(0, MESSAGE, CONTROL_BYTES);
      const port = load<u32>(MESSAGE);
      const event = <u32>load<u16>(MESSAGE, 4);
      const value = <u32>load<u16>(MESSAGE, 6);
      if (event == EVENT_DEVICE_READY) {
        if (value) console.pending |= SEND_DEVICE_ADD;
      } else if (port < MAX_PORTS && event == EVENT_PORT_READY) {
        if (value) {
          console.pending |= SEND_CONSOLE_PORT | SEND_PORT_OPEN | SEND_RESIZE;
          console.announced = 1;
        }
      } else if (port < MAX_PORTS && event == EVENT_PORT_OPEN) {
        console.opened = value ? 1 : 0;
      }
    }
    give(device, queue, chainHead(), 0);
    given = true;
  }
  if (given) notifyDriver(device, queue);
  sendControl(device);
  receive(device);
}

function sendControl(device: VirtioDevice): void {
  const console = consoleOf(device);
  const queue = device.queue(QUEUE_CONTROL_RECEIVE);
  let given = false;
  while (console.pending && take(device, queue)) {
    const bit = console.pending & (0 - console.pending);
    console.pending &= ~bit;
    let event = EVENT_PORT_OPEN;
    if (bit == SEND_DEVICE_ADD) event = EVENT_DEVICE_ADD;
    else if (bit == SEND_CONSOLE_PORT) event = EVENT_CONSOLE_PORT;
    else if (bit == SEND_RESIZE) event = EVENT_RESIZE;
    store<u32>(MESSAGE, 0);
    store<u16>(MESSAGE, <u16>event, 4);
    store<u16>(MESSAGE, 1, 6);
    // The order that the specification and Linux since 2025 have; older kernels read rows first.
    store<u16>(MESSAGE, console.columns, 8);
    store<u16>(MESSAGE, console.rows, 10);
    const length: u32 = bit == SEND_RESIZE ? CONTROL_BYTES + 4 : CONTROL_BYTES;
    give(device, queue, chainHead(), writeChain(0, MESSAGE, length));
    given = true;
  }
  if (given) notifyDriver(device, queue);
}
