/** Files that somebody picks, by their handles where the browser has such: they are found again after a reload, and can be written. */

/** A handle with what the File System Access draft adds to the standard. */
export interface FileHandle extends FileSystemFileHandle {
  queryPermission?(what: { readonly mode: Access }): Promise<PermissionState>;
  requestPermission?(what: { readonly mode: Access }): Promise<PermissionState>;
}

type Access = "read" | "readwrite";

export interface PickedFile {
  readonly file: File;
  /** Absent: the browser has none, so the file has to be picked again after a reload. */
  readonly handle?: FileHandle;
}

interface FilePicker {
  showOpenFilePicker?(): Promise<readonly FileHandle[]>;
}

/** Whether a file can be picked so that this page may, if it is allowed to, find it again and write it. */
export function canPickHandle(): boolean {
  return (globalThis as FilePicker).showOpenFilePicker !== undefined;
}

/** Must be called by a click. null: the visitor has changed their mind. Throws a SecurityError where the page is embedded. */
export async function pickFile(): Promise<PickedFile | null> {
  try {
    const [handle] = await (globalThis as FilePicker).showOpenFilePicker!();
    return handle === undefined ? null : { file: await handle.getFile(), handle };
  } catch (error) {
    if ((error as Error).name === "AbortError") return null;
    throw error;
  }
}

/** The file that is dropped, with its handle where the browser has one. Must be called by the drop itself. */
export async function droppedFile(data: DataTransfer | null): Promise<PickedFile | null> {
  const file = data?.files[0];
  if (file === undefined) return null;
  const item = [...(data?.items ?? [])].find(({ kind }) => kind === "file") as
    | (DataTransferItem & { getAsFileSystemHandle?(): Promise<FileSystemHandle | null> })
    | undefined;
  const handle = await item?.getAsFileSystemHandle?.().catch(() => null);
  return handle?.kind === "file" ? { file, handle: handle as FileHandle } : { file };
}

/** Whether the page may read the file without asking. */
export async function mayRead(handle: FileHandle): Promise<boolean> {
  return (await handle.queryPermission?.({ mode: "read" }).catch(() => "denied")) === "granted";
}

/**
 * The file as it is now; asks for the permission that is missing, which browsers do only after a click. Throws an Error that says
 * what to do if that is refused or the file is gone.
 */
export async function reopen(handle: FileHandle): Promise<PickedFile> {
  await permit(handle, "read", `Reading ${handle.name} was not allowed: allow it, or choose the file again`);
  try {
    return { file: await handle.getFile(), handle };
  } catch (error) {
    const { name, message } = error as Error;
    throw new Error(
      name === "NotFoundError"
        ? `${handle.name} is not where it was: put it back, or choose it again`
        : `${handle.name} cannot be read (${message}): choose it again`,
    );
  }
}

/** Asks for the permission to write the file, which browsers do only after a click. Throws an Error if that is refused. */
export function allowWriting(handle: FileHandle): Promise<void> {
  return permit(handle, "readwrite", `writing ${handle.name} was not allowed`);
}

async function permit(handle: FileHandle, mode: Access, refusal: string): Promise<void> {
  if ((await handle.queryPermission?.({ mode })) === "granted") return;
  // A browser that asks only after a click throws.
  const answer = (await handle.requestPermission?.({ mode }).catch(() => "denied")) ?? "granted";
  if (answer !== "granted") throw new Error(refusal);
}
