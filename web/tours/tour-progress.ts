/** How far somebody has come in each tour, between visits too. Damaged storage means: nowhere yet. */
import type { Notes } from "./tour.ts";

/** A place to go on from: the machine runs to it by itself, from its beginning. */
export interface Mark {
  readonly step: number;
  /** Steps of the machine; null: the tour begins running. */
  readonly at: bigint | null;
  readonly notes: Notes;
}

export interface Progress {
  readonly mark: Mark | null;
  /** It has been gone through to the end at least once. */
  readonly finished: boolean;
}

const KEY = "vitrine.tours";
const NOWHERE: Progress = { mark: null, finished: false };

export class TourProgress {
  readonly #known: Map<string, Progress>;

  constructor(private readonly storage: Pick<Storage, "getItem" | "setItem"> | null) {
    this.#known = read(storage);
  }

  of(tour: string): Progress {
    return this.#known.get(tour) ?? NOWHERE;
  }

  set(tour: string, progress: Progress): void {
    this.#known.set(tour, progress);
    try {
      this.storage?.setItem(
        KEY,
        JSON.stringify([...this.#known], (_, value) => (typeof value === "bigint" ? `${value}` : value)),
      );
    } catch {
      // Forbidden or full: then it is not remembered.
    }
  }
}

function read(storage: Pick<Storage, "getItem"> | null): Map<string, Progress> {
  try {
    const stored: unknown = JSON.parse(storage?.getItem(KEY) ?? "[]");
    if (!Array.isArray(stored)) return new Map();
    return new Map(stored.map(([tour, progress]) => [String(tour), progressOf(progress)]));
  } catch {
    return new Map();
  }
}

/** Throws if it is not what set() has written. */
function progressOf({ mark, finished }: { mark: unknown; finished: unknown }): Progress {
  if (mark === null) return { mark: null, finished: finished === true };
  const { step, at, notes } = mark as Record<string, unknown>;
  if (!Number.isInteger(step) || (step as number) < 0) throw new TypeError("no step");
  const big = Object.entries(notes as Record<string, string>).map(([name, value]) => [name, BigInt(value)] as const);
  return {
    mark: { step: step as number, at: at === null ? null : BigInt(at as string), notes: Object.fromEntries(big) },
    finished: finished === true,
  };
}
