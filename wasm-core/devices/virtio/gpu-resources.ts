// Resources of a GPU (virtio 1.2, 5.7.6.8): pictures in the video memory, which lies behind guest RAM, with the lists of the
// guest's pages that back them. The table is device state; free video memory is zero, so that a machine's state has no past.
import { PAGE_SHIFT, RAM_BASE, VIDEO_BYTES } from "../../../src/spec/abi";
import { machine } from "../../machine/machine";
import { ramPointer } from "../../machine/ram";
import { VirtioDevice } from "./device";
import { readChain } from "./queue";

export const MAX_RESOURCES: u32 = 64;
/** More pieces in one list than any driver needs: a picture as large as the video memory in pages has 8192. */
export const MAX_ENTRIES: u32 = 16384;
/** Of one entry of the list: address u64, length u32, padding (5.7.6.8, virtio_gpu_mem_entry). */
export const ENTRY_BYTES: u32 = 16;

@unmanaged
export class Resource {
  /** The guest's number for it; 0: this place is free. */
  id: u32;
  format: u32;
  width: u32;
  height: u32;
  /** Where its rows lie, without gaps, and where the list of its backing: offsets in the video memory. */
  pixels: u32;
  backing: u32;
  /** Entries of the list; 0: nothing backs it. */
  entries: u32;
  reserved: u32;

  stride(): u32 {
    return this.width << 2;
  }

  bytes(): u64 {
    return (<u64>this.width * <u64>this.height) << 2;
  }

  /** Whether the rectangle is not empty and lies in the picture. */
  contains(x: u32, y: u32, width: u32, height: u32): bool {
    if (!width || !height || x > this.width || y > this.height) return false;
    return width <= this.width - x && height <= this.height - y;
  }
}

export const RESOURCES_BYTES: usize = MAX_RESOURCES * offsetof<Resource>();

export function videoPointer(offset: u32): usize {
  return <usize>RAM_BASE + <usize>machine.ramBytes + <usize>offset;
}

/** Place `index` of the table, which lies at the start of the device's state. */
export function resourceAt(device: VirtioDevice, index: u32): Resource {
  return changetype<Resource>(device.state() + index * offsetof<Resource>());
}

/** The resource that the guest calls `id`, or null. */
export function findResource(device: VirtioDevice, id: u32): Resource | null {
  if (id == 0) return null;
  for (let i: u32 = 0; i < MAX_RESOURCES; i++) {
    const resource = resourceAt(device, i);
    if (resource.id == id) return resource;
  }
  return null;
}

/** Makes a black picture of at least one pixel, or answers null: there is no room for it. */
export function createResource(device: VirtioDevice, id: u32, format: u32, width: u32, height: u32): Resource | null {
  for (let i: u32 = 0; i < MAX_RESOURCES; i++) {
    const resource = resourceAt(device, i);
    if (resource.id) continue;
    const place = findRoom(device, (<u64>width * <u64>height) << 2);
    if (place == VIDEO_BYTES) return null;
    resource.id = id;
    resource.format = format;
    resource.width = width;
    resource.height = height;
    resource.pixels = place;
    resource.backing = 0;
    resource.entries = 0;
    return resource;
  }
  return null;
}

export function destroyResource(resource: Resource): void {
  detachBacking(resource);
  memory.fill(videoPointer(resource.pixels), 0, <usize>resource.bytes());
  memory.fill(changetype<usize>(resource), 0, offsetof<Resource>());
}

export function detachBacking(resource: Resource): void {
  memory.fill(videoPointer(resource.backing), 0, resource.entries * ENTRY_BYTES);
  resource.backing = 0;
  resource.entries = 0;
}

/** The list of `entries` (1 to MAX_ENTRIES) pieces at byte `offset` of the chain in hand backs the resource. 0: there is no room. */
export function attachBacking(device: VirtioDevice, resource: Resource, offset: u32, entries: u32): bool {
  const place = findRoom(device, <u64>entries * ENTRY_BYTES);
  if (place == VIDEO_BYTES) return false;
  resource.backing = place;
  resource.entries = entries;
  readChain(offset, videoPointer(place), entries * ENTRY_BYTES);
  return true;
}

/** Bytes of RAM that back a resource; u64.MAX_VALUE if any of them lies elsewhere. */
export function backingBytes(resource: Resource): u64 {
  let total: u64 = 0;
  for (let i: u32 = 0; i < resource.entries; i++) {
    const entry = entryAt(resource, i);
    const length = load<u32>(entry, 8);
    if (!ramPointer(load<u64>(entry), length)) return u64.MAX_VALUE;
    total += length;
  }
  return total;
}

