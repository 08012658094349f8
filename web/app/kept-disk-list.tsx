/** Disks whose changes are kept in this browser, and the disks of the open machine: use, write to their files, save, discard. */
import { type ReactNode, useEffect, useState } from "react";
import type { DisksModel, Outcome } from "../model/disks-model.ts";
import { ACCESS_WORDS, type GuestDisk, sizeText } from "../model/guest-disk.ts";
import { type KeptDisk, misfit } from "../model/kept-disks.ts";
import { diskOfKeptFile } from "../model/link-disks.ts";
import { canPickHandle, type FileHandle, type PickedFile, reopen } from "../model/picked-file.ts";
import { Button } from "../widgets/button.tsx";
import { useStore } from "../widgets/use-store.ts";
import { useFilePicker } from "./use-file-picker.tsx";

export function KeptDiskList({ model }: { readonly model: DisksModel }) {
  const kept = useStore(model.kept.list);
  const attached = useStore(model.attached);
  const copying = useStore(model.copying);
  const persistence = useStore(model.kept.persistence);
  const [outcome, setOutcome] = useState<Outcome>(null);
  useEffect(() => void model.kept.refresh(), [model]);
  const inUse = new Set(attached.map((disk) => disk.kept));
  const others = (kept ?? []).filter(({ id }) => !inUse.has(id));
  const bytesOf = (id: string | undefined) => kept?.find((disk) => disk.id === id)?.bytes;
  const hasFiles = (kept ?? []).some(({ source }) => source.kind === "file");
  return (
    <>
      {attached.length > 0 && (
        <section className="disk-section" aria-label="Disks of this machine">
          <h3 className="disk-heading">Of this machine</h3>
          <ul className="disk-list">
            {attached.map((disk, index) => (
              <AttachedRow
                // biome-ignore lint/suspicious/noArrayIndexKey: their places are what they are known by
                key={index}
                disk={disk}
                bytes={bytesOf(disk.kept)}
                model={model}
                index={index}
                onOutcome={setOutcome}
              />
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
          {copying.what === "changes"
            ? `Writing the changes to ${copying.title} into its file`
            : `Saving ${copying.title}`}{" "}
          … {Math.floor(copying.part * 100)} %
        </p>
      )}
      {outcome !== null && (
        <p className={outcome.kind === "trouble" ? "disk-complaint" : "disk-note"} role="alert">
          {outcome.text}
        </p>
      )}
      {hasFiles && !canPickHandle() && (
        <p className="disk-note">
          This browser lets no page write to a file of yours: <em>Save image</em> makes a new file that has the changes.
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

interface AttachedRowProps {
  readonly disk: GuestDisk;
  readonly bytes: number | undefined;
  readonly model: DisksModel;
  readonly index: number;
  readonly onOutcome: (outcome: Outcome) => void;
}

function AttachedRow({ disk, bytes, model, index, onOutcome }: AttachedRowProps) {
  const copying = useStore(model.copying);
  const [asking, setAsking] = useState(false);
  const { title, source, kept } = disk;
  const file = kept !== undefined && source.kind === "file" ? source.handle : undefined;
  const tell = (outcome: Promise<Outcome>): void => void outcome.then(onOutcome);
  const note = kept === undefined ? ACCESS_WORDS[disk.access] : `${changesText(bytes)}, kept in this browser`;
  return (
    <Row title={title} note={note}>
      {asking && file !== undefined ? (
        <Question
          text={`Make the changes part of ${file.name}? What the guest has not written to its disk yet is not among them: sync there first.`}
          word="Write to file"
          onYes={() => tell(model.commitAttached(index))}
          onEnd={() => setAsking(false)}
        />
      ) : (
        <>
          {file !== undefined && (
            <Button disabled={copying !== null} onClick={() => setAsking(true)} title={writingTitle(file.name)}>
              Write to file…
            </Button>
          )}
          <Button
            disabled={copying !== null}
            onClick={() => tell(model.exportAttached(index))}
            title="Save the whole disk, as it is now, as an image"
          >
            Save image
          </Button>
        </>
      )}
    </Row>
  );
}

interface KeptRowProps {
  readonly disk: KeptDisk;
  readonly model: DisksModel;
  readonly onOutcome: (outcome: Outcome) => void;
}

type Question = { readonly kind: "discard" } | { readonly kind: "write"; readonly handle: FileHandle };

function KeptRow({ disk, model, onOutcome }: KeptRowProps) {
  const chosen = useStore(model.chosen);
  const copying = useStore(model.copying);
  const [question, setQuestion] = useState<Question | null>(null);
  /** What is to be done with the file that is being chosen. */
  const [purpose, setPurpose] = useState<"use" | "save" | "write">("use");
  /** What the browser remembers is not there, or may not be read: the next click asks for the file. */
  const [lost, setLost] = useState(false);
  const { id, title, source } = disk;
  const handle = lost ? undefined : disk.handle;
  const taken = chosen.some(({ kept }) => kept === id);
  const trouble = (message: string): void => onOutcome({ kind: "trouble", text: `${title}: ${message}` });
  const go = (what: typeof purpose, ready: GuestDisk): void => {
    onOutcome(null);
    if (what === "use") model.choose(ready);
    else if (what === "save") void model.exportKept(ready).then(onOutcome);
    else if (ready.source.kind === "file" && ready.source.handle !== undefined)
      setQuestion({ kind: "write", handle: ready.source.handle });
    else trouble("the browser gives no way to write to this file: save an image instead.");
  };
  const withFile = (what: typeof purpose, picked: PickedFile): void => {
    const why = misfit(disk, picked.file);
    if (why === null) go(what, diskOfKeptFile(disk, picked));
    else trouble(why);
  };
  const picker = useFilePicker(`Image of ${title}`, (picked) => withFile(purpose, picked), trouble);
  const begin = (what: typeof purpose): void => {
    setPurpose(what);
    if (source.kind !== "file") go(what, { title, source, access: "keep", kept: id });
    else if (handle === undefined) picker.ask();
    else if (what === "write") setQuestion({ kind: "write", handle });
    else
      reopen(handle).then(
        (picked) => withFile(what, picked),
        (error: Error) => {
          trouble(error.message);
          setLost(true);
        },
      );
  };
  const discard = (): void => {
    model.kept.discard(id).then(
      () => onOutcome({ kind: "done", text: `The changes to ${title} are gone.` }),
      (error: Error) => trouble(error.message),
    );
  };
  const again = source.kind === "file" && handle === undefined ? `; asks for ${source.name} again` : "";
  return (
    <Row title={title} note={`${changesText(disk.bytes)} since ${new Date(disk.since).toLocaleDateString()}`}>
      {question?.kind === "discard" && (
        <Question
          text="Delete these changes for good?"
          danger
          word="Delete"
          otherwise="Keep them"
          onYes={discard}
          onEnd={() => setQuestion(null)}
        />
      )}
      {question?.kind === "write" && (
        <Question
          text={`Make the changes part of ${question.handle.name}, and keep them here no more?`}
          word="Write to file"
          onYes={() => void model.commitKept(disk, question.handle).then(onOutcome)}
          onEnd={() => setQuestion(null)}
        />
      )}
      {question === null && (
        <>
          <Button
            disabled={taken}
            onClick={() => begin("use")}
            title={`Give it to the machine that is opened next${again}`}
          >
            Use
          </Button>
          {source.kind === "file" && (handle !== undefined || canPickHandle()) && (
            <Button
              disabled={copying !== null || taken || disk.bytes === 0}
              onClick={() => begin("write")}
              title={`${writingTitle(source.name)}${again}`}
            >
              Write to file…
            </Button>
          )}
          <Button
            disabled={copying !== null}
            onClick={() => begin("save")}
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
          <Button onClick={() => setQuestion({ kind: "discard" })}>Discard…</Button>
        </>
      )}
      {picker.field}
    </Row>
  );
}

interface QuestionProps {
  readonly text: string;
  /** What it asks about cannot be undone. */
  readonly danger?: boolean;
  readonly word: string;
  readonly otherwise?: string;
  readonly onYes: () => void;
  readonly onEnd: () => void;
}

function Question({ text, danger = false, word, otherwise = "Cancel", onYes, onEnd }: QuestionProps) {
  const yes = (): void => {
    onEnd();
    onYes();
  };
  return (
    <>
      <span className={danger ? "disk-ask disk-ask-danger" : "disk-ask"}>{text}</span>
      <Button primary onClick={yes}>
        {word}
      </Button>
      <Button onClick={onEnd}>{otherwise}</Button>
    </>
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

function writingTitle(name: string): string {
  return `Make the changes part of ${name}`;
}

function changesText(bytes: number | undefined): string {
  if (bytes === undefined) return "changes";
  return bytes === 0 ? "no changes" : `${sizeText(bytes)} of changes`;
}
