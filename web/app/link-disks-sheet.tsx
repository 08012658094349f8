/** Asks about the disks of a link before anything is loaded: images on other servers, files to be allowed or chosen again. */
import { useState } from "react";
import { type GuestDisk, sizeText } from "../model/guest-disk.ts";
import { type KeptDisk, misfit } from "../model/kept-disks.ts";
import { diskOfKeptFile, type ResolvedDisk } from "../model/link-disks.ts";
import { type PickedFile, reopen } from "../model/picked-file.ts";
import { Button } from "../widgets/button.tsx";
import { Sheet } from "../widgets/sheet.tsx";
import { useFilePicker } from "./use-file-picker.tsx";

export interface LinkDisksSheetProps {
  readonly title: string;
  readonly disks: readonly ResolvedDisk[];
  readonly onOpen: (disks: readonly GuestDisk[]) => void;
}

export function LinkDisksSheet({ title, disks, onOpen }: LinkDisksSheetProps) {
  const [files, setFiles] = useState<Readonly<Record<string, PickedFile>>>({});
  const [complaint, setComplaint] = useState<string | null>(null);
  const origins = [...new Set(disks.flatMap((disk) => (disk.kind === "foreign" ? [disk.origin] : [])))];
  const remembers = (kept: KeptDisk): boolean => files[kept.id] !== undefined || kept.handle !== undefined;
  const ready = disks.every((disk) => disk.kind !== "file" || remembers(disk.kept));
  const give = (kept: KeptDisk, picked: PickedFile): void => {
    const why = misfit(kept, picked.file);
    setComplaint(why);
    if (why === null) setFiles((others) => ({ ...others, [kept.id]: picked }));
  };
  const open = async (): Promise<void> => {
    setComplaint(null);
    const opened: GuestDisk[] = [];
    try {
      for (const disk of disks) {
        if (disk.kind === "ready" || disk.kind === "foreign") opened.push(disk.disk);
        else if (disk.kind === "file") opened.push(await diskWithFile(disk.kept, files[disk.kept.id]));
      }
    } catch (error) {
      setComplaint((error as Error).message);
      return;
    }
    onOpen(opened);
  };
  const word = origins.length === 0 ? `Start ${title}` : `Load from ${origins.join(", ")} and start`;
  return (
    <Sheet title="Disks of this link" onClose={() => onOpen([])}>
      <header className="sheet-head">
        <h2>{title} with disks</h2>
      </header>
      <div className="sheet-scroll file-choices">
        <p>The link names disks for {title}. Nothing has been loaded yet.</p>
        <ul className="disk-list">
          {disks.map((disk, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the list does not change
            <li key={index}>
              {disk.kind === "file" ? (
                <FileLine
                  kept={disk.kept}
                  chosen={files[disk.kept.id]?.file}
                  onFile={(picked) => give(disk.kept, picked)}
                  onTrouble={setComplaint}
                />
              ) : (
                <Line disk={disk} />
              )}
            </li>
          ))}
        </ul>
        {complaint !== null && (
          <p className="disk-complaint" role="alert">
            {complaint}
          </p>
        )}
        <Button primary disabled={!ready} onClick={() => void open()}>
          {word}
        </Button>
        <Button onClick={() => onOpen([])}>Start {title} without them</Button>
      </div>
    </Sheet>
  );
}

/** The browser may ask whether the page may read the file. Throws an Error that says what to do if it may not. */
async function diskWithFile(kept: KeptDisk, chosen: PickedFile | undefined): Promise<GuestDisk> {
  if (chosen !== undefined) return diskOfKeptFile(kept, chosen);
  if (kept.handle === undefined) throw new Error(`${kept.title} is to be chosen again`);
  const picked = await reopen(kept.handle);
  const why = misfit(kept, picked.file);
  if (why !== null) throw new Error(why);
  return diskOfKeptFile(kept, picked);
}

function Line({ disk }: { readonly disk: Exclude<ResolvedDisk, { readonly kind: "file" }> }) {
  if (disk.kind === "missing") return <span>No disk “{disk.id}” is kept in this browser: it is left out.</span>;
  if (disk.kind === "ready") return <span>{disk.disk.title}</span>;
  return <span className="disk-address">{disk.address}</span>;
}

interface FileLineProps {
  readonly kept: KeptDisk;
  readonly chosen: File | undefined;
  readonly onFile: (picked: PickedFile) => void;
  readonly onTrouble: (message: string) => void;
}

function FileLine({ kept, chosen, onFile, onTrouble }: FileLineProps) {
  const { title, source, handle } = kept;
  const picker = useFilePicker(`Image of ${title}`, onFile, onTrouble);
  const size = source.kind === "file" ? ` (${sizeText(source.bytes)})` : "";
  const state =
    chosen !== undefined
      ? `${chosen.name} is chosen`
      : handle === undefined
        ? "its changes are kept, its image is a file of yours"
        : "its changes are kept; the browser may ask whether this page may read the file";
  return (
    <>
      <span className="disk-said">
        {title}
        {size}: {state}
      </span>
      <Button onClick={picker.ask}>{handle === undefined ? "Choose it again…" : "Choose another file…"}</Button>
      {picker.field}
    </>
  );
}
