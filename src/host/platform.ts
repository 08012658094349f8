/** What the machine's host needs from the place where it runs: a page's worker, a thread of Node, or a test. */
import type { BlockBackend } from "./backends/block.ts";
import type { FolderBackend } from "./shares/folder.ts";
import type { ByteStore } from "./backends/byte-store.ts";

export interface Platform {
  /**
   * Whole content behind a URL or path. `onProgress` hears of bytes so far and of all bytes, if known.
   * Throws an Error whose message names the address and what was wrong.
   */
  read(address: string, onProgress: (loaded: number, total: number) => void): Promise<Uint8Array>;
  /** The disk behind a URL or path. */
  openDisk(address: string, readOnly: boolean): Promise<BlockBackend>;
  /** What keeps an overlay behind a path or name; made if there is none. Throws an Error if somebody else has it. */
  openStore(address: string): Promise<ByteStore>;
  /** A store that is forgotten when it is closed. */
  openScratchStore(): Promise<ByteStore>;
  /** The folder behind a path. Throws an Error if there is none. */
  openFolder(path: string, readOnly: boolean): Promise<FolderBackend>;
  /** Lets everything that waits in the event loop happen, then goes on at once. */
  yieldToEvents(): Promise<void>;
}

/** Fetches `address`, reporting progress; an answer other than success is an Error that names address and status. */
export async function fetchBytes(
  address: string,
  onProgress: (loaded: number, total: number) => void,
): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(address);
  } catch (error) {
    throw new Error(`${address} cannot be loaded: ${(error as Error).message}`);
  }
  if (!response.ok) throw new Error(`${address} cannot be loaded: ${response.status} ${response.statusText}`.trimEnd());
  // A server that compresses on the way counts compressed bytes in Content-Length, so the length is only an estimate.
  const announced = Number(response.headers.get("content-length") ?? 0);
  const parts: Uint8Array[] = [];
  let loaded = 0;
  try {
    for (const reader = response.body!.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      loaded += value.length;
      onProgress(loaded, Math.max(announced, loaded));
    }
  } catch (error) {
    throw new Error(`${address} broke off after ${loaded} bytes: ${(error as Error).message}`);
  }
  onProgress(loaded, loaded);
  return joinBytes(parts, loaded);
}

/** One array of `length` bytes out of several. */
export function joinBytes(parts: readonly Uint8Array[], length: number): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
