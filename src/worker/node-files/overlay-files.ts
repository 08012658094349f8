/** What may be done with an overlay's file while no machine has it. */
import { stat } from "node:fs/promises";
import type { BlockBackend, ProgressListener } from "../../host/backends/block.ts";
import { openOverlay } from "../../host/backends/overlay.ts";
import { openFileDisk, openFileStore } from "./file-disks.ts";
import { openError } from "./file-errors.ts";
import { openReplaceableDisk, writeImage } from "./image-version.ts";

/**
 * Writes the changes in the file `overlay` into `image`, which is replaced as a whole; the overlay is empty then. Throws an Error that
 * names the file and what is wrong; both are as they were then, and after a crash they show the same disk.
 */
export async function commitOverlay(image: string, overlay: string, onProgress?: ProgressListener): Promise<void> {
  await withOverlay(image, overlay, openReplaceableDisk, (disk) => disk.commit!(onProgress));
}

/** Writes `image` with the changes in the file `overlay` to the new file `out`; both stay as they are. Throws as commitOverlay(). */
export async function exportOverlay(
  image: string,
  overlay: string,
  out: string,
  onProgress?: ProgressListener,
): Promise<void> {
  const open = (path: string) => openFileDisk(path, true);
  await withOverlay(image, overlay, open, (disk) => writeImage(out, disk, onProgress));
}

async function withOverlay(
  image: string,
  overlay: string,
  openImage: (path: string) => Promise<BlockBackend>,
  act: (disk: BlockBackend) => Promise<void>,
): Promise<void> {
  const { size } = await stat(overlay).catch((error) => {
    throw openError(overlay, error);
  });
  if (size === 0) throw new Error(`${overlay} is empty: it holds no changes`);
  const base = await openImage(image);
  const store = await openFileStore(overlay).catch(async (error) => {
    await base.close();
    throw error;
  });
  const disk = await openOverlay(base, store);
  try {
    await act(disk);
  } finally {
    await disk.close();
  }
}
