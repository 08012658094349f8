// Physical memory protection (privileged specification, section "Physical Memory Protection"): 16 entries, granularity 4 bytes.
import { ACCESS_FETCH, ACCESS_LOAD } from "./causes";
import { Hart, PRIV_M } from "./hart";

export const PMP_COUNT: u32 = 16;
const PMP_R: u32 = 1;
const PMP_W: u32 = 2;
const PMP_X: u32 = 4;
const PMP_A_SHIFT: u32 = 3;
const PMP_L: u32 = 0x80;
const MODE_OFF: u32 = 0;
const MODE_TOR: u32 = 1;
const MODE_NA4: u32 = 2;
/** pmpaddr holds bits 55 to 2 of an address. */
export const PMPADDR_MASK: u64 = ((<u64>1) << 54) - 1;

/** Answers of pmpPage. */
export const PMP_DENIED: u32 = 0;
export const PMP_ALLOWED: u32 = 1;
/** An entry's border lies inside the page: each access must ask pmpAllows. */
export const PMP_SPLIT: u32 = 2;

export function pmpConfig(hart: Hart, index: u32): u32 {
  return load<u8>(changetype<usize>(hart) + offsetof<Hart>("pmpcfg0") + index);
}

export function setPmpConfig(hart: Hart, index: u32, value: u32): void {
  store<u8>(changetype<usize>(hart) + offsetof<Hart>("pmpcfg0") + index, <u8>value);
}

export function pmpAddress(hart: Hart, index: u32): u64 {
  return load<u64>(changetype<usize>(hart) + offsetof<Hart>("pmpaddr0") + ((<usize>index) << 3));
}

if (offsetof<Hart>("pmpcfg2") != offsetof<Hart>("pmpcfg0") + 8) ERROR("pmpcfg0 and pmpcfg2 must be neighbours");
if (offsetof<Hart>("pmpaddr15") != offsetof<Hart>("pmpaddr0") + 120) ERROR("pmpaddr0 to pmpaddr15 must be neighbours");

let first: u64 = 0;
let last: u64 = 0;

/** Bounds (inclusive) of active entry `index` into first and last; false if it covers nothing. */
function bounds(hart: Hart, index: u32, mode: u32): bool {
  const address = pmpAddress(hart, index);
  if (mode == MODE_TOR) {
    first = index ? pmpAddress(hart, index - 1) << 2 : 0;
    last = (address << 2) - 1;
    return first < address << 2;
  }
  if (mode == MODE_NA4) {
    first = address << 2;
    last = first + 3;
    return true;
  }
  const ones = i64.ctz(~address);
  if (ones >= 54) {
    first = 0;
    last = u64.MAX_VALUE;
    return true;
  }
  const size = (<u64>8) << ones;
  first = (address & ~(((<u64>1) << ones) - 1)) << 2;
  first &= ~(size - 1);
  last = first + size - 1;
  return true;
}

function permits(config: u32, access: u32, priv: u32): bool {
  if (priv == PRIV_M && !(config & PMP_L)) return true;
  const needed = access == ACCESS_FETCH ? PMP_X : access == ACCESS_LOAD ? PMP_R : PMP_W;
  return (config & needed) != 0;
}

/** Counts the entries that must be looked at, and finds the open range; to be called after every change of a PMP register. */
export function pmpChanged(hart: Hart): void {
  let active: u32 = 0;
  for (let i: u32 = 0; i < PMP_COUNT; i++) {
    if ((pmpConfig(hart, i) >> PMP_A_SHIFT) & 3) active = i + 1;
  }
  hart.pmpActive = active;
  hart.pmpOpenFirst = 1;
  hart.pmpOpenLast = 0;
  for (let i: u32 = 0; i < active; i++) findOpen(hart, i);
}

const PMP_RWX: u32 = PMP_R | PMP_W | PMP_X;

/** The largest part of entry `index` that entries before it leave alone, if it allows everything and is the largest so far. */
function findOpen(hart: Hart, index: u32): void {
  const config = pmpConfig(hart, index);
  const mode = (config >> PMP_A_SHIFT) & 3;
  if ((config & PMP_RWX) != PMP_RWX || mode == MODE_OFF || !bounds(hart, index, mode)) return;
  let from = first;
  let to = last;
  for (let i: u32 = 0; i < index; i++) {
    const earlier = (pmpConfig(hart, i) >> PMP_A_SHIFT) & 3;
    if (earlier == MODE_OFF || !bounds(hart, i, earlier) || last < from || first > to) continue;
    const below = first > from ? first - from : 0;
    const above = to > last ? to - last : 0;
    if (!below && !above) return;
    if (below > above) to = first - 1;
    else from = last + 1;
  }
  if (hart.pmpOpenFirst <= hart.pmpOpenLast && hart.pmpOpenLast - hart.pmpOpenFirst >= to - from) return;
  hart.pmpOpenFirst = from;
  hart.pmpOpenLast = to;
}

/** Whether S and U may do everything with the bytes from `pa` to `end`, so that no entry needs a look. */
function isOpen(hart: Hart, pa: u64, end: u64): bool {
  return pa >= hart.pmpOpenFirst && end <= hart.pmpOpenLast && end >= pa;
}

/** Whether `size` bytes at `pa` may be accessed. The lowest entry that matches any of the bytes must match all. */
export function pmpAllows(hart: Hart, pa: u64, size: u64, access: u32, priv: u32): bool {
  const end = pa + size - 1;
  if (priv != PRIV_M && isOpen(hart, pa, end)) return true;
  for (let i: u32 = 0; i < hart.pmpActive; i++) {
    const config = pmpConfig(hart, i);
    const mode = (config >> PMP_A_SHIFT) & 3;
    if (mode == MODE_OFF || !bounds(hart, i, mode)) continue;
    if (end < first || pa > last) continue;
    if (pa < first || end > last) return false;
    return permits(config, access, priv);
  }
  return priv == PRIV_M;
}

/** What holds for the whole page at `page`. */
export function pmpPage(hart: Hart, page: u64, access: u32, priv: u32): u32 {
  const end = page + 0xfff;
  if (priv != PRIV_M && isOpen(hart, page, end)) return PMP_ALLOWED;
  for (let i: u32 = 0; i < hart.pmpActive; i++) {
    const config = pmpConfig(hart, i);
    const mode = (config >> PMP_A_SHIFT) & 3;
    if (mode == MODE_OFF || !bounds(hart, i, mode)) continue;
    if (end < first || page > last) continue;
    if (page < first || end > last) return PMP_SPLIT;
    return permits(config, access, priv) ? PMP_ALLOWED : PMP_DENIED;
  }
  return priv == PRIV_M ? PMP_ALLOWED : PMP_DENIED;
}
