/** Small wasm modules as the core's translator hands them over: functions "0", "1", … that import from module "core". */

/** Bytes of unsigned LEB128. */
function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...leb(content.length), ...content];
}

function text(value: string): number[] {
  return [value.length, ...new TextEncoder().encode(value)];
}

/**
 * A module whose function i answers what the core's `read` gives for bases[i]; `read` is imported, and the memory, though it is
 * not used. With `imports` further things of module "core": pairs of a name and the bytes of the import's description.
 */
export function readersOf(bases: readonly number[], imports: readonly [string, readonly number[]][] = []): Uint8Array {
  const sharedMemory = [0x02, 0x03, ...leb(1), ...leb(0x1_0000)];
  const all: readonly [string, readonly number[]][] = [["memory", sharedMemory], ["read", [0x00, 0x00]], ...imports];
  const bodies = bases.map((base) => [0x00, 0x41, base, 0x10, 0x00, 0x0b]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    // Type 0 takes an i32 and answers one, type 1 takes nothing.
    ...section(1, [2, 0x60, 1, 0x7f, 1, 0x7f, 0x60, 0, 1, 0x7f]),
    ...section(2, [all.length, ...all.flatMap(([name, what]) => [...text("core"), ...text(name), ...what])]),
    ...section(3, [bases.length, ...bases.map(() => 1)]),
    ...section(7, [bases.length, ...bases.flatMap((_, i) => [...text(`${i}`), 0x00, i + 1])]),
    ...section(10, [bodies.length, ...bodies.flatMap((body) => [...leb(body.length), ...body])]),
  ]);
}
