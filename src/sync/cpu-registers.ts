/** Registers of one vCPU by name: get, read, edit, put, revert over the shared slots. Pages, scripts and gdb use this. */

import type { GroupName, RegisterRow } from "../spec/register-table.ts";
import { SyncError } from "./errors.ts";
import { resolveMask, type SyncMask } from "./group-masks.ts";
import {
  type GroupSlot,
  type RegisterSlot,
  type RegisterTables,
  slotLayout,
  type ViewRow,
} from "../spec/slot-layout.ts";
import { type GroupState, RegisterBytes, Slots } from "./slots.ts";
import type { Fetched, SyncTransport } from "./transport.ts";

/** What a name stands for: a register, or a view of some of its bits. */
interface Target {
  readonly slot: RegisterSlot;
  readonly view?: ViewRow;
}

export class CpuRegisters {
  /** Groups that this CPU has, with their registers in the order of readGroup(). */
  readonly groups: readonly GroupSlot[];
  readonly #transport: SyncTransport;
  readonly #cpu: number;
  readonly #tables: RegisterTables;
  readonly #slots: Slots;
  readonly #targets = new Map<string, Target>();
  /** What this client has last read, and as it was handed out: an unchanged register is not converted again. */
  readonly #seen: RegisterBytes;
  readonly #scratch: RegisterBytes;
  readonly #values = new Map<RegisterSlot, bigint>();
  readonly #groupValues = new Map<GroupSlot, readonly bigint[]>();

  constructor(transport: SyncTransport, memory: ArrayBufferLike, cpu: number, tables: RegisterTables) {
    const layout = slotLayout(tables);
    this.#transport = transport;
    this.#cpu = cpu;
    this.#tables = tables;
    this.#slots = new Slots(memory, cpu);
    this.#seen = new RegisterBytes(new ArrayBuffer(layout.bytes), 0);
    this.#scratch = new RegisterBytes(new ArrayBuffer(layout.bytes), 0);
    this.groups = layout.groups.filter((group) => group !== undefined && !group.row.absent) as GroupSlot[];
    for (const slot of layout.registers) {
      for (const name of [slot.row.name, ...(slot.row.aliases ?? [])]) this.#targets.set(name, { slot });
    }
    for (const view of tables.views ?? []) {
      const owner = this.#targets.get(view.of);
      // A name that a register bears is that register's, even where a view shows more.
      if (owner !== undefined && !this.#targets.has(view.name))
        this.#targets.set(view.name, { slot: owner.slot, view });
    }
  }

  /** Bitmap of a set of groups on this CPU. */
  mask(mask: SyncMask): number {
    return resolveMask(mask, this.#tables.groups);
  }

  /** Fetches the groups of `mask` that hold no edits. While the machine runs this is a sample: the groups stay stale. */
  async get(mask: SyncMask): Promise<Fetched> {
    return this.#ask((bits) => this.#transport.get(this.#cpu, bits), mask);
  }

  /** Applies all edits in `mask`, or none; afterwards the slots show what the core holds. */
  async put(mask: SyncMask): Promise<{ readonly applied: number }> {
    return this.#ask((bits) => this.#transport.put(this.#cpu, bits), mask);
  }

  /** Drops all edits in `mask`. */
  async revert(mask: SyncMask): Promise<{ readonly dropped: number }> {
    return this.#ask((bits) => this.#transport.revert(this.#cpu, bits), mask);
  }

  /** The slot's present value of a register or view: of the last get, with pending edits of all clients on top. */
  read(name: string): bigint {
    const { slot, view } = this.#find(name);
    const value = this.#readSlot(slot);
    return view === undefined ? value : (value >> BigInt(view.shift)) & view.mask;
  }

  /** All values of a group from one cut, in the order of its registers. The same array while nothing has changed. */
  readGroup(name: GroupName): readonly bigint[] {
    const group = this.#group(name);
    const { registers } = this.#slots;
    const whole = this.#slots.consistently(group.row.bit, () => {
      for (const slot of group.registers) this.#scratch.copy(registers, slot);
    });
    const known = this.#groupValues.get(group);
    if (!whole && known !== undefined) return known;
    let changed = known === undefined;
    for (let n = 0; n < group.registers.length; n++) {
      const slot = group.registers[n];
      if (this.#values.has(slot) && this.#seen.equals(this.#scratch, slot)) {
        changed ||= known?.[n] !== this.#values.get(slot);
        continue;
      }
      this.#note(slot, this.#scratch);
      changed = true;
    }
    if (!changed && known !== undefined) return known;
    const values = group.registers.map((slot) => this.#values.get(slot) as bigint);
    this.#groupValues.set(group, values);
    return values;
  }

  /** Changes a register in its slot. The core sees it at the next put, run or step. */
  edit(name: string, value: bigint): void {
    const { slot, view } = this.#find(name);
    const { group, row } = slot;
    const about = { group: group.name, register: name };
    if (slot.readonly || view?.readonly) throw new SyncError("EROFS", about);
    const bits = view?.bits ?? row.bits;
    if (value < 0n || value >> BigInt(bits) !== 0n) {
      throw new SyncError("EINVAL", { ...about, sentence: `0x${value.toString(16)} does not fit ${bits} bits` });
    }
    const next = view === undefined ? value : merge(this.#readSlot(slot), view, value);
    const outcome = this.#slots.edit(
      group.bit,
      1n << BigInt(slot.index),
      false,
      () => this.#isCurrent(slot),
      () => this.#slots.registers.setValue(slot, next),
    );
    if (outcome !== "done") throw failure(outcome, about);
    this.#seen.setValue(slot, next);
    this.#values.set(slot, next);
  }

  /** Gives every register of a group that is not read only a value, whatever it held; needs no get before. */
  writeGroup(name: GroupName, values: Readonly<Record<string, bigint>>): void {
    const group = this.#group(name);
    const given = new Map<RegisterSlot, bigint>();
    for (const [register, value] of Object.entries(values)) {
      const { slot, view } = this.#find(register);
      const about = { group: name, register };
      if (slot.group !== group.row || view !== undefined) {
        throw new SyncError("EINVAL", { ...about, sentence: "not a register of this group" });
      }
      if (slot.readonly) throw new SyncError("EROFS", about);
      if (value < 0n || value >> BigInt(slot.row.bits) !== 0n) {
        throw new SyncError("EINVAL", { ...about, sentence: `does not fit ${slot.row.bits} bits` });
      }
      given.set(slot, value);
    }
    const writable = group.registers.filter((slot) => !slot.readonly);
    const missing = writable.find((slot) => !given.has(slot));
    if (writable.length === 0) throw new SyncError("EROFS", { group: name });
    if (missing !== undefined) {
      throw new SyncError("EINVAL", { group: name, register: missing.row.name, sentence: "no value is given" });
    }
    const outcome = this.#slots.edit(
      group.row.bit,
      writable.reduce((mask, slot) => mask | (1n << BigInt(slot.index)), 0n),
      true,
      () => true,
      () => {
        for (const [slot, value] of given) this.#slots.registers.setValue(slot, value);
      },
    );
    if (outcome !== "done") throw failure(outcome, { group: name });
    for (const slot of writable) this.#note(slot, this.#slots.registers);
  }

