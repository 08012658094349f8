/** What the firmware configuration device offers, by number: QEMU's items, as far as they say something about this machine. */

const SIGNATURE = 0x00;
const ID = 0x01;
const CPU_COUNT = 0x05;
const KERNEL_BYTES = 0x08;
const INITRD_BYTES = 0x0b;
const KERNEL = 0x11;
const INITRD = 0x12;
const COMMAND_LINE_BYTES = 0x14;
const COMMAND_LINE = 0x15;
const DIRECTORY = 0x19;
const FIRST_FILE = 0x20;

/** It has the registers that every version has, and transfers by DMA. */
const FEATURES = 3;
const NAME_BYTES = 56;
const MOST_FILES = 64;

export interface FirmwareItem {
  readonly name: string;
  readonly content: Uint8Array;
}

export interface FirmwareRequest {
  readonly cpuCount: number;
  /** What firmware in flash is to start; all of it is absent otherwise. */
  readonly kernel?: Uint8Array | undefined;
  readonly initrd?: Uint8Array | undefined;
  readonly commandLine?: string | undefined;
  readonly files: readonly FirmwareItem[];
}

/** Throws a RangeError that names the file which cannot be one. */
export function firmwareItems(request: FirmwareRequest): ReadonlyMap<number, Uint8Array> {
  const items = new Map<number, Uint8Array>([
    [SIGNATURE, ascii("QEMU")],
    [ID, little(FEATURES, 4)],
    [CPU_COUNT, little(request.cpuCount, 2)],
  ]);
  const put = (size: number, data: number, bytes: Uint8Array | undefined) => {
    if (bytes !== undefined) items.set(size, little(bytes.length, 4)).set(data, bytes);
  };
  put(KERNEL_BYTES, KERNEL, request.kernel);
  put(INITRD_BYTES, INITRD, request.initrd);
  // With the NUL that ends it.
  put(
    COMMAND_LINE_BYTES,
    COMMAND_LINE,
    request.commandLine === undefined ? undefined : ascii(`${request.commandLine}\0`),
  );
  const files = [...request.files].sort((a, b) => (a.name < b.name ? -1 : 1));
  checkFiles(files);
  items.set(DIRECTORY, directory(files));
  files.forEach(({ content }, n) => {
    items.set(FIRST_FILE + n, content);
  });
  return items;
}

function checkFiles(files: readonly FirmwareItem[]): void {
  if (files.length > MOST_FILES) throw new RangeError(`firmware configuration: more than ${MOST_FILES} files`);
  files.forEach(({ name }, n) => {
    if (!/^[\x21-\x7e]+$/.test(name) || name.length >= NAME_BYTES) {
      throw new RangeError(`firmware configuration: "${name}" is not a name of 1 to ${NAME_BYTES - 1} characters`);
    }
    if (files[n - 1]?.name === name) throw new RangeError(`firmware configuration: there is a second "${name}"`);
  });
}

/** Count, then size, number and name of each file; numbers are big-endian. */
function directory(files: readonly FirmwareItem[]): Uint8Array {
  const bytes = new Uint8Array(4 + files.length * (8 + NAME_BYTES));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, files.length);
  files.forEach(({ name, content }, n) => {
    const at = 4 + n * (8 + NAME_BYTES);
    view.setUint32(at, content.length);
    view.setUint16(at + 4, FIRST_FILE + n);
    bytes.set(ascii(name), at + 8);
  });
  return bytes;
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function little(value: number, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, n) => (value >>> (8 * n)) & 0xff);
}
