// Modules: function bodies are gathered and handed to the host together, since each module costs time and memory of its own.
import { JIT_MODULES, JIT_WASM_BYTES } from "../../src/spec/abi";
import { jitLink } from "../machine/host";
import { JIT_BODIES, JIT_BODIES_BYTES, JIT_MAP_BYTES, JIT_MODULE, JIT_MODULE_BYTES } from "./layout";
import { keepMap, writeMap, writeMapName } from "./block-map";
import { regionFailed, regionHandedOver, regionLinked } from "./regions";
import { BODY_PLACES, BODY_REGIONS, MAX_BODIES, jit, tally } from "./state";
import { I32, I64, at, beginWriting, byte, overflowed, patchU32, placeU32, u32Leb } from "./wasm-writer";

/** Longest body of a function. */
export const MAX_BODY_BYTES: usize = 0x2_0000;
/** Bytes of bodies that are not held back any longer. */
const MODULE_BYTES_WANTED: u32 = 0x1_0000;

/** Function index of the helper in each module. */
export const HELPER: u32 = 0;

/** Where the next body is written; 0 when there is no room before the module is handed over. */
export function bodyStart(): usize {
  if (jit.bodies == MAX_BODIES || <usize>jit.bodyBytes + MAX_BODY_BYTES + JIT_MAP_BYTES + 8 > JIT_BODIES_BYTES)
    return 0;
  return JIT_BODIES + jit.bodyBytes;
}

/** The body of region `index` lies at bodyStart() and is `length` bytes long. */
export function addBody(index: u32, length: u32): void {
  store<u16>(BODY_REGIONS + ((<usize>jit.bodies) << 1), <u16>index);
  const place = BODY_PLACES + ((<usize>jit.bodies) << 3);
  store<u32>(place, jit.bodyBytes);
  store<u32>(place, length, 4);
  jit.bodies++;
  const map = mapOf(jit.bodyBytes, length);
  jit.bodyBytes = (<u32>(map - JIT_BODIES) + keepMap(map) + 7) & ~7;
}

/** Where the notes about a body lie: behind it. */
function mapOf(body: u32, length: u32): usize {
  return JIT_BODIES + ((body + length + 3) & ~3);
}

export function wantsFlush(): bool {
  return jit.bodyBytes > MODULE_BYTES_WANTED;
}

/** Slices for which bodies wait for others: a module costs time of its own. */
const SLICES: u32 = 4;

/** The threshold falls by this fraction a slice (a shift). */
const FALL: u32 = 6;

/** A slice has ended: what has been gathered goes to the host if it is much, or has waited long. */
export function endSlice(): void {
  const lowered = jit.threshold - (jit.threshold >> FALL);
  jit.threshold = lowered > jit.leastThreshold ? lowered : jit.leastThreshold;
  if (jit.bodies && (wantsFlush() || ++jit.waited >= SLICES)) flushBodies();
}

/** Hands what has been gathered to the host: a module for each run of neighbouring slots. */
export function flushBodies(): void {
  const count = jit.bodies;
  if (!count) return;
  jit.bodies = 0;
  jit.bodyBytes = 0;
  jit.waited = 0;
  let from: u32 = 0;
  while (from < count) {
    const first = bodyRegion(from);
    if (!regionHandedOver(first)) {
      from++;
      continue;
    }
    let to = from + 1;
    while (to < count && bodyRegion(to) == first + (to - from) && regionHandedOver(bodyRegion(to))) to++;
    link(first, from, to);
    from = to;
  }
}

function bodyRegion(body: u32): u32 {
  return load<u16>(BODY_REGIONS + ((<usize>body) << 1));
}

function link(first: u32, from: u32, to: u32): void {
  const slot = jit.firstSlot + first;
  const length = writeModule(from, to);
  if (!length) return jitFailed(slot, to - from);
  tally(JIT_MODULES, 1);
  tally(JIT_WASM_BYTES, length);
  if (jitLink(JIT_MODULE, length, slot, to - from)) jitLinked(slot, to - from);
}

/** The host has put functions into these slots. */
export function jitLinked(slot: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) regionLinked(slot - jit.firstSlot + i);
}

/** The host could not compile the functions for these slots. */
export function jitFailed(slot: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) regionFailed(slot - jit.firstSlot + i);
}

function name(a: u32, b: u32, c: u32, d: u32): void {
  byte(a);
  byte(b);
  byte(c);
  byte(d);
}

function importFrom(): void {
  u32Leb(4);
  name(0x63, 0x6f, 0x72, 0x65); // core
}

/** Writes the module of bodies `from` to before `to` at JIT_MODULE, which exports them as "0", "1", …; answers its length, 0 if it does not fit. */
function writeModule(from: u32, to: u32): u32 {
  const count = to - from;
  beginWriting(JIT_MODULE, JIT_MODULE + JIT_MODULE_BYTES);
  name(0x00, 0x61, 0x73, 0x6d);
  name(1, 0, 0, 0);

  const types = section(1);
  u32Leb(2);
  functionType(3);
  byte(I32);
  byte(I32);
  byte(I64);
  result();
  functionType(4);
  byte(I64);
  byte(I64);
  byte(I32);
  byte(I32);
  result();
  endSection(types);

  const imports = section(2);
  u32Leb(2);
  importFrom();
  u32Leb(6);
  name(0x6d, 0x65, 0x6d, 0x6f); // memory
  byte(0x72);
  byte(0x79);
  byte(2);
  byte(3); // shared, with a maximum
  u32Leb(1);
  u32Leb(0x1_0000);
  importFrom();
  u32Leb(7);
  name(0x72, 0x75, 0x6e, 0x49); // runInsn
  byte(0x6e);
  byte(0x73);
  byte(0x6e);
  byte(0);
  u32Leb(1);
  endSection(imports);

  const functions = section(3);
  u32Leb(count);
  for (let i: u32 = 0; i < count; i++) u32Leb(0);
  endSection(functions);

  const names = section(7);
  u32Leb(count);
  for (let i: u32 = 0; i < count; i++) {
    decimal(i);
    byte(0);
    u32Leb(1 + i);
  }
  endSection(names);

  const code = section(10);
  u32Leb(count);
  for (let i: u32 = 0; i < count; i++) {
    const place = BODY_PLACES + ((<usize>(from + i)) << 3);
    const length = load<u32>(place, 4);
    u32Leb(length);
    const start = JIT_BODIES + load<u32>(place);
    for (let k: usize = 0; k < <usize>length; k++) byte(load<u8>(start + k));
  }
  endSection(code);

  const maps = section(0);
  writeMapName();
  for (let i: u32 = 0; i < count; i++) {
    const place = BODY_PLACES + ((<usize>(from + i)) << 3);
    writeMap(mapOf(load<u32>(place), load<u32>(place, 4)));
  }
  endSection(maps);
  return overflowed ? 0 : <u32>(at - JIT_MODULE);
}

/** The name of function `i`: at most three digits. */
function decimal(i: u32): void {
  u32Leb(i < 10 ? 1 : i < 100 ? 2 : 3);
  if (i >= 100) byte(0x30 + i / 100);
  if (i >= 10) byte(0x30 + ((i / 10) % 10));
  byte(0x30 + (i % 10));
}

function section(id: u32): usize {
  byte(id);
  return placeU32();
}

function endSection(place: usize): void {
  patchU32(place, <u32>(at - place - 5));
}

function functionType(parameters: u32): void {
  byte(0x60);
  u32Leb(parameters);
}

function result(): void {
  u32Leb(1);
  byte(I32);
}
