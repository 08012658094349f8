// Writes wasm into linear memory, an instruction a function (WebAssembly specification, Binary Format). Addresses, lengths and
// the nesting depth are of the function body being written.

/** Where the next byte goes, and the end of the place for it. Transient: one module is written at a time. */
export let at: usize = 0;
export let limit: usize = 0;
/** 1 when something did not fit; nothing is written beyond the limit. */
export let overflowed: u32 = 0;
/** Constructs (block, loop, if) open at this point. */
export let depth: u32 = 0;

export const I32: u8 = 0x7f;
export const I64: u8 = 0x7e;
export const F32: u8 = 0x7d;
export const F64: u8 = 0x7c;
/** Block type of a construct without results. */
export const EMPTY: u8 = 0x40;

export function beginWriting(start: usize, end: usize): void {
  at = start;
  limit = end;
  overflowed = 0;
  depth = 0;
}

export function byte(value: u32): void {
  if (at >= limit) {
    overflowed = 1;
    return;
  }
  store<u8>(at, <u8>value);
  at++;
}

/** Unsigned LEB128. */
export function u32Leb(value: u32): void {
  while (value >= 0x80) {
    byte((value & 0x7f) | 0x80);
    value >>= 7;
  }
  byte(value);
}

/** Signed LEB128, as of i32 and i64 constants. */
export function signedLeb(value: i64): void {
  while (value < -0x40 || value >= 0x40) {
    byte((<u32>value & 0x7f) | 0x80);
    value >>= 7;
  }
  byte(<u32>value & 0x7f);
}

/** Unsigned LEB128 in five bytes, to be filled in later by patchU32. Answers its place. */
export function placeU32(): usize {
  const place = at;
  for (let i = 0; i < 5; i++) byte(0);
  return place;
}

export function patchU32(place: usize, value: u32): void {
  if (overflowed) return;
  for (let i: usize = 0; i < 4; i++) {
    store<u8>(place + i, <u8>((value & 0x7f) | 0x80));
    value >>= 7;
  }
  store<u8>(place + 4, <u8>value);
}

// --- Constructs and branches ---
export function block(type: u8): void {
  byte(0x02);
  byte(type);
  depth++;
}

export function loop(): void {
  byte(0x03);
  byte(EMPTY);
  depth++;
}

export function ifThen(type: u8): void {
  byte(0x04);
  byte(type);
  depth++;
}

export function otherwise(): void {
  byte(0x05);
}

export function end(): void {
  byte(0x0b);
  depth--;
}

/** `label`: the depth (as of `depth` right after it was opened) of the construct to branch to. */
export function br(label: u32): void {
  byte(0x0c);
  u32Leb(depth - label);
}

export function brIf(label: u32): void {
  byte(0x0d);
  u32Leb(depth - label);
}

/** Begins a br_table of `count` labels; they and the default follow by tableLabel. */
export function brTable(count: u32): void {
  byte(0x0e);
  u32Leb(count);
}

export function tableLabel(label: u32): void {
  u32Leb(depth - label);
}

export function ret(): void {
  byte(0x0f);
}

export function call(index: u32): void {
  byte(0x10);
  u32Leb(index);
}

export function returnCallIndirect(type: u32): void {
  byte(0x13);
  u32Leb(type);
  byte(0);
}

// --- Locals and constants ---
export function localGet(index: u32): void {
  byte(0x20);
  u32Leb(index);
}

export function localSet(index: u32): void {
  byte(0x21);
  u32Leb(index);
}

export function localTee(index: u32): void {
  byte(0x22);
  u32Leb(index);
}

export function i32Const(value: i32): void {
  byte(0x41);
  signedLeb(value);
}

export function i64Const(value: i64): void {
  byte(0x42);
  signedLeb(value);
}

export function f32Const(value: f32): void {
  byte(0x43);
  const bits = reinterpret<u32>(value);
  for (let i = 0; i < 32; i += 8) byte((bits >> i) & 0xff);
}

export function f64Const(value: f64): void {
  byte(0x44);
  const bits = reinterpret<u64>(value);
  for (let i = 0; i < 64; i += 8) byte(<u32>(bits >> i) & 0xff);
}

/** An instruction without immediates, by its opcode. */
export function op(code: u32): void {
  byte(code);
}

/** An instruction with a memory operand: opcode and static offset; no alignment is promised. */
export function memory(code: u32, offset: u32): void {
  byte(code);
  byte(0);
  u32Leb(offset);
}
