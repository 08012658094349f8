// A: atomic memory operations, load-reserved and store-conditional. Misaligned ones trap.
import { debugPending, forgetAccess } from "../../../machine/debug-record";
import { physicalAddress } from "../../../machine/ram";
import { WATCH_LOAD, WATCH_STORE } from "../../../mmu/watch";
import { DONE, Hart, LEAVE, TRAP, rs1, rs2, setRd } from "../hart";
import { atomicPointer, noteStore } from "../memory";

function operand(hart: Hart, va: u64, size: u64): usize {
  return atomicPointer(hart, va, size, WATCH_LOAD | WATCH_STORE);
}

function loadReserved(hart: Hart, va: u64, size: u64): usize {
  const ptr = atomicPointer(hart, va, size, WATCH_LOAD);
  if (!ptr) return 0;
  hart.reservationAddress = physicalAddress(ptr);
  hart.reservationValid = 1;
  return ptr;
}

function loaded(hart: Hart): u32 {
  return debugPending(changetype<usize>(hart)) ? LEAVE : DONE;
}

/** A store-conditional without a reservation: nothing is stored. */
function failed(hart: Hart, w: u64): u32 {
  forgetAccess(changetype<usize>(hart));
  setRd(hart, w, 1);
  return DONE;
}

/** Whether the reservation covers ptr; it ends in any case. */
function takeReservation(hart: Hart, ptr: usize): bool {
  const held = hart.reservationValid != 0 && hart.reservationAddress == physicalAddress(ptr);
  hart.reservationValid = 0;
  return held;
}

export function lrW(hart: Hart, w: u64): u32 {
  const ptr = loadReserved(hart, rs1(hart, w), 4);
  if (!ptr) return TRAP;
  setRd(hart, w, <u64>(<i64>load<i32>(ptr)));
  return loaded(hart);
}

export function scW(hart: Hart, w: u64): u32 {
  const ptr = atomicPointer(hart, rs1(hart, w), 4, WATCH_STORE);
  if (!ptr) return TRAP;
  if (!takeReservation(hart, ptr)) return failed(hart, w);
  store<u32>(ptr, <u32>rs2(hart, w));
  setRd(hart, w, 0);
  return noteStore(hart, ptr, 4);
}

export function amoswapW(hart: Hart, w: u64): u32 {
  const ptr = operand(hart, rs1(hart, w), 4);
  if (!ptr) return TRAP;
  const old = load<i32>(ptr);
  store<i32>(ptr, <i32>rs2(hart, w));
  setRd(hart, w, <u64>(<i64>old));
  return noteStore(hart, ptr, 4);
}

export function amoaddW(hart: Hart, w: u64): u32 {
  const ptr = operand(hart, rs1(hart, w), 4);
  if (!ptr) return TRAP;
  const old = load<i32>(ptr);
  const value = <i32>rs2(hart, w);
  store<i32>(ptr, old + value);
  setRd(hart, w, <u64>(<i64>old));
  return noteStore(hart, ptr, 4);
}

export function amoxorW(hart: Hart, w: u64): u32 {
  const ptr = operand(hart, rs1(hart, w), 4);
  if (!ptr) return TRAP;
  const old = load<i32>(ptr);
  const value = <i32>rs2(hart, w);
  store<i32>(ptr, old ^ value);
  setRd(hart, w, <u64>(<i64>old));
  return noteStore(hart, ptr, 4);
}

export function amoandW(hart: Hart, w: u64): u32 {
  const ptr = operand(hart, rs1(hart, w), 4);
  if (!ptr) return TRAP;
  const old = load<i32>(ptr);
  const value = <i32>rs2(hart, w);
  store<i32>(ptr, old & value);
  setRd(hart, w, <u64>(<i64>old));
  return noteStore(hart, ptr, 4);
}

export function amoorW(hart: Hart, w: u64): u32 {
  const ptr = operand(hart, rs1(hart, w), 4);
  if (!ptr) return TRAP;
  const old = load<i32>(ptr);
  const value = <i32>rs2(hart, w);
  store<i32>(ptr, old | value);
  setRd(hart, w, <u64>(<i64>old));
  return noteStore(hart, ptr, 4);
}

export function amominW(hart: Hart, w: u64): u32 {
  const ptr = operand(hart, rs1(hart, w), 4);
  if (!ptr) return TRAP;
  const old = load<i32>(ptr);
  const value = <i32>rs2(hart, w);
  store<i32>(ptr, select<i32>(old, value, old < value));
  setRd(hart, w, <u64>(<i64>old));
  return noteStore(hart, ptr, 4);
}

export function amomaxW(hart: Hart, w: u64): u32 {
  const ptr = operand(hart, rs1(hart, w), 4);
  if (!ptr) return TRAP;
  const old = load<i32>(ptr);
  const value = <i32>rs2(hart, w);
  store<i32>(ptr, select<i32>(old, value, old > value));
  setRd(hart, w, <u64>(<i64>old));
  return noteStore(hart, ptr, 4);
}

