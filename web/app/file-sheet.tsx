/** Asks what a file is that does not say so itself. Nothing happens without a click. */
import type { BundledGuest } from "../model/bundled-guests.ts";
import { ACCESS_WORDS, DISK_ACCESSES, type DiskAccess } from "../model/guest-disk.ts";
import type { FileRole } from "../model/opened-file.ts";
import { megabytes } from "../model/snapshot-file.ts";
import { Button } from "../widgets/button.tsx";
import { Sheet } from "../widgets/sheet.tsx";

export interface FileSheetProps {
  readonly file: File;
  readonly model: BundledGuest;
  readonly onChoose: (role: FileRole) => void;
  readonly onDisk: (access: DiskAccess) => void;
  readonly onClose: () => void;
}

export function FileSheet({ file, model, onChoose, onDisk, onClose }: FileSheetProps) {
  return (
    <Sheet title="Open a file" onClose={onClose}>
      <header className="sheet-head">
        <h2>What is {file.name}?</h2>
      </header>
      <div className="sheet-scroll file-choices">
        <p>
          {file.name} ({megabytes(file.size)}) is neither a saved machine nor an ELF file. It can be:
        </p>
        {DISK_ACCESSES.map((access) => (
          <Button key={access} onClick={() => onDisk(access)}>
            a disk of {model.title}, which starts anew with it: {ACCESS_WORDS[access]}
          </Button>
        ))}
        <Button onClick={() => onChoose("kernel")}>a kernel image, started like {model.title}</Button>
        <Button onClick={onClose}>none of these: do nothing</Button>
      </div>
    </Sheet>
  );
}
