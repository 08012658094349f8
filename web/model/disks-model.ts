/** The disks of the page: those for the next machine, those of the open one, and those whose changes are kept in this browser. */
import { openDiskImage } from "../../src/worker/disk-image.ts";
import type { DiskState, Machine } from "../../src/worker/page.ts";
import { diskOptions, type GuestDisk } from "./guest-disk.ts";
import { type KeptDisk, KeptDisks, misfit } from "./kept-disks.ts";
import { diskOfKeptFile } from "./link-disks.ts";
import { allowWriting, type FileHandle, reopen } from "./picked-file.ts";
import { chooseSavedFile, type SavedFile } from "./save-file.ts";
import { Store } from "./store.ts";

/** How often the machine is asked whether its guest has written something: leaving the page asks by what is known then. */
const LOOK_MS = 1000;
const COPY_BYTES = 4 << 20;

/** A disk that is being written into a file: all of it, or its changes into its own file. */
export interface Copying {
  readonly what: "disk" | "changes";
  readonly title: string;
  /** From 0 to 1. */
  readonly part: number;
}

/** What becomes of a copy, in words. */
export type Outcome = { readonly kind: "trouble" | "done"; readonly text: string } | null;

const BUSY: Outcome = { kind: "trouble", text: "Another disk is being saved." };

/** A disk's content, wherever it is read. */
interface Content {
  readonly bytes: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}

export class DisksModel {
  readonly kept = new KeptDisks();
  /** For the machine that is opened next. */
  readonly chosen = new Store<readonly GuestDisk[]>([]);
  /** Of the open machine, in its order. */
  readonly attached = new Store<readonly GuestDisk[]>([]);
  /** Titles of attached disks to which the guest has written what would be lost with the page. */
  readonly unsaved = new Store<readonly string[]>([]);
  readonly copying = new Store<Copying | null>(null);
  /** From the click on, so also while a file is being chosen. */
  #isBusy = false;
  #machine: Machine | null = null;
  #looking: ReturnType<typeof setInterval> | undefined;

  attach(machine: Machine | null, disks: readonly GuestDisk[] = []): void {
    this.#machine = machine;
    this.attached.set(disks);
    this.unsaved.set([]);
    clearInterval(this.#looking);
    if (machine === null || disks.length === 0) return;
    this.#looking = setInterval(() => void this.look(), LOOK_MS);
  }

  /** Asks the machine what its guest has written. */
  async look(): Promise<void> {
    const machine = this.#machine;
    const states = await machine?.disks().catch((): DiskState[] => []);
    if (states === undefined || machine !== this.#machine) return;
    const titles = this.attached.get().flatMap(({ title }, index) => (states[index]?.unsaved ? [title] : []));
    if (titles.join("\n") !== this.unsaved.get().join("\n")) this.unsaved.set(titles);
  }

  choose(disk: GuestDisk): void {
    this.chosen.set([...this.chosen.get(), disk]);
  }

  change(index: number, disk: GuestDisk | null): void {
    this.chosen.set(this.chosen.get().flatMap((old, n) => (n === index ? (disk ?? []) : old)));
  }

  /** The disks with the names under which their changes are kept. Throws an Error that says why that is not possible. */
  async prepare(disks: readonly GuestDisk[]): Promise<readonly GuestDisk[]> {
    const prepared: GuestDisk[] = [];
    for (const disk of disks) {
      const ready = await this.kept.keep(disk);
      if (prepared.some(({ kept }) => kept !== undefined && kept === ready.kept)) {
        throw new Error(`${disk.title} is there twice: only one disk can have its changes kept under one name`);
      }
      prepared.push(ready);
    }
    return prepared;
  }

  /** Writes an attached disk, as it is now, into a file that is chosen. The machine stands meanwhile. */
  async exportAttached(index: number): Promise<Outcome> {
    const disk = this.attached.get()[index];
    const machine = this.#machine;
    if (disk === undefined || machine === null) return null;
    return this.#copy(disk.title, imageName(disk.title), (write) =>
      whileHeld(machine, async () => {
        const bytes = Number((await machine.disks())[index]?.sectors ?? 0n) * 512;
        await copyAll({ bytes, read: (offset, length) => machine.readDisk(index, offset, length) }, write);
      }),
    );
  }

  /** Makes an attached disk's changes part of its file. The machine stands meanwhile. Must be called by a click. */
  async commitAttached(index: number): Promise<Outcome> {
    const disk = this.attached.get()[index];
    const machine = this.#machine;
    if (machine === null || disk?.source.kind !== "file" || disk.source.handle === undefined) return null;
    return this.#commit(disk.title, disk.source.handle, (onProgress) =>
      whileHeld(machine, () => machine.commitDisk(index, onProgress)),
    );
  }

