/** One stop point of a client: checked, its expressions parsed, its hits counted. */
import {
  type Expression,
  type ExpressionContext,
  ExpressionError,
  type ExpressionScope,
  parseExpression,
} from "../../debug/expressions.ts";
import { type LogText, parseLogText } from "../../debug/log-text.ts";
import { TextMatcher } from "../../debug/text-matcher.ts";
import { WATCH_BREAK, WATCH_LOAD, WATCH_STORE } from "../../spec/abi.ts";
import type { DebugTarget } from "./debug-target.ts";
import type { StopHit, StopPoint, StopPointState } from "./debug-types.ts";

const ADDRESSES = 1n << 64n;
const MOST_CAUSES = 64;
const LONGEST_TEXT = 4096;
const ACCESSES = ["read", "write", "access", "change"];

/** Kinds of access that a watch asks the core for. */
export const WATCH_KINDS = {
  read: WATCH_LOAD,
  write: WATCH_STORE,
  access: WATCH_LOAD | WATCH_STORE,
  change: WATCH_STORE,
} as const;

/** Addresses that the core watches. */
export interface WatchedRange {
  readonly kinds: number;
  readonly first: bigint;
  /** Inclusive. */
  readonly last: bigint;
}

/** What a point may speak of. */
export interface PointScope extends ExpressionScope {
  readonly target: DebugTarget;
}

/** What a point made of an event. */
export type Outcome = { readonly hit: StopHit } | { readonly log: string } | null;

export class ActivePoint {
  readonly matcher: TextMatcher | null;
  /** What the core watches for it; null: no addresses. */
  readonly range: WatchedRange | null;
  /** Of a register point: the value before the step. */
  lastValue = 0n;
  hits: number;
  private reached: number;
  private readonly condition: Expression | null;
  private readonly log: LogText | null;

  /** Throws an Error that says what is wrong. `before`: the same point as it was set before, whose counts go on. */
  constructor(
    readonly client: number,
    readonly point: StopPoint,
    scope: PointScope,
    before?: ActivePoint,
  ) {
    checkPoint(point, scope);
    this.condition =
      point.condition === undefined
        ? null
        : parsed("condition", () => parseExpression(point.condition as string, scope));
    this.log = point.log === undefined ? null : parsed("log", () => parseLogText(point.log as string, scope));
    this.matcher = point.kind === "console" ? new TextMatcher(point.text) : null;
    this.range = rangeOf(point);
    this.hits = before?.hits ?? 0;
    this.reached = before?.reached ?? 0;
  }

  get isEnabled(): boolean {
    return this.point.enabled !== false;
  }

  get state(): StopPointState {
    return { client: this.client, point: this.point, hits: this.hits };
  }

  /** Whether it stops at a trap. */
  wantsTrap({ interrupt, cause }: NonNullable<StopHit["trap"]>): boolean {
    const { point } = this;
    if (point.kind !== "trap") return false;
    return ((causeBits(interrupt ? point.interrupts : point.exceptions) >> BigInt(cause)) & 1n) === 1n;
  }

  /** Whether it stops at an access of these kinds (WATCH_*), its address space aside. */
  wantsAccess(kinds: number, access: NonNullable<StopHit["access"]>): boolean {
    const { point, range } = this;
    if (point.kind !== "watch" || range === null || !(range.kinds & kinds)) return false;
    const last = access.address + BigInt(access.size) - 1n;
    if (access.address > range.last || last < range.first) return false;
    return point.access !== "change" || hasChanged(access, range);
  }

  /** It has been reached. */
  reach(context: ExpressionContext, about: Partial<StopHit>): Outcome {
    this.reached++;
    let error: string | undefined;
    if (this.condition !== null) {
      try {
        const value = this.condition.evaluate({ ...context, hits: this.reached });
        if (value === 0n || value === 0) return null;
      } catch (failure) {
        error = `condition: ${(failure as Error).message}`;
      }
    }
    this.hits++;
    if (this.hits <= (this.point.ignore ?? 0)) return null;
    if (this.log !== null && error === undefined) return { log: this.log.print({ ...context, hits: this.reached }) };
    const { client, hits, point } = this;
    const { id, kind, temporary } = point;
    const once = temporary === true && { temporary };
    return { hit: { client, id, kind, hits, ...once, ...about, ...(error !== undefined && { error }) } };
  }
}

