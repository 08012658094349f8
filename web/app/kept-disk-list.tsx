/** Disks whose changes are kept in this browser, and the disks of the open machine: use, save, discard. */
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { DisksModel, Outcome } from "../model/disks-model.ts";
import { ACCESS_WORDS, type GuestDisk, sizeText } from "../model/guest-disk.ts";
import type { KeptDisk } from "../model/kept-disks.ts";
import { Button } from "../widgets/button.tsx";
import { useStore } from "../widgets/use-store.ts";

export function KeptDiskList({ model }: { readonly model: DisksModel }) {
  const kept = useStore(model.kept.list);
  const attached = useStore(model.attached);
  const copying = useStore(model.copying);
  const persistence = useStore(model.kept.persistence);
  const [outcome, setOutcome] = useState<Outcome>(null);
  useEffect(() => void model.kept.refresh(), [model]);
  const tell = (result: Promise<Outcome>): void => void result.then(setOutcome);
  const inUse = new Set(attached.map((disk) => disk.kept));
  const others = (kept ?? []).filter(({ id }) => !inUse.has(id));
  const sizeOf = (id: string | undefined) => kept?.find((disk) => disk.id === id)?.bytes;
  return (
    <>
      {attached.length > 0 && (
        <section className="disk-section" aria-label="Disks of this machine">
          <h3 className="disk-heading">Of this machine</h3>
          <ul className="disk-list">
            {attached.map((disk, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: their places are what they are known by
              <Row key={index} title={disk.title} note={attachedNote(disk, sizeOf(disk.kept))}>
                <Button
                  disabled={copying !== null}
                  onClick={() => tell(model.exportAttached(index))}
                  title="Save the whole disk, as it is now, as an image"
                >
                  Save image
                </Button>
              </Row>
            ))}
          </ul>
        </section>
      )}
      {others.length > 0 && (
        <section className="disk-section" aria-label="Kept disks">
          <h3 className="disk-heading">Kept in this browser</h3>
          <ul className="disk-list">
            {others.map((disk) => (
              <KeptRow key={disk.id} disk={disk} model={model} onOutcome={setOutcome} />
            ))}
          </ul>
        </section>
      )}
      {copying !== null && (
        <p className="disk-note" role="status">
          Saving {copying.title} … {Math.floor(copying.part * 100)} %
        </p>
      )}
      {outcome !== null && (
        <p className={outcome.kind === "trouble" ? "disk-complaint" : "disk-note"} role="alert">
          {outcome.text}
        </p>
      )}
      {persistence === "refused" && (kept ?? []).length > 0 && (
        <p className="disk-note">
          The browser has refused to keep this for good: it may delete it when the computer runs short of room. Save
          images of what you cannot lose.
        </p>
      )}
    </>
  );
}

interface KeptRowProps {
  readonly disk: KeptDisk;
  readonly model: DisksModel;
  readonly onOutcome: (outcome: Outcome) => void;
}

function KeptRow({ disk, model, onOutcome }: KeptRowProps) {
  const chosen = useStore(model.chosen);
  const copying = useStore(model.copying);
  const [asking, setAsking] = useState(false);
  /** What is to be done with the image that is being chosen. */
  const [purpose, setPurpose] = useState<"use" | "save">("use");
  const picker = useRef<HTMLInputElement>(null);
  const { id, title, source } = disk;
  const taken = chosen.some(({ kept }) => kept === id);
  const use = (file?: File): void => {
    const from = source.kind === "file" ? { kind: "file" as const, file: file as File } : source;
    model.choose({ title, source: from, access: "keep", kept: id });
  };
  const save = (file?: File): void => void model.exportKept(disk, file).then(onOutcome);
  const withImage = (next: "use" | "save"): void => {
    setPurpose(next);
    if (source.kind === "file") picker.current?.click();
    else if (next === "use") use();
    else save();
  };
  const discard = (): void => {
    setAsking(false);
    model.kept.discard(id).then(
      () => onOutcome({ kind: "done", text: `The changes to ${title} are gone.` }),
      (error: Error) => onOutcome({ kind: "trouble", text: `${title}: ${error.message}` }),
    );
  };
  const again = source.kind === "file" ? `; asks for ${source.name} again` : "";
  return (
    <Row title={title} note={`${sizeText(disk.bytes)} of changes since ${new Date(disk.since).toLocaleDateString()}`}>
      {asking ? (
        <>
          <span className="disk-ask">Delete these changes for good?</span>
          <Button primary onClick={discard}>
            Delete
          </Button>
          <Button onClick={() => setAsking(false)}>Keep them</Button>
        </>
      ) : (
        <>
          <Button
            disabled={taken}
            onClick={() => withImage("use")}
            title={`Give it to the machine that is opened next${again}`}
          >
            Use
          </Button>
          <Button
            disabled={copying !== null}
            onClick={() => withImage("save")}
            title={`Save the whole disk as an image${again}`}
          >
            Save image
          </Button>
          <Button
            disabled={copying !== null}
            onClick={() => void model.exportChanges(disk).then(onOutcome)}
            title="Save the changes alone, as vitrine run -drive file=IMAGE,overlay=FILE takes them"
          >
            Save changes
          </Button>
          <Button onClick={() => setAsking(true)}>Discard…</Button>
        </>
      )}
      <input
        ref={picker}
        type="file"
        hidden
        aria-label={`Image of ${title}`}
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          if (file === undefined) return;
          if (purpose === "use") use(file);
          else save(file);
        }}
      />
    </Row>
  );
}

function Row({ title, note, children }: { title: string; note: string; children: ReactNode }) {
  return (
    <li>
      <span className="disk-title" title={title}>
        {title}
      </span>
      <span className="disk-note">{note}</span>
      <span className="disk-commands">{children}</span>
    </li>
  );
}

function attachedNote({ access }: GuestDisk, bytes: number | undefined): string {
  return bytes === undefined ? ACCESS_WORDS[access] : `${sizeText(bytes)} of changes, kept in this browser`;
}
