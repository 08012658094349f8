/** Chooses the disks of the machine that is opened next: files, addresses, blank ones. */
import { type FormEvent, useId, useState } from "react";
import type { DisksModel } from "../model/disks-model.ts";
import {
  blankDiskOf,
  ACCESS_WORDS,
  DISK_ACCESSES,
  type DiskAccess,
  diskOfAddress,
  diskOfFile,
  type GuestDisk,
  sizeText,
} from "../model/guest-disk.ts";
import { Button } from "../widgets/button.tsx";
import { Glyph } from "../widgets/glyph.tsx";
import { useStore } from "../widgets/use-store.ts";
import { KeptDiskList } from "./kept-disk-list.tsx";
import { useFilePicker } from "./use-file-picker.tsx";
import "./disks.css";

const MIB = 1 << 20;
const BLANK_MIB = [64, 256, 1024, 4096];

export function DiskChooser({ model }: { readonly model: DisksModel }) {
  const chosen = useStore(model.chosen);
  const [address, setAddress] = useState("");
  const [complaint, setComplaint] = useState<string | null>(null);
  const picker = useFilePicker(
    "Disk image to add",
    (picked) => {
      setComplaint(null);
      model.choose(diskOfFile(picked, "keep"));
    },
    setComplaint,
  );
  const id = useId();
  const addAddress = (event: FormEvent): void => {
    event.preventDefault();
    try {
      model.choose(diskOfAddress(address, "keep", document.baseURI));
      setAddress("");
      setComplaint(null);
    } catch (error) {
      setComplaint((error as Error).message);
    }
  };
  return (
    <fieldset className="disk-chooser">
      <legend>Disks</legend>
      {chosen.length > 0 && <h3 className="disk-heading">Of the next machine</h3>}
      {chosen.length > 0 && (
        <ul className="disk-list" aria-label="Disks of the next machine">
          {chosen.map((disk, index) => (
            <ChosenDisk
              // biome-ignore lint/suspicious/noArrayIndexKey: two may be the same in all but their places
              key={index}
              disk={disk}
              onChange={(next) => model.change(index, next)}
            />
          ))}
        </ul>
      )}
      <div className="disk-adders">
        <Button onClick={picker.ask}>Add a file…</Button>
        <select
          className="field"
          aria-label="Add a blank disk"
          value=""
          onChange={(event) => model.choose(blankDiskOf(Number(event.target.value) * MIB))}
        >
          <option value="" disabled>
            Add a blank disk…
          </option>
          {BLANK_MIB.map((size) => (
            <option key={size} value={size}>
              of {sizeText(size * MIB)}
            </option>
          ))}
        </select>
        <form onSubmit={addAddress} noValidate>
          <input
            className="field"
            aria-label="Address of a disk image"
            aria-invalid={complaint !== null}
            aria-describedby={complaint === null ? undefined : id}
            placeholder="https://…/disk.img"
            inputMode="url"
            value={address}
            onChange={(event) => setAddress(event.target.value)}
            spellCheck={false}
          />
          <button type="submit" className="button" disabled={address.trim() === ""}>
            Add address
          </button>
        </form>
      </div>
      {complaint !== null && (
        <p id={id} className="disk-complaint" role="alert">
          {complaint}
        </p>
      )}
      {picker.field}
      <KeptDiskList model={model} />
    </fieldset>
  );
}

interface ChosenDiskProps {
  readonly disk: GuestDisk;
  readonly onChange: (disk: GuestDisk | null) => void;
}

function ChosenDisk({ disk, onChange }: ChosenDiskProps) {
  const { title, source, access, kept } = disk;
  // Without its changes a blank disk is nothing, and what is kept is not to be forgotten by a slip.
  const fixed = source.kind === "blank" || kept !== undefined;
  return (
    <li>
      <span className="disk-title" title={source.kind === "address" ? source.address : title}>
        {title}
      </span>
      {fixed ? (
        <span className="disk-note">{ACCESS_WORDS[access]}</span>
      ) : (
        <select
          className="field"
          aria-label={`What becomes of changes to ${title}`}
          value={access}
          onChange={(event) => onChange({ ...disk, access: event.target.value as DiskAccess })}
        >
          {DISK_ACCESSES.map((word) => (
            <option key={word} value={word}>
              {ACCESS_WORDS[word]}
            </option>
          ))}
        </select>
      )}
      <button type="button" className="disk-remove" aria-label={`Remove ${title}`} onClick={() => onChange(null)}>
        <Glyph name="close" />
      </button>
    </li>
  );
}
