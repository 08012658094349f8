// M: multiplication and division. WebAssembly traps where RISC-V gives a value (division by zero, overflow).
import { multiplyHigh } from "../../../softfloat/wide";
import { Hart, rs1, rs2, setRd } from "../hart";

function divide(a: i64, b: i64): i64 {
  if (b == 0) return -1;
  return b == -1 ? -a : a / b;
}

function remainder(a: i64, b: i64): i64 {
  if (b == 0) return a;
  return b == -1 ? 0 : a % b;
}

function divide32(a: i32, b: i32): i32 {
  if (b == 0) return -1;
  return b == -1 ? -a : a / b;
}

function remainder32(a: i32, b: i32): i32 {
  if (b == 0) return a;
  return b == -1 ? 0 : a % b;
}

/** The high half of a signed product is that of the unsigned one, less the other factor for each negative one. */
function correction(a: u64, b: u64): u64 {
  return select<u64>(b, 0, <i64>a < 0);
}

export function mul(hart: Hart, w: u64): void {
  setRd(hart, w, rs1(hart, w) * rs2(hart, w));
}

export function mulhu(hart: Hart, w: u64): void {
  setRd(hart, w, multiplyHigh(rs1(hart, w), rs2(hart, w)));
}

export function divu(hart: Hart, w: u64): void {
  setRd(hart, w, rs2(hart, w) ? rs1(hart, w) / rs2(hart, w) : u64.MAX_VALUE);
}

export function remu(hart: Hart, w: u64): void {
  setRd(hart, w, rs2(hart, w) ? rs1(hart, w) % rs2(hart, w) : rs1(hart, w));
}

export function div(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>divide(<i64>rs1(hart, w), <i64>rs2(hart, w)));
}

export function rem(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>remainder(<i64>rs1(hart, w), <i64>rs2(hart, w)));
}

export function mulw(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(<i64>(<i32>(rs1(hart, w) * rs2(hart, w)))));
}

export function divw(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(<i64>divide32(<i32>rs1(hart, w), <i32>rs2(hart, w))));
}

export function remw(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(<i64>remainder32(<i32>rs1(hart, w), <i32>rs2(hart, w))));
}

export function divuw(hart: Hart, w: u64): void {
  setRd(hart, w, <u32>rs2(hart, w) ? <u64>(<i64>(<i32>(<u32>rs1(hart, w) / <u32>rs2(hart, w)))) : u64.MAX_VALUE);
}

export function remuw(hart: Hart, w: u64): void {
  setRd(
    hart,
    w,
    <u32>rs2(hart, w) ? <u64>(<i64>(<i32>(<u32>rs1(hart, w) % <u32>rs2(hart, w)))) : <u64>(<i64>(<i32>rs1(hart, w))),
  );
}

export function mulh(hart: Hart, w: u64): void {
  const a = rs1(hart, w);
  const b = rs2(hart, w);
  setRd(hart, w, multiplyHigh(a, b) - correction(a, b) - correction(b, a));
}

export function mulhsu(hart: Hart, w: u64): void {
  const a = rs1(hart, w);
  const b = rs2(hart, w);
  setRd(hart, w, multiplyHigh(a, b) - correction(a, b));
}
