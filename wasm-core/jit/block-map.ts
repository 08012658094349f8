// Which guest code the parts of a region's function stand for: a note for each block, kept behind the function's body and written
// into the module's custom section "guest", which engines skip. It lets people read compiled code beside the guest's.
import { JIT_MAP, JIT_MAP_BYTES } from "./layout";
import { at, byte, u32Leb } from "./wasm-writer";

/** Three u32: offset in the body, wasm pointer of the guest code, its length in bytes. */
const NOTE_BYTES: usize = 12;
const MOST_NOTES: u32 = <u32>(JIT_MAP_BYTES / NOTE_BYTES);

/** Notes about the body under construction. Transient. */
let notes: u32 = 0;
let bodyBegin: usize = 0;

/** The next body begins here. */
export function beginMap(): void {
  notes = 0;
  bodyBegin = at;
}

/** What follows stands for `length` bytes of guest code at wasm pointer `ptr`. */
export function noteBlock(ptr: usize, length: u32): void {
  if (notes == MOST_NOTES) return;
  const place = JIT_MAP + <usize>notes * NOTE_BYTES;
  store<u32>(place, <u32>(at - bodyBegin));
  store<u32>(place, <u32>ptr, 4);
  store<u32>(place, length, 8);
  notes++;
}

/** Puts count and notes at `place`, a multiple of 4, behind the body; answers their bytes. */
export function keepMap(place: usize): u32 {
  store<u32>(place, notes);
  const bytes = <usize>notes * NOTE_BYTES;
  memory.copy(place + 4, JIT_MAP, bytes);
  return 4 + <u32>bytes;
}

/** Writes the notes that were kept at `place`: their count, then offset, pointer and length of each. */
export function writeMap(place: usize): void {
  const count = load<u32>(place);
  u32Leb(count);
  for (let i: u32 = 0; i < 3 * count; i++) u32Leb(load<u32>(place + 4 + ((<usize>i) << 2)));
}

/** Writes the name of the section that holds the notes. */
export function writeMapName(): void {
  u32Leb(5);
  byte(0x67); // guest
  byte(0x75);
  byte(0x65);
  byte(0x73);
  byte(0x74);
}
