// Zba, Zbb, Zbc, Zbs: address generation, bit counting and rotation, carry-less products, single bits.
import { Hart, imm, rs1, rs2, setRd } from "../hart";

/** Carry-less product of a and b, low half. */
function carryless(a: u64, b: u64): u64 {
  let product: u64 = 0;
  for (let i: u64 = 0; i < 64; i++) product ^= select<u64>(a << i, 0, ((b >> i) & 1) != 0);
  return product;
}

/** Bits 127 to 64 of the carry-less product. */
function carrylessHigh(a: u64, b: u64): u64 {
  let product: u64 = 0;
  for (let i: u64 = 1; i < 64; i++) product ^= select<u64>(a >> (64 - i), 0, ((b >> i) & 1) != 0);
  return product;
}

/** Every byte that is not zero becomes 0xff. */
function combineBytes(a: u64): u64 {
  const low: u64 = 0x7f7f7f7f7f7f7f7f;
  const any = (((a & low) + low) | a) & ~low;
  return (any >> 7) * 0xff;
}

export function addUw(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(<u32>rs1(hart, w)) + rs2(hart, w));
}

export function sh1add(hart: Hart, w: u64): void {
  setRd(hart, w, (rs1(hart, w) << 1) + rs2(hart, w));
}

export function sh2add(hart: Hart, w: u64): void {
  setRd(hart, w, (rs1(hart, w) << 2) + rs2(hart, w));
}

export function sh3add(hart: Hart, w: u64): void {
  setRd(hart, w, (rs1(hart, w) << 3) + rs2(hart, w));
}

export function sh1addUw(hart: Hart, w: u64): void {
  setRd(hart, w, ((<u64>(<u32>rs1(hart, w))) << 1) + rs2(hart, w));
}

export function sh2addUw(hart: Hart, w: u64): void {
  setRd(hart, w, ((<u64>(<u32>rs1(hart, w))) << 2) + rs2(hart, w));
}

export function sh3addUw(hart: Hart, w: u64): void {
  setRd(hart, w, ((<u64>(<u32>rs1(hart, w))) << 3) + rs2(hart, w));
}

export function slliUw(hart: Hart, w: u64): void {
  setRd(hart, w, (<u64>(<u32>rs1(hart, w))) << imm(w));
}

export function andn(hart: Hart, w: u64): void {
  setRd(hart, w, rs1(hart, w) & ~rs2(hart, w));
}

export function orn(hart: Hart, w: u64): void {
  setRd(hart, w, rs1(hart, w) | ~rs2(hart, w));
}

export function xnor(hart: Hart, w: u64): void {
  setRd(hart, w, ~(rs1(hart, w) ^ rs2(hart, w)));
}

export function clz(hart: Hart, w: u64): void {
  setRd(hart, w, i64.clz(rs1(hart, w)));
}

export function clzw(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>i32.clz(<u32>rs1(hart, w)));
}

export function ctz(hart: Hart, w: u64): void {
  setRd(hart, w, i64.ctz(rs1(hart, w)));
}

export function ctzw(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>i32.ctz(<u32>rs1(hart, w)));
}

export function cpop(hart: Hart, w: u64): void {
  setRd(hart, w, i64.popcnt(rs1(hart, w)));
}

export function cpopw(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>i32.popcnt(<u32>rs1(hart, w)));
}

export function max(hart: Hart, w: u64): void {
  setRd(hart, w, select<u64>(rs1(hart, w), rs2(hart, w), <i64>rs1(hart, w) > <i64>rs2(hart, w)));
}

export function maxu(hart: Hart, w: u64): void {
  setRd(hart, w, select<u64>(rs1(hart, w), rs2(hart, w), rs1(hart, w) > rs2(hart, w)));
}

export function min(hart: Hart, w: u64): void {
  setRd(hart, w, select<u64>(rs1(hart, w), rs2(hart, w), <i64>rs1(hart, w) < <i64>rs2(hart, w)));
}

export function minu(hart: Hart, w: u64): void {
  setRd(hart, w, select<u64>(rs1(hart, w), rs2(hart, w), rs1(hart, w) < rs2(hart, w)));
}

export function sextB(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(<i64>(<i8>rs1(hart, w))));
}

export function sextH(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(<i64>(<i16>rs1(hart, w))));
}

export function zextH(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(<u16>rs1(hart, w)));
}

export function rol(hart: Hart, w: u64): void {
  setRd(hart, w, rotl<u64>(rs1(hart, w), rs2(hart, w)));
}

export function ror(hart: Hart, w: u64): void {
  setRd(hart, w, rotr<u64>(rs1(hart, w), rs2(hart, w)));
}

export function rori(hart: Hart, w: u64): void {
  setRd(hart, w, rotr<u64>(rs1(hart, w), imm(w)));
}

export function rolw(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(<i64>(<i32>rotl<u32>(<u32>rs1(hart, w), <u32>rs2(hart, w)))));
}

export function rorw(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(<i64>(<i32>rotr<u32>(<u32>rs1(hart, w), <u32>rs2(hart, w)))));
}

export function roriw(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(<i64>(<i32>rotr<u32>(<u32>rs1(hart, w), <u32>imm(w)))));
}

export function orcB(hart: Hart, w: u64): void {
  setRd(hart, w, combineBytes(rs1(hart, w)));
}

export function rev8(hart: Hart, w: u64): void {
  setRd(hart, w, bswap<u64>(rs1(hart, w)));
}

export function clmul(hart: Hart, w: u64): void {
  setRd(hart, w, carryless(rs1(hart, w), rs2(hart, w)));
}

export function clmulh(hart: Hart, w: u64): void {
  setRd(hart, w, carrylessHigh(rs1(hart, w), rs2(hart, w)));
}

export function clmulr(hart: Hart, w: u64): void {
  setRd(hart, w, (carrylessHigh(rs1(hart, w), rs2(hart, w)) << 1) | (carryless(rs1(hart, w), rs2(hart, w)) >> 63));
}

export function bclr(hart: Hart, w: u64): void {
  setRd(hart, w, rs1(hart, w) & ~((<u64>1) << (rs2(hart, w) & 63)));
}

export function bext(hart: Hart, w: u64): void {
  setRd(hart, w, (rs1(hart, w) >> (rs2(hart, w) & 63)) & 1);
}

export function binv(hart: Hart, w: u64): void {
  setRd(hart, w, rs1(hart, w) ^ ((<u64>1) << (rs2(hart, w) & 63)));
}

export function bset(hart: Hart, w: u64): void {
  setRd(hart, w, rs1(hart, w) | ((<u64>1) << (rs2(hart, w) & 63)));
}

export function bclri(hart: Hart, w: u64): void {
  setRd(hart, w, rs1(hart, w) & ~((<u64>1) << (imm(w) & 63)));
}

export function bexti(hart: Hart, w: u64): void {
  setRd(hart, w, (rs1(hart, w) >> (imm(w) & 63)) & 1);
}

export function binvi(hart: Hart, w: u64): void {
  setRd(hart, w, rs1(hart, w) ^ ((<u64>1) << (imm(w) & 63)));
}

export function bseti(hart: Hart, w: u64): void {
  setRd(hart, w, rs1(hart, w) | ((<u64>1) << (imm(w) & 63)));
}
