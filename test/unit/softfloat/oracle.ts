// IEEE 754-2019 arithmetic by exact rationals of BigInts: slow, and nothing like the core's way of computing.

import {
  canonicalNaN,
  DZ,
  decode,
  encode,
  type Format,
  infinity,
  largest,
  NV,
  NX,
  OF,
  RDN,
  RMM,
  RNE,
  RTZ,
  RUP,
  UF,
  type Value,
  zero,
} from "./formats";

export interface Result {
  bits: bigint;
  flags: number;
}

type Finite = Extract<Value, { kind: "finite" }>;

const exact = (bits: bigint): Result => ({ bits, flags: 0 });
const invalid = (format: Format): Result => ({ bits: canonicalNaN(format), flags: NV });

function nan(format: Format, operands: Value[]): Result {
  const signaling = operands.some((operand) => operand.kind === "nan" && operand.signaling);
  return signaling ? invalid(format) : exact(canonicalNaN(format));
}

/** ±numerator/denominator rounded to an integer magnitude. */
function roundToInteger(negative: boolean, numerator: bigint, denominator: bigint, rm: number) {
  const integer = numerator / denominator;
  const remainder = numerator % denominator;
  const twice = 2n * remainder;
  let up = false;
  if (rm === RNE) up = twice > denominator || (twice === denominator && integer % 2n === 1n);
  else if (rm === RDN) up = negative && remainder > 0n;
  else if (rm === RUP) up = !negative && remainder > 0n;
  else if (rm === RMM) up = twice >= denominator;
  else if (rm !== RTZ) throw new RangeError(`rounding mode ${rm}`);
  return { integer: up ? integer + 1n : integer, inexact: remainder !== 0n };
}

function bitLength(x: bigint): number {
  return x.toString(2).length;
}

const scaleUp = (x: bigint, power: number): bigint => (power > 0 ? x << BigInt(power) : x);

/** ±numerator/denominator × 2^-quantum as an integer. */
function quantize(negative: boolean, numerator: bigint, denominator: bigint, quantum: number, rm: number) {
  return roundToInteger(negative, scaleUp(numerator, -quantum), scaleUp(denominator, quantum), rm);
}

/** ±numerator/denominator, both positive, rounded to the format. */
function roundRational(format: Format, negative: boolean, numerator: bigint, denominator: bigint, rm: number): Result {
  const { precision, emax } = format;
  const emin = 1 - emax;
  let exponent = bitLength(numerator) - bitLength(denominator);
  if (scaleUp(numerator, -exponent) < scaleUp(denominator, exponent)) exponent -= 1;
  // As if the exponent had no bounds: judges overflow, and tininess after rounding (section 7.5, the second definition).
  const unbounded = quantize(negative, numerator, denominator, exponent - precision + 1, rm);
  const carried = bitLength(unbounded.integer) > precision ? exponent + 1 : exponent;
  if (carried > emax) {
    const toInfinity = rm === RNE || rm === RMM || rm === (negative ? RDN : RUP);
    return { bits: toInfinity ? infinity(format, negative) : largest(format, negative), flags: OF | NX };
  }
  const quantum = Math.max(exponent, emin) - precision + 1;
  const { integer, inexact } = quantize(negative, numerator, denominator, quantum, rm);
  const tiny = carried < emin;
  return { bits: encode(format, negative, integer, quantum), flags: inexact ? (tiny ? NX | UF : NX) : 0 };
}

/** numerator × 2^exponent / denominator, where a zero numerator takes the given sign. */
function roundScaled(
  format: Format,
  negative: boolean,
  numerator: bigint,
  denominator: bigint,
  exponent: number,
  rm: number,
): Result {
  if (numerator === 0n) return exact(zero(format, negative));
  return roundRational(format, negative, scaleUp(numerator, exponent), scaleUp(denominator, -exponent), rm);
}

function sum(format: Format, x: Finite, y: Finite, rm: number): Result {
  const exponent = Math.min(x.exponent, y.exponent);
  const term = (v: Finite) => scaleUp(v.negative ? -v.magnitude : v.magnitude, v.exponent - exponent);
  const total = term(x) + term(y);
  if (total === 0n) return exact(zero(format, x.negative === y.negative ? x.negative : rm === RDN));
  return roundScaled(format, total < 0n, total < 0n ? -total : total, 1n, exponent, rm);
}

export function add(format: Format, a: bigint, b: bigint, rm: number): Result {
  const x = decode(format, a);
  const y = decode(format, b);
  if (x.kind === "nan" || y.kind === "nan") return nan(format, [x, y]);
  if (x.kind === "infinity" && y.kind === "infinity" && x.negative !== y.negative) return invalid(format);
  if (x.kind === "infinity") return exact(a);
  if (y.kind === "infinity") return exact(b);
  return sum(format, x, y, rm);
}

