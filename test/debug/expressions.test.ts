/** The debugger's expressions: values as in C with 64 bits, names, memory, and errors that point at the character. */
import { describe, expect, test } from "vitest";
import { type ExpressionContext, ExpressionError, parseExpression } from "../../src/debug/expressions.ts";
import { parseLogText, valueText } from "../../src/debug/log-text.ts";
import { TextMatcher } from "../../src/debug/text-matcher.ts";

const REGISTERS: Readonly<Record<string, bigint>> = { a0: 5n, sp: 0xffff_ffff_ffff_fff0n, fa0: 0x3ff8_0000_0000_0000n };
/** Memory: each byte is the low byte of its address; nothing below 16. */
const context: ExpressionContext = {
  register: (name) => REGISTERS[name] as bigint,
  memory: (va, size) => {
    if (va < 16n) throw new RangeError(`address 0x${va.toString(16)} is not mapped`);
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | ((va + BigInt(i)) & 0xffn);
    return value;
  },
  physical: (pa, size) => (pa << 8n) | BigInt(size),
  hits: 3,
};
const scope = {
  register: (name: string) =>
    name in REGISTERS ? (name === "fa0" ? ("float" as const) : ("unsigned" as const)) : null,
  symbol: (name: string) => (name === "jiffies" || name === "a0" ? 0x100n : null),
};

function value(text: string): string {
  const { type, evaluate } = parseExpression(text, scope);
  return valueText(evaluate(context), type);
}

function complaint(text: string): [number, string] {
  try {
    parseExpression(text, scope).evaluate(context);
  } catch (error) {
    if (error instanceof ExpressionError) return [error.position, error.complaint];
  }
  throw new Error(`${text} is no error`);
}

describe("values", () => {
  test.each([
    ["1 + 2 * 3", "7"],
    ["(1 + 2) * 3", "9"],
    ["10 - 4 - 3", "3"],
    ["-7 / 2", "-3"],
    ["-7 % 4", "-3"],
    ["1 << 63", "-9223372036854775808"],
    ["1 << 64", "1"],
    ["-8 >> 1", "-4"],
    ["(u64)-8 >> 1", "0x7ffffffffffffffc"],
    ["0x10 | 0b101 ^ 0o17 & 3", "22"],
    ["1_000_000", "1000000"],
    ["0xffffffffffffffff", "0xffffffffffffffff"],
    ["'A' + '\\n'", "75"],
    ["!0 && 2 || 0", "1"],
    ["1 < 2 == 1", "1"],
    ["~0", "-1"],
    ["-(-3)", "3"],
    ["1 ? 2 : 3 ? 4 : 5", "2"],
    ["0 ? 2 : 0 ? 4 : 5", "5"],
    ["1.5 * 2", "3"],
    ["7 / 2.0", "3.5"],
    ["1e3", "1000"],
    ["(i32)2.9", "2"],
    ["(f32)0.1 == 0.1", "0"],
    ["(u8)0x1ff", "0xff"],
    ["(i8)0xff", "-1"],
  ])("%s is %s", (text, expected) => {
    expect(value(text)).toBe(expected);
  });

  test("registers are unsigned, which decides comparisons as in C", () => {
    expect(value("a0 + 1")).toBe("0x6");
    expect(value("a0 > -1")).toBe("0");
    expect(value("(i64)a0 > -1")).toBe("1");
    expect(value("sp > 0")).toBe("1");
    expect(value("(i64)sp < 0")).toBe("1");
    expect(value("fa0 + 1")).toBe("2.5");
    expect(value("$hits")).toBe("3");
  });

  test("a name is a register before it is a symbol; $ means registers only", () => {
    expect(value("jiffies")).toBe("0x100");
    expect(value("a0")).toBe("0x5");
    expect(value("$a0")).toBe("0x5");
    expect(complaint("1 + $jiffies")).toEqual([4, "there is no register jiffies"]);
  });

  test("memory of each size, virtual and physical", () => {
    expect(value("*(u8*)0x1ff")).toBe("0xff");
    expect(value("*(i8*)0x1ff")).toBe("-1");
    expect(value("*(u16*)jiffies")).toBe("0x100");
    expect(value("*(u32*)(jiffies + 1)")).toBe("0x4030201");
    expect(value("*jiffies")).toBe("0x706050403020100");
    expect(value("*(i32*)0xfc")).toBe("-66052");
    expect(value("*(u32*)phys(0x8000)")).toBe("0x800004");
    expect(value("*phys(0x8000) + 1")).toBe("0x800009");
    expect(value("*(u8*)*(u8*)0x155")).toBe("0x55");
    expect(value("*(f64*)0x40 > 0.0")).toBe("1");
  });
});

