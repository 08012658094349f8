/**
 * One vCPU's slots in shared memory as a client sees them: reads that are never torn, and edits under the slot's lock that
 * no resume can overtake. The worker's side of the same protocol is wasm-core/sync/slots.ts.
 */

import {
  HEAD_EDITED,
  HEAD_EPOCH,
  HEAD_INSTRET,
  HEAD_LOCK,
  HEAD_OUTDATED,
  HEAD_SEQUENCE,
  SLOT_DATA,
  SLOT_HEAD_BYTES,
  SLOT_HEADS,
  SLOT_STATE,
  SLOT_VERSIONS,
  SLOT_WANT,
  STATE_RUNNING,
  SYNC_BASE,
  SYNC_STRIDE,
} from "../spec/abi.ts";
import { type GroupSlot, MAX_GROUP_REGISTERS, type RegisterSlot } from "../spec/slot-layout.ts";
import { RegisterBytes } from "./register-bytes.ts";
import type { Seen } from "./seen.ts";

/** STALE: display only. CLEAN: as in the core. DIRTY: with edits that the core has not seen. */
export type GroupState = "stale" | "clean" | "dirty";

/** Attempts before a reader or writer gives up: the main thread never blocks, and holders are done within microseconds. */
const PATIENCE = 100_000;

/** Why an edit was not made. */
export type EditOutcome = "done" | "stale" | "busy" | "conflict";

export class Slots {
  /** The registers' bytes. Read them inside consistently(), write them inside edit(). */
  readonly registers: RegisterBytes;
  readonly #words: Int32Array;
  readonly #state: BigUint64Array;
  readonly #area: number;
  /** This client's name in locks. */
  readonly #owner = 1 + Math.floor(Math.random() * 0x7fff_fffe);

