// Block device (virtio 1.2, 5.2). A request completes a fixed virtual time after its notification, in order of submission,
// whenever the host is done: if the host is late the machine holds at that instant, so that runs repeat.
import {
  BLOCK_DISCARD,
  BLOCK_DONE,
  BLOCK_FLUSH,
  BLOCK_PENDING,
  BLOCK_READ,
  BLOCK_WRITE,
  BLOCK_WRITE_SAFE,
  BLOCK_WRITE_ZEROES,
} from "../../../src/spec/abi";
import { cancel, now } from "../../machine/clock";
import {
  blockBegin,
  blockEnd,
  blockGet,
  blockPut,
  blockReadOnly,
  blockSectors,
  blockSerial,
  blockStart,
  blockStatus,
} from "../../machine/host";
import { machine } from "../../machine/machine";
import { wroteRam } from "../../machine/ram";
import { FEATURE_INDIRECT, FEATURE_VERSION_1, QUEUE_MAX, VirtioDevice } from "./device";
import {
  give,
  pieceCount,
  pieceLength,
  piecePtr,
  readChain,
  readablePieces,
  readableBytes,
  take,
  writableBytes,
  writeChain,
} from "./queue";
import { RequestRing, RingRequest, awaitFirst, endTick, regather, requestIn } from "./requests";

const FEATURE_SEG_MAX: u64 = 1 << 2;
const FEATURE_READ_ONLY: u64 = 1 << 5;
const FEATURE_BLK_SIZE: u64 = 1 << 6;
const FEATURE_FLUSH: u64 = 1 << 9;
const FEATURE_DISCARD: u64 = 1 << 13;
const FEATURE_WRITE_ZEROES: u64 = 1 << 14;

const TYPE_IN: u32 = 0;
const TYPE_OUT: u32 = 1;
const TYPE_FLUSH: u32 = 4;
const TYPE_GET_ID: u32 = 8;
const TYPE_DISCARD: u32 = 11;
const TYPE_WRITE_ZEROES: u32 = 13;

const STATUS_OK: u32 = 0;
const STATUS_IOERR: u32 = 1;
const STATUS_UNSUPPORTED: u32 = 2;

const SECTOR_BYTES: u32 = 512;
const HEADER_BYTES: u32 = 16;
const ID_BYTES: u32 = 20;
/** A range to discard or to zero (5.2.6): first sector, sectors, flags. One a request. */
const RANGE_BYTES: u32 = 16;
const RANGE_UNMAP: u32 = 1;
/** Just below 2 GiB, so that bytes fit in 32 bits; zeroes may have to be written, which takes its time. */
const MAX_DISCARD_SECTORS: u32 = 0x3f_ffff;
const MAX_ZEROES_SECTORS: u32 = 0x2_0000;
/** Sectors: smaller parts may stay as they are. */
const DISCARD_ALIGNMENT: u32 = 8;

/** Virtual ns from notification to completion. */
const LATENCY_NS: u64 = 100_000;
/** More in one request is an I/O error; with so much under way, further requests wait in their ring. */
const MAX_BYTES: u32 = 0x100_0000;

/** A ring of QUEUE_MAX requests. */
@unmanaged
class Block extends RequestRing {
  /** Bytes of data under way. */
  bytes: u32;
  reserved: u32;

  request(index: u32): Request {
    return requestIn<Block, Request>(this, QUEUE_MAX, index);
  }

  tag(index: u32): u32 {
    return this.tagIn(QUEUE_MAX, index);
  }
}

@unmanaged
class Request extends RingRequest {
  type: u32;
  /** Bytes of data. */
  length: u32;
  /** Its answer as known so far. */
  status: u32;
  /** 1: the host knows of it. */
  submitted: u32;
  /** Bytes to discard or to zero. */
  range: u32;
}

export const BLOCK_STATE_BYTES: usize = offsetof<Block>() + QUEUE_MAX * offsetof<Request>();

/** Private copies of a request's header and range, and of the disk's serial number. */
const HEADER: usize = memory.data(16, 8);
const RANGE: usize = memory.data(16, 8);
const ID: usize = memory.data(20, 8);

function blockOf(device: VirtioDevice): Block {
  return changetype<Block>(device.state());
}

export function blockFeatures(device: VirtioDevice): u64 {
  const features = FEATURE_VERSION_1 | FEATURE_INDIRECT | FEATURE_SEG_MAX | FEATURE_BLK_SIZE | FEATURE_FLUSH;
  return features | (blockReadOnly(device.disk) ? FEATURE_READ_ONLY : FEATURE_DISCARD | FEATURE_WRITE_ZEROES);
}

