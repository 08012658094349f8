/** A split virtqueue (virtio 1.2, 2.7) as it lies in the guest's memory. The guest wrote it: nothing in it is believed. */

export interface QueuePlace {
  /** Descriptors; a power of 2 up to 32768. */
  readonly size: number;
  /** Physical addresses of the descriptor table, the available ring and the used ring. */
  readonly descriptors: bigint;
  readonly driver: bigint;
  readonly device: bigint;
}

export interface Descriptor {
  readonly index: number;
  readonly address: bigint;
  readonly length: number;
  /** Names of the flags that are set. */
  readonly flags: readonly string[];
  /** Index of the next one, with flag NEXT. */
  readonly next: number;
}

/** A chain of descriptors in the available ring, or one that has been used. */
export interface Chain {
  /** Number of the ring's entry, counted without end modulo 2^16. */
  readonly entry: number;
  readonly descriptors: readonly Descriptor[];
  /** Bytes that the device has written, of one that has been used. */
  readonly written?: number;
  /** What is wrong with it, or null. */
  readonly wrong: string | null;
}

export interface QueueLook {
  /** Indices that driver and device fill next; `noInterrupt`: the driver wants none. */
  readonly available: number;
  readonly used: number;
  readonly noInterrupt: boolean;
  /** Chains that the device has not taken yet, oldest first. */
  readonly waiting: readonly Chain[];
  /** Chains that have been given back last, newest first. */
  readonly done: readonly Chain[];
}

/** `length` bytes of physical memory. Throws an Error where there is none. */
export type ReadPhysical = (pa: bigint, length: number) => Promise<Uint8Array>;

const LARGEST = 32768;
const DESCRIPTOR_BYTES = 16;
const FLAGS = ["NEXT", "WRITE", "INDIRECT"] as const;
/** Chains that are shown of each kind. */
const MOST_CHAINS = 16;

/**
 * What the driver has put in and the device has given back. `taken`: index of the next available entry that the device takes.
 * Throws an Error that says what is wrong with the queue as a whole.
 */
export async function lookAtQueue(place: QueuePlace, taken: number, read: ReadPhysical): Promise<QueueLook> {
  const { size } = place;
  if (size < 1 || size > LARGEST || (size & (size - 1)) !== 0) throw new Error(`${size} is no size of a queue`);
  const table = view(await part(read, place.descriptors, size * DESCRIPTOR_BYTES, "descriptor table"));
  const ring = view(await part(read, place.driver, 6 + 2 * size, "available ring"));
  const usedRing = view(await part(read, place.device, 6 + 8 * size, "used ring"));
  const available = ring.getUint16(2, true);
  const used = usedRing.getUint16(2, true);
  const count = (available - taken) & 0xffff;
  if (count > size) throw new Error(`the driver says that ${count} buffers wait, in a queue of ${size}`);
  const waiting = Array.from({ length: Math.min(count, MOST_CHAINS) }, (_, n) => {
    const entry = (taken + n) & 0xffff;
    return chainFrom(table, size, entry, ring.getUint16(4 + 2 * (entry % size), true));
  });
  const done = Array.from({ length: Math.min(used, size, MOST_CHAINS) }, (_, n) => {
    const entry = (used - 1 - n) & 0xffff;
    const at = 4 + 8 * (entry % size);
    const chain = chainFrom(table, size, entry, usedRing.getUint32(at, true));
    return { ...chain, written: usedRing.getUint32(at + 4, true) };
  });
  return { available, used, noInterrupt: (ring.getUint16(0, true) & 1) === 1, waiting, done };
}

function chainFrom(table: DataView, size: number, entry: number, head: number): Chain {
  const descriptors: Descriptor[] = [];
  for (let index = head; ; ) {
    if (index >= size) return { entry, descriptors, wrong: `there is no descriptor ${index}` };
    if (descriptors.length === size) return { entry, descriptors, wrong: "the chain has no end" };
    const at = index * DESCRIPTOR_BYTES;
    const bits = table.getUint16(at + 12, true);
    const next = table.getUint16(at + 14, true);
    descriptors.push({
      index,
      address: table.getBigUint64(at, true),
      length: table.getUint32(at + 8, true),
      flags: FLAGS.filter((_, bit) => (bits >> bit) & 1),
      next,
    });
    if ((bits & 1) === 0) return { entry, descriptors, wrong: null };
    index = next;
  }
}

async function part(read: ReadPhysical, pa: bigint, length: number, what: string): Promise<Uint8Array> {
  try {
    return await read(pa, length);
  } catch {
    throw new Error(`the ${what} at 0x${pa.toString(16)} does not lie in RAM`);
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
