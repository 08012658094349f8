// GPU (virtio 1.2, 5.7) with one scanout and two dimensions. Commands are done at their notification, so that runs repeat;
// the host hears what the screen shows and what of it has changed, and looks for itself.
import { SCREEN_LEAST, SCREEN_MOST, SCREEN_STEP, VIDEO_BYTES } from "../../../src/spec/abi";
import { screenCursor, screenCursorMove, screenDamage, screenScanout } from "../../machine/host";
import { FEATURE_INDIRECT, FEATURE_VERSION_1, VirtioDevice } from "./device";
import { EDID_BYTES, EDID_MOST_PIXELS, writeEdid } from "./gpu-edid";
import {
  COMMAND_BYTES,
  EDID_RESPONSE_BYTES,
  ERR_INVALID_PARAMETER,
  ERR_INVALID_RESOURCE_ID,
  ERR_INVALID_SCANOUT_ID,
  ERR_OUT_OF_MEMORY,
  ERR_UNSPEC,
  FLAG_FENCE,
  GET_DISPLAY_INFO,
  GET_EDID,
  HEADER_BYTES,
  MOVE_CURSOR,
  OK_DISPLAY_INFO,
  OK_EDID,
  OK_NODATA,
  RESOURCE_ATTACH_BACKING,
  RESOURCE_CREATE_2D,
  RESOURCE_DETACH_BACKING,
  RESOURCE_FLUSH,
  RESOURCE_UNREF,
  SET_SCANOUT,
  TRANSFER_TO_HOST_2D,
  UPDATE_CURSOR,
  commandBytes,
  isFormat,
  responseBytes,
} from "./gpu-protocol";
import {
  ENTRY_BYTES,
  MAX_ENTRIES,
  MAX_RESOURCES,
  RESOURCES_BYTES,
  Resource,
  attachBacking,
  backingBytes,
  createResource,
  destroyResource,
  detachBacking,
  findResource,
  resourceAt,
  resourcesPossible,
  transfer,
  videoPointer,
} from "./gpu-resources";
import { chainHead, give, notifyDriver, readChain, readableBytes, take, writableBytes, writeChain } from "./queue";

const QUEUE_CONTROL: u32 = 0;
const QUEUE_CURSOR: u32 = 1;

/** A pointer's picture is 64 pixels wide and high (5.7.6.10). */
const CURSOR_PIXELS: u32 = 64;
// Configuration (5.7.4).
const CONFIG_EVENTS_READ: u32 = 0;
const CONFIG_EVENTS_CLEAR: u32 = 4;
const CONFIG_NUM_SCANOUTS: u32 = 8;
/** VIRTIO_GPU_EVENT_DISPLAY: display information and EDID have changed. */
const EVENT_DISPLAY: u32 = 1;

@unmanaged
class Gpu {
  /** What the screen shows: a resource (0: nothing) and the rectangle of it. */
  scanout: u32;
  x: u32;
  y: u32;
  width: u32;
  height: u32;
  /** The pointer's picture (0: none), its place on the screen, and which of its pixels is there. */
  cursor: u32;
  cursorX: u32;
  cursorY: u32;
  hotX: u32;
  hotY: u32;
  /** EVENT_ bits that the driver has not cleared. */
  events: u32;
  /** The screen's size if it has changed since the machine was made, as in the device's number of its backend; 0: it has not. Resets keep it. */
  size: u32;
}

/** The table of resources, then the fields. */
export const GPU_STATE_BYTES: usize = RESOURCES_BYTES + offsetof<Gpu>();

/** VIRTIO_GPU_F_EDID (5.7.3). */
const FEATURE_EDID: u64 = 1 << 1;

/** Private copies of the command in hand and of its response. */
const COMMAND: usize = memory.data(COMMAND_BYTES, 8);
const RESPONSE: usize = memory.data(EDID_RESPONSE_BYTES, 8);

function gpuOf(device: VirtioDevice): Gpu {
  return changetype<Gpu>(device.state() + RESOURCES_BYTES);
}

/** What the device offers: no EDID where the screen has sides that a block of 128 bytes cannot name. */
export function gpuFeatures(device: VirtioDevice): u64 {
  const hasEdid = (device.disk & 0xffff) <= EDID_MOST_PIXELS && device.disk >> 16 <= EDID_MOST_PIXELS;
  return FEATURE_VERSION_1 | FEATURE_INDIRECT | (hasEdid ? FEATURE_EDID : 0);
}