/** Byte `offset` of the configuration (5.2.4). */
export function blockConfig(device: VirtioDevice, offset: u32): u32 {
  if (offset < 8) return <u32>(blockSectors(device.disk) >> (offset << 3)) & 0xff;
  return (configWord(offset & ~3) >> ((offset & 3) << 3)) & 0xff;
}

function configWord(offset: u32): u32 {
  switch (offset) {
    case 12: // seg_max: header and status take a descriptor each.
      return QUEUE_MAX - 2;
    case 20: // blk_size
      return SECTOR_BYTES;
    case 36:
      return MAX_DISCARD_SECTORS;
    case 40: // max_discard_seg
      return 1;
    case 44:
      return DISCARD_ALIGNMENT;
    case 48:
      return MAX_ZEROES_SECTORS;
    case 52: // max_write_zeroes_seg
      return 1;
    case 56: // write_zeroes_may_unmap
      return 1;
    default:
      return 0;
  }
}

export function resetBlock(device: VirtioDevice): void {
  const block = blockOf(device);
  for (let i: u32 = 0; i < block.count; i++) {
    if (block.request(i).submitted) blockEnd(device.disk, block.tag(i));
  }
  memory.fill(device.state(), 0, BLOCK_STATE_BYTES);
  cancel(device.event);
}

/** Whether the device could be in this state, which came from a file. */
export function blockPossible(device: VirtioDevice): bool {
  const block = blockOf(device);
  if (!block.possibleIn(QUEUE_MAX)) return false;
  let bytes: u64 = 0;
  for (let i: u32 = 0; i < block.count; i++) {
    const request = block.request(i);
    if (request.length > MAX_BYTES || request.length % SECTOR_BYTES) return false;
    if (request.status > STATUS_UNSUPPORTED || request.submitted > 1) return false;
    const moves = request.type == TYPE_IN || request.type == TYPE_OUT;
    const empties = request.type == TYPE_DISCARD || request.type == TYPE_WRITE_ZEROES;
    const isForHost = moves || empties || request.type == TYPE_FLUSH;
    if (request.submitted ? request.status != STATUS_OK || !isForHost : isForHost && request.status == STATUS_OK)
      return false;
    if (request.length && !(moves && request.submitted)) return false;
    if (request.range && !(empties && request.submitted)) return false;
    bytes += request.length;
  }
  return block.bytes == bytes;
}

/** What the host is to do. */
function kindOf(device: VirtioDevice, type: u32): u32 {
  switch (type) {
    case TYPE_IN:
      return BLOCK_READ;
    case TYPE_OUT:
      // A driver that knows no flush takes what is written for safe (5.2.6.2).
      return device.has(FEATURE_FLUSH) ? BLOCK_WRITE : BLOCK_WRITE_SAFE;
    case TYPE_FLUSH:
      return BLOCK_FLUSH;
    default:
      return type == TYPE_DISCARD ? BLOCK_DISCARD : BLOCK_WRITE_ZEROES;
  }
}

/** Lists at `to` the requests that the host works on: disk, tag, kind and length, four u32 each; answers where the list ends. */
export function listBlocks(device: VirtioDevice, to: usize): usize {
  const block = blockOf(device);
  for (let i: u32 = 0; i < block.count; i++) {
    const request = block.request(i);
    if (!request.submitted) continue;
    store<u32>(to, device.disk);
    store<u32>(to, block.tag(i), 4);
    store<u32>(to, kindOf(device, request.type), 8);
    store<u32>(to, request.length + request.range, 12);
    to += 16;
  }
  return to;
}

/** New requests: they are parsed, and what they write is copied, now. */
export function notifyBlock(device: VirtioDevice): void {
  const block = blockOf(device);
  const queue = device.queue(0);
  const idle = block.count == 0;
  while (block.count < QUEUE_MAX && block.bytes < MAX_BYTES && take(device, queue)) submit(device, block);
  if (idle) awaitFirst(device, block, block.request(0));
}

