/** What the operators of the debugger's expressions compute: on whole numbers of 64 bits, and on floats. */
import { ExpressionError, type Token } from "./expression-tokens.ts";
import type { ExpressionContext, ValueType } from "./expressions.ts";

/** A part of an expression. */
export interface Node {
  readonly type: ValueType;
  readonly run: (context: ExpressionContext) => bigint | number;
  /** phys(…): an address that only * may use. */
  readonly physical?: boolean;
}

/** The number that 64 bits mean in two's complement. */
function signed(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/** The value as a number of the mathematical kind, whatever its type. */
function asFloat(value: bigint | number, type: ValueType): number {
  return typeof value === "number" ? value : Number(type === "signed" ? signed(value) : value);
}

export function isTrue(value: bigint | number): boolean {
  return typeof value === "number" ? value !== 0 : value !== 0n;
}

export function truth(run: (context: ExpressionContext) => boolean): Node {
  return { type: "signed", run: (c) => (run(c) ? 1n : 0n) };
}

/** As in C, all integers having 64 bits: a float wins, then unsigned. */
export function commonType(left: ValueType, right: ValueType): ValueType {
  if (left === "float" || right === "float") return "float";
  return left === "unsigned" || right === "unsigned" ? "unsigned" : "signed";
}

export function convert({ type, run }: Node, to: ValueType): Node["run"] {
  return to === "float" && type !== "float" ? (c) => asFloat(run(c), type) : run;
}

/** Toward zero; what is no number, or infinite, is 0. */
export function truncated(value: number): bigint {
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
}

export function floatOperation(operator: string, left: Node["run"], right: Node["run"]): Node {
  const make = (run: (a: number, b: number) => number): Node => ({
    type: "float",
    run: (c) => run(left(c) as number, right(c) as number),
  });
  const compare = (run: (a: number, b: number) => boolean): Node =>
    truth((c) => run(left(c) as number, right(c) as number));
  switch (operator) {
    case "+":
      return make((a, b) => a + b);
    case "-":
      return make((a, b) => a - b);
    case "*":
      return make((a, b) => a * b);
    case "/":
      return make((a, b) => a / b);
    case "==":
      return compare((a, b) => a === b);
    case "!=":
      return compare((a, b) => a !== b);
    case "<":
      return compare((a, b) => a < b);
    case "<=":
      return compare((a, b) => a <= b);
    case ">":
      return compare((a, b) => a > b);
    default:
      return compare((a, b) => a >= b);
  }
}

export function integerOperation({ text: operator, at }: Token, type: ValueType, left: Node, right: Node): Node {
  const mean = type === "signed" ? signed : (value: bigint) => value;
  const make = (run: (a: bigint, b: bigint) => bigint): Node => ({
    type,
    run: (c) => BigInt.asUintN(64, run(mean(left.run(c) as bigint), mean(right.run(c) as bigint))),
  });
  const compare = (run: (a: bigint, b: bigint) => boolean): Node =>
    truth((c) => run(mean(left.run(c) as bigint), mean(right.run(c) as bigint)));
  const divide = (run: (a: bigint, b: bigint) => bigint): Node =>
    make((a, b) => {
      if (b === 0n) throw new ExpressionError(at, "division by 0");
      return run(a, b);
    });
  switch (operator) {
    case "+":
      return make((a, b) => a + b);
    case "-":
      return make((a, b) => a - b);
    case "*":
      return make((a, b) => a * b);
    case "/":
      return divide((a, b) => a / b);
    case "%":
      return divide((a, b) => a % b);
    case "&":
      return make((a, b) => a & b);
    case "|":
      return make((a, b) => a | b);
    case "^":
      return make((a, b) => a ^ b);
    case "<<":
      // Only the low six bits of a distance count, as in the instructions.
      return make((a, b) => a << (b & 63n));
    case ">>":
      return make((a, b) => a >> (b & 63n));
    case "==":
      return compare((a, b) => a === b);
    case "!=":
      return compare((a, b) => a !== b);
    case "<":
      return compare((a, b) => a < b);
    case "<=":
      return compare((a, b) => a <= b);
    case ">":
      return compare((a, b) => a > b);
    default:
      return compare((a, b) => a >= b);
  }
}