/** Width in the lower half, height in the upper. */
function screenSize(device: VirtioDevice): u32 {
  const size = gpuOf(device).size;
  return size ? size : device.disk;
}

/** Byte `offset` of the configuration: events, one scanout, no capability sets. */
export function gpuConfig(device: VirtioDevice, offset: u32): u32 {
  if (offset < CONFIG_EVENTS_CLEAR) return (gpuOf(device).events >> ((offset - CONFIG_EVENTS_READ) << 3)) & 0xff;
  return offset == CONFIG_NUM_SCANOUTS ? 1 : 0;
}

export function writeGpuConfig(device: VirtioDevice, offset: u32, value: u32): void {
  if (offset == CONFIG_EVENTS_CLEAR) gpuOf(device).events &= ~value;
}

/** The screen has another size: the driver hears of it, and asks. */
export function resizeGpu(device: VirtioDevice, width: u32, height: u32): void {
  const size = width | (height << 16);
  if (size == screenSize(device)) return;
  const gpu = gpuOf(device);
  gpu.size = size;
  gpu.events |= EVENT_DISPLAY;
  device.configChanged();
}

function sizePossible(size: u32): bool {
  const width = size & 0xffff;
  const height = size >> 16;
  if (width < SCREEN_LEAST || width > SCREEN_MOST || width % SCREEN_STEP) return false;
  if (height < SCREEN_LEAST || height > SCREEN_MOST || height % SCREEN_STEP) return false;
  return width * height * 4 <= VIDEO_BYTES;
}

export function resetGpu(device: VirtioDevice): void {
  for (let i: u32 = 0; i < MAX_RESOURCES; i++) {
    const resource = resourceAt(device, i);
    if (resource.id) destroyResource(resource);
  }
  const size = gpuOf(device).size;
  memory.fill(device.state(), 0, GPU_STATE_BYTES);
  gpuOf(device).size = size;
  showGpu(device);
}

/** Tells the host what there is to see: after a reset, and when the state came from elsewhere. */
export function showGpu(device: VirtioDevice): void {
  tellScanout(device);
  tellCursor(device);
}

/** Whether the device could be in this state, which came from a file. */
export function gpuPossible(device: VirtioDevice): bool {
  if (!resourcesPossible(device)) return false;
  for (let i: u32 = 0; i < MAX_RESOURCES; i++) {
    const resource = resourceAt(device, i);
    if (resource.id && !isFormat(resource.format)) return false;
  }
  const gpu = gpuOf(device);
  if (gpu.events & ~EVENT_DISPLAY || (gpu.size && !sizePossible(gpu.size))) return false;
  if (gpu.scanout) {
    const shown = findResource(device, gpu.scanout);
    if (shown == null) return false;
    if (!shown.contains(gpu.x, gpu.y, gpu.width, gpu.height)) return false;
  }
  return gpu.cursor == 0 || isCursor(findResource(device, gpu.cursor));
}

export function notifyGpu(device: VirtioDevice, index: u32): void {
  const queue = device.queue(index);
  let given = false;
  while (take(device, queue)) {
    if (readableBytes() < HEADER_BYTES) {
      device.broken();
      return;
    }
    memory.fill(COMMAND, 0, COMMAND_BYTES);
    readChain(0, COMMAND, COMMAND_BYTES);
    memory.fill(RESPONSE, 0, EDID_RESPONSE_BYTES);
    const answer = index == QUEUE_CONTROL ? control(device) : index == QUEUE_CURSOR ? cursor(device) : ERR_UNSPEC;
    const length = responseBytes(answer);
    // Nobody wants to hear about a pointer, and so drivers leave no room for an answer.
    if (writableBytes() < length && index == QUEUE_CONTROL) {
      device.broken();
      return;
    }
    respond(answer);
    give(device, queue, chainHead(), writeChain(0, RESPONSE, length));
    given = true;
  }
  if (given) notifyDriver(device, queue);
}