  /** Makes the changes of a kept disk that no machine has part of its file. Must be called by a click. */
  async commitKept(kept: KeptDisk, handle: FileHandle): Promise<Outcome> {
    return this.#commit(kept.title, handle, async (onProgress) => {
      const picked = await reopen(handle);
      const trouble = misfit(kept, picked.file);
      if (trouble !== null) throw new Error(trouble);
      const image = await openDiskImage(diskOptions(diskOfKeptFile(kept, picked)));
      try {
        await image.commit(onProgress);
      } finally {
        await image.close();
      }
    });
  }

  /** Writes a kept disk that no machine has, image and changes together, into a file that is chosen. */
  async exportKept(disk: GuestDisk): Promise<Outcome> {
    return this.#copy(disk.title, imageName(disk.title), async (write) => {
      const image = await openDiskImage(diskOptions(disk));
      try {
        await copyAll(image, write);
      } finally {
        await image.close();
      }
    });
  }

  /** Writes the changes alone into a file that is chosen, in the form that docs/disks.md describes. */
  async exportChanges({ id, title }: KeptDisk): Promise<Outcome> {
    return this.#copy(title, `${id}.overlay`, async (write) => {
      const file = await this.kept.changes(id);
      const read = async (offset: number, length: number) =>
        new Uint8Array(await file.slice(offset, offset + length).arrayBuffer());
      await copyAll({ bytes: file.size, read }, write);
    });
  }

  async #commit(
    title: string,
    handle: FileHandle,
    commit: (onProgress: (part: number) => void) => Promise<void>,
  ): Promise<Outcome> {
    if (this.#isBusy) return BUSY;
    this.#isBusy = true;
    let isOver = false;
    const show = (part: number): void => {
      // What comes late is nobody's any more.
      if (!isOver) this.copying.set({ what: "changes", title, part });
    };
    show(0);
    try {
      await allowWriting(handle);
      await commit(show);
      return {
        kind: "done",
        text: `${handle.name} has the changes to ${title} now; none are kept beside it any more.`,
      };
    } catch (error) {
      return {
        kind: "trouble",
        text: `The changes to ${title} are kept as they were, and not written to its file: ${(error as Error).message}`,
      };
    } finally {
      isOver = true;
      this.#isBusy = false;
      this.copying.set(null);
      await this.kept.refresh();
    }
  }

  async #copy(
    title: string,
    name: string,
    copy: (write: (part: Uint8Array, done: number) => Promise<void>) => Promise<void>,
  ): Promise<Outcome> {
    if (this.#isBusy) return BUSY;
    this.#isBusy = true;
    let file: SavedFile | null = null;
    try {
      // First of all: browsers ask for a file only right after a click.
      file = await chooseSavedFile(name);
      if (file === null) return null;
      const target = file;
      this.copying.set({ what: "disk", title, part: 0 });
      await copy(async (part, done) => {
        await target.write(part);
        this.copying.set({ what: "disk", title, part: done });
      });
      await target.finish();
      return { kind: "done", text: `${title} has been saved as ${name}.` };
    } catch (error) {
      await file?.abandon().catch(() => {});
      return { kind: "trouble", text: `${title} could not be saved: ${(error as Error).message}` };
    } finally {
      this.#isBusy = false;
      this.copying.set(null);
    }
  }
}

/**
 * Does something while the machine stands, as a client of its own: with it the hold goes back even where an edited register does
 * not let the machine go on.
 */
async function whileHeld(machine: Machine, act: () => Promise<void>): Promise<void> {
  const client = await machine.client("disk copy");
  try {
    await client.hold();
    await act();
  } finally {
    // A machine that was closed meanwhile holds nothing.
    await client.close().catch(() => {});
  }
}

async function copyAll(content: Content, write: (part: Uint8Array, done: number) => Promise<void>): Promise<void> {
  const { bytes } = content;
  for (let at = 0; at < bytes; at += COPY_BYTES) {
    const length = Math.min(COPY_BYTES, bytes - at);
    await write(await content.read(at, length), (at + length) / bytes);
  }
}

function imageName(title: string): string {
  const name = title.replace(/[^\w.-]+/g, "-");
  return /\.(img|ext[234]|raw|bin)$/i.test(name) ? name : `${name}.img`;
}
