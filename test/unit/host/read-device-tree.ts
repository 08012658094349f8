/** Reads a flattened device tree back, from the specification and not from the writer. */

export interface ReadNode {
  name: string;
  properties: Map<string, Uint8Array>;
  children: ReadNode[];
}

export function readDeviceTree(blob: Uint8Array): ReadNode {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  if (view.getUint32(0) !== 0xd00dfeed) throw new Error("no device tree");
  if (view.getUint32(4) > blob.length) throw new Error("truncated");
  const strings = view.getUint32(12);
  let at = view.getUint32(8);
  const text = (from: number) => new TextDecoder().decode(blob.subarray(from, blob.indexOf(0, from)));
  const root: ReadNode = { name: "", properties: new Map(), children: [] };
  const stack = [root];
  for (;;) {
    const token = view.getUint32(at);
    at += 4;
    const top = stack[stack.length - 1]!;
    if (token === 1) {
      const node: ReadNode = { name: text(at), properties: new Map(), children: [] };
      at += (node.name.length + 4) & ~3;
      top.children.push(node);
      stack.push(node);
    } else if (token === 2) {
      stack.pop();
    } else if (token === 3) {
      const length = view.getUint32(at);
      top.properties.set(text(strings + view.getUint32(at + 4)), blob.slice(at + 8, at + 8 + length));
      at += 8 + ((length + 3) & ~3);
    } else if (token === 9) {
      return root.children[0]!;
    } else if (token !== 4) {
      throw new Error(`token ${token}`);
    }
  }
}

/** The node at a path such as "/soc/serial@10000000". */
export function nodeAt(root: ReadNode, path: string): ReadNode {
  let node = root;
  for (const name of path.split("/").filter(Boolean)) {
    const child = node.children.find((candidate) => candidate.name === name);
    if (child === undefined) throw new Error(`no node ${path}`);
    node = child;
  }
  return node;
}

export function cells(bytes: Uint8Array | undefined): number[] {
  if (bytes === undefined) throw new Error("no such property");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(i * 4));
}

export function strings(bytes: Uint8Array | undefined): string[] {
  return new TextDecoder().decode(bytes).split("\0").slice(0, -1);
}
