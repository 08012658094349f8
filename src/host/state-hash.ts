/** The state hash: a number that two machines share if the same is ahead of their guests. */
import { RAM_BASE, TRANSFER_BASE, TRANSFER_BYTES } from "../spec/abi.ts";
import type { MachineParts } from "./machine-parts.ts";
import { eventBytes, type OutsideEvents } from "./outside-events.ts";

/** 16 hexadecimal digits over core, RAM, video memory, flash, unread input and `pending`, the events not yet delivered. */
export function stateHash(parts: MachineParts, pending: OutsideEvents["pending"]): string {
  const { core, console, devices, checked } = parts;
  let hash = core.stateHashCore();
  hash = hashBytes(parts, console.peek(), hash);
  for (const { backend } of devices.ports.all) hash = hashBytes(parts, backend.peek(), hash);
  for (const { atStep, event } of pending.queue) hash = hashBytes(parts, eventBytes(event), hash + atStep);
  hash = core.hashRange(RAM_BASE, checked.memory + checked.video + checked.flash, hash);
  return BigInt.asUintN(64, hash).toString(16).padStart(16, "0");
}

/** Through the transfer buffer, a buffer at a time, the last one filled up with zeros. */
function hashBytes({ core, memory }: MachineParts, bytes: Uint8Array, seed: bigint): bigint {
  const transfer = new Uint8Array(memory.buffer, TRANSFER_BASE, TRANSFER_BYTES);
  let hash = seed;
  for (let at = 0; at < bytes.length; at += TRANSFER_BYTES) {
    const part = bytes.subarray(at, at + TRANSFER_BYTES);
    transfer.fill(0);
    transfer.set(part);
    hash = core.hashRange(TRANSFER_BASE, TRANSFER_BYTES, hash + BigInt(part.length));
  }
  return hash;
}
