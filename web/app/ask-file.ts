/** The browser's own dialog for a file. */

/** Only in answer to a click or a key, or browsers refuse. Nothing happens if no file is chosen. */
export function askFile(onFile: (file: File) => void): void {
  const picker = document.createElement("input");
  picker.type = "file";
  picker.addEventListener("change", () => {
    const file = picker.files?.[0];
    if (file !== undefined) onFile(file);
  });
  picker.click();
}
