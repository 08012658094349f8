/** Writes a file of any size to the visitor's computer: to a file that they choose where the browser can, else as a download. */
import { download } from "./download.ts";

export interface SavedFile {
  write(part: Uint8Array): Promise<void>;
  finish(): Promise<void>;
  /** What has been written is given up. */
  abandon(): Promise<void>;
}

interface SavePicker {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<FileSystemFileHandle>;
}

/** Must be called by a click, before anything is awaited. null: the visitor has changed their mind. */
export async function chooseSavedFile(name: string): Promise<SavedFile | null> {
  const { showSaveFilePicker } = window as unknown as SavePicker;
  if (showSaveFilePicker === undefined) return downloaded(name);
  let stream: FileSystemWritableFileStream;
  try {
    const handle = await showSaveFilePicker.call(window, { suggestedName: name });
    stream = await handle.createWritable();
  } catch (error) {
    if ((error as Error).name === "AbortError") return null;
    // Forbidden where the page is embedded: a download may still be possible.
    if ((error as Error).name === "SecurityError") return downloaded(name);
    throw error;
  }
  return {
    write: (part) => stream.write(part as Uint8Array<ArrayBuffer>),
    finish: () => stream.close(),
    abandon: () => stream.abort(),
  };
}

/** Parts become blobs one by one, so that the browser can lay them on disk. */
function downloaded(name: string): SavedFile {
  const parts: Blob[] = [];
  return {
    write: async (part) => void parts.push(new Blob([part as Uint8Array<ArrayBuffer>])),
    finish: async () => download(name, ...parts),
    abandon: async () => void parts.splice(0),
  };
}
