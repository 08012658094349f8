// One row for each function of the core: its operands, its result and the oracle's answer.

import { F16, F32, F64, type Format } from "./formats";
import * as oracle from "./oracle";
import * as selection from "./oracle-selection";

export type OperandType = "f16" | "f32" | "f64" | "i32" | "u32" | "i64" | "u64";

export interface Operation {
  /** The exported function, which takes the operands and, if it rounds, the rounding mode. */
  name: string;
  operands: OperandType[];
  rounds: boolean;
  resultWidth: 32 | 64;
  expected(operands: bigint[], rm: number): oracle.Result;
  /** The function of native.ts, which takes the accrued flags as well. */
  fast?: string;
}

export const FORMATS: Record<"f16" | "f32" | "f64", Format> = { f16: F16, f32: F32, f64: F64 };

function formatOperations(type: "f32" | "f64"): Operation[] {
  const format = FORMATS[type];
  const resultWidth = type === "f32" ? 32 : 64;
  const row = (
    suffix: string,
    count: number,
    expected: (format: Format, ...rest: [bigint, bigint, bigint, number]) => oracle.Result,
  ): Operation => ({
    name: type + suffix,
    operands: new Array<OperandType>(count).fill(type),
    rounds: true,
    resultWidth,
    expected: (operands, rm) => expected(format, operands[0], operands[1], operands[2], rm),
    fast: `${type + suffix}Fast`,
  });
  const fixed = (
    suffix: string,
    count: number,
    width: 32 | 64,
    expected: (a: bigint, b: bigint) => oracle.Result,
  ): Operation => ({
    name: type + suffix,
    operands: new Array<OperandType>(count).fill(type),
    rounds: false,
    resultWidth: width,
    expected: (operands) => expected(operands[0], operands[1]),
  });
  return [
    row("Add", 2, (f, a, b, _, rm) => oracle.add(f, a, b, rm)),
    row("Sub", 2, (f, a, b, _, rm) => oracle.subtract(f, a, b, rm)),
    row("Mul", 2, (f, a, b, _, rm) => oracle.multiply(f, a, b, rm)),
    row("Div", 2, (f, a, b, _, rm) => oracle.divide(f, a, b, rm)),
    row("Sqrt", 1, (f, a, _, __, rm) => oracle.squareRoot(f, a, rm)),
    row("Fma", 3, (f, a, b, c, rm) => oracle.fusedMultiplyAdd(f, a, b, c, rm)),
    fixed("Min", 2, resultWidth, (a, b) => selection.extremum(format, a, b, -1)),
    fixed("Max", 2, resultWidth, (a, b) => selection.extremum(format, a, b, 1)),
    fixed("Eq", 2, 32, (a, b) => selection.equal(format, a, b)),
    fixed("Lt", 2, 32, (a, b) => selection.less(format, a, b)),
    fixed("Le", 2, 32, (a, b) => selection.lessEqual(format, a, b)),
    fixed("Classify", 1, 32, (a) => selection.classify(format, a)),
  ];
}

function integerOperations(type: "f32" | "f64"): Operation[] {
  const format = FORMATS[type];
  const integers = [
    { name: "I32", width: 32, isSigned: true },
    { name: "U32", width: 32, isSigned: false },
    { name: "I64", width: 64, isSigned: true },
    { name: "U64", width: 64, isSigned: false },
  ] as const;
  return integers.flatMap(({ name, width, isSigned }): Operation[] => [
    {
      name: `${type}To${name}`,
      operands: [type],
      rounds: true,
      resultWidth: width,
      expected: ([a], rm) => oracle.toInteger(format, width, isSigned, a, rm),
    },
    {
      name: `${name.toLowerCase()}To${type.toUpperCase()}`,
      operands: [name.toLowerCase() as OperandType],
      rounds: true,
      resultWidth: type === "f32" ? 32 : 64,
      expected: ([a], rm) => oracle.fromInteger(format, a, rm),
    },
  ]);
}

function conversion(from: "f16" | "f32" | "f64", to: "f16" | "f32" | "f64"): Operation {
  return {
    name: `${from}To${to.toUpperCase()}`,
    operands: [from],
    rounds: FORMATS[to].width < FORMATS[from].width,
    resultWidth: to === "f64" ? 64 : 32,
    expected: ([a], rm) => oracle.convert(FORMATS[from], FORMATS[to], a, rm),
  };
}

export const OPERATIONS: Operation[] = [
  ...formatOperations("f32"),
  ...formatOperations("f64"),
  ...integerOperations("f32"),
  ...integerOperations("f64"),
  conversion("f16", "f32"),
  conversion("f16", "f64"),
  conversion("f32", "f64"),
  conversion("f32", "f16"),
  conversion("f64", "f16"),
  conversion("f64", "f32"),
  {
    name: "f16Classify",
    operands: ["f16"],
    rounds: false,
    resultWidth: 32,
    expected: ([a]) => selection.classify(F16, a),
  },
];
