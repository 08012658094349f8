// The exception flags of IEEE 754-2019 section 7, accumulated by every operation of this folder.

export const NX: u32 = 1; // inexact
export const UF: u32 = 2; // underflow
export const OF: u32 = 4; // overflow
export const DZ: u32 = 8; // division by zero
export const NV: u32 = 16; // invalid operation

/** OR of the flags raised since the last `clearFlags()`. Transient: callers clear before an operation and read after. */
export let exceptionFlags: u32 = 0;

export function clearFlags(): void {
  exceptionFlags = 0;
}

export function raiseFlags(flags: u32): void {
  exceptionFlags |= flags;
}
