/** Values of options on the command line: numbers, sizes, addresses, words. Each throws a UsageError that names the option. */
import { UsageError } from "./usage-error.ts";

/** Throws unless `value` is supported. */
export function expect(option: string, value: string, supported: readonly string[]): string {
  if (supported.includes(value)) return value;
  throw new UsageError(`${option} ${value} is not supported, only ${supported.join(" or ")}`);
}

/** Bytes from a size such as 256M or 2G; without a unit, MiB. */
export function size(option: string, text: string): number {
  const [, digits, unit = "M"] = /^(?:size=)?(\d+)([KMGkmg]?)B?$/.exec(text) ?? [];
  if (digits === undefined) throw new UsageError(`${option} ${text}: not a size such as 256M`);
  const shift = { K: 10, M: 20, G: 30 }[(unit || "M").toUpperCase()]!;
  return Number(digits) * 2 ** shift;
}

/** A decimal number from 0 to `most`. */
export function wholeNumber(option: string, text: string, most: number): number {
  if (!/^\d+$/.test(text) || Number(text) > most) {
    throw new UsageError(`${option}: "${text}" is not a number from 0 to ${most}`);
  }
  return Number(text);
}

/** A decimal or hexadecimal number below 2^64. */
export function seed(option: string, text: string): bigint {
  if (!/^(\d+|0x[\da-fA-F]+)$/.test(text) || BigInt(text) >= 2n ** 64n) {
    throw new UsageError(`${option} ${text}: not a number below 2^64`);
  }
  return BigInt(text);
}

/** A physical address such as 0x80200000. */
export function address(option: string, text: string): bigint {
  if (!/^0x[\da-fA-F]{1,16}$/.test(text)) throw new UsageError(`${option} ${text}: not an address such as 0x80200000`);
  return BigInt(text);
}

/** A number of seconds above 0, with decimals if need be. */
export function seconds(option: string, text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text) || Number(text) === 0) {
    throw new UsageError(`${option} ${text}: not a number of seconds above 0`);
  }
  return Number(text);
}
