/** Answers of the remote protocol that are more than data. */

/** Errors by errno's numbers, in the protocol's form. */
export const ERROR = {
  /** EINVAL: malformed, or not possible. */
  invalid: "E16",
  /** EIO: it did not work. */
  failed: "E05",
  /** EFAULT: an address that has no memory. */
  fault: "E0e",
} as const;

export const OK = "OK";
/** What the protocol defines as the answer to a packet that is not known. */
export const UNKNOWN = "";

/** An error in words. gdb prints what follows "E."; bytes that a packet would have to escape would show as such. */
export function errorInWords(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return `E.${text
    .replaceAll(/[^ -~]/g, " ")
    .replaceAll(/[#$*}]/g, "_")
    .slice(0, 400)}`;
}

/** A malformed packet, or one that asks for what cannot be: answered by ERROR.invalid. */
export class InvalidPacket extends Error {}
