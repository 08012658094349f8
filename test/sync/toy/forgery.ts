/** What a client could do to the shared slots past the rules, and the core's own bytes, on the made-up machine. */
import { HEAD_EDITED, SLOT_DATA, SLOT_HEAD_BYTES, SLOT_HEADS, SLOT_STATE, SYNC_BASE } from "../../../src/spec/abi.ts";
import { slotLayout } from "../../../src/spec/slot-layout.ts";
import { RegisterBytes } from "../../../src/sync/register-bytes.ts";
import type { ToyMachine } from "./machine.ts";
import { TOY_TABLES } from "./tables.ts";

const layout = slotLayout(TOY_TABLES);

export const slotOf = (name: string) => layout.registers.find(({ row }) => row.name === name)!;

/** The core's registers, as hexadecimal digits. */
export function coreBytes({ memory, core }: ToyMachine): string {
  return Buffer.from(new Uint8Array(memory, core.blockPtr(0), layout.bytes)).toString("hex");
}

/** Writes slot bytes without lock, state or mask of edits. */
export function scribble({ memory }: ToyMachine, name: string, value: bigint): void {
  new RegisterBytes(memory, SYNC_BASE + SLOT_DATA).setValue(slotOf(name), value);
}

export function setDirtyBits(machine: ToyMachine, bits: number): void {
  machine.area().setUint32(SLOT_STATE + 4, bits, true);
}

export function setEditedBits(machine: ToyMachine, group: number, bits: bigint): void {
  machine.area().setBigUint64(SLOT_HEADS + group * SLOT_HEAD_BYTES + HEAD_EDITED, bits, true);
}
