/** What stops the machine for the page: breakpoints and their like, as the worker has taken them. */
import type { LogLine, StopPoint, StopPointState } from "../../src/worker/page.ts";
import { Store } from "./store.ts";

/** What it needs of a machine. */
export interface StopPointSource {
  setBreakpoints(points: readonly StopPoint[]): Promise<readonly StopPointState[]>;
  breakpoints(): Promise<readonly StopPointState[]>;
  onLog(listener: (lines: readonly LogLine[]) => void): () => void;
}

type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;
/** A stop point before it has its number. */
export type NewStopPoint = WithoutId<StopPoint>;

/** Older lines are forgotten. */
const KEPT_LINES = 500;
/** Milliseconds between two looks at what is printed: a machine can print faster than a page can show it. */
const LOG_PAUSE = 250;

/** The page's own number among the machine's clients. */
const CLIENT = 0;

export class DebugModel {
  readonly points = new Store<readonly StopPoint[]>([]);
  /** Hits by id, as of the latest stop. */
  readonly hits = new Store<ReadonlyMap<number, number>>(new Map());
  /** What log points have printed, oldest first. */
  readonly log = new Store<readonly LogLine[]>([]);
  #machine: StopPointSource | null = null;
  #endLog: () => void = () => {};
  /** Printed since `log` was set last, which waits for this timer. */
  #printed: readonly LogLine[] = [];
  #logTimer: ReturnType<typeof setTimeout> | null = null;
  #nextId = 1;
  /** Id of the point that is there for the next stop only. */
  #pause: number | null = null;

  /** Another machine, which gets the same points, or none. Answers why it does not take them, or null. */
  async attach(machine: StopPointSource | null): Promise<string | null> {
    this.#machine = machine;
    this.#pause = null;
    this.hits.set(new Map());
    this.#endLog();
    this.#endLog = () => {};
    this.clearLog();
    if (machine !== null) this.#endLog = machine.onLog((lines) => this.#print(lines));
    if (machine === null || this.points.get().length === 0) return null;
    return this.#put(this.points.get());
  }

  /** Other points than before, for the machine that is opened next. */
  start(points: readonly NewStopPoint[]): void {
    this.#machine = null;
    this.points.set(points.map((point) => ({ ...point, id: this.#nextId++ }) as StopPoint));
  }

  /** Answers why not, or null. */
  add(point: NewStopPoint): Promise<string | null> {
    return this.#put([...this.points.get(), { ...point, id: this.#nextId++ } as StopPoint]);
  }

  /** A point for the next stop only, whatever makes that, in the place of the one before. Answers why not, or null. */
  addPause(point: NewStopPoint): Promise<string | null> {
    const others = this.points.get().filter(({ id }) => id !== this.#pause);
    this.#pause = this.#nextId++;
    return this.#put([...others, { ...point, id: this.#pause, temporary: true } as StopPoint]);
  }

  change(point: StopPoint): Promise<string | null> {
    return this.#put(this.points.get().map((other) => (other.id === point.id ? point : other)));
  }

  remove(id: number): Promise<string | null> {
    return this.#put(this.points.get().filter((point) => point.id !== id));
  }

  removeAll(): Promise<string | null> {
    return this.#put([]);
  }

  /** The breakpoint at an address goes, or comes if there is none. */
  toggleAt(address: bigint): Promise<string | null> {
    const at = this.points.get().filter((point) => point.kind === "execute" && point.address === address);
    if (at.length === 0) return this.add({ kind: "execute", address });
    return this.#put(this.points.get().filter((point) => !at.includes(point)));
  }

  /** Forgets what has been printed. */
  clearLog(): void {
    this.#printed = [];
    this.log.set([]);
  }

  /** The machine has stopped: hits are counted, and temporary points are gone. */
  async refresh(): Promise<void> {
    const machine = this.#machine;
    const pause = this.#pause;
    this.#pause = null;
    if (machine === null || this.points.get().length === 0) return;
    try {
      this.#take(await machine.breakpoints());
      // Something else has stopped it: to stop there later would be a surprise.
      if (this.points.get().some(({ id }) => id === pause)) await this.remove(pause as number);
    } catch {
      // The machine is gone; its state says so.
    }
  }

  /** The first lines after a while are there at once, others together at the next look. */
  #print(lines: readonly LogLine[]): void {
    this.#printed = [...this.#printed, ...lines].slice(-KEPT_LINES);
    if (this.#logTimer === null) this.#showPrinted();
  }

  #showPrinted(): void {
    this.#logTimer = null;
    if (this.#printed.length === 0) return;
    this.log.set([...this.log.get(), ...this.#printed].slice(-KEPT_LINES));
    this.#printed = [];
    this.#logTimer = setTimeout(() => this.#showPrinted(), LOG_PAUSE);
  }

  async #put(points: readonly StopPoint[]): Promise<string | null> {
    const machine = this.#machine;
    if (machine === null) {
      this.points.set(points);
      return null;
    }
    const before = this.points.get();
    // At once, so that a click answers at once; the worker may refuse it.
    this.points.set(points);
    try {
      this.#take(await machine.setBreakpoints(points));
      return null;
    } catch (error) {
      this.points.set(before);
      return (error as Error).message;
    }
  }

  #take(states: readonly StopPointState[]): void {
    const own = states.filter(({ client }) => client === CLIENT);
    this.points.set(own.map(({ point }) => point));
    this.hits.set(new Map(own.map(({ point, hits }) => [point.id, hits])));
  }
}
