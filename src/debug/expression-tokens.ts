/** Cuts an expression of the debugger into tokens, each with its place, so that an error can point at it. */

/** Something wrong with an expression, or with its evaluation. */
export class ExpressionError extends Error {
  /** Place of the character at fault in the expression, from 0. */
  readonly position: number;
  /** What is wrong there, or what was expected. */
  readonly complaint: string;

  constructor(position: number, complaint: string) {
    super(`at character ${position + 1}: ${complaint}`);
    this.name = "ExpressionError";
    this.position = position;
    this.complaint = complaint;
  }

  /** What crossed a worker's border as a plain Error becomes an ExpressionError again; anything else stays as it is. */
  static revive(error: unknown): unknown {
    if (error instanceof ExpressionError || !(error instanceof Error)) return error;
    const match = /^at character (\d+): (.*)$/s.exec(error.message);
    return match === null ? error : new ExpressionError(Number(match[1]) - 1, match[2]);
  }
}

export interface Token {
  readonly kind: "number" | "float" | "name" | "sign" | "end";
  /** As written; of a name without its $. */
  readonly text: string;
  readonly at: number;
  /** Of numbers and characters. */
  readonly value?: bigint;
  /** Of a name: written with a $, so that only registers are meant. */
  readonly isRegister?: boolean;
}

/** Longest first. */
const SIGNS = [...["<<", ">>", "<=", ">=", "==", "!=", "&&", "||"], ..."+-*/%&|^~!<>()?:".split("")];
const NAME = /\$?[A-Za-z_.][A-Za-z0-9_.$]*|\$[0-9]+/y;
const FLOAT = /[0-9]+(?:\.[0-9]+(?:[eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)/y;
const NUMBER = /0[xX][0-9A-Fa-f_]*|0[bB][01_]*|0[oO][0-7_]*|[0-9][0-9_]*/y;
const ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, "0": 0, "\\": 92, "'": 39, '"': 34 };
const MOST_CHARACTERS = 4096;

/** The tokens of `text`, the last one of kind "end". Throws an ExpressionError. */
export function tokensOf(text: string): Token[] {
  if (text.length > MOST_CHARACTERS) {
    throw new ExpressionError(MOST_CHARACTERS, `an expression has at most ${MOST_CHARACTERS} characters`);
  }
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? null;
  };
  while (at < text.length) {
    const character = text[at];
    if (/\s/.test(character)) {
      at++;
      continue;
    }
    if (character === "'") {
      const { value, length } = characterAt(text, at);
      tokens.push({ kind: "number", text: text.slice(at, at + length), at, value });
      at += length;
      continue;
    }
    const float = match(FLOAT);
    const number = float ?? match(NUMBER);
    if (number !== null) {
      const token =
        float === null ? { kind: "number" as const, value: numberOf(number, at) } : { kind: "float" as const };
      tokens.push({ ...token, text: number, at });
      at += number.length;
      if (/[A-Za-z0-9_.]/.test(text[at] ?? "")) throw new ExpressionError(at, `"${text[at]}" is no digit of ${number}`);
      continue;
    }
    const name = match(NAME);
    if (name !== null) {
      const isRegister = name.startsWith("$");
      tokens.push({ kind: "name", text: isRegister ? name.slice(1) : name, at, isRegister });
      at += name.length;
      continue;
    }
    const sign = SIGNS.find((candidate) => text.startsWith(candidate, at));
    if (sign === undefined)
      throw new ExpressionError(at, `"${String.fromCodePoint(text.codePointAt(at) as number)}" means nothing here`);
    tokens.push({ kind: "sign", text: sign, at });
    at += sign.length;
  }
  tokens.push({ kind: "end", text: "", at: text.length });
  return tokens;
}

function numberOf(text: string, at: number): bigint {
  const digits = text.replaceAll("_", "");
  if (/^0[xXbBoO]$/.test(digits)) throw new ExpressionError(at + text.length, `digits expected behind ${text}`);
  const value = BigInt(digits);
  if (value >> 64n !== 0n) throw new ExpressionError(at, `${text} does not fit 64 bits`);
  return value;
}

function characterAt(text: string, at: number): { value: bigint; length: number } {
  let end = at + 1;
  let code = text.codePointAt(end);
  if (code === undefined || text[end] === "'") throw new ExpressionError(end, "a character expected");
  if (text[end] === "\\") {
    end++;
    const escaped = ESCAPES[text[end] ?? ""];
    if (escaped === undefined) throw new ExpressionError(end, "n, t, r, 0, \\, ' or \" expected behind \\");
    code = escaped;
    end++;
  } else end += code > 0xffff ? 2 : 1;
  if (text[end] !== "'") throw new ExpressionError(end, "' expected");
  return { value: BigInt(code), length: end + 1 - at };
}
