/** Floats by their bits (IEEE 754, binary32 and binary64). */

const scratch = new DataView(new ArrayBuffer(8));

/** What `bits` mean as a float of 4 or 8 bytes. */
export function floatOf(bits: bigint, bytes: number): number {
  scratch.setBigUint64(0, bits, true);
  return bytes === 4 ? scratch.getFloat32(0, true) : scratch.getFloat64(0, true);
}

/** The bits of a float of 4 or 8 bytes, unsigned; of 4 the nearest one is meant. */
export function bitsOfFloat(value: number, bytes: number): bigint {
  if (bytes === 8) {
    scratch.setFloat64(0, value, true);
    return scratch.getBigUint64(0, true);
  }
  scratch.setFloat32(0, value, true);
  return BigInt(scratch.getUint32(0, true));
}
