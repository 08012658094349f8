/** Opens the folders that a machine shares with its guest. */
import { loadAddress } from "../images.ts";
import type { ShareOptions } from "../machine-types.ts";
import type { Platform } from "../platform.ts";
import type { SharedFolder } from "../share-requests.ts";
import type { FolderBackend } from "./folder.ts";
import { pickedFolder, uploadedFolder } from "./picked-folder.ts";

/** Linux takes no longer one. */
const MOST_TAG_BYTES = 31;

/** Throws an Error that names the folder and what is wrong with it; folders opened before that are closed. */
export async function openShares(shares: readonly ShareOptions[], platform: Platform): Promise<SharedFolder[]> {
  const opened: SharedFolder[] = [];
  try {
    for (const { tag, folder, readOnly = true } of shares) {
      checkTag(tag, opened);
      const open = () => openOne(folder, readOnly, platform);
      opened.push({ tag, folder: await loadAddress(`shared folder ${tag}`, open) });
    }
  } catch (error) {
    for (const { folder } of opened) await folder.close();
    throw error;
  }
  return opened;
}

async function openOne(folder: ShareOptions["folder"], readOnly: boolean, platform: Platform): Promise<FolderBackend> {
  if (typeof folder === "string") return platform.openFolder(folder, readOnly);
  if (!readOnly) throw new RangeError("it can be read only");
  return "kind" in folder ? pickedFolder(folder) : uploadedFolder(folder);
}

function checkTag(tag: string, others: readonly SharedFolder[]): void {
  const { length } = new TextEncoder().encode(tag);
  if (length === 0 || length > MOST_TAG_BYTES || /[\0/,\s]/.test(tag)) {
    throw new RangeError(`shares: "${tag}" is not a tag: 1 to ${MOST_TAG_BYTES} bytes without space, comma and slash`);
  }
  if (others.some((other) => other.tag === tag)) throw new RangeError(`shares: there is a second "${tag}"`);
}
