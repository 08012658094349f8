/** Registers that the running machine publishes by itself, and that are read from memory without a message. */
import type { GroupName } from "../../src/spec/register-table.ts";
import type { Machine, Subscription } from "../../src/worker/page.ts";

/** What the registers of a page come from. */
export type RegisterSource = Pick<Machine, "cpus" | "subscribe">;

/** Publications a second: more than people can read, and a fraction of a percent of the machine's time. */
export const DEFAULT_HZ = 10;

export class LiveRegisters {
  #subscription: Subscription | null = null;
  /** Groups of the subscription, and those to subscribe to. */
  #subscribed = 0;
  #wanted = 0;
  #subscribedHz = DEFAULT_HZ;
  #wantedHz = DEFAULT_HZ;
  #changing = false;

  constructor(private readonly source: RegisterSource) {}

  /** Which groups (bitmap) are published `hz` times a second from now on; resolves when they are, or the machine is gone. */
  async want(mask: number, hz: number): Promise<void> {
    this.#wanted = mask;
    this.#wantedHz = hz;
    if (this.#changing) return;
    this.#changing = true;
    try {
      while (this.#subscribed !== this.#wanted || this.#subscribedHz !== this.#wantedHz) {
        const next = this.#wanted;
        const hz = this.#wantedHz;
        const before = this.#subscription;
        this.#subscription = next === 0 ? null : await this.source.subscribe(next, hz);
        this.#subscribed = next;
        this.#subscribedHz = hz;
        await before?.end();
      }
    } catch {
      // The machine is gone; its state says so.
    } finally {
      this.#changing = false;
    }
  }

  /** Takes over the latest cut. False, with nothing allocated, if no register differs from the one before. */
  update(): boolean {
    return this.#subscription?.update() ?? false;
  }

  /** Values of a group at the cut taken last; undefined: it is not among those published. */
  values(name: GroupName, bit: number): readonly bigint[] | undefined {
    if (this.#subscription === null || ((this.#subscribed >>> bit) & 1) === 0) return undefined;
    const values = this.#subscription.values(name);
    return values.length === 0 ? undefined : values;
  }
}
