/** Groups that the worker publishes again and again while the machine runs, for clients that read them from the slots. */
import type { CoreSync } from "../sync/core-sync.ts";
import { SyncError } from "../sync/errors.ts";
import type { Client } from "./clients.ts";

/** Times a second. */
const FASTEST_HZ = 10_000;

interface Subscription {
  readonly client: Client;
  readonly cpu: number;
  readonly mask: number;
  readonly periodMs: number;
  /** Publications that the client's meter does not know yet. */
  uncounted: number;
}

export class Publications {
  /** Shortest time between two publications that anybody asks for. */
  periodMs = Number.POSITIVE_INFINITY;
  /** Called after each publication. */
  onPublished: (() => void) | null = null;
  private readonly subscriptions = new Map<number, Subscription>();
  private readonly masks: number[] = [];
  private next = 0;
  private due = 0;

  constructor(private readonly sync: CoreSync) {}

  get isEmpty(): boolean {
    return this.subscriptions.size === 0;
  }

  /** Groups of a vCPU that somebody has subscribed to: they are published together, so that they are one cut. */
  mask(cpu: number): number {
    return this.masks[cpu] ?? 0;
  }

  /** Begins with what is there now. Throws if the CPU lacks one of the groups. Answers a number for remove(). */
  add(client: Client, cpu: number, mask: number, hz: number): number {
    if (!(hz > 0 && hz <= FASTEST_HZ)) {
      throw new SyncError("EINVAL", { sentence: `${hz} is not a rate between 0 and ${FASTEST_HZ} Hz` });
    }
    this.sync.get(cpu, mask);
    this.subscriptions.set(this.next, { client, cpu, mask, periodMs: 1000 / hz, uncounted: 0 });
    this.plan();
    this.publish();
    return this.next++;
  }

  remove(id: number): void {
    this.count();
    this.subscriptions.delete(id);
    this.plan();
  }

  removeOf(client: Client): void {
    for (const [id, subscription] of this.subscriptions) if (subscription.client === client) this.remove(id);
  }

  /** At a boundary, at host time `now` (ms): publishes if it is time. */
  tick(now: number): void {
    if (now < this.due) return;
    this.due += this.periodMs;
    // Late by more than a whole period: those in between are lost.
    if (this.due < now) this.due = now + this.periodMs;
    this.publish();
  }

  publish(): void {
    if (this.subscriptions.size === 0) return;
    for (let cpu = 0; cpu < this.masks.length; cpu++) {
      if (this.mask(cpu) !== 0) this.sync.get(cpu, this.mask(cpu));
    }
    for (const subscription of this.subscriptions.values()) subscription.uncounted++;
    this.onPublished?.();
  }

  /** Brings the meters of the subscribers up to date. */
  count(): void {
    for (const subscription of this.subscriptions.values()) {
      subscription.client.countGet(subscription.mask, subscription.mask, 0, subscription.uncounted);
      subscription.uncounted = 0;
    }
  }

  private plan(): void {
    this.periodMs = Number.POSITIVE_INFINITY;
    this.masks.length = 0;
    for (const { cpu, mask, periodMs } of this.subscriptions.values()) {
      while (this.masks.length <= cpu) this.masks.push(0);
      this.masks[cpu] = (this.mask(cpu) | mask) >>> 0;
      this.periodMs = Math.min(this.periodMs, periodMs);
    }
    this.due = 0;
  }
}
