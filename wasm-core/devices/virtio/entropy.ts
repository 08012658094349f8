// Entropy device (virtio 1.2, 5.4). Its bytes come from xoshiro256**, seeded by the machine's seed: runs repeat.
import { wroteRam } from "../../machine/ram";
import { machine } from "../../machine/machine";
import { VirtioDevice } from "./device";
import { chainHead, give, notifyDriver, pieceCount, pieceLength, piecePtr, readablePieces, take } from "./queue";

@unmanaged
class Generator {
  s0: u64;
  s1: u64;
  s2: u64;
  s3: u64;

  next(): u64 {
    const result = rotl<u64>(this.s1 * 5, 7) * 9;
    const shifted = this.s1 << 17;
    this.s2 ^= this.s0;
    this.s3 ^= this.s1;
    this.s1 ^= this.s2;
    this.s0 ^= this.s3;
    this.s2 ^= shifted;
    this.s3 = rotl<u64>(this.s3, 45);
    return result;
  }
}

export const ENTROPY_STATE_BYTES: usize = offsetof<Generator>();

function generatorOf(device: VirtioDevice): Generator {
  return changetype<Generator>(device.state());
}

/** Power-on only: a driver that resets the device goes on in the same sequence. */
export function seedEntropy(device: VirtioDevice): void {
  const generator = generatorOf(device);
  const seed = machine.seed;
  generator.s0 = splitmix(seed, 1);
  generator.s1 = splitmix(seed, 2);
  generator.s2 = splitmix(seed, 3);
  generator.s3 = splitmix(seed, 4);
}

/** Output number `index` (from 1) of splitmix64 that starts at `seed`. */
function splitmix(seed: u64, index: u64): u64 {
  let z = seed + index * 0x9e37_79b9_7f4a_7c15;
  z = (z ^ (z >> 30)) * 0xbf58_476d_1ce4_e5b9;
  z = (z ^ (z >> 27)) * 0x94d0_49bb_1331_11eb;
  return z ^ (z >> 31);
}

export function notifyEntropy(device: VirtioDevice): void {
  const queue = device.queue(0);
  let given = false;
  while (take(device, queue)) {
    let written: u32 = 0;
    for (let i = readablePieces(); i < pieceCount(); i++) {
      // A driver gets no more than a request's worth of work out of one notification.
      const length = min(pieceLength(i), MAX_BYTES - written);
      fill(generatorOf(device), piecePtr(i), length);
      written += length;
    }
    give(device, queue, chainHead(), written);
    given = true;
  }
  if (given) notifyDriver(device, queue);
}

/** Most bytes for one request; the device may answer with fewer than the driver asked for (5.4.6). */
const MAX_BYTES: u32 = 0x1_0000;

function fill(generator: Generator, ptr: usize, length: u32): void {
  let done: u32 = 0;
  while (done < length) {
    const word = generator.next();
    const part = min<u32>(8, length - done);
    for (let i: u32 = 0; i < part; i++) store<u8>(ptr + done + i, <u8>(word >> (i << 3)));
    done += part;
  }
  wroteRam(ptr, length);
}