/** The header of a response (5.7.6.7): a fence is handed back, and with it its context. */
function respond(answer: u32): void {
  store<u32>(RESPONSE, answer);
  if (!(word(4) & FLAG_FENCE)) return;
  store<u32>(RESPONSE, FLAG_FENCE, 4);
  store<u64>(RESPONSE, load<u64>(COMMAND, 8), 8);
  store<u32>(RESPONSE, word(16), 16);
}

/** 32 bits of the command in hand. */
function word(offset: u32): u32 {
  return load<u32>(COMMAND + offset);
}

/** Does what the command in hand says; answers the response's type. */
function control(device: VirtioDevice): u32 {
  const type = word(0);
  const length = commandBytes(type);
  if (!length) return ERR_UNSPEC;
  if (readableBytes() < length) return ERR_INVALID_PARAMETER;
  switch (type) {
    case GET_DISPLAY_INFO:
      return displayInfo(device);
    case RESOURCE_CREATE_2D:
      return create(device, word(24), word(28), word(32), word(36));
    case RESOURCE_UNREF:
      return unref(device, word(24));
    case SET_SCANOUT:
      return setScanout(device, word(40), word(44));
    case RESOURCE_FLUSH:
      return flush(device, word(40));
    case TRANSFER_TO_HOST_2D:
      return transferToHost(device, word(48), load<u64>(COMMAND, 40));
    case RESOURCE_ATTACH_BACKING:
      return attach(device, word(24), word(28));
    case RESOURCE_DETACH_BACKING:
      return detach(device, word(24));
    case GET_EDID:
      return edid(device, word(24));
  }
  return ERR_UNSPEC;
}

function displayInfo(device: VirtioDevice): u32 {
  const mode = RESPONSE + HEADER_BYTES;
  const size = screenSize(device);
  store<u32>(mode, size & 0xffff, 8);
  store<u32>(mode, size >> 16, 12);
  store<u32>(mode, 1, 16);
  return OK_DISPLAY_INFO;
}

function edid(device: VirtioDevice, scanout: u32): u32 {
  if (!device.has(FEATURE_EDID)) return ERR_UNSPEC;
  if (scanout != 0) return ERR_INVALID_SCANOUT_ID;
  store<u32>(RESPONSE + HEADER_BYTES, EDID_BYTES);
  const size = screenSize(device);
  const width = size & 0xffff;
  const height = size >> 16;
  // A console whose frame buffer is as large as the screen once was must find a timing for it still.
  const roomWidth = max(width, device.disk & 0xffff);
  const roomHeight = max(height, device.disk >> 16);
  writeEdid(RESPONSE + HEADER_BYTES + 8, width, height, roomWidth, roomHeight);
  return OK_EDID;
}

function create(device: VirtioDevice, id: u32, format: u32, width: u32, height: u32): u32 {
  if (id == 0 || findResource(device, id)) return ERR_INVALID_RESOURCE_ID;
  if (!isFormat(format) || width == 0 || height == 0) return ERR_INVALID_PARAMETER;
  // Neither may make the product of both pass 64 bits.
  if (width > VIDEO_BYTES || height > VIDEO_BYTES) return ERR_OUT_OF_MEMORY;
  return createResource(device, id, format, width, height) ? OK_NODATA : ERR_OUT_OF_MEMORY;
}

function unref(device: VirtioDevice, id: u32): u32 {
  const resource = findResource(device, id);
  if (!resource) return ERR_INVALID_RESOURCE_ID;
  const gpu = gpuOf(device);
  destroyResource(resource);
  if (gpu.scanout == id) {
    gpu.scanout = 0;
    tellScanout(device);
  }
  if (gpu.cursor == id) {
    gpu.cursor = 0;
    tellCursor(device);
  }
  return OK_NODATA;
}

function setScanout(device: VirtioDevice, scanout: u32, id: u32): u32 {
  if (scanout != 0) return ERR_INVALID_SCANOUT_ID;
  const gpu = gpuOf(device);
  if (id) {
    const resource = findResource(device, id);
    if (!resource) return ERR_INVALID_RESOURCE_ID;
    if (!resource.contains(word(24), word(28), word(32), word(36))) return ERR_INVALID_PARAMETER;
  }
  gpu.scanout = id;
  gpu.x = id ? word(24) : 0;
  gpu.y = id ? word(28) : 0;
  gpu.width = id ? word(32) : 0;
  gpu.height = id ? word(36) : 0;
  tellScanout(device);
  return OK_NODATA;
}