  constructor(memory: ArrayBufferLike, cpu: number) {
    this.#area = SYNC_BASE + cpu * SYNC_STRIDE;
    this.#words = new Int32Array(memory);
    this.#state = new BigUint64Array(memory);
    this.registers = new RegisterBytes(memory, this.#area + SLOT_DATA);
  }

  /** Of the group with this bit, as it is at this moment. */
  state(group: number): GroupState {
    // Dirty first: a group loses it before, or together with, valid.
    if ((this.#load(SLOT_STATE + 4) >>> group) & 1) return "dirty";
    return (this.#load(SLOT_STATE) >>> group) & 1 ? "clean" : "stale";
  }

  get running(): boolean {
    return (this.#load(SLOT_STATE) & STATE_RUNNING) !== 0;
  }

  /** Bitmap of groups with pending edits. */
  get dirty(): number {
    return this.#load(SLOT_STATE + 4) >>> 0;
  }

  get want(): number {
    return this.#load(SLOT_WANT) >>> 0;
  }

  set want(mask: number) {
    Atomics.store(this.#words, (this.#area + SLOT_WANT) >> 2, mask);
  }

  /** Whether the register with this index in its group has an edit that the core has not seen. */
  isEdited(group: number, index: number): boolean {
    return this.state(group) === "dirty" && this.#hasEdit(group, index);
  }

  /** Count of resumes before the copy in a slot was made. */
  epoch(group: number): number {
    return this.#load(headOf(group) + HEAD_EPOCH) >>> 0;
  }

  /** Instructions retired when the copy was made. */
  instret(group: number): bigint {
    return this.#state[(this.#area + headOf(group) + HEAD_INSTRET) >> 3];
  }

  /** Changes with every write to a slot's bytes; odd while one is under way. */
  sequence(group: number): number {
    return this.#load(headOf(group) + HEAD_SEQUENCE);
  }

  /**
   * Copies a group's registers, their versions and the copy's stamp as they stood at one moment; allocates nothing. False if a
   * writer has died in the middle.
   */
  copyGroup(group: GroupSlot, to: RegisterBytes, seen: Seen): boolean {
    const { bit } = group.row;
    for (let attempt = 0; attempt < PATIENCE; attempt++) {
      const before = this.sequence(bit);
      if (before & 1) continue;
      for (let n = 0; n < group.registers.length; n++) {
        const register = bit * MAX_GROUP_REGISTERS + n;
        to.copy(this.registers, group.registers[n]);
        seen.versions[register] = Atomics.load(this.#words, this.#index(SLOT_VERSIONS + register * 4));
      }
      seen.stamps[bit * 3] = Atomics.load(this.#words, this.#index(headOf(bit) + HEAD_EPOCH));
      seen.stamps[bit * 3 + 1] = Atomics.load(this.#words, this.#index(headOf(bit) + HEAD_INSTRET));
      seen.stamps[bit * 3 + 2] = Atomics.load(this.#words, this.#index(headOf(bit) + HEAD_INSTRET + 4));
      if (this.sequence(bit) !== before) continue;
      seen.sequences[bit] = before;
      return true;
    }
    return false;
  }

  /** Copies one register and its version as they stood at one moment. False if a writer has died in the middle. */
  copyRegister(slot: RegisterSlot, to: RegisterBytes, seen: Seen): boolean {
    const { bit } = slot.group;
    for (let attempt = 0; attempt < PATIENCE; attempt++) {
      const before = this.sequence(bit);
      if (before & 1) continue;
      to.copy(this.registers, slot);
      seen.versions[bit * MAX_GROUP_REGISTERS + slot.index] = this.#version(bit, slot.index);
      if (this.sequence(bit) === before) return true;
    }
    return false;
  }

  /**
   * Gives registers of one group new values and marks them as edited, under the slot's lock: all of them or none.
   * @param blind the edit needs no present copy: registers that are neither edited nor read only may be out of date
   * @param seen what the client has read, and from now on written. An edit pending in a version that it has not seen is a conflict.
   */
  edit(group: number, edits: ReadonlyMap<RegisterSlot, bigint>, blind: boolean, seen: Seen): EditOutcome {
    if (!this.#lock(group)) return "busy";
    try {
      const state = this.state(group);
      if (this.running || (state === "stale" && !blind)) return "stale";
      const pending = state === "dirty" ? this.#loadEdited(group) : 0n;
      let edited = pending;
      for (const { index } of edits.keys()) {
        const bit = 1n << BigInt(index);
        if (pending & bit && seen.versions[group * MAX_GROUP_REGISTERS + index] !== this.#version(group, index)) {
          return "conflict";
        }
        edited |= bit;
      }
      const head = headOf(group);
      const before = new Map([...edits.keys()].map((slot) => [slot, this.registers.value(slot)]));
      const sequence = this.#load(head + HEAD_SEQUENCE) | 1;
      this.#store(head + HEAD_SEQUENCE, sequence);
      for (const [slot, value] of edits) this.registers.setValue(slot, value);
      this.#storeEdited(group, edited);
      if (state === "stale") this.#store(head + HEAD_OUTDATED, 1);
      // The worker breaks the lock of whom it takes for dead; then nothing of this may count.
      const owned = this.#load(head + HEAD_LOCK) === this.#owner;
      if (owned && this.#markDirty(group, blind)) {
        for (const { index } of edits.keys()) {
          seen.versions[group * MAX_GROUP_REGISTERS + index] = this.#raiseVersion(group, index);
        }
        this.#store(head + HEAD_SEQUENCE, (sequence + 1) | 0);
        return "done";
      }
      if (!owned) return "busy";
      // A resume was faster. What stands in the mask of edits must not speak for a later edit.
      this.#storeEdited(group, 0n);
      for (const [slot, value] of before) this.registers.setValue(slot, value);
      this.#store(head + HEAD_SEQUENCE, (sequence + 1) | 0);
      return "stale";
    } finally {
      Atomics.compareExchange(this.#words, this.#index(headOf(group) + HEAD_LOCK), this.#owner, 0);
    }
  }

  /** The worker is gone: no slot is true any more, no edit will arrive. */
  abandon(): void {
    Atomics.store(this.#state, (this.#area + SLOT_STATE) >> 3, 0n);
  }

  /** Whether a register is in the mask of edits; only meaningful while the group is dirty. */
  #hasEdit(group: number, index: number): boolean {
    return ((this.#load(headOf(group) + HEAD_EDITED + (index & 32 ? 4 : 0)) >>> (index & 31)) & 1) === 1;
  }

  /** valid and dirty in one exchange, which fails when the vCPU has begun to run. */
  #markDirty(group: number, blind: boolean): boolean {
    const index = (this.#area + SLOT_STATE) >> 3;
    const valid = 1n << BigInt(group);
    for (;;) {
      const state = Atomics.load(this.#state, index);
      if (state & BigInt(STATE_RUNNING) || !(blind || state & valid)) return false;
      const next = state | valid | (valid << 32n);
      if (Atomics.compareExchange(this.#state, index, state, next) === state) return true;
    }
  }

  #lock(group: number): boolean {
    const index = this.#index(headOf(group) + HEAD_LOCK);
    for (let attempt = 0; attempt < PATIENCE; attempt++) {
      if (Atomics.compareExchange(this.#words, index, 0, this.#owner) === 0) return true;
    }
    return false;
  }

  #version(group: number, index: number): number {
    return this.#load(SLOT_VERSIONS + (group * MAX_GROUP_REGISTERS + index) * 4);
  }

  #raiseVersion(group: number, index: number): number {
    const at = this.#index(SLOT_VERSIONS + (group * MAX_GROUP_REGISTERS + index) * 4);
    return (Atomics.add(this.#words, at, 1) + 1) | 0;
  }

  #loadEdited(group: number): bigint {
    return Atomics.load(this.#state, (this.#area + headOf(group) + HEAD_EDITED) >> 3);
  }

  #storeEdited(group: number, registers: bigint): void {
    Atomics.store(this.#state, (this.#area + headOf(group) + HEAD_EDITED) >> 3, registers);
  }

  #index(offset: number): number {
    return (this.#area + offset) >> 2;
  }

  #load(offset: number): number {
    return Atomics.load(this.#words, this.#index(offset));
  }

  #store(offset: number, value: number): void {
    Atomics.store(this.#words, this.#index(offset), value);
  }
}

function headOf(group: number): number {
  return SLOT_HEADS + group * SLOT_HEAD_BYTES;
}
