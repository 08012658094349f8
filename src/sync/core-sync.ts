/** The worker's door to the core's sync: calls its exports, reads the answers, turns error numbers into SyncErrors. */

import {
  FAULT_NONE,
  SLOT_DONE,
  SLOT_EPOCH,
  SLOT_FAULT_GROUP,
  SLOT_FAULT_REGISTER,
  SLOT_INSTRET,
  SLOT_KEPT,
  SYNC_BASE,
  SYNC_OK,
  SYNC_STRIDE,
} from "../spec/abi.ts";
import { SyncError } from "./errors.ts";
import { type RegisterTables, type SlotLayout, slotLayout } from "../spec/slot-layout.ts";
import type { Fetched } from "./transport.ts";

/** Exports of a core that its wasm-core/sync gives it. Masks may come back signed. */
export interface CoreSyncExports {
  syncGet(cpu: number, mask: number): number;
  syncPut(cpu: number, mask: number): number;
  syncRevert(cpu: number, mask: number): number;
  syncResume(): number;
  syncApply(): number;
  syncStop(): void;
}

export class CoreSync {
  readonly #core: CoreSyncExports;
  readonly #view: DataView;
  readonly #layout: SlotLayout;
  readonly #cpuCount: number;

  constructor(core: CoreSyncExports, memory: ArrayBufferLike, tables: RegisterTables, cpuCount: number) {
    this.#core = core;
    this.#view = new DataView(memory);
    this.#layout = slotLayout(tables);
    this.#cpuCount = cpuCount;
  }

  /** Copies the groups of a bitmap that are stale into the slots. Throws a SyncError: EINVAL, ENOTSUP. */
  get(cpu: number, mask: number): Fetched {
    this.#check(cpu, this.#core.syncGet(cpu, bitmap(mask)));
    const area = SYNC_BASE + cpu * SYNC_STRIDE;
    return {
      fetched: this.#word(cpu, SLOT_DONE),
      kept: this.#word(cpu, SLOT_KEPT),
      epoch: this.#word(cpu, SLOT_EPOCH),
      instret: this.#view.getBigUint64(area + SLOT_INSTRET, true),
    };
  }

  /** Applies the edits of these groups, all or none; `applied` is a bitmap. Throws a SyncError: EBUSY, EINVAL, ENOTSUP, EROFS, EREJECT. */
  put(cpu: number, mask: number): { applied: number } {
    this.#check(cpu, this.#core.syncPut(cpu, bitmap(mask)));
    return { applied: this.#word(cpu, SLOT_DONE) };
  }

  /** Forgets the edits of these groups; `dropped` is a bitmap. Throws a SyncError: EINVAL, ENOTSUP. */
  revert(cpu: number, mask: number): { dropped: number } {
    this.#check(cpu, this.#core.syncRevert(cpu, bitmap(mask)));
    return { dropped: this.#word(cpu, SLOT_DONE) };
  }

  /** To be called before the vCPUs move: applies all edits. Throws, and nothing moves, if one is rejected. */
  resume(): { applied: number[] } {
    return this.#putAll(() => this.#core.syncResume());
  }

  /** Applies all edits of all vCPUs, which stay held: a save begins so. Throws, and nothing changes, if one is rejected. */
  apply(): { applied: number[] } {
    return this.#putAll(() => this.#core.syncApply());
  }

  /** To be called when the vCPUs have stopped: publishes what is wanted. */
  stop(): void {
    this.#core.syncStop();
  }

  /** Groups of a vCPU in which the last reset or load dropped edits. */
  droppedByReset(cpu: number): number {
    return this.#word(cpu, SLOT_DONE);
  }

  /** "GROUP.register" that the last error of a vCPU was about, or "". */
  faultOf(cpu: number): string {
    const about = this.#layout.groups[this.#word(cpu, SLOT_FAULT_GROUP)];
    const register = about?.registers[this.#word(cpu, SLOT_FAULT_REGISTER)];
    return about === undefined ? "" : [about.row.name, ...(register ? [register.row.name] : [])].join(".");
  }

  #putAll(call: () => number): { applied: number[] } {
    for (let cpu = 0; cpu < this.#cpuCount; cpu++) this.#setWord(cpu, SLOT_FAULT_GROUP, NO_FAULT);
    const error = call();
    if (error !== SYNC_OK) {
      for (let cpu = 0; cpu < this.#cpuCount; cpu++) {
        if (this.#word(cpu, SLOT_FAULT_GROUP) !== NO_FAULT) this.#check(cpu, error);
      }
      throw SyncError.fromCore(error);
    }
    return { applied: Array.from({ length: this.#cpuCount }, (_, cpu) => this.#word(cpu, SLOT_DONE)) };
  }

  #word(cpu: number, offset: number): number {
    return this.#view.getUint32(SYNC_BASE + cpu * SYNC_STRIDE + offset, true);
  }

  #setWord(cpu: number, offset: number, value: number): void {
    this.#view.setUint32(SYNC_BASE + cpu * SYNC_STRIDE + offset, value, true);
  }

  #check(cpu: number, error: number): void {
    if (error === SYNC_OK) return;
    if (!(cpu >= 0 && cpu < this.#cpuCount)) throw new SyncError("EINVAL", { sentence: `there is no CPU ${cpu}` });
    const group = this.#word(cpu, SLOT_FAULT_GROUP);
    const register = this.#word(cpu, SLOT_FAULT_REGISTER);
    const about = group === FAULT_NONE ? undefined : this.#layout.groups[group];
    throw SyncError.fromCore(error, about?.row.name, about?.registers[register]?.row.name);
  }
}

/** Marks a fault word that the core has not written. */
const NO_FAULT = 0xffff_ffff;

/** wasm would cut off what is above 32 bits. */
function bitmap(mask: number): number {
  if (mask >>> 0 !== mask) throw new SyncError("EINVAL", { sentence: `${mask} is not a bitmap of groups` });
  return mask;
}
