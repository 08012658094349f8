// Split virtqueues (virtio 1.2, 2.7). Nothing that the guest wrote is trusted: each address and index is checked before use,
// and a chain that breaks the rules breaks the device. The chain in hand is transient: it is gathered anew for each use.
import { ramPointer, wroteRam } from "../../machine/ram";
import { FEATURE_INDIRECT, INTERRUPT_USED, QUEUE_MAX, Queue, VirtioDevice } from "./device";

const DESCRIPTOR_BYTES: u64 = 16;
const DESCRIPTOR_NEXT: u32 = 1;
const DESCRIPTOR_WRITE: u32 = 2;
const DESCRIPTOR_INDIRECT: u32 = 4;
const AVAILABLE_NO_INTERRUPT: u32 = 1;

/** Pointer and length of each piece of the chain in hand: QUEUE_MAX times two words. */
const PIECES: usize = memory.data(1024, 8);

/** Head of the chain in hand. */
let head: u32 = 0;
/** Pieces that the device reads come first, then those that it writes. */
let readPieces: u32 = 0;
let pieces: u32 = 0;
let readTotal: u64 = 0;
let writeTotal: u64 = 0;

export function chainHead(): u32 {
  return head;
}

/** Bytes that the device may read. */
export function readableBytes(): u64 {
  return readTotal;
}

/** Bytes that the device may write. */
export function writableBytes(): u64 {
  return writeTotal;
}

/** Takes the next available chain into hand. false: there is none, or the device is broken. */
export function take(device: VirtioDevice, queue: Queue): bool {
  if (!queue.ready || !device.running()) return false;
  const ring = ramPointer(queue.driver, 6 + 2 * <u64>queue.size);
  if (!ring) return fail(device);
  const waiting = (<u32>load<u16>(ring, 2) - queue.taken) & 0xffff;
  if (waiting == 0) return false;
  if (waiting > queue.size) return fail(device);
  const next = <u32>load<u16>(ring + ((queue.taken & (queue.size - 1)) << 1), 4);
  if (!gather(device, queue, next)) return false;
  queue.taken = (queue.taken + 1) & 0xffff;
  return true;
}

/** true when take() would find something. */
export function waiting(device: VirtioDevice, queue: Queue): bool {
  if (!queue.ready || !device.running()) return false;
  const ring = ramPointer(queue.driver, 6 + 2 * <u64>queue.size);
  return ring != 0 && <u32>load<u16>(ring, 2) != queue.taken;
}

/** Takes the chain at descriptor `first` into hand. false: it breaks the rules, and the device is broken. */
export function gather(device: VirtioDevice, queue: Queue, first: u32): bool {
  head = first;
  readPieces = 0;
  pieces = 0;
  readTotal = 0;
  writeTotal = 0;
  let table = queue.descriptors;
  let entries = queue.size;
  let index = first;
  let indirect = false;
  // A chain longer than the queue has a loop, or is forbidden anyway (2.7.5.2).
  for (let count: u32 = 0; count < queue.size; count++) {
    if (index >= entries) return fail(device);
    const base = ramPointer(table, <u64>entries * DESCRIPTOR_BYTES);
    if (!base) return fail(device);
    const descriptor = base + <usize>(index << 4);
    const pa = load<u64>(descriptor);
    const length = load<u32>(descriptor, 8);
    const flags = <u32>load<u16>(descriptor, 12);
    if (flags & DESCRIPTOR_INDIRECT) {
      // One table, at the end of the chain, of whole descriptors, and none inside of it (2.7.5.3).
      if (indirect || flags & DESCRIPTOR_NEXT || !device.has(FEATURE_INDIRECT)) return fail(device);
      if (length % <u32>DESCRIPTOR_BYTES) return fail(device);
      indirect = true;
      table = pa;
      entries = length / <u32>DESCRIPTOR_BYTES;
      index = 0;
      // The table may hold as many descriptors as the queue; the one that leads to it does not count.
      count = u32.MAX_VALUE;
      continue;
    }
    if (!append(pa, length, (flags & DESCRIPTOR_WRITE) != 0)) return fail(device);
    if (!(flags & DESCRIPTOR_NEXT)) return true;
    index = <u32>load<u16>(descriptor, 14);
  }
  return fail(device);
}

function append(pa: u64, length: u32, write: bool): bool {
  // What the device writes comes after all that it reads (2.7.4.2).
  if (!write && pieces != readPieces) return false;
  if (length == 0) return true;
  const ptr = ramPointer(pa, length);
  if (!ptr || pieces == QUEUE_MAX) return false;
  const piece = PIECES + (pieces << 3);
  store<u32>(piece, <u32>ptr);
  store<u32>(piece, length, 4);
  pieces++;
  if (write) {
    writeTotal += length;
  } else {
    readPieces++;
    readTotal += length;
  }
  return true;
}

function fail(device: VirtioDevice): bool {
  device.broken();
  return false;
}

/** Number of pieces in hand that the device reads; they come first. */
export function readablePieces(): u32 {
  return readPieces;
}

export function pieceCount(): u32 {
  return pieces;
}

export function piecePtr(index: u32): usize {
  return load<u32>(PIECES + (index << 3));
}

export function pieceLength(index: u32): u32 {
  return load<u32>(PIECES + (index << 3), 4);
}

/** Copies up to `length` bytes from byte `offset` of what the device reads to `target`, which lies outside guest RAM. */
export function readChain(offset: u64, target: usize, length: u32): void {
  let skip = offset;
  let rest = length;
  for (let i: u32 = 0; i < readPieces && rest; i++) {
    const size = pieceLength(i);
    if (skip >= size) {
      skip -= size;
      continue;
    }
    const part = min(size - <u32>skip, rest);
    memory.copy(target, piecePtr(i) + <usize>skip, part);
    target += part;
    rest -= part;
    skip = 0;
  }
}

/** Copies up to `length` bytes at `source` to byte `offset` of what the device writes; answers how many fitted. */
export function writeChain(offset: u64, source: usize, length: u32): u32 {
  let skip = offset;
  let done: u32 = 0;
  for (let i = readPieces; i < pieces && done < length; i++) {
    const size = pieceLength(i);
    if (skip >= size) {
      skip -= size;
      continue;
    }
    const part = min(size - <u32>skip, length - done);
    const ptr = piecePtr(i) + <usize>skip;
    memory.copy(ptr, source + done, part);
    wroteRam(ptr, part);
    done += part;
    skip = 0;
  }
  return done;
}

/** Hands the chain at descriptor `first` back to the driver, `written` bytes of it written. */
export function give(device: VirtioDevice, queue: Queue, first: u32, written: u32): void {
  const ring = ramPointer(queue.device, 6 + 8 * <u64>queue.size);
  if (!ring) {
    device.broken();
    return;
  }
  const entry = ring + 4 + ((queue.used & (queue.size - 1)) << 3);
  store<u32>(entry, first);
  store<u32>(entry, written, 4);
  queue.used = (queue.used + 1) & 0xffff;
  store<u16>(ring, <u16>queue.used, 2);
  wroteRam(entry, 8);
  wroteRam(ring, 4);
}

/** Interrupts, once after some chains were given back, unless the driver does not want it (2.7.7). */
export function notifyDriver(device: VirtioDevice, queue: Queue): void {
  const ring = ramPointer(queue.driver, 2);
  if (ring && !(load<u16>(ring) & AVAILABLE_NO_INTERRUPT)) device.interrupt(INTERRUPT_USED);
}
