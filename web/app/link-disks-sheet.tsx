/** Asks about the disks of a link before anything is loaded: images on other servers, files to be chosen again. */
import { useRef, useState } from "react";
import type { GuestDisk } from "../model/guest-disk.ts";
import { diskOfKeptFile, type ResolvedDisk } from "../model/link-disks.ts";
import { Button } from "../widgets/button.tsx";
import { Sheet } from "../widgets/sheet.tsx";
import { sizeText } from "../model/guest-disk.ts";

export interface LinkDisksSheetProps {
  readonly title: string;
  readonly disks: readonly ResolvedDisk[];
  readonly onOpen: (disks: readonly GuestDisk[]) => void;
}

export function LinkDisksSheet({ title, disks, onOpen }: LinkDisksSheetProps) {
  const [files, setFiles] = useState<Readonly<Record<string, File>>>({});
  const origins = [...new Set(disks.flatMap((disk) => (disk.kind === "foreign" ? [disk.origin] : [])))];
  const ready = disks.every((disk) => disk.kind !== "file" || files[disk.kept.id] !== undefined);
  const open = (): void =>
    onOpen(
      disks.flatMap((disk): GuestDisk[] => {
        if (disk.kind === "missing") return [];
        if (disk.kind !== "file") return [disk.disk];
        const file = files[disk.kept.id];
        return file === undefined ? [] : [diskOfKeptFile(disk.kept, file)];
      }),
    );
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
              <Line disk={disk} file={disk.kind === "file" ? files[disk.kept.id] : undefined} onFile={setFiles} />
            </li>
          ))}
        </ul>
        <Button primary disabled={!ready} onClick={open}>
          {word}
        </Button>
        <Button onClick={() => onOpen([])}>Start {title} without them</Button>
      </div>
    </Sheet>
  );
}

interface LineProps {
  readonly disk: ResolvedDisk;
  readonly file: File | undefined;
  readonly onFile: (change: (files: Readonly<Record<string, File>>) => Readonly<Record<string, File>>) => void;
}

function Line({ disk, file, onFile }: LineProps) {
  const picker = useRef<HTMLInputElement>(null);
  if (disk.kind === "missing") return <span>No disk “{disk.id}” is kept in this browser: it is left out.</span>;
  if (disk.kind === "ready") return <span>{disk.disk.title}</span>;
  if (disk.kind === "foreign") return <span className="disk-address">{disk.address}</span>;
  const { title, source, id } = disk.kept;
  const size = source.kind === "file" ? ` (${sizeText(source.bytes)})` : "";
  return (
    <>
      <span className="disk-title">
        {title}
        {size}: {file === undefined ? "its changes are kept, its image is a file of yours" : `${file.name} is chosen`}
      </span>
      <Button onClick={() => picker.current?.click()}>Choose it again…</Button>
      <input
        ref={picker}
        type="file"
        hidden
        aria-label={`Image of ${title}`}
        onChange={(event) => {
          const chosen = event.target.files?.[0];
          if (chosen !== undefined) onFile((files) => ({ ...files, [id]: chosen }));
        }}
      />
    </>
  );
}
