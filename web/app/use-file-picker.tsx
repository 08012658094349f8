/** Asks for a file: by a handle, where the browser has such, else by the field of a form. */
import { type ReactNode, useRef } from "react";
import { canPickHandle, type PickedFile, pickFile } from "../model/picked-file.ts";

export interface FilePicker {
  /** Must be called by a click. */
  readonly ask: () => void;
  /** To be somewhere on the page. */
  readonly field: ReactNode;
}

/** `label` says what the file is for; `onTrouble` hears why none could be picked. */
export function useFilePicker(
  label: string,
  onFile: (picked: PickedFile) => void,
  onTrouble: (message: string) => void,
): FilePicker {
  const input = useRef<HTMLInputElement>(null);
  const ask = async (): Promise<void> => {
    if (!canPickHandle()) return input.current?.click();
    try {
      const picked = await pickFile();
      if (picked !== null) onFile(picked);
    } catch (error) {
      const { name, message } = error as Error;
      if (name === "SecurityError") input.current?.click();
      else onTrouble(`The file cannot be picked: ${message}`);
    }
  };
  const field = (
    <input
      ref={input}
      type="file"
      hidden
      aria-label={label}
      onChange={(event) => {
        const file = event.target.files?.[0];
        event.target.value = "";
        if (file !== undefined) onFile({ file });
      }}
    />
  );
  return { ask: () => void ask(), field };
}
