/** Disks whose changes are kept in this browser, in the private file system of the page's origin: which there are, and what can be done to them. */
import { CHANGES_FILE, EMPTY_CHANGES_BYTES, KEPT_FOLDER } from "../../src/worker/page.ts";
import { type DiskSource, type GuestDisk, sizeText } from "./guest-disk.ts";
import type { FileHandle } from "./picked-file.ts";
import { RememberedFiles } from "./remembered-files.ts";
import { Store } from "./store.ts";

const ABOUT_FILE = "about.json";

/** What a kept disk's changes lie on. A file is not kept: its name and size are, to ask for it again. */
export type KeptSource =
  | { readonly kind: "file"; readonly name: string; readonly bytes: number }
  | Exclude<DiskSource, { readonly kind: "file" }>;

export interface KeptDisk {
  readonly id: string;
  readonly title: string;
  readonly source: KeptSource;
  /** When it was made, in ms since 1970. */
  readonly since: number;
  /** Bytes that the changes take; 0: there are none. */
  readonly bytes: number;
  /** Of a file that the browser remembers. */
  readonly handle?: FileHandle;
}

/** What about.json holds. */
type About = Pick<KeptDisk, "title" | "source" | "since">;

/** "refused": the browser may delete what is kept when the computer runs short of room. */
export type Persistence = "unknown" | "granted" | "refused";

export class KeptDisks {
  /** null: not looked yet. */
  readonly list = new Store<readonly KeptDisk[] | null>(null);
  readonly persistence = new Store<Persistence>("unknown");

  constructor(
    private readonly storage: StorageManager | undefined = globalThis.navigator?.storage,
    private readonly files = new RememberedFiles(),
  ) {}

  /** Looks what there is. Where the browser has no such storage the list is empty. */
  async refresh(): Promise<readonly KeptDisk[]> {
    const found: KeptDisk[] = [];
    const folder = await this.#folder(false).catch(() => null);
    if (folder !== null) {
      const handles = await this.files.all();
      for await (const [id, handle] of folder.entries()) {
        if (handle.kind !== "directory") continue;
        const disk = await describe(id, handle as FileSystemDirectoryHandle);
        const file = handles.get(id);
        if (disk !== null) found.push(file === undefined ? disk : { ...disk, handle: file });
      }
    }
    found.sort((a, b) => b.since - a.since);
    if (found.length > 0 && this.persistence.get() === "unknown") {
      this.persistence.set((await this.storage?.persisted().catch(() => false)) ? "granted" : "refused");
    }
    this.list.set(found);
    return found;
  }

  /** The kept disk over the same image, if there is one. Of blank disks each is another one. */
  async over(source: DiskSource): Promise<KeptDisk | undefined> {
    return (await this.refresh()).find((kept) => isSame(kept.source, source));
  }

