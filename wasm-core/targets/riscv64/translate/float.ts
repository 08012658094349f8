// Floating point: the host's own operations where they give the guest's bits and flags, the interpreter's functions elsewhere.

export function emitFloat(code: u32, w: u64): bool {
  return false;
}
