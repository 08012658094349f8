// Console device (virtio 1.2, 5.3) with several ports, and the control queues that announce them. Port 0 may be the machine's
// terminal. Input stays with the host until the guest has opened its port and given buffers for it.
import { PORTS_MAX, PORTS_TERMINAL } from "../../../src/spec/abi";
import {
  consoleAvailable,
  consoleOut,
  consoleOutBytes,
  consoleTake,
  portAvailable,
  portName,
  portOutBytes,
  portTake,
} from "../../machine/host";
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

// Queues (5.3.2): those of port 0, the control queues, then two for each further port, the first of them for input.
const QUEUES_WITHOUT_PORTS: u32 = 2;
const QUEUE_CONTROL_RECEIVE: u32 = 2;
const QUEUE_CONTROL_TRANSMIT: u32 = 3;

// Configuration (5.3.4).
const CONFIG_MAX_PORTS: u32 = 4;
const CONFIG_EMERGENCY_WRITE: u32 = 8;

// Control events (5.3.6.2).
const EVENT_DEVICE_READY: u32 = 0;
const EVENT_DEVICE_ADD: u32 = 1;
const EVENT_PORT_READY: u32 = 3;
const EVENT_CONSOLE_PORT: u32 = 4;
const EVENT_RESIZE: u32 = 5;
const EVENT_PORT_OPEN: u32 = 6;
const EVENT_PORT_NAME: u32 = 7;

const CONTROL_BYTES: u32 = 8;
/** More output in one buffer than any driver writes: the host must hold all of it. */
const MAX_OUTPUT_BYTES: u64 = 0x10_0000;

// Messages to the guest about a port that wait for a buffer, in the order in which they go out.
const SEND_DEVICE_ADD: u32 = 1;
const SEND_CONSOLE_PORT: u32 = 2;
const SEND_PORT_NAME: u32 = 4;
const SEND_PORT_OPEN: u32 = 8;
const SEND_RESIZE: u32 = 16;

@unmanaged
class Console {
  /** Size of the terminal, which resets keep. */
  columns: u16;
  rows: u16;
  reserved: u32;

  // PORTS_MAX ports follow.
  port(index: u32): Port {
    return changetype<Port>(changetype<usize>(this) + offsetof<Console>() + index * offsetof<Port>());
  }
}

@unmanaged
class Port {
  /** SEND_ bits. */
  pending: u32;
  /** 1: the guest opened the port. */
  opened: u32;
  /** 1: the guest knows what the port is, so that it understands a new size. */
  announced: u32;
  reserved: u32;
}

export const CONSOLE_STATE_BYTES: usize = offsetof<Console>() + PORTS_MAX * offsetof<Port>();

const MOST_NAME_BYTES: u32 = 64;
/** A control message on its way in or out: id u32, event u16, value u16, then columns u16 and rows u16, or a name. */
const MESSAGE: usize = memory.data(8 + 64, 8);

export const CONSOLE_FEATURES: u64 =
  FEATURE_VERSION_1 | FEATURE_INDIRECT | FEATURE_SIZE | FEATURE_MULTIPORT | FEATURE_EMERGENCY_WRITE;

function consoleOf(device: VirtioDevice): Console {
  return changetype<Console>(device.state());
}

// What stands behind the ports is configuration: PORTS_ in the device's number of its backend.

function portExists(device: VirtioDevice, port: u32): bool {
  return port < PORTS_MAX && ((device.disk >> port) & 1) != 0;
}

function isConsole(device: VirtioDevice, port: u32): bool {
  return ((device.disk >> (8 + port)) & 1) != 0;
}

function isTerminal(device: VirtioDevice, port: u32): bool {
  return port == 0 && (device.disk & PORTS_TERMINAL) != 0;
}

/** One more than the highest port; the driver's queues reach so far, whether or not the lower ones exist. */
function portCount(device: VirtioDevice): u32 {
  return max<u32>(1, 32 - clz(device.disk & ((1 << PORTS_MAX) - 1)));
}

