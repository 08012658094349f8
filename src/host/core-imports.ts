/** Answers what the core asks of its host: from console, screen, disks, the other devices' backends and the linker. */
import type { BlockBackend } from "./backends/block.ts";
import type { ConsoleBackend } from "./backends/console.ts";
import type { ScreenBackend } from "./backends/screen.ts";
import type { BlockRequests } from "./block-requests.ts";
import type { CoreImports, DeviceImports, LinkerImports } from "./core-instance.ts";

/** Virtio 1.2, 5.2.6: as many bytes, without an end mark if all are used. */
const SERIAL_BYTES = 20;

export function coreImports(
  memory: WebAssembly.Memory,
  console: ConsoleBackend,
  disks: readonly BlockBackend[],
  blocks: BlockRequests,
  linker?: LinkerImports,
  screen?: ScreenBackend,
  serials: readonly string[] = [],
  devices?: DeviceImports,
): CoreImports {
  const bytes = new Uint8Array(memory.buffer);
  // Pointers above 2 GiB reach JavaScript as negative numbers.
  const view = (ptr: number, length: number) => bytes.subarray(ptr >>> 0, (ptr >>> 0) + length);
  return {
    consoleOut: (byte) => console.emitByte(byte),
    consoleOutBytes: (ptr, length) => console.emit(view(ptr, length)),
    consoleAvailable: () => console.available,
    consoleTake: (ptr, max) => console.take(view(ptr, max)),
    blockSectors: (disk) => disks[disk]!.sectors,
    blockReadOnly: (disk) => (disks[disk]!.readOnly ? 1 : 0),
    blockSerial: (disk, ptr) => view(ptr, SERIAL_BYTES).set(serialOf(serials[disk] ?? "")),
    blockBegin: (disk, tag, kind, sector, length) =>
      blocks.begin(disk, tag, kind, BigInt.asUintN(64, sector), length >>> 0),
    blockPut: (disk, tag, ptr, length) => blocks.put(disk, tag, view(ptr, length)),
    blockStart: (disk, tag) => blocks.start(disk, tag),
    blockStatus: (disk, tag) => blocks.status(disk, tag),
    blockGet: (disk, tag, offset, ptr, length) => bytes.set(blocks.get(disk, tag, offset, length), ptr >>> 0),
    blockEnd: (disk, tag) => blocks.end(disk, tag),
    ...(screen && {
      screenScanout: (...picture) => screen.show(...picture),
      screenDamage: (...rectangle) => screen.touch(...rectangle),
      screenCursor: (...picture) => screen.setCursor(...picture),
      screenCursorMove: (x, y) => screen.moveCursor(x, y),
    }),
    ...devices,
    ...(linker && { jitLink: linker.jitLink, jitRelease: linker.jitRelease }),
  };
}

function serialOf(text: string): Uint8Array {
  const bytes = new Uint8Array(SERIAL_BYTES);
  new TextEncoder().encodeInto(text, bytes);
  return bytes;
}
