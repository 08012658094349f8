/** Opens the disks of a machine, with what keeps their changes. */
import { loadAddress } from "../images.ts";
import type { DiskOptions } from "../machine-types.ts";
import type { Platform } from "../platform.ts";
import { blankDisk } from "./blank-disk.ts";
import { type BlockBackend, delayedDisk } from "./block.ts";
import { memoryStore } from "./byte-store.ts";
import { checkDisk } from "./image-format.ts";
import { openFileDisk, openPickedDisk } from "./file-disk.ts";
import { memoryDisk } from "./memory-disk.ts";
import { openOverlay } from "./overlay.ts";
import { isPickedFile } from "./picked-file.ts";
import { temporaryOverlay } from "./temporary-overlay.ts";
import { type WatchedDisk, watchedDisk } from "./watched-disk.ts";

/**
 * `role` is what messages call each, with its number. Throws an Error that names the disk and what is wrong with it; disks opened
 * before that are closed.
 */
export async function openDisks(
  disks: readonly DiskOptions[],
  platform: Platform,
  role = "disk",
): Promise<WatchedDisk[]> {
  const opened: WatchedDisk[] = [];
  try {
    for (const [index, disk] of disks.entries()) {
      const backend = await openDisk(`${role} ${index}`, disk, platform);
      opened.push(
        watchedDisk(disk.delay === undefined ? backend : delayedDisk(backend, disk.delay), disk.overlay !== undefined),
      );
    }
  } catch (error) {
    for (const disk of opened) await disk.close();
    throw error;
  }
  return opened;
}

/** One disk; `name` is for messages. */
export async function openDisk(name: string, disk: DiskOptions, platform: Platform): Promise<BlockBackend> {
  const { readOnly = false, overlay, snapshot = false } = disk;
  if (overlay !== undefined && (snapshot || readOnly)) {
    throw new RangeError(`${name}: an overlay keeps what is written, so the disk is neither read-only nor a snapshot`);
  }
  const base = await openImage(name, disk, platform, readOnly || snapshot || overlay !== undefined);
  if (readOnly || (overlay === undefined && !snapshot)) return base;
  try {
    // It is only read, but what is kept is meant to be written.
    if (overlay !== undefined) await checkDisk(nameOf(name, disk), base, false);
    const store = await loadAddress(name, () => {
      return overlay === undefined ? platform.openScratchStore() : platform.openStore(overlay);
    });
    if (overlay === undefined) return temporaryOverlay(base, store);
    return await loadAddress(name, () => openOverlay(base, store));
  } catch (error) {
    await base.close();
    throw error;
  }
}

async function openImage(
  name: string,
  { image }: DiskOptions,
  platform: Platform,
  readOnly: boolean,
): Promise<BlockBackend> {
  if (typeof image === "string") return loadAddress(name, () => platform.openDisk(image, readOnly));
  const inMemory = (base: BlockBackend) => (readOnly ? base : temporaryOverlay(base, memoryStore(name)));
  if ("blank" in image) return inMemory(blankDisk(name, image.blank));
  if (image instanceof Blob) return inMemory(await openFileDisk(nameOf(name, { image }), image, readOnly));
  if (isPickedFile(image)) return inMemory(await openPickedDisk(image, readOnly));
  const disk = memoryDisk(name, new Uint8Array(image as ArrayBuffer), readOnly);
  await checkDisk(name, disk, readOnly);
  return disk;
}

/** What messages about the format of an image call it. */
function nameOf(name: string, { image }: DiskOptions): string {
  if (typeof image === "string") return `${name}: ${image}`;
  return (image as Partial<File>).name ?? name;
}
