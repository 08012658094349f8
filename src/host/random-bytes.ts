/** Bytes that look random and follow from a seed, for what a guest wants at its start. */

const WEYL = 0x9e37_79b9_7f4a_7c15n;
const MIX1 = 0xbf58_476d_1ce4_e5b9n;
const MIX2 = 0x94d0_49bb_1331_11ebn;

/** SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) from `seed`, little-endian. */
export function randomBytes(seed: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(length / 8) * 8);
  const view = new DataView(bytes.buffer);
  let state = BigInt.asUintN(64, seed);
  for (let at = 0; at < length; at += 8) {
    state = BigInt.asUintN(64, state + WEYL);
    let word = BigInt.asUintN(64, (state ^ (state >> 30n)) * MIX1);
    word = BigInt.asUintN(64, (word ^ (word >> 27n)) * MIX2);
    view.setBigUint64(at, word ^ (word >> 31n), true);
  }
  return bytes.subarray(0, length);
}
