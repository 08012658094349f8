/** What each client has asked of the register sync so far, read again and again while somebody looks. */
import type { ClientMeter, Machine } from "../../src/worker/page.ts";
import type { Frames } from "./frame-reader.ts";
import { Store } from "./store.ts";

/** The meter is a message to the worker: seldom enough to change nothing that it measures. */
const READ_MS = 1000;

export class MeterModel {
  /** null: nothing has been read yet, or there is no machine. */
  readonly clients = new Store<readonly ClientMeter[] | null>(null);
  #machine: Pick<Machine, "meter"> | null = null;
  #watchers = 0;
  #cancel: () => void = () => {};
  /** Which reading is the latest: earlier ones show nothing. */
  #turn = 0;

  constructor(private readonly frames: Pick<Frames, "delay">) {}

  /** The meter of another machine, or of none. */
  attach(machine: Pick<Machine, "meter"> | null): void {
    this.#machine = machine;
    this.clients.set(null);
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

  #restart(): void {
    this.#cancel();
    this.#turn++;
    if (this.#watchers > 0) void this.#read(this.#turn);
  }

  async #read(turn: number): Promise<void> {
    let clients: readonly ClientMeter[] | undefined;
    try {
      clients = await this.#machine?.meter();
    } catch {
      // The machine is gone; its last figures stay on show.
      return;
    }
    if (turn !== this.#turn || clients === undefined) return;
    this.clients.set(clients);
    this.#cancel = this.frames.delay(READ_MS, () => void this.#read(turn));
  }
}