function tellScanout(device: VirtioDevice): void {
  const gpu = gpuOf(device);
  const shown = findResource(device, gpu.scanout);
  if (!shown) {
    screenScanout(0, 0, 0, 0, 0);
    return;
  }
  const first = videoPointer(shown.pixels) + <usize>gpu.y * shown.stride() + (gpu.x << 2);
  screenScanout(first, shown.stride(), gpu.width, gpu.height, shown.format);
}

function flush(device: VirtioDevice, id: u32): u32 {
  const resource = findResource(device, id);
  if (!resource) return ERR_INVALID_RESOURCE_ID;
  const x = word(24);
  const y = word(28);
  const width = word(32);
  const height = word(36);
  if (!resource.contains(x, y, width, height)) return ERR_INVALID_PARAMETER;
  const gpu = gpuOf(device);
  if (gpu.scanout != id) return OK_NODATA;
  const left = max(x, gpu.x);
  const top = max(y, gpu.y);
  const right = min(x + width, gpu.x + gpu.width);
  const bottom = min(y + height, gpu.y + gpu.height);
  if (left < right && top < bottom) screenDamage(left - gpu.x, top - gpu.y, right - left, bottom - top);
  return OK_NODATA;
}

function transferToHost(device: VirtioDevice, id: u32, offset: u64): u32 {
  const resource = findResource(device, id);
  if (!resource) return ERR_INVALID_RESOURCE_ID;
  const x = word(24);
  const y = word(28);
  const width = word(32);
  const height = word(36);
  if (!resource.contains(x, y, width, height)) return ERR_INVALID_PARAMETER;
  if (!resource.entries) return ERR_UNSPEC;
  return transfer(resource, x, y, width, height, offset) ? OK_NODATA : ERR_INVALID_PARAMETER;
}

function attach(device: VirtioDevice, id: u32, entries: u32): u32 {
  const resource = findResource(device, id);
  if (!resource) return ERR_INVALID_RESOURCE_ID;
  if (resource.entries) return ERR_UNSPEC;
  const list = HEADER_BYTES + 8;
  if (entries == 0 || entries > MAX_ENTRIES || readableBytes() - list < <u64>entries * ENTRY_BYTES)
    return ERR_INVALID_PARAMETER;
  if (!attachBacking(device, resource, list, entries)) return ERR_OUT_OF_MEMORY;
  if (backingBytes(resource) != u64.MAX_VALUE) return OK_NODATA;
  detachBacking(resource);
  return ERR_INVALID_PARAMETER;
}

function detach(device: VirtioDevice, id: u32): u32 {
  const resource = findResource(device, id);
  if (!resource) return ERR_INVALID_RESOURCE_ID;
  if (!resource.entries) return ERR_UNSPEC;
  detachBacking(resource);
  return OK_NODATA;
}

/** The same for a command of the cursor queue (5.7.6.10). */
function cursor(device: VirtioDevice): u32 {
  const type = word(0);
  if (type != UPDATE_CURSOR && type != MOVE_CURSOR) return ERR_UNSPEC;
  if (readableBytes() < commandBytes(type)) return ERR_INVALID_PARAMETER;
  if (word(24) != 0) return ERR_INVALID_SCANOUT_ID;
  const gpu = gpuOf(device);
  if (type == UPDATE_CURSOR) {
    const id = word(40);
    if (id && !isCursor(findResource(device, id))) return ERR_INVALID_RESOURCE_ID;
    gpu.cursor = id;
    gpu.hotX = word(44);
    gpu.hotY = word(48);
    tellCursor(device);
  }
  gpu.cursorX = word(28);
  gpu.cursorY = word(32);
  screenCursorMove(gpu.cursorX, gpu.cursorY);
  return OK_NODATA;
}

function isCursor(resource: Resource | null): bool {
  return resource != null && resource.width == CURSOR_PIXELS && resource.height == CURSOR_PIXELS;
}

function tellCursor(device: VirtioDevice): void {
  const gpu = gpuOf(device);
  const resource = findResource(device, gpu.cursor);
  if (resource) screenCursor(videoPointer(resource.pixels), resource.format, gpu.hotX, gpu.hotY);
  else screenCursor(0, 0, 0, 0);
  screenCursorMove(gpu.cursorX, gpu.cursorY);
}
