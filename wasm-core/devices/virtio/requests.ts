// Requests that the host works on, in a ring of the device's state, oldest first. Each is due a fixed virtual time after its
// notification. Sizes of rings are powers of 2.
import { now, schedule } from "../../machine/clock";
import { VirtioDevice } from "./device";
import { chainHead, gather, notifyDriver, waiting, writableBytes } from "./queue";

/** A device's own fields may follow, then come the requests. */
@unmanaged
export class RequestRing {
  /** Place of the oldest. */
  first: u32;
  count: u32;

  /** The host's tag of a request: its place in the ring. */
  tagIn(size: u32, index: u32): u32 {
    return (this.first + index) & (size - 1);
  }

  /** The oldest is done. */
  dropFirst(size: u32): void {
    this.first = (this.first + 1) & (size - 1);
    this.count--;
  }

  /** Whether the ring could be like this, which came from a file. */
  possibleIn(size: u32): bool {
    return this.first < size && this.count <= size;
  }
}

/** What a device keeps of a request may follow. */
@unmanaged
export class RingRequest {
  deadline: u64;
  head: u32;

  /** The chain in hand is due `latency` virtual ns from now. */
  begin(latency: u64): void {
    this.deadline = now() + latency;
    this.head = chainHead();
  }
}

export function requestIn<Ring extends RequestRing, Request>(ring: Ring, size: u32, index: u32): Request {
  const place = ring.tagIn(size, index) * offsetof<Request>();
  return changetype<Request>(changetype<usize>(ring) + offsetof<Ring>() + place);
}

/** Has the device ticked when the oldest request is due. */
export function awaitFirst(device: VirtioDevice, ring: RequestRing, first: RingRequest): void {
  if (ring.count && device.running()) schedule(device.event, first.deadline);
}

/** After a tick: tells the driver of what it was given; answers whether there may be room now for requests that had to wait. */
export function endTick(device: VirtioDevice, ring: RequestRing, first: RingRequest, given: bool): bool {
  const queue = device.queue(0);
  if (given) notifyDriver(device, queue);
  awaitFirst(device, ring, first);
  return waiting(device, queue);
}

/** Takes a chain in hand again, which the guest may have changed since: false if it is gone, or too short for `bytes` now. */
export function regather(device: VirtioDevice, head: u32, bytes: u64): bool {
  const queue = device.queue(0);
  if (!queue.ready || !gather(device, queue, head)) return false;
  if (writableBytes() >= bytes) return true;
  device.broken();
  return false;
}
