/** The snapshot of a bundled machine at its prompt, and what its terminal shows there. */
import type { BundledGuest } from "./bundled-guests.ts";

export interface PromptSnapshot {
  readonly snapshot: Uint8Array;
  readonly text: Uint8Array;
}

/** Throws an Error that names the file and what is wrong with it. */
export async function fetchPrompt({ title, atPrompt }: BundledGuest): Promise<PromptSnapshot> {
  if (atPrompt === undefined) throw new Error(`there is no snapshot of ${title} at its prompt`);
  const { snapshot, text } = atPrompt;
  const files = [fetchFile(snapshot), text === undefined ? new Uint8Array(0) : fetchFile(text)] as const;
  const [bytes, printed] = await Promise.all(files);
  return { snapshot: bytes, text: printed };
}

async function fetchFile(path: string): Promise<Uint8Array> {
  const response = await fetch(new URL(path, document.baseURI));
  if (!response.ok) throw new Error(`${path} cannot be loaded: ${response.status} ${response.statusText}`.trimEnd());
  return new Uint8Array(await response.arrayBuffer());
}