export function consoleQueues(device: VirtioDevice): u32 {
  return QUEUES_WITHOUT_PORTS + 2 * portCount(device);
}

/** Queue for input to a port; its output comes in the next. */
function inputQueue(port: u32): u32 {
  return port == 0 ? 0 : QUEUES_WITHOUT_PORTS + 2 * port;
}

export function consoleHasTerminal(device: VirtioDevice): bool {
  return isTerminal(device, 0);
}

/** Byte `offset` of the configuration. */
export function consoleConfig(device: VirtioDevice, offset: u32): u32 {
  const console = consoleOf(device);
  const size = <u32>console.columns | ((<u32>console.rows) << 16);
  if (offset < CONFIG_MAX_PORTS) return (size >> (offset << 3)) & 0xff;
  return offset == CONFIG_MAX_PORTS ? portCount(device) : 0;
}

export function writeConsoleConfig(device: VirtioDevice, offset: u32, value: u32): void {
  if (offset != CONFIG_EMERGENCY_WRITE) return;
  store<u32>(MESSAGE, value);
  if (isTerminal(device, 0)) consoleOut(value & 0xff);
  else if (portExists(device, 0)) portOutBytes(0, MESSAGE, 1);
}

export function resetConsole(device: VirtioDevice): void {
  memory.fill(changetype<usize>(consoleOf(device).port(0)), 0, PORTS_MAX * offsetof<Port>());
}

/** Whether the device could be in this state, which came from a file. */
export function consolePossible(device: VirtioDevice): bool {
  const messages = SEND_DEVICE_ADD | SEND_CONSOLE_PORT | SEND_PORT_NAME | SEND_PORT_OPEN | SEND_RESIZE;
  for (let i: u32 = 0; i < PORTS_MAX; i++) {
    const port = consoleOf(device).port(i);
    if (port.pending & ~messages || port.opened > 1 || port.announced > 1) return false;
    if (!portExists(device, i) && (port.pending | port.opened | port.announced) != 0) return false;
  }
  return true;
}

export function notifyConsole(device: VirtioDevice, queue: u32): void {
  if (queue == QUEUE_CONTROL_RECEIVE) {
    sendControl(device);
  } else if (queue == QUEUE_CONTROL_TRANSMIT) {
    receiveControl(device);
  } else {
    const port = queue < QUEUE_CONTROL_RECEIVE ? 0 : (queue - QUEUES_WITHOUT_PORTS) >> 1;
    if (queue & 1) transmit(device, port);
    else receive(device, port);
  }
}

/** The host has new input, for whichever port. */
export function inputConsole(device: VirtioDevice): void {
  for (let port: u32 = 0; port < PORTS_MAX; port++) receive(device, port);
}

export function resizeConsole(device: VirtioDevice, columns: u32, rows: u32): void {
  const console = consoleOf(device);
  if (console.columns == <u16>columns && console.rows == <u16>rows) return;
  console.columns = <u16>columns;
  console.rows = <u16>rows;
  if (!device.has(FEATURE_SIZE)) return;
  device.configChanged();
  if (!console.port(0).announced || !isTerminal(device, 0)) return;
  console.port(0).pending |= SEND_RESIZE;
  sendControl(device);
}

