// Makes regions: from a hot place to a function body that waits for its module.
import { JIT_INSTRUCTIONS, JIT_TRANSLATED } from "../../src/spec/abi";
import { setForm } from "../generated/target";
import { holdCode, regionList } from "../mmu/code-cache";
import { beginMap } from "./block-map";
import { KIND_OUT, KIND_SWITCH, blockAt, pageAt } from "./blocks";
import { discover, instructionCount, pageOf, wordPlace } from "./discover";
import { nodeCount } from "./graph";
import { JIT_PENDING, JIT_PENDING_BYTES } from "./layout";
import { addBody, bodyStart, flushBodies, wantsFlush, MAX_BODY_BYTES } from "./module";
import { isMissing } from "./profile";
import {
  MAX_ENTRIES,
  NO_REGION,
  REGION_GATHERED,
  REGION_PENDING,
  addPage,
  entryAt,
  regionAt,
  takeRegion,
} from "./regions";
import { NEVER_HOT, jit, tally } from "./state";
import { planResidence } from "./residence";
import { isReached } from "./loop-nest";
import { entryCount, entryNode, longestPath, structure } from "./structure";
import { translateRegion } from "./translate";
import { at, beginWriting, overflowed } from "./wasm-writer";

/** Executions after which a place is translated, unless the host says otherwise: while much is, and while nothing is. */
const MOST_THRESHOLD: u32 = 1500;
const LEAST_THRESHOLD: u32 = 80;
/** By how much a translation raises it. */
const RISE: u32 = 20;

/**
 * Switches translation on or off. `threshold`: executions before a place is translated, 0 for the default; table slots from
 * `firstSlot` on are this core's; `atOnce`: each region is handed to the host by itself, without waiting for others.
 */
export function jitConfigure(on: u32, threshold: u32, firstSlot: u32, atOnce: u32): void {
  jit.leastThreshold = on ? (threshold ? threshold : LEAST_THRESHOLD) : NEVER_HOT;
  jit.mostThreshold = on ? (threshold ? threshold : MOST_THRESHOLD) : NEVER_HOT;
  jit.threshold = jit.mostThreshold;
  jit.firstSlot = firstSlot;
  jit.atOnce = atOnce;
}

/** Translates the region that begins at address `va`, whose decoded word lies at `word`, unless that is under way. */
export function makeRegion(va: u64, word: usize): void {
  const pending = JIT_PENDING + (word & (JIT_PENDING_BYTES - 8));
  if (load<u32>(pending) == <u32>word && isUnderWay(load<u32>(pending, 4), word)) return;
  const start = bodyStart();
  if (!start || !discover(va)) return;
  if (!structure(0)) return;
  planResidence();
  const index = takeRegion();
  if (index == NO_REGION) return;
  beginWriting(start, start + MAX_BODY_BYTES);
  const form: u32 = isMissing(word) ? 1 : 0;
  beginMap();
  setForm(form);
  translateRegion();
  if (overflowed || !keep(index, form)) return;
  const length = <u32>(at - start);
  regionAt(index).wasmBytes = length;
  store<u32>(pending, <u32>word);
  store<u32>(pending, index, 4);
  addBody(index, length);
  tally(JIT_TRANSLATED, 1);
  const raised = jit.threshold + RISE;
  jit.threshold = raised < jit.mostThreshold ? raised : jit.mostThreshold;
  tally(JIT_INSTRUCTIONS, instructionCount);
  if (jit.atOnce || wantsFlush()) flushBodies();
}

function isUnderWay(index: u32, word: usize): bool {
  const state = regionAt(index).state;
  return (state == REGION_GATHERED || state == REGION_PENDING) && entryAt(index * MAX_ENTRIES).word == word;
}

/** Fills in the record: entries, and the code that the region holds. */
function keep(index: u32, form: u32): bool {
  const region = regionAt(index);
  for (let node: u32 = 0; node < nodeCount(); node++) {
    if (!isReached(node)) continue;
    const block = blockAt(node);
    if (block.kind == KIND_SWITCH || block.kind == KIND_OUT) continue;
    for (let delta = block.start & ~0xfff; delta < block.end; delta += 0x1000) {
      const slot = load<u32>(pageAt(pageOf(delta)), 8);
      const from = delta > block.start ? 0 : block.start & 0xfff;
      const to = block.end - delta > 0x1000 ? 0x1000 : block.end - delta;
      if (!addPage(index, regionList(slot))) return false;
      holdCode(slot, <u32>from, <u32>to);
    }
  }
  region.state = REGION_GATHERED;
  region.form = form;
  region.instructions = instructionCount;
  const entries = entryCount();
  region.entryCount = entries < MAX_ENTRIES ? entries : MAX_ENTRIES;
  for (let i: u32 = 0; i < region.entryCount; i++) {
    const node = entryNode(i);
    const entry = entryAt(index * MAX_ENTRIES + i);
    // These have no instruction at which they could be entered.
    entry.word = 0;
    if (blockAt(node).kind == KIND_SWITCH || blockAt(node).kind == KIND_OUT) continue;
    entry.delta = blockAt(node).start;
    entry.word = wordPlace(entry.delta);
    entry.minSteps = longestPath(node);
  }
  return true;
}
