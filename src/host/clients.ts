/** Who uses a machine: what each client holds, and a meter of what it asks of the register sync. */
import type { SlotLayout } from "../spec/slot-layout.ts";
import { SyncError } from "../sync/errors.ts";
import type { ClientMeter, GroupMeter } from "./machine-types.ts";

const GROUPS = 32;

/** One user of a machine. Number 0 is who made it. */
export class Client {
  /** Holds taken and not yet released. */
  holds = 0;
  /** It has paused the machine: a hold that its run() ends. */
  paused = false;
  private heldSince = 0;
  private heldMs = 0;
  private requests = 0;
  private readonly asked = new Float64Array(GROUPS);
  private readonly copied = new Float64Array(GROUPS);
  private readonly kept = new Float64Array(GROUPS);
  private readonly applied = new Float64Array(GROUPS);

  constructor(readonly name: string) {}

  get isHolding(): boolean {
    return this.holds > 0 || this.paused;
  }

  /** Runs `change` and keeps count of the time in which this client holds the machine. */
  changeHold(change: () => void): void {
    const before = this.isHolding;
    change();
    if (this.isHolding === before) return;
    if (before) this.heldMs += performance.now() - this.heldSince;
    else this.heldSince = performance.now();
  }

  /** `times` requests of the groups `mask`, of which `fetched` were copied and `kept` kept their edits. */
  countGet(mask: number, fetched: number, kept: number, times = 1): void {
    this.requests += times;
    forEachBit(mask, (group) => this.add(this.asked, group, times));
    forEachBit(fetched, (group) => this.add(this.copied, group, times));
    forEachBit(kept, (group) => this.add(this.kept, group, times));
  }

  countPut(applied: number): void {
    this.requests++;
    forEachBit(applied, (group) => this.add(this.applied, group, 1));
  }

  meter(layout: SlotLayout): ClientMeter {
    const groups: Record<string, GroupMeter> = {};
    let bytes = 0;
    let allBytes = 0;
    for (const [bit, group] of layout.groups.entries()) {
      if (group === undefined || group.row.absent) continue;
      const size = group.registers.reduce((sum, register) => sum + register.bytes, 0);
      const copied = (this.copied[bit] ?? 0) * size;
      bytes += copied;
      allBytes += size;
      groups[group.row.name] = {
        requests: this.asked[bit] ?? 0,
        bytes: copied,
        kept: this.kept[bit] ?? 0,
        applied: this.applied[bit] ?? 0,
      };
    }
    return {
      name: this.name,
      requests: this.requests,
      bytes,
      allBytes: this.requests * allBytes,
      heldMs: this.heldMs + (this.isHolding ? performance.now() - this.heldSince : 0),
      groups,
    };
  }

  private add(counts: Float64Array, group: number, times: number): void {
    counts[group] = (counts[group] ?? 0) + times;
  }
}

/** All users of one machine. */
export class Clients {
  private readonly members = new Map<number, Client>();
  private next = 0;

  /** Answers the number by which the client names itself in its calls. */
  open(name: string): number {
    this.members.set(this.next, new Client(name));
    return this.next++;
  }

  /** Its holds go with it. */
  close(id: number): void {
    this.find(id);
    this.members.delete(id);
  }

  find(id: number): Client {
    const client = this.members.get(id);
    if (client === undefined) throw new SyncError("EINVAL", { sentence: `there is no client ${id}` });
    return client;
  }

  /** Names of those who hold the machine, `except` aside. */
  holders(except?: Client): string[] {
    return [...this.members.values()].filter((client) => client !== except && client.isHolding).map(({ name }) => name);
  }

  get isHeld(): boolean {
    return this.holders().length > 0;
  }

  meters(layout: SlotLayout): ClientMeter[] {
    return [...this.members.values()].map((client) => client.meter(layout));
  }
}

function forEachBit(mask: number, visit: (bit: number) => void): void {
  for (let left = mask; left !== 0; left &= left - 1) visit(31 - Math.clz32(left & -left));
}
