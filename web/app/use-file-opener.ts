/** What happens with a file that is dropped or chosen: by its first bytes, and where they do not tell, as somebody says. */
import { useCallback } from "react";
import type { BundledGuest } from "../model/bundled-guests.ts";
import { type DiskAccess, diskOfFile, type GuestDisk } from "../model/guest-disk.ts";
import type { MachineModel } from "../model/machine-model.ts";
import { type FileRole, guestOfFile, kindOfFile, MOST_FILE_BYTES } from "../model/opened-file.ts";
import type { PickedFile } from "../model/picked-file.ts";
import { megabytes } from "../model/snapshot-file.ts";

export interface FileOpener {
  readonly drop: (picked: PickedFile) => void;
  readonly as: (file: File, role: FileRole) => Promise<void>;
  readonly asDisk: (picked: PickedFile, access: DiskAccess) => void;
}

/**
 * `model`: the machine that the file's machine is like; `ask` hears of files that do not say what they are, `openWith` opens the
 * model with a disk, `leave` does what ends the machine that is open.
 */
export function useFileOpener(
  machine: MachineModel,
  model: BundledGuest | null,
  ask: (picked: PickedFile) => void,
  openWith: (model: BundledGuest, disk: GuestDisk) => void,
  leave: (act: () => void) => void,
): FileOpener {
  const refuse = useCallback(
    (file: File, why: string) => machine.notice.set({ kind: "trouble", text: `${file.name} is not opened: ${why}` }),
    [machine],
  );
  const as = useCallback(
    async (file: File, role: FileRole): Promise<void> => {
      if (model === null) return;
      if (file.size > MOST_FILE_BYTES) {
        refuse(file, `it has ${megabytes(file.size)}, and the page loads ${megabytes(MOST_FILE_BYTES)} at most.`);
        return;
      }
      try {
        const guest = guestOfFile(file.name, new Uint8Array(await file.arrayBuffer()), role, model);
        leave(() => void machine.open(guest));
      } catch (error) {
        refuse(file, (error as Error).message);
      }
    },
    [machine, model, refuse, leave],
  );
  const drop = useCallback(
    async (picked: PickedFile): Promise<void> => {
      const { file } = picked;
      try {
        const kind = await kindOfFile(file);
        if (kind === "snapshot") await machine.load(file);
        else if (file.size === 0) refuse(file, "it is empty.");
        else if (kind === "program") await as(file, "program");
        else if (kind === "packed") await as(file, "kernel");
        else ask(picked);
      } catch (error) {
        refuse(file, (error as Error).message);
      }
    },
    [machine, as, ask, refuse],
  );
  const asDisk = (picked: PickedFile, access: DiskAccess): void => {
    if (model !== null) openWith(model, diskOfFile(picked, access));
  };
  return { drop: (picked) => void drop(picked), as, asDisk };
}
