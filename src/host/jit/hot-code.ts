/** Where the machine spends its steps: what it was about to execute at the ends of its latest slices, by compiled region. */
import type { HotCode, HotPlace } from "../machine-types.ts";
import type { SlotCode } from "./jit-linker.ts";
import { guestRanges } from "./compiled-region.ts";

/** Slices that count: some ten seconds of a busy machine. */
const KEPT = 2048;
/** Places that are told, the hottest ones. */
const MOST_PLACES = 20;
/** Nobody looks any more who has not asked for so long. */
const WANTED_MS = 5000;
/** Interpreted code counts by pages of so many bytes. */
const PAGE = 0x1000n;

/** What it needs of the machine. */
export interface HotCodeParts {
  /** Virtual address of the next instruction, and the physical one; null: it cannot be fetched. */
  readonly position: () => { readonly va: bigint; readonly pa: bigint } | null;
  readonly pointerOf: (pa: bigint) => number;
  /** All compiled regions: their code, and where they are entered. */
  readonly regions: () => Iterable<{ readonly code: SlotCode; readonly entry: bigint }>;
}

export class HotCodeSampler {
  private samples: { readonly va: bigint; readonly pa: bigint }[] = [];
  private next = 0;
  private askedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly parts: HotCodeParts) {}

  /** A slice has ended because it was over. `now` in host ms. */
  sliceEnded(now: number): void {
    if (now - this.askedAt > WANTED_MS) return;
    const position = this.parts.position();
    if (position === null) return;
    this.samples[this.next] = position;
    this.next = (this.next + 1) % KEPT;
  }

  /** What was found since somebody began to look; from now on slices count. */
  read(now: number): HotCode {
    if (now - this.askedAt > WANTED_MS) {
      this.samples = [];
      this.next = 0;
    }
    this.askedAt = now;
    const entries = this.entriesOf([...new Set(this.samples.map(({ pa }) => pa))]);
    const places = new Map<bigint, { entry: bigint | null; count: number; hits: Map<bigint, number> }>();
    for (const { va, pa } of this.samples) {
      const entry = entries.get(pa) ?? null;
      // A region's entry is even: it shares no key with a page of interpreted code.
      const key = entry ?? pa - (pa % PAGE) + 1n;
      const place = places.get(key) ?? { entry, count: 0, hits: new Map() };
      places.set(key, place);
      place.count++;
      place.hits.set(va, (place.hits.get(va) ?? 0) + 1);
    }
    const all = [...places.values()].sort((a, b) => b.count - a.count).slice(0, MOST_PLACES);
    return {
      samples: this.samples.length,
      places: all.map(({ entry, count, hits }): HotPlace => ({ entry, count, va: mostOften(hits) })),
    };
  }

  /** Of each address, the entry of a region that holds its code. */
  private entriesOf(addresses: readonly bigint[]): ReadonlyMap<bigint, bigint> {
    const wanted = addresses.map((pa) => ({ pa, ptr: this.parts.pointerOf(pa) })).sort((a, b) => a.ptr - b.ptr);
    const found = new Map<bigint, bigint>();
    if (wanted.length === 0) return found;
    for (const { code, entry } of this.parts.regions()) {
      for (const { ptr, bytes } of guestRanges(code)) {
        for (let n = firstAtOrAbove(wanted, ptr); n < wanted.length; n++) {
          const { pa, ptr: place } = wanted[n]!;
          if (place >= ptr + bytes) break;
          if (!found.has(pa)) found.set(pa, entry);
        }
      }
    }
    return found;
  }
}

function firstAtOrAbove(sorted: readonly { readonly ptr: number }[], ptr: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]!.ptr < ptr) low = middle + 1;
    else high = middle;
  }
  return low;
}

function mostOften(hits: ReadonlyMap<bigint, number>): bigint {
  return [...hits].reduce((best, each) => (each[1] > best[1] ? each : best))[0];
}
