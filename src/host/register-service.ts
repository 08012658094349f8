/** The register sync of one machine as its clients ask for it: gets and puts with a meter, edits by message, publications. */
import { CONTROL_BYTES, MACHINE_BASE, SLOT_DATA, SYNC_BASE, SYNC_STRIDE } from "../spec/abi.ts";
import { type RegisterTables, type SlotLayout, slotLayout } from "../spec/slot-layout.ts";
import type { CoreSync } from "../sync/core-sync.ts";
import { CpuRegisters } from "../sync/cpu-registers.ts";
import { SyncError } from "../sync/errors.ts";
import type { Fetched, RegisterEdit } from "../sync/transport.ts";
import type { Clients } from "./clients.ts";
import type { ClientMeter, CpuEdit, SlotsCopy } from "./machine-types.ts";
import type { Publications } from "./publications.ts";

export class RegisterService {
  private readonly layout: SlotLayout;
  /** The registers as the worker itself edits them, for clients whose edits come by message. */
  private readonly cpus: readonly CpuRegisters[];
  /** Edits by message so far. */
  private edits = 0;
  private copies = 0;

  constructor(
    private readonly sync: CoreSync,
    private readonly memory: ArrayBufferLike,
    tables: RegisterTables,
    cpuCount: number,
    private readonly clients: Clients,
    private readonly publications: Publications,
  ) {
    this.layout = slotLayout(tables);
    const transport = {
      get: async (cpu: number, mask: number) => this.sync.get(cpu, mask),
      put: async (cpu: number, mask: number) => this.sync.put(cpu, mask),
      revert: async (cpu: number, mask: number) => this.sync.revert(cpu, mask),
    };
    this.cpus = Array.from({ length: cpuCount }, (_, cpu) => new CpuRegisters(transport, memory, cpu, tables));
  }

  /** A further client; answers its number. Whoever made the machine is number 0. */
  openClient(name: string): number {
    return this.clients.open(name);
  }

  /** Fetches register groups; while the machine runs, together with what is published anyway, so that all is one cut. */
  get(cpu: number, mask: number, id = 0): Fetched {
    const client = this.clients.find(id);
    const published = mask === 0 || mask >>> 0 !== mask ? 0 : this.publications.mask(cpu);
    const fetched = this.sync.get(cpu, published === 0 ? mask : (mask | published) >>> 0);
    const own = { ...fetched, fetched: (fetched.fetched & mask) >>> 0, kept: (fetched.kept & mask) >>> 0 };
    client.countGet(mask, own.fetched, own.kept);
    return own;
  }

  put(cpu: number, mask: number, id = 0): { readonly applied: number } {
    const client = this.clients.find(id);
    const answer = this.sync.put(cpu, mask);
    client.countPut(answer.applied);
    return answer;
  }

  revert(cpu: number, mask: number, id = 0): { readonly dropped: number } {
    this.clients.find(id);
    return this.sync.revert(cpu, mask);
  }

  /**
   * Edits registers of a held machine and puts them at once. On an error nothing is applied, and no edit stays but in groups
   * that held some before.
   */
  editAndPut(edits: readonly CpuEdit[], id: number): { readonly applied: readonly number[] } {
    const stray = edits.find(({ cpu }) => this.cpus[cpu] === undefined);
    if (stray !== undefined) throw noCpu(stray.cpu);
    const masks: number[] = [];
    const fresh: number[] = [];
    try {
      for (const [cpu, registers] of this.cpus.entries()) {
        const own = edits.filter((edit) => edit.cpu === cpu);
        const mask = registers.mask([...new Set(own.map(({ name }) => registers.row(name).group))]);
        masks[cpu] = mask;
        fresh[cpu] = mask & ~this.get(cpu, mask, id).kept;
        // What others have pending is known to nobody here: an edit of the same register is a conflict.
        registers.editAll(own);
      }
      return { applied: masks.map((mask, cpu) => this.put(cpu, mask, id).applied) };
    } catch (error) {
      for (const [cpu, mask] of fresh.entries()) this.sync.revert(cpu, mask >>> 0);
      throw error;
    }
  }

  /** Edits that a client has made in its copy of the slots. */
  edit(cpu: number, edits: readonly RegisterEdit[], blind: boolean): void {
    this.edits++;
    const registers = this.cpus[cpu];
    if (registers === undefined) throw noCpu(cpu);
    // The client has seen what its copy showed, pending edits included.
    for (const { name } of edits) registers.read(name);
    const [first] = edits;
    if (!blind || first === undefined) {
      registers.editAll(edits);
      return;
    }
    const values = Object.fromEntries(edits.map(({ name, value }) => [name, value]));
    registers.writeGroup(registers.row(first.name).group, values);
  }

  want(cpu: number, mask: number): void {
    this.edits++;
    const registers = this.cpus[cpu];
    if (registers === undefined) throw noCpu(cpu);
    registers.want(mask);
  }

  /** Publishes groups `hz` times a second, at ends of slices, and whenever the machine stops. Answers a number to end it by. */
  subscribe(cpu: number, mask: number, hz: number, id = 0): number {
    return this.publications.add(this.clients.find(id), cpu, mask, hz);
  }

  unsubscribe(subscription: number): void {
    this.publications.remove(subscription);
  }

  meter(): ClientMeter[] {
    this.publications.count();
    return this.clients.meters(this.layout);
  }

  /** What a client without shared memory is shown. */
  copy(): SlotsCopy {
    const bytes = SLOT_DATA + this.layout.bytes;
    return {
      number: this.copies++,
      edits: this.edits,
      control: new Uint8Array(this.memory, MACHINE_BASE, CONTROL_BYTES).slice(),
      areas: this.cpus.map((_, cpu) => new Uint8Array(this.memory, SYNC_BASE + cpu * SYNC_STRIDE, bytes).slice()),
    };
  }

  /** Hears of each publication. */
  onPublished(listener: () => void): void {
    this.publications.onPublished = listener;
  }
}

function noCpu(cpu: number): SyncError {
  return new SyncError("EINVAL", { sentence: `there is no CPU ${cpu}` });
}