function rangeOf(point: StopPoint): WatchedRange | null {
  if (point.kind === "execute") return { kinds: WATCH_BREAK, first: point.address, last: point.address };
  if (point.kind !== "watch") return null;
  const last = point.address + BigInt(point.size) - 1n;
  return { kinds: WATCH_KINDS[point.access], first: point.address, last };
}

/** Whether two points of a client are the same, so that the counts of the one are the other's. */
export function isSamePoint(a: StopPoint, b: StopPoint): boolean {
  return contentOf(a) === contentOf(b);
}

function contentOf(point: StopPoint): string {
  const entries = Object.entries(point).filter(([, value]) => value !== undefined);
  return JSON.stringify(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)),
    (_, value) => (typeof value === "bigint" ? `${value}n` : value),
  );
}

/** Runs a parser; what it complains about is said to be in `field`. */
function parsed<T>(field: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof ExpressionError) throw new Error(`${field}: ${error.message}`);
    throw error;
  }
}

function checkPoint(point: StopPoint, scope: PointScope): void {
  const { ignore = 0 } = point;
  if (!Number.isSafeInteger(point.id)) throw new Error("the id is not a whole number");
  if (!Number.isSafeInteger(ignore) || ignore < 0) throw new Error(`ignore: ${ignore} is not a number of hits`);
  switch (point.kind) {
    case "execute":
      checkAddress(point.address);
      return;
    case "watch":
      checkAddress(point.address);
      if (!Number.isSafeInteger(point.size) || point.size < 1)
        throw new Error(`size: ${point.size} is not a number of bytes`);
      if (point.address + BigInt(point.size) > ADDRESSES) throw new Error("the bytes end above the highest address");
      if (!ACCESSES.includes(point.access))
        throw new Error(`access: "${point.access}" is none of ${ACCESSES.join(", ")}`);
      return;
    case "register":
      if (scope.register(point.name) === null) throw new Error(`there is no register ${point.name} of at most 64 bits`);
      return;
    case "csr":
      if (scope.target.controlNumbers(point.name).length === 0) throw new Error(`${point.name} is no control register`);
      return;
    case "trap":
      if (causeBits(point.exceptions) === 0n && causeBits(point.interrupts) === 0n)
        throw new Error("no cause is named");
      return;
    case "privilege":
      if (
        point.to !== undefined &&
        !(Number.isInteger(point.to) && point.to >= 0 && point.to <= scope.target.privileges)
      ) {
        throw new Error(`there is no privilege ${point.to}`);
      }
      return;
    case "console":
      if (typeof point.text !== "string" || point.text === "")
        throw new Error("text: what is to be printed is missing");
      if (point.text.length > LONGEST_TEXT) throw new Error(`text: more than ${LONGEST_TEXT} characters`);
      return;
    default:
      throw new Error(`"${(point as { kind: string }).kind}" is no kind of stop point`);
  }
}

function checkAddress(address: bigint): void {
  if (typeof address !== "bigint" || address < 0n || address >= ADDRESSES)
    throw new Error(`${address} is not an address of 64 bits`);
}

/** Bitmap of causes. Throws an Error if one is impossible. */
export function causeBits(causes: readonly number[] | "all" | undefined): bigint {
  if (causes === "all") return ADDRESSES - 1n;
  return (causes ?? []).reduce((bits, cause) => {
    if (!Number.isInteger(cause) || cause < 0 || cause >= MOST_CAUSES)
      throw new Error(`${cause} is not the number of a cause`);
    return bits | (1n << BigInt(cause));
  }, 0n);
}

/** Whether a write has changed one of the bytes of a range. Where the values are not known, it may have. */
function hasChanged(access: NonNullable<StopHit["access"]>, { first, last }: WatchedRange): boolean {
  const { address, size, before, after } = access;
  if (before === undefined || after === undefined) return true;
  for (let i = 0n; i < BigInt(size); i++) {
    const byte = address + i;
    if (byte >= first && byte <= last && ((before ^ after) >> (8n * i)) & 0xffn) return true;
  }
  return false;
}
