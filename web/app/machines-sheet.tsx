/** The machines to choose from, with options for the one that is opened, and files of the visitor's. */
import { type ReactNode, useRef, useState } from "react";
import type { BundledGuest } from "../model/bundled-guests.ts";
import type { DisksModel } from "../model/disks-model.ts";
import type { OpenOptions } from "../model/page-link.ts";
import type { SharedFolder } from "../model/shared-folder.ts";
import { megabytes } from "../model/snapshot-file.ts";
import { Button } from "../widgets/button.tsx";
import { Sheet } from "../widgets/sheet.tsx";
import { DiskChooser } from "./disk-chooser.tsx";
import { FolderChooser } from "./folder-chooser.tsx";
import { GuestPicture } from "./guest-picture.tsx";
import "./machines.css";

export interface MachinesSheetProps {
  readonly guests: readonly BundledGuest[];
  readonly current: BundledGuest | null;
  readonly disks: DisksModel;
  readonly onOpen: (guest: BundledGuest, options: OpenOptions) => void;
  readonly onFile: (file: File) => void;
  readonly onClose: () => void;
  /** What else can be opened, below the machines. */
  readonly children?: ReactNode;
}

type Options = readonly (readonly [value: string, words: string])[];

const MEMORY_MIB = [64, 128, 256, 512, 1024, 2048];
const CLOCKS: Options = [
  ["icount", "counts instructions, repeatable"],
  ["realtime", "follows the host"],
];
const POINTERS: Options = [
  ["tablet", "tablet"],
  ["mouse", "mouse, where a tablet is unknown"],
];

export function MachinesSheet({ guests, current, disks, onOpen, onFile, onClose, children }: MachinesSheetProps) {
  const [memory, setMemory] = useState("");
  const [append, setAppend] = useState("");
  const [clock, setClock] = useState("");
  const [pointer, setPointer] = useState("");
  const [folder, setFolder] = useState<SharedFolder | null>(null);
  const picker = useRef<HTMLInputElement>(null);
  const atPrompt = (guest: BundledGuest): void => {
    onClose();
    onOpen(guest, { prompt: true });
  };
  const open = (guest: BundledGuest): void => {
    onClose();
    onOpen(guest, {
      ...(memory !== "" && { memory: Number(memory) << 20 }),
      ...(append !== "" && { append }),
      ...((clock === "icount" || clock === "realtime") && { clock }),
      ...((pointer === "tablet" || pointer === "mouse") && { pointer }),
      ...(disks.chosen.get().length > 0 && { disks: disks.chosen.get() }),
      ...(folder !== null && { folder }),
    });
  };
  return (
    <Sheet title="Machines" onClose={onClose} wide>
      <header className="sheet-head">
        <h2>Machines</h2>
        <Button onClick={onClose}>Close</Button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
      <div className="sheet-scroll" tabIndex={0}>
        <div className="machine-columns">
          <div>
            <ul className="machine-gallery">
              {guests.map((guest) => (
                <li key={guest.id}>
                  <button type="button" onClick={() => open(guest)} aria-current={guest.id === current?.id}>
                    <GuestPicture guest={guest} />
                    <strong>{guest.title}</strong>
                    <span>{guest.description}</span>
                  </button>
                  {guest.atPrompt !== undefined && (
                    <button
                      type="button"
                      className="machine-prompt"
                      onClick={() => atPrompt(guest)}
                      title="From a snapshot, as it comes: without the options and disks for the next one"
                    >
                      At its prompt<span className="visually-hidden">: {guest.title}</span> ·{" "}
                      {megabytes(guest.atPrompt.bytes)}
                    </button>
                  )}
                </li>
              ))}
            </ul>
            {children}
            <p className="machine-file">
              Or drop a program (ELF), a kernel image, a disk image or a saved machine on the page, or{" "}
              <button type="button" className="link-button" onClick={() => picker.current?.click()}>
                choose a file
              </button>
              . It stays in this tab.
            </p>
          </div>
          <div>
            <fieldset className="machine-options">
              <legend>Options for the next one</legend>
              <Choice
                label="Memory"
                value={memory}
                onChange={setMemory}
                options={MEMORY_MIB.map((size) => [String(size), `${size} MiB`])}
              />
              <Choice label="Clock" value={clock} onChange={setClock} options={CLOCKS} />
              <Choice label="Pointer" value={pointer} onChange={setPointer} options={POINTERS} />
              <label>
                Kernel command line
                <input
                  className="field"
                  value={append}
                  placeholder={current?.append ?? "as it comes"}
                  onChange={(event) => setAppend(event.target.value)}
                  spellCheck={false}
                />
              </label>
            </fieldset>
            <DiskChooser model={disks} />
            <FolderChooser chosen={folder} onChange={setFolder} />
          </div>
        </div>
        <input
          ref={picker}
          type="file"
          hidden
          aria-label="File to open"
          onChange={(event) => {
            const file = event.target.files?.[0];
            event.target.value = "";
            if (file === undefined) return;
            onClose();
            onFile(file);
          }}
        />
      </div>
    </Sheet>
  );
}

interface ChoiceProps {
  readonly label: string;
  /** "": as the machine comes. */
  readonly value: string;
  readonly options: Options;
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <label>
      {label}
      <select className="field" aria-label={label} value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">as it comes</option>
        {options.map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
