/** QEMU's comma-separated sub-options, as in `file=disk.img,format=raw,if=none`. */
import { UsageError } from "./usage-error.ts";

/**
 * Splits `text` at its commas (two of them stand for one in a value) and each part at its first equals sign.
 * The first part may be a bare value, which then gets the key `first`; a later bare part means `on`.
 */
export function parseSuboptions(option: string, text: string, first?: string): Map<string, string> {
  const parts = text.split(/(?<!,),(?!,)/).map((part) => part.replaceAll(",,", ","));
  const result = new Map<string, string>();
  parts.forEach((part, index) => {
    const equals = part.indexOf("=");
    const isBare = equals < 0;
    const key = isBare ? (index === 0 && first !== undefined ? first : part) : part.slice(0, equals);
    if (key === "") throw new UsageError(`${option}: "${text}" has an empty sub-option`);
    if (result.has(key)) throw new UsageError(`${option}: ${key} is given twice`);
    result.set(key, isBare ? (index === 0 && first !== undefined ? part : "on") : part.slice(equals + 1));
  });
  return result;
}

/** Takes a sub-option out; what is left in the end is not supported. */
export function take(options: Map<string, string>, key: string): string | undefined {
  const value = options.get(key);
  options.delete(key);
  return value;
}

export function rejectRest(option: string, options: ReadonlyMap<string, string>): void {
  for (const [key, value] of options) throw new UsageError(`${option}: ${key}=${value} is not supported`);
}

export function takeSwitch(option: string, options: Map<string, string>, key: string): boolean {
  const value = take(options, key) ?? "off";
  if (value !== "on" && value !== "off") throw new UsageError(`${option}: ${key}=${value} is neither on nor off`);
  return value === "on";
}
