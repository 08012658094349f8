/** Values that instructions are tried on: the corners of integers and of the three floating-point formats, and random ones. */

import type { Random } from "../random.ts";

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

const CORNERS: readonly bigint[] = [
  0n,
  1n,
  2n,
  -1n,
  -2n,
  ...[7n, 8n, 15n, 16n, 31n, 32n, 63n].flatMap((bit) => [1n << bit, (1n << bit) - 1n, -(1n << bit), -(1n << bit) - 1n]),
  0x5555555555555555n,
  0xaaaaaaaaaaaaaaaan,
  0x0123456789abcdefn,
  0xffffffff00000000n,
  0x80000000ffffffffn,
].map(u64);

/** An integer: a corner, a small number, random bits in a random width, or a few ones. */
export function integer(random: Random): bigint {
  switch (random.below(6)) {
    case 0:
    case 1:
      return random.pick(CORNERS);
    case 2:
      return u64(BigInt(random.between(-70, 70)));
    case 3:
      return random.u64();
    case 4: {
      const value = random.u64() >> BigInt(random.below(64));
      return random.chance(0.5) ? value : u64(-value);
    }
    default:
      return (1n << BigInt(random.below(64))) ^ (random.chance(0.5) ? 1n << BigInt(random.below(64)) : 0n);
  }
}

interface Format {
  readonly bits: bigint;
  readonly fraction: bigint;
  readonly bias: number;
}

const HALF: Format = { bits: 16n, fraction: 10n, bias: 15 };
const SINGLE: Format = { bits: 32n, fraction: 23n, bias: 127 };
const DOUBLE: Format = { bits: 64n, fraction: 52n, bias: 1023 };

/** A fraction: few ones at either end, runs of ones (which rounding carries through), or random. */
function fraction(random: Random, width: bigint): bigint {
  const all = (1n << width) - 1n;
  switch (random.below(8)) {
    case 0:
      return 0n;
    case 1:
      return BigInt(random.between(1, 3));
    case 2:
      return all - BigInt(random.below(3));
    case 3:
      return 1n << BigInt(random.below(Number(width)));
    case 4:
      return all ^ (all >> BigInt(random.below(Number(width))));
    case 5:
      return all >> BigInt(random.below(Number(width)));
    default:
      return random.u64() & all;
  }
}

/** Bits of a number of this format, of any class. */
function float(random: Random, { bits, fraction: width, bias }: Format): bigint {
  const quiet = 1n << (width - 1n);
  const exponentMax = 2 * bias + 1;
  const sign = random.chance(0.5) ? 1n << (bits - 1n) : 0n;
  const make = (exponent: number, frac: bigint): bigint => sign | (BigInt(exponent) << width) | frac;
  const near = (exponent: number): number => Math.min(exponentMax - 1, Math.max(0, exponent));
  switch (random.below(20)) {
    case 0:
      return make(0, 0n);
    case 1:
      return make(exponentMax, 0n);
    case 2:
      return make(exponentMax, quiet | (random.chance(0.5) ? 0n : fraction(random, width - 1n)));
    case 3:
      return make(exponentMax, fraction(random, width - 1n) | 1n);
    case 4:
    case 5:
      return make(0, fraction(random, width));
    case 6:
      return make(near(random.between(1, 4)), fraction(random, width));
    case 7:
      return make(exponentMax - random.between(1, 3), fraction(random, width));
    // Where conversions to integers are out of range, or nearly so.
    case 8:
      return make(near(bias + random.pick([15, 30, 31, 32, 51, 52, 53, 62, 63, 64])), fraction(random, width));
    // Integers and a half.
    case 9:
      return make(near(bias + random.below(8)), (BigInt(random.u32()) << (width - 8n)) & ((1n << width) - 1n));
    // Around the square root of the least and the greatest number: products underflow or overflow.
    case 10:
      return make(near((bias >> 1) + random.between(-2, 2)), fraction(random, width));
    case 11:
      return make(near(bias + (bias >> 1) + random.between(-2, 2)), fraction(random, width));
    case 12:
      return make(random.below(exponentMax), fraction(random, width));
    // Double precision where single and half precision become subnormal or overflow.
    case 13:
      return make(
        near(
          bias + random.pick([-149, -127, -126, -125, -25, -24, -15, -14, 15, 16, 127, 128]) + random.between(-1, 1),
        ),
        fraction(random, width),
      );
    // Sums of numbers of like size cancel and round in the last place.
    default:
      return make(near(bias + random.between(-3, 3)), fraction(random, width));
  }
}

