// What a region's function answers: why it ended (bits 0 to 2, JIT_EXIT_* of abi.ts), how many instructions of the last block
// are done and not yet taken off the budget (bits 3 to 11), and where, as half the distance from its base (bits 12 to 31).

/** Most instructions of a block. */
export const MAX_BLOCK_STEPS: u32 = 500;

export function exitCode(kind: u32, steps: u32, delta: i32): i32 {
  return <i32>(kind | (steps << 3) | ((<u32>(delta >> 1)) << 12));
}

/** Whether an exit code can say `delta`. */
export function isNear(delta: i32): bool {
  return delta >= -0x10_0000 && delta < 0x10_0000;
}

export function exitKind(code: i32): u32 {
  return <u32>code & 7;
}

export function exitSteps(code: i32): u32 {
  return (<u32>code >> 3) & 0x1ff;
}

/** Signed distance in bytes. */
export function exitDelta(code: i32): i32 {
  return (code >> 12) << 1;
}
