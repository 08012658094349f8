/**
 * What a page and the bridge say to each other. Binary messages are gdb's bytes, in both directions; text messages are JSON of
 * these forms. The first message of a page is its code.
 */

/** Subprotocol of the WebSocket. */
export const BRIDGE_PROTOCOL = "vitrine-gdb";

/** Port on which the bridge waits for a page, and that of gdb. */
export const BRIDGE_PORT = 5274;
export const BRIDGE_GDB_PORT = 1234;

/** From the page. */
export type PageMessage =
  /** The code that the bridge has printed in its terminal. */
  | { readonly kind: "pair"; readonly code: string }
  /** The connection to gdb is to be closed when all that was sent has left. */
  | { readonly kind: "end" };

/** From the bridge. */
export type BridgeMessage =
  /** The code was right; gdb may come to this port. */
  | { readonly kind: "paired"; readonly gdbPort: number }
  /** A gdb has come, or is gone. */
  | { readonly kind: "gdb"; readonly present: boolean };

/** Why the bridge closes a connection (RFC 6455, 7.4.2: 4000 to 4999 are for applications). */
export const CLOSE_WRONG_CODE = 4401;
export const CLOSE_OCCUPIED = 4409;
export const CLOSE_NOT_UNDERSTOOD = 4400;

/** Letters of a code: Crockford's base 32, in which nothing looks like something else. */
export const CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** 16 letters of 5 bits each. */
export const CODE_LENGTH = 16;

/** The same code however people write it. */
export function normalizedCode(code: string): string {
  return code
    .toUpperCase()
    .replaceAll("O", "0")
    .replaceAll(/[IL]/g, "1")
    .replaceAll(/[^0-9A-Z]/g, "");
}

/** A message, or null if it is none of ours. */
export function parseMessage<T extends { readonly kind: string }>(text: string): T | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "kind" in value && typeof value.kind === "string"
      ? (value as T)
      : null;
  } catch {
    return null;
  }
}
