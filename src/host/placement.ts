/** Where images lie in guest memory, and the checks that they lie inside it and not over each other. */

/** Bytes to be copied to guest physical address `pa`; the image needs `memoryBytes` there, of which the rest is zero. */
export interface Placement {
  /** What messages call it. */
  readonly name: string;
  readonly pa: bigint;
  readonly bytes: Uint8Array;
  readonly memoryBytes: bigint;
}

/** The RAM of a machine in guest physical addresses. */
export interface RamRange {
  readonly start: bigint;
  readonly bytes: bigint;
}

/** Throws a RangeError that names image and addresses if something lies outside RAM or over something else. */
export function checkPlacements(placements: readonly Placement[], ram: RamRange): void {
  const end = ram.start + ram.bytes;
  for (const { name, pa, memoryBytes } of placements) {
    if (pa >= ram.start && pa + memoryBytes <= end) continue;
    throw new RangeError(
      `${name} does not fit: it needs ${range(pa, memoryBytes)}, but RAM (${ram.bytes >> 20n} MiB) is ${range(ram.start, ram.bytes)}`,
    );
  }
  const sorted = [...placements].sort((a, b) => (a.pa < b.pa ? -1 : a.pa > b.pa ? 1 : 0));
  for (let i = 1; i < sorted.length; i++) {
    const [low, high] = [sorted[i - 1]!, sorted[i]!];
    if (low.pa + low.memoryBytes <= high.pa) continue;
    throw new RangeError(
      `${low.name} (${range(low.pa, low.memoryBytes)}) and ${high.name} (${range(high.pa, high.memoryBytes)}) overlap in RAM`,
    );
  }
}

function range(pa: bigint, bytes: bigint): string {
  return `0x${pa.toString(16)} to 0x${(pa + bytes - 1n).toString(16)}`;
}

export function alignUp(value: bigint, alignment: bigint): bigint {
  return ((value + alignment - 1n) / alignment) * alignment;
}

export function alignDown(value: bigint, alignment: bigint): bigint {
  return (value / alignment) * alignment;
}
