/** An address as people type it: digits, a symbol, a register, or one of these and an offset. */

/** What names stand for. */
export interface NamedValues {
  symbol(name: string): bigint | null;
  register(name: string): bigint | null;
}

export type ParsedAddress =
  | { readonly kind: "address"; readonly address: bigint }
  | { readonly kind: "error"; readonly text: string; readonly position: number };

const NUMBER = /^(?:0x[0-9a-f_]+|0b[01_]+|[0-9_]+)$/i;
const LAST = (1n << 64n) - 1n;

/** Sums of numbers and names, as in do_idle+0x3a or sp-16. */
export function parseAddress(text: string, names: NamedValues): ParsedAddress {
  let sum = 0n;
  let position = 0;
  const parts = text.split(/([+-])/);
  for (const [index, part] of parts.entries()) {
    const at = position;
    position += part.length;
    if (index % 2 === 1) continue;
    const word = part.trim();
    const value = termValue(word, names);
    if (value === null) {
      const what = word === "" ? "Expected an address" : `Nothing is named ${word}: expected an address`;
      return { kind: "error", text: `${what} such as 0x80000000, sp+16 or a symbol's name.`, position: at };
    }
    sum += parts[index - 1] === "-" ? -value : value;
  }
  if (sum < 0n || sum > LAST) return { kind: "error", text: "Expected an address of 64 bits.", position: 0 };
  return { kind: "address", address: sum };
}

function termValue(word: string, names: NamedValues): bigint | null {
  if (NUMBER.test(word)) {
    const digits = word.replaceAll("_", "");
    return /^0[xb]?$/i.test(digits) && digits !== "0" ? null : BigInt(digits);
  }
  return names.register(word) ?? names.symbol(word);
}