  state(name: GroupName): GroupState {
    return this.#slots.state(this.#group(name).row.bit);
  }

  /** Whether a register (or the owner of a view) has an edit that the core has not seen. */
  isEdited(name: string): boolean {
    const { slot } = this.#find(name);
    return this.#slots.isEdited(slot.group.bit, slot.index);
  }

  /** Epoch (count of resumes) and retired instructions of a slot's copy. */
  stamp(name: GroupName): { readonly epoch: number; readonly instret: bigint } {
    const { bit } = this.#group(name).row;
    return { epoch: this.#slots.epoch(bit), instret: this.#slots.instret(bit) };
  }

  /** Groups that the worker publishes at every stop without being asked. */
  want(mask: SyncMask): void {
    this.#slots.want = this.mask(mask);
  }

  /** The worker has died: every group becomes stale, pending edits are lost. */
  abandon(): void {
    this.#slots.abandon();
  }

  /** Row of a register or of a view's owner. */
  row(name: string): RegisterRow {
    return this.#find(name).slot.row;
  }

  async #ask<T>(call: (bits: number) => Promise<T>, mask: SyncMask): Promise<T> {
    const bits = this.mask(mask);
    try {
      return await call(bits);
    } catch (error) {
      throw SyncError.revive(error);
    }
  }

  #readSlot(slot: RegisterSlot): bigint {
    const { registers } = this.#slots;
    const known = this.#values.get(slot);
    if (!this.#slots.consistently(slot.group.bit, () => this.#scratch.copy(registers, slot)) && known !== undefined) {
      return known;
    }
    if (known !== undefined && this.#seen.equals(this.#scratch, slot)) return known;
    return this.#note(slot, this.#scratch);
  }

  #note(slot: RegisterSlot, from: RegisterBytes): bigint {
    this.#seen.copy(from, slot);
    const value = this.#seen.value(slot);
    this.#values.set(slot, value);
    return value;
  }

  /** A pending edit may be replaced only by someone who has seen it. */
  #isCurrent(slot: RegisterSlot): boolean {
    if (!this.#slots.isEdited(slot.group.bit, slot.index)) return true;
    return this.#values.has(slot) && this.#seen.equals(this.#slots.registers, slot);
  }

  #find(name: string): Target {
    const target = this.#targets.get(name);
    if (target === undefined) throw new SyncError("EINVAL", { sentence: `no register is named ${name}` });
    if (target.slot.group.absent) throw new SyncError("ENOTSUP", { group: target.slot.group.name, register: name });
    return target;
  }

  #group(name: GroupName): GroupSlot {
    const group = this.groups.find(({ row }) => row.name === name);
    if (group !== undefined) return group;
    throw new SyncError(this.#tables.groups.some((row) => row.name === name) ? "ENOTSUP" : "EINVAL", { group: name });
  }
}

/** Value of a view's owner after `value` is written through the view. */
function merge(owner: bigint, view: ViewRow, value: bigint): bigint {
  const shift = BigInt(view.shift);
  return (owner & ~(view.mask << shift)) | ((value & view.mask) << shift);
}

function failure(outcome: "stale" | "busy" | "conflict", about: { group: string; register?: string }): SyncError {
  if (outcome === "stale") return new SyncError("ESTALE", about);
  if (outcome === "conflict") return new SyncError("ECONFLICT", about);
  return new SyncError("EBUSY", { ...about, sentence: "another client holds the slot" });
}