export function subtract(format: Format, a: bigint, b: bigint, rm: number): Result {
  return add(format, a, b ^ (1n << BigInt(format.width - 1)), rm);
}

function isZero(v: Value): boolean {
  return v.kind === "finite" && v.magnitude === 0n;
}

export function multiply(format: Format, a: bigint, b: bigint, rm: number): Result {
  const x = decode(format, a);
  const y = decode(format, b);
  if (x.kind === "nan" || y.kind === "nan") return nan(format, [x, y]);
  const negative = x.negative !== y.negative;
  if (x.kind === "infinity" || y.kind === "infinity") {
    return isZero(x) || isZero(y) ? invalid(format) : exact(infinity(format, negative));
  }
  return roundScaled(format, negative, x.magnitude * y.magnitude, 1n, x.exponent + y.exponent, rm);
}

export function divide(format: Format, a: bigint, b: bigint, rm: number): Result {
  const x = decode(format, a);
  const y = decode(format, b);
  if (x.kind === "nan" || y.kind === "nan") return nan(format, [x, y]);
  const negative = x.negative !== y.negative;
  if (x.kind === "infinity") return y.kind === "infinity" ? invalid(format) : exact(infinity(format, negative));
  if (y.kind === "infinity") return exact(zero(format, negative));
  if (y.magnitude === 0n) {
    return x.magnitude === 0n ? invalid(format) : { bits: infinity(format, negative), flags: DZ };
  }
  return roundScaled(format, negative, x.magnitude, y.magnitude, x.exponent - y.exponent, rm);
}

function floorSquareRoot(n: bigint): bigint {
  let guess = 1n << BigInt((bitLength(n) + 1) >> 1);
  for (;;) {
    const next = (guess + n / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

export function squareRoot(format: Format, a: bigint, rm: number): Result {
  const x = decode(format, a);
  if (x.kind === "nan") return nan(format, [x]);
  if (isZero(x)) return exact(a);
  if (x.negative) return invalid(format);
  if (x.kind === "infinity") return exact(a);
  const odd = x.exponent & 1;
  const radicand = x.magnitude << BigInt(128 + odd);
  const root = floorSquareRoot(radicand);
  // An irrational root lies strictly between root and root + 1, and rounds as root + 1/2 does: root has over 64 bits.
  const sticky = root * root === radicand ? 0n : 1n;
  return roundScaled(format, false, 2n * root + sticky, 1n, (x.exponent - odd) / 2 - 65, rm);
}

export function fusedMultiplyAdd(format: Format, a: bigint, b: bigint, c: bigint, rm: number): Result {
  const x = decode(format, a);
  const y = decode(format, b);
  const z = decode(format, c);
  if ((x.kind === "infinity" && isZero(y)) || (isZero(x) && y.kind === "infinity")) return invalid(format);
  if (x.kind === "nan" || y.kind === "nan" || z.kind === "nan") return nan(format, [x, y, z]);
  const negative = x.negative !== y.negative;
  if (x.kind === "infinity" || y.kind === "infinity") {
    return z.kind === "infinity" && z.negative !== negative ? invalid(format) : exact(infinity(format, negative));
  }
  if (z.kind === "infinity") return exact(c);
  const product: Finite = {
    kind: "finite",
    negative,
    magnitude: x.magnitude * y.magnitude,
    exponent: x.exponent + y.exponent,
  };
  return sum(format, product, z, rm);
}

export function convert(from: Format, to: Format, a: bigint, rm: number): Result {
  const x = decode(from, a);
  if (x.kind === "nan") return nan(to, [x]);
  if (x.kind === "infinity") return exact(infinity(to, x.negative));
  return roundScaled(to, x.negative, x.magnitude, 1n, x.exponent, rm);
}

export function fromInteger(to: Format, integer: bigint, rm: number): Result {
  const negative = integer < 0n;
  return roundScaled(to, negative, negative ? -integer : integer, 1n, 0, rm);
}

/** The bits of the result are a two's complement integer of the given width, as RISC-V's FCVT saturates it. */
export function toInteger(from: Format, width: number, isSigned: boolean, a: bigint, rm: number): Result {
  const most = (1n << BigInt(isSigned ? width - 1 : width)) - 1n;
  const least = isSigned ? -1n - most : 0n;
  const x = decode(from, a);
  const encodeInteger = (integer: bigint, flags: number) => ({ bits: BigInt.asUintN(width, integer), flags });
  if (x.kind === "nan") return encodeInteger(most, NV);
  if (x.kind === "infinity") return encodeInteger(x.negative ? least : most, NV);
  const rounded = quantize(x.negative, scaleUp(x.magnitude, x.exponent), scaleUp(1n, -x.exponent), 0, rm);
  const integer = x.negative ? -rounded.integer : rounded.integer;
  if (integer > most || integer < least) return encodeInteger(x.negative ? least : most, NV);
  return encodeInteger(integer, rounded.inexact ? NX : 0);
}
