// Transport of 9P messages (virtio 1.2, 5.9): a shared folder. What a message means is the host's business; here it is a request
// that completes a fixed virtual time after its notification, in order of submission: if the host is late the machine holds.
import { SHARE_REQUEST } from "../../../src/spec/abi";
import { cancel, now } from "../../machine/clock";
import {
  shareBegin,
  shareConfig,
  shareEnd,
  shareGet,
  sharePut,
  shareReply,
  shareReset,
  shareStart,
} from "../../machine/host";
import { machine } from "../../machine/machine";
import { wroteRam } from "../../machine/ram";
import { FEATURE_INDIRECT, FEATURE_VERSION_1, VirtioDevice } from "./device";
import { give, pieceCount, pieceLength, piecePtr, readablePieces, readableBytes, take, writableBytes } from "./queue";
import { RequestRing, RingRequest, awaitFirst, endTick, regather, requestIn } from "./requests";

const FEATURE_MOUNT_TAG: u64 = 1 << 0;

/** Virtual ns from notification to completion. */
const LATENCY_NS: u64 = 50_000;
/** size u32, type u8, tag u16: no message is shorter. */
const LEAST_BYTES: u64 = 7;
/** As long is a reply that tells of an error. */
const LEAST_ROOM: u64 = 11;
/** No message and no reply is longer: what the host offers as msize, and the header of a write beyond it. */
const MOST_BYTES: u64 = 0x8_1000;
/** With so many messages under way, further ones wait in their ring. */
const MOST_REQUESTS: u32 = 32;

/** A ring of MOST_REQUESTS messages. */
@unmanaged
class NineP extends RequestRing {
  request(index: u32): Request {
    return requestIn<NineP, Request>(this, MOST_REQUESTS, index);
  }

  tag(index: u32): u32 {
    return this.tagIn(MOST_REQUESTS, index);
  }
}

@unmanaged
class Request extends RingRequest {
  reserved: u32;
}

export const NINEP_STATE_BYTES: usize = offsetof<NineP>() + MOST_REQUESTS * offsetof<Request>();
export const NINEP_FEATURES: u64 = FEATURE_VERSION_1 | FEATURE_INDIRECT | FEATURE_MOUNT_TAG;

function ninepOf(device: VirtioDevice): NineP {
  return changetype<NineP>(device.state());
}

/** Byte `offset` of the configuration (5.9.4). */
export function ninepConfig(device: VirtioDevice, offset: u32): u32 {
  return shareConfig(device.disk, offset);
}

export function resetNinep(device: VirtioDevice): void {
  const ninep = ninepOf(device);
  for (let i: u32 = 0; i < ninep.count; i++) shareEnd(device.disk, ninep.tag(i));
  shareReset(device.disk);
  memory.fill(device.state(), 0, NINEP_STATE_BYTES);
  cancel(device.event);
}

/** Whether the device could be in this state, which came from a file. */
export function ninepPossible(device: VirtioDevice): bool {
  return ninepOf(device).possibleIn(MOST_REQUESTS);
}

/** As listBlocks(): share, tag, SHARE_REQUEST and 0. */
export function listShares(device: VirtioDevice, to: usize): usize {
  const ninep = ninepOf(device);
  for (let i: u32 = 0; i < ninep.count; i++) {
    store<u32>(to, device.disk);
    store<u32>(to, ninep.tag(i), 4);
    store<u32>(to, SHARE_REQUEST, 8);
    store<u32>(to, 0, 12);
    to += 16;
  }
  return to;
}

/** New messages: they are copied now. */
export function notifyNinep(device: VirtioDevice): void {
  const ninep = ninepOf(device);
  const queue = device.queue(0);
  const idle = ninep.count == 0;
  while (ninep.count < MOST_REQUESTS && take(device, queue)) submit(device, ninep);
  if (idle) awaitFirst(device, ninep, ninep.request(0));
}

/** The chain in hand becomes a request under way. */
function submit(device: VirtioDevice, ninep: NineP): void {
  const length = readableBytes();
  if (length < LEAST_BYTES || length > MOST_BYTES || writableBytes() < LEAST_ROOM) {
    device.broken();
    return;
  }
  const share = device.disk;
  const tag = ninep.tag(ninep.count);
  ninep.request(ninep.count).begin(LATENCY_NS);
  ninep.count++;
  shareBegin(share, tag, <u32>length, <u32>min<u64>(writableBytes(), MOST_BYTES));
  for (let i: u32 = 0; i < readablePieces(); i++) sharePut(share, tag, piecePtr(i), pieceLength(i));
  shareStart(share, tag);
}

/** The first request is due. */
export function tickNinep(device: VirtioDevice): void {
  const ninep = ninepOf(device);
  let given = false;
  while (ninep.count && device.running()) {
    const request = ninep.request(0);
    if (request.deadline > now()) break;
    const tag = ninep.tag(0);
    const length = shareReply(device.disk, tag);
    if (!length) {
      machine.backendHold = 1;
      break;
    }
    if (complete(device, request.head, tag, length)) given = true;
    shareEnd(device.disk, tag);
    ninep.dropFirst(MOST_REQUESTS);
  }
  if (endTick(device, ninep, ninep.request(0), given)) notifyNinep(device);
}

/** Writes the reply into the chain. */
function complete(device: VirtioDevice, head: u32, tag: u32, length: u32): bool {
  if (!regather(device, head, length)) return false;
  let offset: u32 = 0;
  for (let i = readablePieces(); i < pieceCount() && offset < length; i++) {
    const part = min(pieceLength(i), length - offset);
    shareGet(device.disk, tag, offset, piecePtr(i), part);
    wroteRam(piecePtr(i), part);
    offset += part;
  }
  give(device, device.queue(0), head, length);
  return true;
}
