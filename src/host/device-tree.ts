/** Writes flattened device trees (Devicetree Specification v0.4, chapter 5). */

/**
 * Value of a property: a string or list of strings, 32-bit cells (numbers) and 64-bit values of two cells (bigints),
 * raw bytes, or true for a property without a value.
 */
export type PropertyValue =
  | string
  | readonly string[]
  | number
  | bigint
  | readonly (number | bigint)[]
  | Uint8Array
  | true;

export interface DeviceNode {
  /** With its unit address, as in `cpu@0`; the root's is empty. */
  readonly name: string;
  readonly properties: Readonly<Record<string, PropertyValue>>;
  readonly children?: readonly DeviceNode[];
}

const FDT_MAGIC = 0xd00dfeed;
const FDT_BEGIN_NODE = 1;
const FDT_END_NODE = 2;
const FDT_PROP = 3;
const FDT_END = 9;
const FDT_VERSION = 17;
const FDT_COMPATIBLE_VERSION = 16;
const HEADER_BYTES = 40;
/** One empty entry ends the memory reservation block. */
const RESERVATION_BYTES = 16;

/** The bytes of a blob from outside. Throws an Error that names the image if that is no device tree of version 16 or 17. */
export function checkDeviceTree({ name, bytes }: { readonly name: string; readonly bytes: Uint8Array }): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getUint32(0) !== FDT_MAGIC)
    throw new Error(`${name}: not a device tree blob`);
  const size = view.getUint32(4);
  if (size < HEADER_BYTES || size > bytes.length) {
    throw new Error(`${name}: totalsize is ${size}, but the file has ${bytes.length} bytes`);
  }
  const [version, compatible] = [view.getUint32(20), view.getUint32(24)];
  if (version < FDT_COMPATIBLE_VERSION || compatible > FDT_VERSION) {
    throw new Error(`${name}: version ${version} of device trees is not known`);
  }
  return bytes.subarray(0, size);
}

/** The tree below `root` as a blob; `bootCpu` is the number of the CPU that starts. */
export function flattenDeviceTree(root: DeviceNode, bootCpu = 0): Uint8Array {
  const words: number[] = [];
  const nameOffsets = new Map<string, number>();
  const names: number[] = [];
  const encoder = new TextEncoder();

  const putBytes = (bytes: Uint8Array) => {
    for (let i = 0; i < bytes.length; i += 4) {
      const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(i, i + 4);
      words.push(((a << 24) | (b << 16) | (c << 8) | d) >>> 0);
    }
  };
  const nameOffset = (name: string): number => {
    const known = nameOffsets.get(name);
    if (known !== undefined) return known;
    const offset = names.length;
    nameOffsets.set(name, offset);
    names.push(...encoder.encode(`${name}\0`));
    return offset;
  };
  const putNode = (node: DeviceNode) => {
    words.push(FDT_BEGIN_NODE);
    putBytes(encoder.encode(`${node.name}\0`));
    for (const [name, value] of Object.entries(node.properties)) {
      const bytes = propertyBytes(value);
      words.push(FDT_PROP, bytes.length, nameOffset(name));
      putBytes(bytes);
    }
    for (const child of node.children ?? []) putNode(child);
    words.push(FDT_END_NODE);
  };
  putNode(root);
  words.push(FDT_END);

  const structOffset = HEADER_BYTES + RESERVATION_BYTES;
  const stringsOffset = structOffset + words.length * 4;
  const blob = new Uint8Array(stringsOffset + names.length);
  const view = new DataView(blob.buffer);
  const header = [
    FDT_MAGIC,
    blob.length,
    structOffset,
    stringsOffset,
    HEADER_BYTES,
    FDT_VERSION,
    FDT_COMPATIBLE_VERSION,
    bootCpu,
    names.length,
    words.length * 4,
  ];
  header.forEach((word, i) => {
    view.setUint32(i * 4, word);
  });
  words.forEach((word, i) => {
    view.setUint32(structOffset + i * 4, word);
  });
  blob.set(names, stringsOffset);
  return blob;
}

function propertyBytes(value: PropertyValue): Uint8Array {
  if (value === true) return new Uint8Array(0);
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") return new TextEncoder().encode(`${value}\0`);
  if (typeof value === "number" || typeof value === "bigint") return propertyBytes([value]);
  if (typeof value[0] === "string") return new TextEncoder().encode(value.map((text) => `${text}\0`).join(""));
  const cells = (value as readonly (number | bigint)[]).flatMap((cell) =>
    typeof cell === "number" ? [cell >>> 0] : [Number(cell >> 32n) >>> 0, Number(cell & 0xffff_ffffn)],
  );
  const bytes = new Uint8Array(cells.length * 4);
  const view = new DataView(bytes.buffer);
  cells.forEach((cell, i) => {
    view.setUint32(i * 4, cell);
  });
  return bytes;
}