/** Copies a rectangle, which the resource contains, from byte `offset` of what backs it. false: that does not hold it. */
export function transfer(resource: Resource, x: u32, y: u32, width: u32, height: u32, offset: u64): bool {
  const stride = resource.stride();
  const needed = <u64>(height - 1) * stride + (width << 2);
  const total = backingBytes(resource);
  if (total == u64.MAX_VALUE || offset > total || needed > total - offset) return false;
  let to = videoPointer(resource.pixels) + <usize>y * stride + (x << 2);
  let index: u32 = 0;
  /** Offset of the piece `index`. */
  let start: u64 = 0;
  for (let row: u32 = 0; row < height; row++) {
    let from = offset + <u64>row * stride;
    let left = width << 2;
    let at = to;
    while (left) {
      const entry = entryAt(resource, index);
      const length = load<u32>(entry, 8);
      if (from - start >= length) {
        start += length;
        index++;
        continue;
      }
      const skip = <u32>(from - start);
      const part = min(left, length - skip);
      memory.copy(at, ramPointer(load<u64>(entry), length) + skip, part);
      at += part;
      from += part;
      left -= part;
    }
    to += stride;
  }
  return true;
}

function entryAt(resource: Resource, index: u32): usize {
  return videoPointer(resource.backing) + index * ENTRY_BYTES;
}

/** Offset of the first gap of `bytes` bytes, or VIDEO_BYTES. */
function findRoom(device: VirtioDevice, bytes: u64): u32 {
  if (bytes > VIDEO_BYTES) return VIDEO_BYTES;
  let place: u32 = 0;
  while (place <= VIDEO_BYTES - <u32>bytes) {
    const next = endOfObstacle(device, place, <u32>bytes);
    if (next == place) return place;
    place = next;
  }
  return VIDEO_BYTES;
}

/** The end, a whole page, of something that lies in these bytes; `place` itself if nothing does. */
function endOfObstacle(device: VirtioDevice, place: u32, bytes: u32): u32 {
  for (let i: u32 = 0; i < MAX_RESOURCES; i++) {
    const resource = resourceAt(device, i);
    if (!resource.id) continue;
    const pixelsEnd = endOf(resource.pixels, <u32>resource.bytes());
    if (resource.pixels < place + bytes && place < pixelsEnd) return pixelsEnd;
    if (!resource.entries) continue;
    const listEnd = endOf(resource.backing, resource.entries * ENTRY_BYTES);
    if (resource.backing < place + bytes && place < listEnd) return listEnd;
  }
  return place;
}

function endOf(place: u32, bytes: u32): u32 {
  const page: u32 = 1 << PAGE_SHIFT;
  return place + ((bytes + page - 1) & ~(page - 1));
}

function resourcePossible(resource: Resource): bool {
  if (resource.id == 0) return true;
  if (resource.width == 0 || resource.height == 0 || resource.entries > MAX_ENTRIES) return false;
  const outside = ((resource.pixels | resource.backing) & ((1 << PAGE_SHIFT) - 1)) != 0;
  if (outside || resource.pixels >= VIDEO_BYTES || resource.backing >= VIDEO_BYTES) return false;
  // Neither factor alone may make the product pass 64 bits.
  if (resource.width > VIDEO_BYTES || resource.height > VIDEO_BYTES) return false;
  if (resource.bytes() > VIDEO_BYTES - resource.pixels) return false;
  return resource.entries * ENTRY_BYTES <= VIDEO_BYTES - resource.backing;
}

/** Whether all resources, which came from a file, keep within the video memory and apart from each other. */
export function resourcesPossible(device: VirtioDevice): bool {
  for (let i: u32 = 0; i < MAX_RESOURCES; i++) {
    if (!resourcePossible(resourceAt(device, i))) return false;
  }
  // Pictures are blocks with even numbers, lists those with odd ones.
  for (let i: u32 = 0; i < 2 * MAX_RESOURCES; i++) {
    for (let j: u32 = 0; j < i; j++) {
      if (blockStart(device, i) < blockEnd(device, j) && blockStart(device, j) < blockEnd(device, i)) return false;
    }
  }
  return true;
}

function blockStart(device: VirtioDevice, block: u32): u32 {
  const resource = resourceAt(device, block >> 1);
  return block & 1 ? resource.backing : resource.pixels;
}

/** An empty block ends where it starts. */
function blockEnd(device: VirtioDevice, block: u32): u32 {
  const resource = resourceAt(device, block >> 1);
  if (!resource.id) return blockStart(device, block);
  return block & 1 ? resource.backing + resource.entries * ENTRY_BYTES : resource.pixels + <u32>resource.bytes();
}