  /**
   * `disk` with the name under which its changes are kept: those over the same image that there are, or new ones. Asks the browser
   * to keep them for good, and to remember the image if it is a file. Throws an Error that says what to do if that is not possible
   * here.
   */
  async keep(disk: GuestDisk): Promise<GuestDisk> {
    const { source } = disk;
    if (disk.access !== "keep") return disk;
    const kept = disk.kept ?? (await this.over(source))?.id ?? (await this.#begin(disk));
    if (source.kind === "file" && source.handle !== undefined) await this.files.remember(kept, source.handle);
    return { ...disk, kept };
  }

  /** New changes, none yet. */
  async #begin({ title, source }: GuestDisk): Promise<string> {
    const about: About = {
      title,
      source: source.kind === "file" ? { kind: "file", name: source.file.name, bytes: source.file.size } : source,
      since: Date.now(),
    };
    const id = newName(title);
    try {
      const folder = await (await this.#folder(true)).getDirectoryHandle(id, { create: true });
      await (await folder.getFileHandle(CHANGES_FILE, { create: true })).getFile();
      const writable = await (await folder.getFileHandle(ABOUT_FILE, { create: true })).createWritable();
      await writable.write(JSON.stringify(about));
      await writable.close();
    } catch (error) {
      throw new Error(`${title} cannot be kept in this browser: ${reasonOf(error as Error)}`);
    }
    // Some browsers ask the visitor, who may take their time: the machine does not wait for that.
    const granted = this.storage?.persist?.() ?? Promise.resolve(false);
    granted.catch(() => false).then((isGranted) => this.persistence.set(isGranted ? "granted" : "refused"));
    await this.refresh();
    return id;
  }

  /** The changes as a file. */
  async changes(id: string): Promise<File> {
    const folder = await (await this.#folder(false)).getDirectoryHandle(id);
    return (await folder.getFileHandle(CHANGES_FILE)).getFile();
  }

  /** Deletes the changes. Throws an Error that says what to do if a machine has them open. */
  async discard(id: string): Promise<void> {
    const folder = await this.#folder(false);
    try {
      // The file that may be open goes first: a refusal leaves everything as it was.
      await (await folder.getDirectoryHandle(id)).removeEntry(CHANGES_FILE);
      await folder.removeEntry(id, { recursive: true });
      await this.files.forget(id);
    } catch (error) {
      const { name, message } = error as Error;
      if (name !== "NoModificationAllowedError") throw new Error(`It could not be discarded: ${message}`);
      throw new Error("It is in use: close the machine that has it, here or in another tab, and try again.");
    } finally {
      await this.refresh();
    }
  }

  async #folder(create: boolean): Promise<FileSystemDirectoryHandle> {
    if (this.storage?.getDirectory === undefined) throw new Error("it gives the page no file system of its own");
    return (await this.storage.getDirectory()).getDirectoryHandle(KEPT_FOLDER, { create });
  }
}

/** null: it is not whole, as after a crash while it was made. */
async function describe(id: string, folder: FileSystemDirectoryHandle): Promise<KeptDisk | null> {
  try {
    const about: unknown = JSON.parse(await (await (await folder.getFileHandle(ABOUT_FILE)).getFile()).text());
    const { size } = await (await folder.getFileHandle(CHANGES_FILE)).getFile();
    return isAbout(about) ? { id, ...about, bytes: size <= EMPTY_CHANGES_BYTES ? 0 : size } : null;
  } catch {
    return null;
  }
}

/** Why `file` cannot be what a kept disk's changes lie on, or null. Whether it is that very file is seen when it is opened. */
export function misfit({ title, source }: KeptDisk, file: File): string | null {
  if (source.kind !== "file" || file.size === source.bytes) return null;
  return (
    `${file.name} (${sizeText(file.size)}) is not the image of ${title}: that is a file of ${source.bytes} bytes` +
    (file.name === source.name ? ", and has changed since" : `, ${source.name}`)
  );
}

function isAbout(value: unknown): value is About {
  if (typeof value !== "object" || value === null) return false;
  const { title, source, since } = value as Partial<About>;
  if (typeof title !== "string" || typeof since !== "number" || typeof source !== "object" || source === null)
    return false;
  if (source.kind === "address") return typeof source.address === "string";
  if (source.kind === "blank") return typeof source.bytes === "number";
  return source.kind === "file" && typeof source.name === "string" && typeof source.bytes === "number";
}

function isSame(kept: KeptSource, source: DiskSource): boolean {
  if (kept.kind === "file")
    return source.kind === "file" && source.file.name === kept.name && source.file.size === kept.bytes;
  return kept.kind === "address" && source.kind === "address" && source.address === kept.address;
}

/** As in debian-ext4-3f9a01: to be read in an address. */
function newName(title: string): string {
  const word = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
  const random = crypto.getRandomValues(new Uint32Array(1))[0] as number;
  return `${word || "disk"}-${(random & 0xffffff).toString(16).padStart(6, "0")}`;
}

function reasonOf({ name, message }: Error): string {
  if (name === "QuotaExceededError")
    return "there is no room left; discard other kept disks or free room on this computer";
  if (name === "SecurityError") return "it does not let this page store anything";
  return message;
}
