// What a debugger asks about compiled code. Nothing here changes the machine.
import { WORD_COMPILED } from "../generated/parameters";
import { codeAt, decodedPlace } from "../mmu/code-cache";
import { MAX_ENTRIES, REGION_LIVE, REGION_PENDING, entryAt, regionAt } from "./regions";
import { jit } from "./state";

/** wasm pointer of the code at which the region in table slot `slot` is entered first; 0 if there is none. */
export function jitEntry(slot: u32): usize {
  const index = slot - jit.firstSlot;
  const state = regionAt(index).state;
  if (state != REGION_PENDING && state != REGION_LIVE) return 0;
  return codeAt(entryAt(index * MAX_ENTRIES).word);
}

/** Table slot of the region that is entered at the code at `ptr`; 0 if none is. */
export function jitSlotAt(ptr: usize): u32 {
  const place = decodedPlace(ptr);
  if (!place) return 0;
  const word = load<u64>(place);
  if ((<u32>word & 0x3ff) != <u32>WORD_COMPILED) return 0;
  return jit.firstSlot + <u32>(word >> 32) / MAX_ENTRIES;
}
