/** Files that are dragged onto the page. Without this the browser would leave the page to open them. */
import { useEffect, useState } from "react";
import { droppedFile, type PickedFile } from "../model/picked-file.ts";

/** Hands over the file that is dropped, one at a time; answers whether one is being dragged over the page. */
export function useFileDrop(onFile: (picked: PickedFile) => void): boolean {
  const [dragging, setDragging] = useState(false);
  useEffect(() => {
    // A panel that takes files itself says so.
    const isTaken = (event: DragEvent): boolean =>
      event.target instanceof Element && event.target.closest("[data-takes-files]") !== null;
    const over = (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      setDragging(!isTaken(event));
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
    };
    const leave = (event: DragEvent): void => {
      // It leaves each element that it passes; only outside the page there is no next one.
      if (event.relatedTarget === null) setDragging(false);
    };
    const drop = (event: DragEvent): void => {
      setDragging(false);
      if (isTaken(event)) return;
      if (event.dataTransfer?.files.length === 0) return;
      event.preventDefault();
      void droppedFile(event.dataTransfer).then((picked) => picked !== null && onFile(picked));
    };
    // Before the terminal and text fields, which would take a file's name or content as text.
    window.addEventListener("dragover", over, true);
    window.addEventListener("dragleave", leave, true);
    window.addEventListener("drop", drop, true);
    return () => {
      window.removeEventListener("dragover", over, true);
      window.removeEventListener("dragleave", leave, true);
      window.removeEventListener("drop", drop, true);
    };
  }, [onFile]);
  return dragging;
}
