/** Chooses the folder that the machine that is opened next may read. */
import { useRef, useState } from "react";
import {
  canPickFolder,
  MOUNT_COMMAND,
  pickFolder,
  type SharedFolder,
  uploadedFolderOf,
} from "../model/shared-folder.ts";
import { Button } from "../widgets/button.tsx";
import { Glyph } from "../widgets/glyph.tsx";
import "./disks.css";

export interface FolderChooserProps {
  readonly chosen: SharedFolder | null;
  readonly onChange: (folder: SharedFolder | null) => void;
}

export function FolderChooser({ chosen, onChange }: FolderChooserProps) {
  const [complaint, setComplaint] = useState<string | null>(null);
  const upload = useRef<HTMLInputElement>(null);
  const choose = async (): Promise<void> => {
    setComplaint(null);
    if (!canPickFolder()) {
      upload.current?.click();
      return;
    }
    try {
      const folder = await pickFolder();
      if (folder !== null) onChange(folder);
    } catch (error) {
      setComplaint(`The folder cannot be shared: ${(error as Error).message}`);
    }
  };
  return (
    <fieldset className="disk-chooser folder-chooser">
      <legend>Shared folder</legend>
      {chosen === null ? (
        <>
          <Button onClick={() => void choose()}>Share a folder…</Button>
          <span className="disk-note">The guest may read it, and not change it.</span>
        </>
      ) : (
        <>
          <strong className="folder-title">{chosen.title}</strong>
          <span className="disk-note">
            In the guest: <code>{MOUNT_COMMAND}</code>
          </span>
          <button
            type="button"
            className="disk-remove"
            aria-label={`Do not share ${chosen.title}`}
            onClick={() => onChange(null)}
          >
            <Glyph name="close" />
          </button>
        </>
      )}
      {complaint !== null && (
        <p className="disk-complaint" role="alert">
          {complaint}
        </p>
      )}
      <input
        ref={(input) => {
          upload.current = input;
          // React knows no such property.
          input?.setAttribute("webkitdirectory", "");
        }}
        type="file"
        hidden
        aria-label="Folder to share"
        onChange={(event) => {
          const folder = uploadedFolderOf([...(event.target.files ?? [])]);
          event.target.value = "";
          if (folder !== null) onChange(folder);
        }}
      />
    </fieldset>
  );
}
