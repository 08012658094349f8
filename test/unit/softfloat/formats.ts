// The binary interchange formats of IEEE 754-2019 table 3.5, as parameters of the BigInt arithmetic that judges the core.

export interface Format {
  /** Bits of the whole encoding. */
  width: number;
  /** Significand bits, the implicit one included. */
  precision: number;
  /** Exponent of the greatest finite binade, also the bias. */
  emax: number;
}

export const F16: Format = { width: 16, precision: 11, emax: 15 };
export const F32: Format = { width: 32, precision: 24, emax: 127 };
export const F64: Format = { width: 64, precision: 53, emax: 1023 };

export const RNE = 0;
export const RTZ = 1;
export const RDN = 2;
export const RUP = 3;
export const RMM = 4;
export const ROUNDING_MODES = [RNE, RTZ, RDN, RUP, RMM];

export const NX = 1;
export const UF = 2;
export const OF = 4;
export const DZ = 8;
export const NV = 16;

/** A decoded operand; a finite one is ±magnitude × 2^exponent. */
export type Value =
  | { kind: "nan"; signaling: boolean; negative: boolean }
  | { kind: "infinity"; negative: boolean }
  | { kind: "finite"; negative: boolean; magnitude: bigint; exponent: number };

export function decode(format: Format, bits: bigint): Value {
  const fractionBits = format.precision - 1;
  const fraction = BigInt.asUintN(fractionBits, bits);
  const field = Number(BigInt.asUintN(format.width - format.precision, bits >> BigInt(fractionBits)));
  const negative = bits >> BigInt(format.width - 1) !== 0n;
  if (field === 2 * format.emax + 1) {
    if (fraction === 0n) return { kind: "infinity", negative };
    return { kind: "nan", signaling: fraction >> BigInt(fractionBits - 1) === 0n, negative };
  }
  const lowest = 1 - format.emax - fractionBits;
  if (field === 0) return { kind: "finite", negative, magnitude: fraction, exponent: lowest };
  return { kind: "finite", negative, magnitude: fraction + (1n << BigInt(fractionBits)), exponent: lowest + field - 1 };
}

function signed(format: Format, negative: boolean, magnitude: bigint): bigint {
  return (negative ? 1n << BigInt(format.width - 1) : 0n) + magnitude;
}

export function zero(format: Format, negative: boolean): bigint {
  return signed(format, negative, 0n);
}

export function infinity(format: Format, negative: boolean): bigint {
  return signed(format, negative, BigInt(2 * format.emax + 1) << BigInt(format.precision - 1));
}

export function largest(format: Format, negative: boolean): bigint {
  return infinity(format, negative) - 1n;
}

export function canonicalNaN(format: Format): bigint {
  return infinity(format, false) + (1n << BigInt(format.precision - 2));
}

/** Encodes magnitude × 2^exponent, which must be representable. */
export function encode(format: Format, negative: boolean, magnitude: bigint, exponent: number): bigint {
  const lowest = 2 - format.emax - format.precision;
  const implicit = 1n << BigInt(format.precision - 1);
  if (exponent === lowest && magnitude < implicit) return signed(format, negative, magnitude);
  let normal = magnitude;
  let field = exponent - lowest + 1;
  if (normal === implicit * 2n) {
    normal = implicit;
    field += 1;
  }
  if (normal < implicit || normal >= implicit * 2n || field < 1 || field > 2 * format.emax) {
    throw new RangeError(`${magnitude} × 2^${exponent} is not a number of ${format.width} bits`);
  }
  return signed(format, negative, (BigInt(field) << BigInt(format.precision - 1)) + normal - implicit);
}
