/** Asks what a file is that does not say so itself. Nothing happens without a click. */
import type { BundledGuest } from "../model/bundled-guests.ts";
import type { FileRole } from "../model/opened-file.ts";
import { megabytes } from "../model/snapshot-file.ts";
import { Button } from "../widgets/button.tsx";
import { Sheet } from "../widgets/sheet.tsx";

export interface FileSheetProps {
  readonly file: File;
  readonly model: BundledGuest;
  readonly onChoose: (role: FileRole) => void;
  readonly onClose: () => void;
}

export function FileSheet({ file, model, onChoose, onClose }: FileSheetProps) {
  return (
    <Sheet title="Open a file" onClose={onClose}>
      <header className="sheet-head">
        <h2>What is {file.name}?</h2>
      </header>
      <div className="sheet-scroll file-choices">
        <p>
          {file.name} ({megabytes(file.size)}) is neither a saved machine nor an ELF file. It can be:
        </p>
        <Button onClick={() => onChoose("disk")}>a disk of {model.title}, which starts anew with it</Button>
        <Button onClick={() => onChoose("kernel")}>a kernel image, started like {model.title}</Button>
        <Button onClick={onClose}>none of these: do nothing</Button>
      </div>
    </Sheet>
  );
}