describe("errors point at the character", () => {
  test.each([
    ["", 0, "a number, register, symbol or ( expected"],
    ["1 +", 3, "a number, register, symbol or ( expected"],
    ["1 2", 2, "an operator or the end expected"],
    ["(1", 2, '")" expected'],
    ["1 ? 2", 5, '":" expected'],
    ["0x", 2, "digits expected behind 0x"],
    ["0b12", 3, '"2" is no digit of 0b1'],
    ["12ab", 2, '"a" is no digit of 12'],
    ["0x10000000000000000", 0, "0x10000000000000000 does not fit 64 bits"],
    ["a0 @ 1", 3, '"@" means nothing here'],
    ["nobody + 1", 0, "nobody is neither a register nor a symbol"],
    ["1 + $nobody", 4, "there is no register nobody"],
    ["'ab'", 2, "' expected"],
    ["''", 1, "a character expected"],
    ["'\\q'", 2, "n, t, r, 0, \\, ' or \" expected behind \\"],
    ["(u32*)5", 0, "* expected in front of a pointer"],
    ["*(u32)5", 1, "u32* expected, for the memory behind an address"],
    ["phys(1) + 1", 8, "phys(…) is an address; only * in front of it gives a value"],
    ["1.5 & 1", 4, "& takes integers"],
    ["~1.5", 0, "~ takes an integer"],
    ["*1.5", 0, "an address is no float"],
    ["a0 / (a0 - 5)", 3, "division by 0"],
    ["1 + *(u8*)3", 4, "address 0x3 is not mapped"],
  ])("%s", (text, position, expected) => {
    expect(complaint(text)).toEqual([position, expected]);
  });

  test("what is nested or long without end", () => {
    expect(complaint("(".repeat(5000))[1]).toBe("an expression has at most 4096 characters");
    expect(complaint(`${"(".repeat(4000)}1`)[1]).toBe("nested more than 100 deep");
    expect(complaint(`${"-".repeat(4000)}1`)[1]).toBe("nested more than 100 deep");
    expect(value(`${"1+".repeat(2000)}1`)).toBe("2001");
  });

  test("an error that has crossed a thread's border is found again", () => {
    const revived = ExpressionError.revive(new Error("at character 5: ) expected")) as ExpressionError;
    expect([revived.position, revived.complaint]).toEqual([4, ") expected"]);
    const other = new Error("stop point 3: condition: at character 5: ) expected");
    expect(ExpressionError.revive(other)).toBe(other);
  });
});

test("texts of log points", () => {
  const print = (text: string) => parseLogText(text, scope).print(context);
  expect(print("a0={a0} {a0:d} {'A':c} {-1:x} {{}}")).toBe("a0=0x5 5 A 0xffffffffffffffff {}");
  expect(print("{1 ? 2 : 3:d} {*(u8*)1}!")).toBe("2 <address 0x1 is not mapped>!");
  // Bytes 0x21 to 0x7f, then what is no UTF-8, up to the 0 at 0x100.
  expect(print("{0x21:s}").slice(0, 95)).toBe(String.fromCharCode(...Array.from({ length: 95 }, (_, i) => 0x21 + i)));
  expect(print("{0xfe:s}")).toBe("\ufffd\ufffd");
  expect(() => parseLogText("x {a0 +} y", scope)).toThrow("at character 8: a number, register, symbol or ( expected");
  expect(() => parseLogText("x {a0", scope)).toThrow("at character 6: } expected");
  expect(() => parseLogText("x } y", scope)).toThrow("at character 3: { missing, or }} for the bracket itself");
});

test("a text in a stream is found wherever it is cut, and where it overlaps itself", () => {
  const matcher = new TextMatcher("aabaa");
  const found = [..."aaabaabaaab"].map((character) => matcher.take(new TextEncoder().encode(character)));
  expect(found).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0]);
  expect(new TextMatcher("ö").take(new TextEncoder().encode("öö"))).toBe(2);
});
