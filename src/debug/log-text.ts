/** The text of a log point: words with {expressions} in between. */
import {
  type Expression,
  type ExpressionContext,
  ExpressionError,
  type ExpressionScope,
  parseExpression,
  type ValueType,
} from "./expressions.ts";

/** How {expression:x} prints: hexadecimal, decimal, character, string of bytes up to a 0. */
type Format = "x" | "d" | "c" | "s";

interface Hole {
  readonly expression: Expression;
  readonly format: Format | null;
}

export interface LogText {
  readonly registers: readonly string[];
  /** The text with every value in it; where one cannot be had, the reason stands in its place. */
  print(context: ExpressionContext): string;
}

/** Longest string that {…:s} reads. */
const LONGEST_STRING = 256;

/** As a debugger prints a value: hexadecimal where it is meant unsigned, else decimal. */
export function valueText(value: bigint | number, type: ValueType): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : `${value}`;
  return type === "signed" ? `${BigInt.asIntN(64, value)}` : `0x${value.toString(16)}`;
}

/** Parses the text of a log point; {{ and }} stand for themselves. Throws an ExpressionError with the place in `text`. */
export function parseLogText(text: string, scope: ExpressionScope): LogText {
  const parts: (string | Hole)[] = [];
  let words = "";
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if ((character === "{" || character === "}") && text[at + 1] === character) {
      words += character;
      at++;
    } else if (character === "}") throw new ExpressionError(at, "{ missing, or }} for the bracket itself");
    else if (character === "{") {
      const end = text.indexOf("}", at);
      if (end < 0) throw new ExpressionError(text.length, "} expected");
      parts.push(words, parseHole(text.slice(at + 1, end), at + 1, scope));
      words = "";
      at = end;
    } else words += character;
  }
  parts.push(words);
  const holes = parts.filter((part) => typeof part !== "string");
  return {
    registers: [...new Set(holes.flatMap(({ expression }) => expression.registers))],
    print: (context) => parts.map((part) => (typeof part === "string" ? part : printHole(part, context))).join(""),
  };
}

function parseHole(text: string, at: number, scope: ExpressionScope): Hole {
  const match = /^(.*):([xdcs])$/s.exec(text);
  try {
    const expression = parseExpression(match?.[1] ?? text, scope);
    return { expression, format: (match?.[2] as Format | undefined) ?? null };
  } catch (error) {
    if (error instanceof ExpressionError) throw new ExpressionError(error.position + at, error.complaint);
    throw error;
  }
}

function printHole({ expression, format }: Hole, context: ExpressionContext): string {
  try {
    const value = expression.evaluate(context);
    if (typeof value === "number") return valueText(value, "float");
    switch (format) {
      case "x":
        return valueText(value, "unsigned");
      case "d":
        return valueText(value, "signed");
      case "c":
        return String.fromCharCode(Number(value & 0xffn));
      case "s":
        return stringAt(value, context);
      case null:
        return valueText(value, expression.type);
    }
  } catch (error) {
    return `<${error instanceof ExpressionError ? error.complaint : (error as Error).message}>`;
  }
}

function stringAt(address: bigint, context: ExpressionContext): string {
  const bytes: number[] = [];
  for (let i = 0n; i < BigInt(LONGEST_STRING); i++) {
    const byte = Number(context.memory(BigInt.asUintN(64, address + i), 1));
    if (byte === 0) break;
    bytes.push(byte);
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

/** Bits of a value of an expression: an integer as it is, a float as a double. */
export function valueBits(value: bigint | number): bigint {
  if (typeof value === "bigint") return value;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}