/** The chain in hand becomes a request under way. */
function submit(device: VirtioDevice, block: Block): void {
  if (readableBytes() < HEADER_BYTES || writableBytes() < 1) {
    device.broken();
    return;
  }
  readChain(0, HEADER, HEADER_BYTES);
  const type = load<u32>(HEADER);
  const sector = load<u64>(HEADER, 8);
  const data = type == TYPE_OUT ? readableBytes() - HEADER_BYTES : writableBytes() - 1;
  const tag = block.tag(block.count);
  const request = block.request(block.count);
  request.begin(LATENCY_NS);
  request.type = type;
  request.length = 0;
  request.status = STATUS_OK;
  request.submitted = 0;
  request.range = 0;
  block.count++;
  if (type == TYPE_IN || type == TYPE_OUT) {
    const possible = data % SECTOR_BYTES == 0 && data <= MAX_BYTES && onDisk(device.disk, sector, data / SECTOR_BYTES);
    if (!possible || (type == TYPE_OUT && blockReadOnly(device.disk))) {
      request.status = STATUS_IOERR;
      return;
    }
    request.length = <u32>data;
    block.bytes += request.length;
    begin(device, request, tag, sector);
  } else if (type == TYPE_FLUSH) {
    begin(device, request, tag, 0);
  } else if (
    (type == TYPE_DISCARD && device.has(FEATURE_DISCARD)) ||
    (type == TYPE_WRITE_ZEROES && device.has(FEATURE_WRITE_ZEROES))
  ) {
    request.status = takeRange(device, request);
    if (request.status == STATUS_OK) begin(device, request, tag, load<u64>(RANGE));
  } else if (type != TYPE_GET_ID) {
    request.status = STATUS_UNSUPPORTED;
  }
}

/** The host starts with the request. */
function begin(device: VirtioDevice, request: Request, tag: u32, sector: u64): void {
  blockBegin(device.disk, tag, kindOf(device, request.type), sector, request.length + request.range);
  if (request.type == TYPE_OUT) putData(device.disk, tag);
  request.submitted = 1;
  blockStart(device.disk, tag);
}

function onDisk(disk: u32, sector: u64, count: u64): bool {
  const sectors = blockSectors(disk);
  return sector <= sectors && count <= sectors - sector;
}

/** The range of a discard or zeroing, into RANGE and the request: the status that follows from it (5.2.6.2). */
function takeRange(device: VirtioDevice, request: Request): u32 {
  if (readableBytes() != HEADER_BYTES + RANGE_BYTES) return STATUS_IOERR;
  readChain(HEADER_BYTES, RANGE, RANGE_BYTES);
  const sectors = load<u32>(RANGE, 8);
  const discards = request.type == TYPE_DISCARD;
  if (load<u32>(RANGE, 12) & ~(discards ? 0 : RANGE_UNMAP)) return STATUS_UNSUPPORTED;
  if (sectors > (discards ? MAX_DISCARD_SECTORS : MAX_ZEROES_SECTORS)) return STATUS_IOERR;
  if (!onDisk(device.disk, load<u64>(RANGE), sectors) || blockReadOnly(device.disk)) return STATUS_IOERR;
  request.range = sectors * SECTOR_BYTES;
  return STATUS_OK;
}

function putData(disk: u32, tag: u32): void {
  let header = HEADER_BYTES;
  for (let i: u32 = 0; i < readablePieces(); i++) {
    const length = pieceLength(i);
    const skip = min(header, length);
    header -= skip;
    if (skip < length) blockPut(disk, tag, piecePtr(i) + skip, length - skip);
  }
}

/** The first request is due. */
export function tickBlock(device: VirtioDevice): void {
  const block = blockOf(device);
  let given = false;
  while (block.count && device.running()) {
    const request = block.request(0);
    if (request.deadline > now()) break;
    if (request.submitted) {
      const answer = blockStatus(device.disk, block.tag(0));
      if (answer == BLOCK_PENDING) {
        machine.backendHold = 1;
        break;
      }
      if (answer != BLOCK_DONE) request.status = STATUS_IOERR;
    }
    if (complete(device, request, block.tag(0))) given = true;
    if (request.submitted) blockEnd(device.disk, block.tag(0));
    block.bytes -= request.length;
    block.dropFirst(QUEUE_MAX);
  }
  if (endTick(device, block, block.request(0), given)) notifyBlock(device);
}

/** Writes data and status into the chain. */
function complete(device: VirtioDevice, request: Request, tag: u32): bool {
  const data: u32 = request.type == TYPE_IN ? request.length : 0;
  if (!regather(device, request.head, <u64>data + 1)) return false;
  const writable = writableBytes();
  let written: u32 = 1;
  if (request.status == STATUS_OK) {
    if (request.type == TYPE_IN) {
      getData(device.disk, tag, data);
      written += data;
    } else if (request.type == TYPE_GET_ID) {
      blockSerial(device.disk, ID);
      written += writeChain(0, ID, <u32>min<u64>(ID_BYTES, writable - 1));
    }
  }
  store<u8>(HEADER, <u8>request.status);
  writeChain(writable - 1, HEADER, 1);
  give(device, device.queue(0), request.head, written);
  return true;
}

function getData(disk: u32, tag: u32, length: u32): void {
  let offset: u32 = 0;
  for (let i = readablePieces(); i < pieceCount() && offset < length; i++) {
    const part = min(pieceLength(i), length - offset);
    blockGet(disk, tag, offset, piecePtr(i), part);
    wroteRam(piecePtr(i), part);
    offset += part;
  }
}
