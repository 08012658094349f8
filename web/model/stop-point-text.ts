/** Stop points in words, and lists of cause numbers as text. */
import type { StopPoint } from "../../src/worker/page.ts";

/** Names for what a stop point refers to. */
export interface PointNames {
  symbol(address: bigint): string | null;
  privilegeName(number: number): string;
  cause(interrupt: boolean, cause: number): string;
  /** Whose an address space is, or null. */
  space(space: bigint): string | null;
}

/** What has to happen, as in "write of 8 bytes at count (0x80001000)". */
export function pointText(point: StopPoint, names: PointNames): string {
  switch (point.kind) {
    case "execute":
      return `at ${addressText(point.address, names)}${spaceText(point.space, names)}`;
    case "watch": {
      const bytes = point.size === 1 ? "1 byte" : `${point.size} bytes`;
      const what = point.access === "access" ? "read or write" : point.access;
      return `${what} of ${bytes} at ${addressText(point.address, names)}${spaceText(point.space, names)}`;
    }
    case "register":
      return `${point.name} changes`;
    case "csr":
      return `${point.name} is written`;
    case "trap": {
      const exceptions = causesText(point.exceptions, false, names);
      const interrupts = causesText(point.interrupts, true, names);
      return [exceptions, interrupts].filter((text) => text !== null).join("; ") || "no trap";
    }
    case "privilege":
      return point.to === undefined ? "any change of privilege" : `${names.privilegeName(point.to)}-mode is entered`;
    case "console":
      return `the console prints “${point.text}”`;
  }
}

function causesText(
  causes: readonly number[] | "all" | undefined,
  interrupt: boolean,
  names: PointNames,
): string | null {
  if (causes === undefined || causes.length === 0) return null;
  if (causes === "all") return interrupt ? "every interrupt" : "every exception";
  return causes.map((cause) => names.cause(interrupt, cause)).join(", ");
}

function spaceText(space: bigint | undefined, names: PointNames): string {
  return space === undefined ? "" : `, only in ${names.space(space) ?? "one address space"}`;
}

function addressText(address: bigint, names: PointNames): string {
  const symbol = names.symbol(address);
  const hex = `0x${address.toString(16)}`;
  return symbol === null ? hex : `${symbol} (${hex})`;
}

/** A cause by its number and by the target's name for it. */
export interface NamedCause {
  readonly cause: number;
  readonly name: string;
}

/** "all", or causes with commas between: numbers, names, or both as in "13 load page fault". A sentence: what is wrong. */
export function parseCauses(text: string, known: readonly NamedCause[]): readonly number[] | string {
  const trimmed = text.trim();
  if (trimmed === "") return [];
  if (/^all$/i.test(trimmed)) return "all";
  const causes: number[] = [];
  for (const part of trimmed.split(/\s*,\s*/)) {
    const number = /^(\d{1,2})(?:\s|$)/.exec(part)?.[1];
    const named = known.find(({ name }) => name.toLowerCase() === part.toLowerCase());
    if (number === undefined && named === undefined) {
      return `Expected all, or causes such as ${known[0]?.cause ?? 8} or ${known[0]?.name ?? 13}, instead of “${part}”.`;
    }
    causes.push(number === undefined ? (named as NamedCause).cause : Number(number));
  }
  return causes;
}

/** As parseCauses reads it. */
export function causesAsTyped(causes: readonly number[] | "all" | undefined): string {
  return causes === "all" ? "all" : (causes ?? []).join(", ");
}
