/** Compiled code in words: each block's guest instructions beside the wasm made of them. */
import { disassemble } from "../../debug/disassembler.ts";
import { wasmFunctions } from "../../debug/wasm-text.ts";
import { customSection } from "../../debug/wasm/module.ts";
import type { InstructionSet } from "../../spec/instruction-table.ts";
import type { CompiledPart, CompiledRegion } from "../machine-types.ts";
import type { SlotCode } from "./jit-linker.ts";

/** Custom section in which the core says which guest code a function's parts stand for (wasm-core/jit/block-map.ts). */
const MAP_SECTION = "guest";

/** A block: from `offset` on in the function's body stands what was made of `bytes` bytes of guest code at `ptr`. */
interface Note {
  readonly offset: number;
  readonly ptr: number;
  readonly bytes: number;
}

/** What the region needs of the machine's memory. */
export interface GuestCode {
  read(pa: bigint, length: number): Uint8Array;
  addressOf(ptr: number): bigint;
}

export function describeRegion(code: SlotCode, entry: bigint, guest: GuestCode, set: InstructionSet): CompiledRegion {
  const { head, locals, lines, start } = wasmFunctions(code.module)[code.index]!;
  const notes = readNotes(code.module)[code.index] ?? [];
  const parts: CompiledPart[] = [];
  const texts = lines.map(({ depth, text, offset }) => ({ offset, text: `${"  ".repeat(depth - 1)}${text}` }));
  const bounds = [0, ...notes.map(({ offset }) => offset), Number.POSITIVE_INFINITY];
  for (let i = 0; i + 1 < bounds.length; i++) {
    const inside = texts.filter(({ offset }) => offset - start >= bounds[i]! && offset - start < bounds[i + 1]!);
    const block = i === 0 ? [] : disassembleBlock(notes[i - 1]!, guest, set);
    if (inside.length + block.length > 0) parts.push({ guest: block, wasm: inside.map(({ text }) => text) });
  }
  return { entry, head, locals, parts };
}

function disassembleBlock({ ptr, bytes }: Note, guest: GuestCode, set: InstructionSet): CompiledPart["guest"] {
  // A switch stands for no guest code.
  if (bytes === 0) return [];
  const start = guest.addressOf(ptr);
  const code = guest.read(start, bytes);
  const found: { pa: bigint; text: string }[] = [];
  for (let at = 0; at < code.length; ) {
    const pa = start + BigInt(at);
    const { text, length } = disassemble(code.subarray(at), pa, set);
    found.push({ pa, text });
    at += length;
  }
  return found;
}

/** Places in the wasm memory of the guest code that a region holds. */
export function guestRanges({ module, index }: SlotCode): readonly { readonly ptr: number; readonly bytes: number }[] {
  let notes = known.get(module);
  if (notes === undefined) {
    notes = readNotes(module);
    known.set(module, notes);
  }
  return notes[index] ?? [];
}

/** Of modules that were asked about. */
const known = new WeakMap<Uint8Array, readonly (readonly Note[])[]>();

function readNotes(module: Uint8Array): Note[][] {
  const section = customSection(module, MAP_SECTION);
  const functions: Note[][] = [];
  while (section !== undefined && !section.isAtEnd) {
    functions.push(section.list(() => ({ offset: section.u32(), ptr: section.u32(), bytes: section.u32() })));
  }
  return functions;
}
