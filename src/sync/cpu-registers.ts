/** Registers of one vCPU by name: get, read, edit, put, revert over the shared slots. Pages, scripts and gdb use this. */

import type { GroupName, GroupRow, RegisterRow } from "../spec/register-table.ts";
import { SyncError } from "./errors.ts";
import { resolveMask, type SyncMask } from "./group-masks.ts";
import {
  type GroupSlot,
  MAX_GROUP_REGISTERS,
  type RegisterSlot,
  type RegisterTables,
  slotLayout,
  type ViewRow,
} from "../spec/slot-layout.ts";
import { RegisterBytes } from "./register-bytes.ts";
import { Seen } from "./seen.ts";
import { type EditOutcome, type GroupState, Slots } from "./slots.ts";
import type { Fetched, RegisterEdit, SyncTransport } from "./transport.ts";
import { Wants } from "./wants.ts";

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
  readonly #known: RegisterBytes;
  readonly #scratch: RegisterBytes;
  readonly #seen = new Seen();
  readonly #wants: Wants;
  readonly #byName = new Map<string, GroupSlot>();
  readonly #values = new Map<RegisterSlot, bigint>();
  readonly #groupValues = new Map<GroupSlot, readonly bigint[]>();

  /** `wants`: one for all clients that share the memory, so that each gets what it wants. */
  constructor(
    transport: SyncTransport,
    memory: ArrayBufferLike,
    cpu: number,
    tables: RegisterTables,
    wants: Wants = new Wants(),
  ) {
    const layout = slotLayout(tables);
    this.#transport = transport;
    this.#cpu = cpu;
    this.#tables = tables;
    this.#slots = new Slots(memory, cpu);
    this.#wants = wants;
    this.#known = new RegisterBytes(new ArrayBuffer(layout.bytes), 0);
    this.#scratch = new RegisterBytes(new ArrayBuffer(layout.bytes), 0);
    this.groups = layout.groups.filter((group) => group !== undefined && !group.row.absent) as GroupSlot[];
    for (const group of this.groups) this.#byName.set(group.row.name, group);
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
    const known = this.#groupValues.get(group);
    if (known !== undefined && this.#seen.sequences[group.row.bit] === this.#slots.sequence(group.row.bit))
      return known;
    const whole = this.#slots.copyGroup(group, this.#scratch, this.#seen);
    return !whole && known !== undefined ? known : this.#take(group);
  }

  /**
   * Takes over what the slots of these groups hold, if that is one cut: the same epoch and instruction count in all of them.
   * False, with nothing allocated, if nothing has been written since the last time, or if it is no cut. readGroup() of each then
   * answers from it.
   */
  takeCut(groups: readonly GroupSlot[]): boolean {
    let isNews = false;
    for (let n = 0; n < groups.length; n++) {
      const { bit } = groups[n].row;
      if (this.#seen.sequences[bit] === this.#slots.sequence(bit)) continue;
      isNews = true;
      if (!this.#slots.copyGroup(groups[n], this.#scratch, this.#seen)) return this.#refuseCut(groups);
    }
    if (!isNews) return false;
    for (let n = 1; n < groups.length; n++) {
      if (!this.#seen.sameCut(groups[0].row.bit, groups[n].row.bit)) return this.#refuseCut(groups);
    }
    let changed = false;
    for (let n = 0; n < groups.length; n++) {
      const before = this.#groupValues.get(groups[n]);
      if (this.#take(groups[n]) !== before) changed = true;
    }
    return changed;
  }

  /** Values of a group as takeCut() or readGroup() took them last. */
  takenGroup(name: GroupName): readonly bigint[] {
    return this.#groupValues.get(this.#group(name)) ?? [];
  }

  /** Epoch and instruction count of a group's last copy that readGroup() or takeCut() has taken. */
  takenStamp(name: GroupName): { readonly epoch: number; readonly instret: bigint } {
    const { bit } = this.#group(name).row;
    return { epoch: this.#seen.epoch(bit), instret: this.#seen.instret(bit) };
  }

  /** Whether the copies that have been taken of these groups come from the same boundary. */
  isOneCut(groups: readonly GroupSlot[]): boolean {
    return groups.every(({ row }) => this.#seen.sameCut(groups[0].row.bit, row.bit));
  }

  /** Changes a register in its slot. The core sees it at the next put, run or step. */
  edit(name: string, value: bigint): void {
    this.editAll([{ name, value }]);
  }

  /** As edit(), for several registers; those of one group together. */
  editAll(edits: readonly RegisterEdit[]): void {
    type Part = { values: Map<RegisterSlot, bigint>; edits: RegisterEdit[] };
    const byGroup = new Map<GroupRow, Part>();
    for (const edit of edits) {
      const { slot, view } = this.#find(edit.name);
      const about = { group: slot.group.name, register: edit.name };
      if (slot.readonly || view?.readonly) throw new SyncError("EROFS", about);
      const bits = view?.bits ?? slot.row.bits;
      if (edit.value < 0n || edit.value >> BigInt(bits) !== 0n) {
        throw new SyncError("EINVAL", { ...about, sentence: `0x${edit.value.toString(16)} does not fit ${bits} bits` });
      }
      const part: Part = byGroup.get(slot.group) ?? { values: new Map(), edits: [] };
      byGroup.set(slot.group, part);
      const owner = view === undefined ? 0n : (part.values.get(slot) ?? this.#readOwner(slot));
      part.values.set(slot, view === undefined ? edit.value : merge(owner, view, edit.value));
      part.edits.push(edit);
    }
    for (const [group, part] of byGroup) {
      const about = part.edits.length === 1 ? { register: part.edits[0].name } : {};
      this.#write(group, part.values, false, about, part.edits);
    }
  }

  /** Gives every register of a group that is not read only a value, whatever it held; needs no get before. */
  writeGroup(name: GroupName, values: Readonly<Record<string, bigint>>): void {
    const group = this.#group(name);
    const given = this.#valuesOf(group, values);
    const writable = group.registers.filter((slot) => !slot.readonly);
    const missing = writable.find((slot) => !given.has(slot));
    if (writable.length === 0) throw new SyncError("EROFS", { group: name });
    if (missing !== undefined) {
      throw new SyncError("EINVAL", { group: name, register: missing.row.name, sentence: "no value is given" });
    }
    const edits = Object.entries(values).map(([register, value]) => ({ name: register, value }));
    this.#write(group.row, given, true, {}, edits);
  }

  /**
   * Writes registers of a group of which the writer knows only what it has read last, as gdb does with its register file: what
   * differs from that is an edit, the rest is left alone.
   */
  writeDifferences(name: GroupName, values: Readonly<Record<string, bigint>>): void {
    const given = this.#valuesOf(this.#group(name), values);
    const edits: RegisterEdit[] = [];
    for (const [slot, value] of given) {
      if (this.#values.get(slot) !== value) edits.push({ name: slot.row.name, value });
    }
    this.editAll(edits);
  }

  /** Whether a group is to be fetched, shows the core's values, or holds edits. Throws EINVAL for a group that there is not. */
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
    this.#slots.want = this.#wants.set(this, this.#cpu, this.mask(mask));
    this.#transport.wanted?.(this.#cpu, this.#slots.want);
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

  #refuseCut(groups: readonly GroupSlot[]): boolean {
    // Next time all of them are looked at again.
    for (let n = 0; n < groups.length; n++) this.#seen.sequences[groups[n].row.bit] = -1;
    return false;
  }

  /** Turns what copyGroup() has put into the scratch copy into values: the array handed out before if none has changed. */
  #take(group: GroupSlot): readonly bigint[] {
    const known = this.#groupValues.get(group);
    let changed = known === undefined;
    for (let n = 0; n < group.registers.length; n++) {
      const slot = group.registers[n];
      if (this.#values.has(slot) && this.#known.equals(this.#scratch, slot)) {
        if (known?.[n] !== this.#values.get(slot)) changed = true;
        continue;
      }
      this.#note(slot, this.#scratch);
      changed = true;
    }
    if (!changed && known !== undefined) return known;
    return this.#collect(group);
  }

  /** A function of its own: one that makes a closure allocates whenever it is called. */
  #collect(group: GroupSlot): readonly bigint[] {
    const values = group.registers.map((slot) => this.#values.get(slot) as bigint);
    this.#groupValues.set(group, values);
    return values;
  }

  #write(
    group: GroupRow,
    values: ReadonlyMap<RegisterSlot, bigint>,
    blind: boolean,
    about: { register?: string },
    edits: readonly RegisterEdit[],
  ): void {
    const outcome = this.#slots.edit(group.bit, values, blind, this.#seen);
    if (outcome !== "done") throw failure(outcome, { group: group.name, ...about });
    for (const [slot, value] of values) {
      this.#known.setValue(slot, value);
      this.#values.set(slot, value);
    }
    this.#transport.edited?.(this.#cpu, edits, blind);
  }

  #valuesOf(group: GroupSlot, values: Readonly<Record<string, bigint>>): Map<RegisterSlot, bigint> {
    const given = new Map<RegisterSlot, bigint>();
    for (const [register, value] of Object.entries(values)) {
      const { slot, view } = this.#find(register);
      const about = { group: group.row.name, register };
      if (slot.group !== group.row || view !== undefined) {
        throw new SyncError("EINVAL", { ...about, sentence: "not a register of this group" });
      }
      if (slot.readonly) throw new SyncError("EROFS", about);
      if (value < 0n || value >> BigInt(slot.row.bits) !== 0n) {
        throw new SyncError("EINVAL", { ...about, sentence: `does not fit ${slot.row.bits} bits` });
      }
      given.set(slot, value);
    }
    return given;
  }

  #readSlot(slot: RegisterSlot): bigint {
    const known = this.#values.get(slot);
    if (!this.#slots.copyRegister(slot, this.#scratch, this.#seen) && known !== undefined) return known;
    if (known !== undefined && this.#known.equals(this.#scratch, slot)) return known;
    return this.#note(slot, this.#scratch);
  }

  /** To change some bits of a register: that is no reading of another client's pending edit of it. */
  #readOwner(slot: RegisterSlot): bigint {
    const { versions } = this.#seen;
    const at = slot.group.bit * MAX_GROUP_REGISTERS + slot.index;
    const version = versions[at];
    const value = this.#readSlot(slot);
    if (this.#slots.isEdited(slot.group.bit, slot.index)) versions[at] = version;
    return value;
  }

  #note(slot: RegisterSlot, from: RegisterBytes): bigint {
    this.#known.copy(from, slot);
    const value = this.#known.value(slot);
    this.#values.set(slot, value);
    return value;
  }

  #find(name: string): Target {
    const target = this.#targets.get(name);
    if (target === undefined) throw new SyncError("EINVAL", { sentence: `no register is named ${name}` });
    if (target.slot.group.absent) throw new SyncError("ENOTSUP", { group: target.slot.group.name, register: name });
    return target;
  }

  #group(name: GroupName): GroupSlot {
    const group = this.#byName.get(name);
    if (group !== undefined) return group;
    throw new SyncError(this.#tables.groups.some((row) => row.name === name) ? "ENOTSUP" : "EINVAL", { group: name });
  }
}

/** Value of a view's owner after `value` is written through the view. */
function merge(owner: bigint, view: ViewRow, value: bigint): bigint {
  const shift = BigInt(view.shift);
  return (owner & ~(view.mask << shift)) | ((value & view.mask) << shift);
}

function failure(outcome: Exclude<EditOutcome, "done">, about: { group: string; register?: string }): SyncError {
  if (outcome === "stale") return new SyncError("ESTALE", about);
  if (outcome === "conflict") return new SyncError("ECONFLICT", about);
  return new SyncError("EBUSY", { ...about, sentence: "another client holds the slot" });
}