/**
 * Bits of a number from so few that three of them often meet where rounding is hardest: products half-way between two
 * numbers with something tiny added, sums just below the least normal number or the greatest.
 */
function edge(random: Random, { bits, fraction: width, bias }: Format): bigint {
  const all = (1n << width) - 1n;
  // (1 + 2^-i) × (1 + 2^-j) lies half-way if i + j is the precision.
  const middle = [(width - 1n) / 2n, width / 2n];
  const halves = middle.map((bit) => 1n << bit);
  const frac = random.pick([0n, 1n, all, ...halves, ...halves]);
  const precision = Number(width) + 1;
  const tiny = bias - 2 * precision - 4;
  const exponents = [bias, bias, bias + 1, bias - precision, tiny, tiny, 1, 0, 2 * bias];
  const exponent = Math.max(0, random.pick(exponents));
  return (random.chance(0.5) ? 1n << (bits - 1n) : 0n) | (BigInt(exponent) << width) | frac;
}

/** Values for all floating-point registers, boxed, as described for {@link edge}. */
export function edgeRegisters(random: Random): bigint[] {
  const values = Array.from({ length: 32 }, () => {
    switch (random.below(9)) {
      case 0:
        return 0xffffffffffff0000n | edge(random, HALF);
      case 1:
      case 2:
      case 3:
        return 0xffffffff00000000n | edge(random, SINGLE);
      case 4:
        // Doubles at the ends of the narrower formats.
        return edge(random, { ...DOUBLE, bias: 1023 + random.pick([-126, -127, 127, -14, -15, 15]) });
      default:
        return edge(random, DOUBLE);
    }
  });
  // Three in a row for the fused operations, which like to take such.
  for (const first of [1, 5, 9, 13, 17, 21, 25]) values.splice(first, 3, ...tie(random));
  return values;
}

/** Doubles a, b, c: a × b lies half-way between two doubles, and c is too small to show but decides. */
function tie(random: Random): bigint[] {
  const power = random.between(-60, 60);
  const bit = BigInt(random.below(52));
  const sign = () => BigInt(random.below(2)) << 63n;
  const scaled = (exponent: number, frac: bigint) => sign() | (BigInt(DOUBLE.bias + exponent) << 52n) | frac;
  return [scaled(power, 1n << bit), scaled(0, 1n << (51n - bit)), scaled(power - random.between(100, 130), 0n)];
}

/** Content of a floating-point register: a double, or a boxed single or half, or one with a broken box. */
export function floatRegister(random: Random): bigint {
  switch (random.below(16)) {
    case 0:
      return random.u64();
    case 1:
      // Not boxed: counts as the canonical NaN.
      return float(random, SINGLE) | (BigInt(random.u32() & ~(1 << random.below(32))) << 32n);
    case 2:
    case 3:
      return 0xffffffffffff0000n | float(random, HALF);
    case 4:
      return 0xffffffff00000000n | (BigInt(random.below(0xffff)) << 16n) | float(random, HALF);
    case 5:
    case 6:
    case 7:
    case 8:
    case 9:
      return 0xffffffff00000000n | float(random, SINGLE);
    default:
      return float(random, DOUBLE);
  }
}

/** Values for all floating-point registers; some are neighbours or opposites of others. */
export function floatRegisters(random: Random): bigint[] {
  const values: bigint[] = [];
  for (let i = 0; i < 32; i++) {
    if (i > 0 && random.chance(0.2)) {
      const other = random.pick(values);
      const boxed = other >> 32n === 0xffffffffn;
      values.push(u64(random.chance(0.5) ? other ^ (boxed ? 1n << 31n : 1n << 63n) : other ^ BigInt(random.below(4))));
    } else values.push(floatRegister(random));
  }
  return values;
}

/** A doubleword of memory. */
export function memoryWord(random: Random): bigint {
  switch (random.below(4)) {
    case 0:
      return integer(random);
    case 1:
      return float(random, DOUBLE);
    case 2:
      return float(random, SINGLE) | (float(random, SINGLE) << 32n);
    default:
      return random.u64();
  }
}
