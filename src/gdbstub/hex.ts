/** Hexadecimal numbers and bytes as the remote protocol writes them. */

/** Two digits a byte. */
export function hexOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** The bytes that pairs of digits name, or null. */
export function bytesOfHex(text: string): Uint8Array | null {
  if (text.length % 2 !== 0 || !/^[\da-fA-F]*$/.test(text)) return null;
  const bytes = new Uint8Array(text.length / 2);
  for (let n = 0; n < bytes.length; n++) bytes[n] = Number.parseInt(text.slice(2 * n, 2 * n + 2), 16);
  return bytes;
}

/** A number of 1 to 16 hexadecimal digits, or null. */
export function numberOfHex(text: string): bigint | null {
  return /^[\da-fA-F]{1,16}$/.test(text) ? BigInt(`0x${text}`) : null;
}

/** A count of at most `most`, or null. */
export function countOfHex(text: string, most = 0xffff_ffff): number | null {
  const value = numberOfHex(text);
  return value === null || value > BigInt(most) ? null : Number(value);
}

/** The bytes of a register's value, lowest first. */
export function littleEndian(value: bigint, bits: number): string {
  const digits = BigInt.asUintN(bits, value)
    .toString(16)
    .padStart(bits / 4, "0");
  return (digits.match(/../g) ?? []).reverse().join("");
}

/** The value of a register's bytes, lowest first, or null if these are not `bits` bits. */
export function valueOfLittleEndian(text: string, bits: number): bigint | null {
  if (text.length !== bits / 4 || !/^[\da-fA-F]+$/.test(text)) return null;
  return BigInt(`0x${(text.match(/../g) ?? []).reverse().join("")}`);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The text's UTF-8 bytes in digits. */
export function hexOfText(text: string): string {
  return hexOf(encoder.encode(text));
}

/** The text that pairs of digits name in UTF-8, or null. */
export function textOfHex(hex: string): string | null {
  const bytes = bytesOfHex(hex);
  return bytes === null ? null : decoder.decode(bytes);
}
