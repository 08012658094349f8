/** How fast the machine goes, sampled while somebody looks; and compiled code beside the guest's. */
import type { CompiledRegion, HotCode, RunStatistics, Translation } from "../../src/worker/page.ts";
import type { Frames } from "./frame-reader.ts";
import { Store } from "./store.ts";

export type { CompiledRegion, HotPlace, RunStatistics } from "../../src/worker/page.ts";

/** What it needs of a machine. */
export interface PerformanceSource {
  statistics(): Promise<RunStatistics>;
  compiledAt(pa: bigint): Promise<CompiledRegion | null>;
  hotCode(): Promise<HotCode>;
  translate(va: bigint, options: { readonly access: "fetch" }): Promise<Translation>;
}

/** One span between two looks. */
export interface Sample {
  /** The end of the span, in milliseconds since some moment. */
  readonly at: number;
  /** Steps a second of the host. */
  readonly rate: number;
  /** Part of them in compiled code; null: everything is interpreted. */
  readonly compiled: number | null;
  /** Part of the host's time in which the machine executed. */
  readonly busy: number;
}

export interface PerformanceView {
  /** Oldest first. */
  readonly samples: readonly Sample[];
  /** null: nothing has been read yet. */
  readonly latest: RunStatistics | null;
}

const READ_MS = 500;
/** Of which one finds out where steps are spent, which takes the machine longer. */
const READS_OF_HOT_CODE = 4;
/** A minute of them, and a few more for a page that is late. */
const KEPT_SAMPLES = 124;
const EMPTY: PerformanceView = { samples: [], latest: null };

export class PerformanceModel {
  readonly view = new Store<PerformanceView>(EMPTY);
  /** Where steps are spent; null: not known yet. */
  readonly hot = new Store<HotCode | null>(null);
  #machine: PerformanceSource | null = null;
  #watchers = 0;
  #turn = 0;
  #reads = 0;
  #cancel: () => void = () => {};
  #before: { readonly at: number; readonly statistics: RunStatistics } | null = null;

  constructor(private readonly frames: Pick<Frames, "delay" | "now">) {}

  attach(machine: PerformanceSource | null): void {
    this.#machine = machine;
    this.view.set(EMPTY);
    this.hot.set(null);
    this.#restart();
  }

  /** Somebody looks from now on, until the answered function is called. */
  watch(): () => void {
    this.#watchers++;
    this.#restart();
    return () => {
      this.#watchers--;
      this.#restart();
    };
  }

  /** The compiled code that is entered at a virtual address; null: there is none. */
  async compiledAt(va: bigint): Promise<CompiledRegion | null> {
    if (this.#machine === null) return null;
    const { pa } = await this.#machine.translate(va, { access: "fetch" });
    return pa === null ? null : this.#machine.compiledAt(pa);
  }

  /** The same at a physical address. */
  async regionAt(pa: bigint): Promise<CompiledRegion | null> {
    return (await this.#machine?.compiledAt(pa)) ?? null;
  }

  #restart(): void {
    this.#cancel();
    this.#turn++;
    this.#before = null;
    if (this.#watchers > 0) void this.#read(this.#turn);
  }

  async #read(turn: number): Promise<void> {
    let statistics: RunStatistics | undefined;
    let hot: HotCode | undefined;
    try {
      statistics = await this.#machine?.statistics();
      if (++this.#reads % READS_OF_HOT_CODE === 1) hot = await this.#machine?.hotCode();
    } catch {
      // The machine is gone; its last figures stay on show.
      return;
    }
    if (turn !== this.#turn || statistics === undefined) return;
    this.#take(statistics);
    if (hot !== undefined) this.hot.set(hot);
    this.#cancel = this.frames.delay(READ_MS, () => void this.#read(turn));
  }

  #take(statistics: RunStatistics): void {
    const at = this.frames.now();
    const before = this.#before;
    this.#before = { at, statistics };
    const { samples } = this.view.get();
    const seconds = before === null ? 0 : (at - before.at) / 1000;
    const steps = before === null ? 0 : Number(statistics.steps - before.statistics.steps);
    // Counts begin anew when the machine is reset.
    if (before === null || seconds <= 0 || steps < 0) {
      this.view.set({ samples, latest: statistics });
      return;
    }
    const compiled =
      statistics.jit === null || before.statistics.jit === null || steps === 0
        ? null
        : Number(statistics.jit.compiledSteps - before.statistics.jit.compiledSteps) / steps;
    const busy = (statistics.seconds - before.statistics.seconds) / seconds;
    const sample = { at, rate: steps / seconds, compiled, busy: Math.min(1, Math.max(0, busy)) };
    this.view.set({ samples: [...samples, sample].slice(-KEPT_SAMPLES), latest: statistics });
  }
}
