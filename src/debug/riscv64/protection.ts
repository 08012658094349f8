/** Physical memory protection seen from outside (privileged specification, "Physical Memory Protection"): which entry decides. */

export interface ProtectionState {
  readonly privilege: number;
  /** Configuration byte and address register of each entry. */
  readonly entries: readonly { readonly config: number; readonly address: bigint }[];
}

const [OFF, TOR, NA4] = [0, 1, 2];
const LOCKED = 0x80;
const NEEDED = { load: 1, store: 2, fetch: 4 } as const;
const LETTER = { load: "R", store: "W", fetch: "X" } as const;

/** What protection says of an access to one byte at `pa`. */
export function protectionOf(
  state: ProtectionState,
  pa: bigint,
  access: "load" | "store" | "fetch",
): { allowed: boolean; entry: number | null; why: string } {
  for (const [index, { config, address }] of state.entries.entries()) {
    const range = rangeOf(config, address, index === 0 ? 0n : state.entries[index - 1].address);
    if (range === null || pa < range.first || pa > range.last) continue;
    const where = `entry ${index} (0x${range.first.toString(16)} to 0x${range.last.toString(16)})`;
    if (state.privilege === 3 && !(config & LOCKED)) {
      return { allowed: true, entry: index, why: `${where} is not locked, so it does not bind M-mode` };
    }
    const allowed = (config & NEEDED[access]) !== 0;
    return { allowed, entry: index, why: `${where} has ${LETTER[access]} ${allowed ? "set" : "clear"}` };
  }
  if (state.privilege === 3) return { allowed: true, entry: null, why: "no entry matches: M-mode may" };
  return { allowed: false, entry: null, why: "no entry matches: only M-mode may" };
}

function rangeOf(config: number, address: bigint, below: bigint): { first: bigint; last: bigint } | null {
  const mode = (config >> 3) & 3;
  if (mode === OFF) return null;
  if (mode === TOR) return below < address ? { first: below << 2n, last: (address << 2n) - 1n } : null;
  if (mode === NA4) return { first: address << 2n, last: (address << 2n) + 3n };
  // The ones at the end say how large the naturally aligned range is.
  const ones = address ^ (address + 1n);
  if (ones >= 1n << 55n) return { first: 0n, last: (1n << 64n) - 1n };
  return { first: (address & ~ones) << 2n, last: ((address | ones) << 2n) | 3n };
}
