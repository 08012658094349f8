// Numbers by which the neutral core adapts to this target; imports nothing, so that layouts can be computed from them.

/** log2 of the alignment of instructions. */
export const INSN_ALIGN_LOG2: u32 = 1;
/** Longest instruction in bytes. */
export const MAX_INSN_BYTES: usize = 4;
/** Decoded word behind the last of a page (op PAGE_END of the generated instructions). */
export const WORD_PAGE_END: u64 = 1;
/** Decoded word (op BREAK) in the place of an instruction with a breakpoint. */
export const WORD_BREAK: u64 = 7;
/** Decoded word (op COMPILED) at which compiled code begins; the number of the entry lies in its upper half. */
export const WORD_COMPILED: u64 = 6;
