/** The slots of a machine whose memory cannot be shared: a copy, renewed by each answer of the worker. */
import { MACHINE_BASE, SYNC_BASE, SYNC_STRIDE } from "../spec/abi.ts";
import { SyncError } from "../sync/errors.ts";
import type { RegisterEdit } from "../sync/transport.ts";
import type { MachineWorkerApi, SlotsCopy } from "./machine-api.ts";

export class SlotsMirror {
  /** Where clients read and edit, at the addresses that shared memory would have. */
  readonly memory: ArrayBuffer;
  /** The worker's half, with each answer bringing a copy along. */
  readonly api: MachineWorkerApi;
  private sent = 0;
  private latest = -1;
  private refusal: unknown = null;

  constructor(
    private readonly worker: MachineWorkerApi,
    cpuCount: number,
  ) {
    this.memory = new ArrayBuffer(SYNC_BASE + cpuCount * SYNC_STRIDE);
    this.api = new Proxy({} as MachineWorkerApi, {
      get:
        (_, method) =>
        (...args: readonly unknown[]) =>
          this.exchange(method as keyof MachineWorkerApi, args),
    });
  }

  /** Shows what a copy shows, unless it is older than what is shown or lacks edits that are on their way. */
  take(copy: SlotsCopy): void {
    if (copy.number <= this.latest || copy.edits < this.sent) return;
    this.latest = copy.number;
    new Uint8Array(this.memory).set(copy.control, MACHINE_BASE);
    for (const [cpu, area] of copy.areas.entries()) {
      new Uint8Array(this.memory).set(area, SYNC_BASE + cpu * SYNC_STRIDE);
    }
  }

  /** Sends on edits made in the copy. If the machine moved meanwhile, the next call of the worker throws. */
  edited(cpu: number, edits: readonly RegisterEdit[], blind: boolean): void {
    this.send("edit", [cpu, edits, blind]);
  }

  wanted(cpu: number, mask: number): void {
    this.send("want", [cpu, mask]);
  }

  private send(method: "edit" | "want", args: readonly unknown[]): void {
    this.sent++;
    this.ask(method, args).catch((error) => {
      this.refusal ??= error;
    });
  }

  private async exchange(method: keyof MachineWorkerApi, args: readonly unknown[]): Promise<unknown> {
    const answer = await this.ask(method, args);
    // Edits sent before this call have been answered before it.
    const { refusal } = this;
    this.refusal = null;
    if (refusal !== null) throw refusal;
    return answer;
  }

  private async ask(method: keyof MachineWorkerApi, args: readonly unknown[]): Promise<unknown> {
    const { answer, error, copy } = await this.worker.exchange(method, args);
    this.take(copy);
    if (error !== undefined) throw SyncError.revive(error);
    return answer;
  }
}
