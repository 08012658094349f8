/** Opens the disks of a machine: files stay where they are, everything else is held in memory. */
import { loadAddress } from "../images.ts";
import type { DiskOptions } from "../machine-types.ts";
import type { Platform } from "../platform.ts";
import { type BlockBackend, delayedDisk } from "./block.ts";
import { memoryDisk } from "./memory-disk.ts";

/** Throws an Error that names the disk and what is wrong with it; disks opened before that are closed. */
export async function openDisks(disks: readonly DiskOptions[], platform: Platform): Promise<BlockBackend[]> {
  const opened: BlockBackend[] = [];
  try {
    for (const [index, disk] of disks.entries()) {
      const backend = await openDisk(`disk ${index}`, disk, platform);
      opened.push(disk.delay === undefined ? backend : delayedDisk(backend, disk.delay));
    }
  } catch (error) {
    for (const disk of opened) await disk.close();
    throw error;
  }
  return opened;
}

async function openDisk(name: string, disk: DiskOptions, platform: Platform): Promise<BlockBackend> {
  const readOnly = disk.readOnly ?? false;
  if (typeof disk.image !== "string") return memoryDisk(name, new Uint8Array(disk.image as ArrayBuffer), readOnly);
  return loadAddress(name, () => platform.openDisk(disk.image as string, readOnly));
}
