/** Where an overlay keeps its bytes: a file, a file of the page's origin, or memory. */

export interface ByteStore {
  /** What messages call it. */
  readonly name: string;
  /** Bytes that it has now. */
  size(): Promise<number>;
  /** `length` bytes from `offset` on, or fewer where it ends. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** As read() into `bytes`, done when it returns how many; null: they are not at hand, read() is to be asked. */
  readNow?(offset: number, bytes: Uint8Array): number | null;
  /** Writes all of `bytes`, or throws an Error that names the store and says what to do. What it grows by is zero. */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** Resolves when all that has been written would survive a crash of the host. */
  flush(): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Lets go of it, for others to open. */
  close(): Promise<void>;
}

const PART_BYTES = 1 << 20;

/** A store in memory, which takes what is written and not more. */
export function memoryStore(name: string): ByteStore {
  const parts = new Map<number, Uint8Array>();
  let end = 0;
  /** Calls with each part of a range: its number, the range's begin and end in it, and the range's offset there. */
  const eachPart = (
    offset: number,
    length: number,
    visit: (n: number, from: number, to: number, at: number) => void,
  ) => {
    for (let at = 0; at < length; ) {
      const from = (offset + at) % PART_BYTES;
      const to = Math.min(PART_BYTES, from + length - at);
      visit(Math.floor((offset + at) / PART_BYTES), from, to, at);
      at += to - from;
    }
  };
  const readNow = (offset: number, bytes: Uint8Array): number => {
    const length = Math.max(0, Math.min(bytes.length, end - offset));
    eachPart(offset, length, (n, from, to, at) => {
      const part = parts.get(n);
      if (part === undefined) bytes.fill(0, at, at + to - from);
      else bytes.set(part.subarray(from, to), at);
    });
    return length;
  };
  return {
    name,
    size: async () => end,
    readNow,
    read: async (offset, length) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, end - offset)));
      readNow(offset, bytes);
      return bytes;
    },
    write: async (offset, bytes) => {
      eachPart(offset, bytes.length, (n, from, to, at) => {
        const part = parts.get(n) ?? new Uint8Array(PART_BYTES);
        parts.set(n, part);
        part.set(bytes.subarray(at, at + to - from), from);
      });
      end = Math.max(end, offset + bytes.length);
    },
    flush: async () => {},
    truncate: async (size) => {
      for (const [n, part] of parts) {
        if (n * PART_BYTES >= size) parts.delete(n);
        else if ((n + 1) * PART_BYTES > size) part.fill(0, size - n * PART_BYTES);
      }
      end = size;
    },
    close: async () => parts.clear(),
  };
}
