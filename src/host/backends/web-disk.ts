/** The disk behind an HTTP address: its format is looked at first; changes to it are in memory. */
import type { BlockBackend } from "./block.ts";
import { memoryStore } from "./byte-store.ts";
import { httpDisk } from "./http-disk.ts";
import { checkImage } from "./image-format.ts";
import { temporaryOverlay } from "./temporary-overlay.ts";

/** Throws an Error that names the address and what is wrong with the server or the image. */
export async function openWebDisk(address: string, readOnly: boolean): Promise<BlockBackend> {
  const disk = await httpDisk(address);
  try {
    await checkImage(address, { size: disk.bytes, readOnly, read: (offset, length) => disk.readBytes(offset, length) });
  } catch (error) {
    await disk.close();
    throw error;
  }
  return readOnly ? disk : temporaryOverlay(disk, memoryStore(`memory for changes to ${address}`));
}
