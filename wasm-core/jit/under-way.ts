// Places at which regions that still wait for their module will be entered. The table is hashed and lossy: what is compiled when has
// no effect on the guest.
import { JIT_PENDING, JIT_PENDING_BYTES } from "./layout";
import { MAX_ENTRIES, REGION_GATHERED, REGION_PENDING, entryAt, regionAt } from "./regions";

// An item: place of the decoded word (u32), number of the entry (u32).
function itemOf(word: usize): usize {
  return JIT_PENDING + (word & (JIT_PENDING_BYTES - 8));
}

/** Entry `number`, whose record is filled in, will be at the instruction whose decoded word lies at `word`. */
export function noteUnderWay(word: usize, number: u32): void {
  const item = itemOf(word);
  store<u32>(item, <u32>word);
  store<u32>(item, number, 4);
}

/** Whether a region waits for its module that will be entered at the instruction whose decoded word lies at `word`. */
export function isUnderWay(word: usize): bool {
  const item = itemOf(word);
  if (load<u32>(item) != <u32>word) return false;
  const number = load<u32>(item, 4);
  const state = regionAt(number / MAX_ENTRIES).state;
  return (state == REGION_GATHERED || state == REGION_PENDING) && entryAt(number).word == word;
}
