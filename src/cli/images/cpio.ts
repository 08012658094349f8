/** Archives for the kernel's initial file system: "newc" of cpio (Linux, driver-api/early-userspace/buffer-format). */

export interface ArchiveEntry {
  readonly path: string;
  /** Type and permissions, as of stat(). */
  readonly mode: number;
  readonly data?: Uint8Array;
  /** Major and minor number of a device. */
  readonly device?: readonly [number, number];
}

/** The archive; what lies in a folder comes after the folder. Owner is root. */
export function cpioArchive(entries: readonly ArchiveEntry[]): Uint8Array {
  return Buffer.concat([...entries, { path: "TRAILER!!!", mode: 0 }].map((entry, index) => record(entry, index + 1)));
}

function record({ path, mode, data = new Uint8Array(0), device = [0, 0] }: ArchiveEntry, inode: number): Buffer {
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, ...device, path.length + 1, 0];
  const head = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}${path}\0`);
  return Buffer.concat([padded(head), padded(data)]);
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
