/** A folder of the visitor's that the guest may read: picked, where the browser can keep reading it, else handed over file by file. */
import type { PickedFolder, ShareOptions, UploadedFile } from "../../src/worker/page.ts";

/** By which the guest mounts it. */
export const FOLDER_TAG = "shared";
/** What mounts it in a Linux guest. */
export const MOUNT_COMMAND = `mount -t 9p -o trans=virtio,version=9p2000.L,ro ${FOLDER_TAG} /mnt`;

export interface SharedFolder {
  readonly title: string;
  readonly folder: PickedFolder | readonly UploadedFile[];
}

/** Of the window, where a browser has it. */
interface FolderPicker {
  showDirectoryPicker?(options: { readonly mode: "read" }): Promise<PickedFolder & { readonly name: string }>;
}

/** Whether a folder can be picked, so that the guest sees it as it is when it looks. */
export function canPickFolder(): boolean {
  return (globalThis as FolderPicker).showDirectoryPicker !== undefined;
}

/** null: the visitor has changed their mind. */
export async function pickFolder(): Promise<SharedFolder | null> {
  try {
    const folder = await (globalThis as FolderPicker).showDirectoryPicker!({ mode: "read" });
    return { title: folder.name, folder };
  } catch (error) {
    if ((error as Error).name === "AbortError") return null;
    throw error;
  }
}

/** What a form has brought of a folder; null: nothing. */
export function uploadedFolderOf(files: readonly File[]): SharedFolder | null {
  const [first] = files;
  if (first === undefined) return null;
  const [title = ""] = first.webkitRelativePath.split("/");
  const list = files.map((file) => ({ path: file.webkitRelativePath.slice(title.length + 1), file }));
  return { title, folder: list };
}

export function shareOptions({ folder }: SharedFolder): ShareOptions {
  return { tag: FOLDER_TAG, folder };
}