export function amominuW(hart: Hart, w: u64): u32 {
  const ptr = operand(hart, rs1(hart, w), 4);
  if (!ptr) return TRAP;
  const old = load<i32>(ptr);
  const value = <i32>rs2(hart, w);
  store<i32>(ptr, select<i32>(old, value, <u32>old < <u32>value));
  setRd(hart, w, <u64>(<i64>old));
  return noteStore(hart, ptr, 4);
}

export function amomaxuW(hart: Hart, w: u64): u32 {
  const ptr = operand(hart, rs1(hart, w), 4);
  if (!ptr) return TRAP;
  const old = load<i32>(ptr);
  const value = <i32>rs2(hart, w);
  store<i32>(ptr, select<i32>(old, value, <u32>old > <u32>value));
  setRd(hart, w, <u64>(<i64>old));
  return noteStore(hart, ptr, 4);
}

export function lrD(hart: Hart, w: u64): u32 {
  const ptr = loadReserved(hart, rs1(hart, w), 8);
  if (!ptr) return TRAP;
  setRd(hart, w, load<u64>(ptr));
  return loaded(hart);
}

export function scD(hart: Hart, w: u64): u32 {
  const ptr = atomicPointer(hart, rs1(hart, w), 8, WATCH_STORE);
  if (!ptr) return TRAP;
  if (!takeReservation(hart, ptr)) return failed(hart, w);
  store<u64>(ptr, <u64>rs2(hart, w));
  setRd(hart, w, 0);
  return noteStore(hart, ptr, 8);
}

export function amoswapD(hart: Hart, w: u64): u32 {
  const ptr = operand(hart, rs1(hart, w), 8);
  if (!ptr) return TRAP;
  const old = load<i64>(ptr);
  store<i64>(ptr, <i64>rs2(hart, w));
  setRd(hart, w, <u64>old);
  return noteStore(hart, ptr, 8);
}

export function amoaddD(hart: Hart, w: u64): u32 {
  const ptr = operand(hart, rs1(hart, w), 8);
  if (!ptr) return TRAP;
  const old = load<i64>(ptr);
  const value = <i64>rs2(hart, w);
  store<i64>(ptr, old + value);
  setRd(hart, w, <u64>old);
  return noteStore(hart, ptr, 8);
}

export function amoxorD(hart: Hart, w: u64): u32 {
  const ptr = operand(hart, rs1(hart, w), 8);
  if (!ptr) return TRAP;
  const old = load<i64>(ptr);
  const value = <i64>rs2(hart, w);
  store<i64>(ptr, old ^ value);
  setRd(hart, w, <u64>old);
  return noteStore(hart, ptr, 8);
}

export function amoandD(hart: Hart, w: u64): u32 {
  const ptr = operand(hart, rs1(hart, w), 8);
  if (!ptr) return TRAP;
  const old = load<i64>(ptr);
  const value = <i64>rs2(hart, w);
  store<i64>(ptr, old & value);
  setRd(hart, w, <u64>old);
  return noteStore(hart, ptr, 8);
}

export function amoorD(hart: Hart, w: u64): u32 {
  const ptr = operand(hart, rs1(hart, w), 8);
  if (!ptr) return TRAP;
  const old = load<i64>(ptr);
  const value = <i64>rs2(hart, w);
  store<i64>(ptr, old | value);
  setRd(hart, w, <u64>old);
  return noteStore(hart, ptr, 8);
}

export function amominD(hart: Hart, w: u64): u32 {
  const ptr = operand(hart, rs1(hart, w), 8);
  if (!ptr) return TRAP;
  const old = load<i64>(ptr);
  const value = <i64>rs2(hart, w);
  store<i64>(ptr, select<i64>(old, value, old < value));
  setRd(hart, w, <u64>old);
  return noteStore(hart, ptr, 8);
}

export function amomaxD(hart: Hart, w: u64): u32 {
  const ptr = operand(hart, rs1(hart, w), 8);
  if (!ptr) return TRAP;
  const old = load<i64>(ptr);
  const value = <i64>rs2(hart, w);
  store<i64>(ptr, select<i64>(old, value, old > value));
  setRd(hart, w, <u64>old);
  return noteStore(hart, ptr, 8);
}

export function amominuD(hart: Hart, w: u64): u32 {
  const ptr = operand(hart, rs1(hart, w), 8);
  if (!ptr) return TRAP;
  const old = load<i64>(ptr);
  const value = <i64>rs2(hart, w);
  store<i64>(ptr, select<i64>(old, value, <u64>old < <u64>value));
  setRd(hart, w, <u64>old);
  return noteStore(hart, ptr, 8);
}

export function amomaxuD(hart: Hart, w: u64): u32 {
  const ptr = operand(hart, rs1(hart, w), 8);
  if (!ptr) return TRAP;
  const old = load<i64>(ptr);
  const value = <i64>rs2(hart, w);
  store<i64>(ptr, select<i64>(old, value, <u64>old > <u64>value));
  setRd(hart, w, <u64>old);
  return noteStore(hart, ptr, 8);
}
