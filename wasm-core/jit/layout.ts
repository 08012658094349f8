// Where compiled code's tables and the translator's scratch lie, in the area from JIT_BASE on. Derived from RAM alone: neither
// snapshots nor the state hash know it.
import { JIT_BASE, JIT_BYTES } from "../../src/spec/abi";

/** Settings and lists (cache.ts). */
export const JIT_STATE: usize = JIT_BASE + 0x1000;
/** Execution counters of code addresses, u16 each. */
export const JIT_COUNTERS: usize = JIT_BASE + 0x1_0000;
export const JIT_COUNTERS_BYTES: usize = 0x2_0000;
/** Where indirect jumps went (profile.ts). */
export const JIT_PROFILE: usize = JIT_BASE + 0x3_0000;
export const JIT_PROFILE_BYTES: usize = 0x1_0000;
/** Accesses that share a look at the TLB, while a block is translated (the target's business). */
export const JIT_GROUPS: usize = JIT_BASE + 0x1f00;
/** Regions under way, by the word where they begin (compile.ts). */
export const JIT_PENDING: usize = JIT_BASE + 0x2000;
export const JIT_PENDING_BYTES: usize = 0x2000;
/** Bits of places whose region misses the TLB often (profile.ts). */
export const JIT_MISSING: usize = JIT_BASE + 0x4000;
export const JIT_MISSING_BYTES: usize = 0x2000;
/** Notes about the body under construction (block-map.ts). */
export const JIT_MAP: usize = JIT_BASE + 0x6000;
export const JIT_MAP_BYTES: usize = 0x2000;
/** Region graph under construction (graph.ts, structure.ts). */
export const JIT_GRAPH: usize = JIT_BASE + 0x4_0000;
export const JIT_GRAPH_BYTES: usize = 0x4_0000;
/** Entries that jumps from other regions led to (regions.ts). */
export const JIT_JUMPS: usize = JIT_BASE + 0x8_0000;
export const JIT_JUMPS_BYTES: usize = 0x1_0000;
/** Blocks of the region under construction, as the target's translator sees them. */
export const JIT_BLOCKS: usize = JIT_BASE + 0xc_0000;
export const JIT_BLOCKS_BYTES: usize = 0x4_0000;
/** Records of regions, their entries, and their places in pages (cache.ts). */
export const JIT_RECORDS: usize = JIT_BASE + 0x10_0000;
export const JIT_RECORDS_BYTES: usize = 0x60_0000;
/** Function bodies that wait for their module, and the module itself. */
export const JIT_BODIES: usize = JIT_BASE + 0x70_0000;
export const JIT_BODIES_BYTES: usize = 0x20_0000;
export const JIT_MODULE: usize = JIT_BASE + 0x90_0000;
export const JIT_MODULE_BYTES: usize = 0x20_0000;

if (JIT_MODULE + JIT_MODULE_BYTES > <usize>(JIT_BASE + JIT_BYTES)) ERROR("The translator's places outgrew JIT_BYTES");