/** Host to guest: fills the guest's buffers while there is input. */
function receive(device: VirtioDevice, port: u32): void {
  if (!portExists(device, port)) return;
  // Without control queues nothing tells that the port is open: buffers for input do.
  if (device.has(FEATURE_MULTIPORT) && !consoleOf(device).port(port).opened) return;
  const queue = device.queue(inputQueue(port));
  const terminal = isTerminal(device, port);
  let given = false;
  while ((terminal ? consoleAvailable() : portAvailable(port)) && take(device, queue)) {
    let written: u32 = 0;
    for (let i = readablePieces(); i < pieceCount(); i++) {
      const length = pieceLength(i);
      const taken = terminal ? consoleTake(piecePtr(i), length) : portTake(port, piecePtr(i), length);
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
function transmit(device: VirtioDevice, port: u32): void {
  const queue = device.queue(inputQueue(port) + 1);
  let given = false;
  while (take(device, queue)) {
    if (readableBytes() > MAX_OUTPUT_BYTES) {
      device.broken();
      return;
    }
    for (let i: u32 = 0; i < readablePieces(); i++) {
      if (isTerminal(device, port)) consoleOutBytes(piecePtr(i), pieceLength(i));
      else if (portExists(device, port)) portOutBytes(port, piecePtr(i), pieceLength(i));
    }
    give(device, queue, chainHead(), 0);
    given = true;
  }
  if (given) notifyDriver(device, queue);
}

function receiveControl(device: VirtioDevice): void {
  const queue = device.queue(QUEUE_CONTROL_TRANSMIT);
  let given = false;
  while (take(device, queue)) {
    if (readableBytes() >= CONTROL_BYTES) {
      readChain(0, MESSAGE, CONTROL_BYTES);
      hear(device, load<u32>(MESSAGE), load<u16>(MESSAGE, 4), load<u16>(MESSAGE, 6));
    }
    give(device, queue, chainHead(), 0);
    given = true;
  }
  if (given) notifyDriver(device, queue);
  sendControl(device);
  inputConsole(device);
}

/** A control message of the guest. */
function hear(device: VirtioDevice, id: u32, event: u32, value: u32): void {
  const console = consoleOf(device);
  if (event == EVENT_DEVICE_READY) {
    if (!value) return;
    for (let i: u32 = 0; i < PORTS_MAX; i++) {
      if (portExists(device, i)) console.port(i).pending |= SEND_DEVICE_ADD;
    }
    return;
  }
  if (!portExists(device, id)) return;
  const port = console.port(id);
  if (event == EVENT_PORT_READY && value) {
    port.announced = 1;
    port.pending |= SEND_PORT_NAME | SEND_PORT_OPEN;
    if (isConsole(device, id)) port.pending |= SEND_CONSOLE_PORT;
    if (isTerminal(device, id)) port.pending |= SEND_RESIZE;
  } else if (event == EVENT_PORT_OPEN) {
    port.opened = value ? 1 : 0;
  }
}

function sendControl(device: VirtioDevice): void {
  const queue = device.queue(QUEUE_CONTROL_RECEIVE);
  let given = false;
  for (let i: u32 = 0; i < PORTS_MAX; i++) {
    const port = consoleOf(device).port(i);
    // A port without a name has nothing to say about it.
    if (port.pending & SEND_PORT_NAME && portName(i, MESSAGE, 1) == 0) port.pending &= ~SEND_PORT_NAME;
    while (port.pending && take(device, queue)) {
      const bit = port.pending & (0 - port.pending);
      port.pending &= ~bit;
      give(device, queue, chainHead(), writeChain(0, MESSAGE, compose(device, i, bit)));
      given = true;
    }
  }
  if (given) notifyDriver(device, queue);
}

/** Makes the message that `bit` stands for; answers its length. */
function compose(device: VirtioDevice, port: u32, bit: u32): u32 {
  const console = consoleOf(device);
  let event = EVENT_PORT_OPEN;
  let length = CONTROL_BYTES;
  if (bit == SEND_DEVICE_ADD) {
    event = EVENT_DEVICE_ADD;
  } else if (bit == SEND_CONSOLE_PORT) {
    event = EVENT_CONSOLE_PORT;
  } else if (bit == SEND_PORT_NAME) {
    event = EVENT_PORT_NAME;
    length += portName(port, MESSAGE + CONTROL_BYTES, MOST_NAME_BYTES);
  } else if (bit == SEND_RESIZE) {
    event = EVENT_RESIZE;
    // The order that the specification and Linux since 2025 have; older kernels read rows first.
    store<u16>(MESSAGE, console.columns, 8);
    store<u16>(MESSAGE, console.rows, 10);
    length += 4;
  }
  store<u32>(MESSAGE, port);
  store<u16>(MESSAGE, <u16>event, 4);
  store<u16>(MESSAGE, 1, 6);
  return length;
}
