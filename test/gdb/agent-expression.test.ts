/** gdb's bytecode for conditions, by what the expressions that it becomes are worth. */
import { describe, expect, test } from "vitest";
import { parseExpression } from "../../src/debug/expressions.ts";
import { conditionOf } from "../../src/gdbstub/agent-expression.ts";
import { bytesOfHex } from "../../src/gdbstub/hex.ts";
import { InvalidPacket } from "../../src/gdbstub/reply.ts";

const REGISTERS: Readonly<Record<string, bigint>> = { a0: 7n, a1: 2n ** 64n - 3n };
const NAMES: Readonly<Record<number, string>> = { 10: "$a0", 11: "$a1" };

function worthOf(code: string): bigint {
  const text = conditionOf(bytesOfHex(code.replaceAll(" ", "")) as Uint8Array, (number) => NAMES[number] ?? null);
  const scope = {
    register: (name: string) => (name in REGISTERS ? ("unsigned" as const) : null),
    symbol: () => null,
  };
  const memory = (va: bigint, size: number) => BigInt.asUintN(size * 8, 0xfedc_ba98_7654_3210n + va);
  const context = { register: (name: string) => REGISTERS[name] as bigint, memory, physical: memory, hits: 0 };
  return BigInt.asUintN(64, parseExpression(text, scope).evaluate(context) as bigint);
}

const A0 = "26 000a";
const A1 = "26 000b";
const ALL_ONES = 2n ** 64n - 1n;

describe("operations", () => {
  test.each([
    ["constants", "22 80 27", 0x80n],
    ["16 bits", "23 8001 27", 0x8001n],
    ["32 bits", "24 80000001 27", 0x8000_0001n],
    ["64 bits", "25 8000000000000001 27", 0x8000_0000_0000_0001n],
    ["a register", `${A0} 27`, 7n],
    ["add, which wraps", `${A1} 22 05 02 27`, 2n],
    ["sub", `22 05 ${A0} 03 27`, ALL_ONES - 1n],
    ["mul", `${A1} ${A0} 04 27`, ALL_ONES - 20n],
    ["signed division", `${A1} 22 02 05 27`, ALL_ONES],
    ["unsigned division", `${A1} 22 02 06 27`, 0x7fff_ffff_ffff_fffen],
    ["signed remainder", `${A1} 22 02 07 27`, ALL_ONES],
    ["unsigned remainder", `${A1} 22 02 08 27`, 1n],
    ["shifts", "22 01 22 3f 09 27", 1n << 63n],
    ["arithmetic shift", `${A1} 22 01 0a 27`, ALL_ONES - 1n],
    ["logical shift", `${A1} 22 3f 0b 27`, 1n],
    ["not", "22 00 0e 27", 1n],
    ["and, or, xor", "22 0c 22 0a 0f 22 01 10 22 ff 11 27", 0xf6n],
    ["complement", "22 00 12 27", ALL_ONES],
    ["equal", `${A0} 22 07 13 27`, 1n],
    ["signed less", `${A1} 22 00 14 27`, 1n],
    ["unsigned less", `${A1} 22 00 15 27`, 0n],
    ["extension by sign", "22 ff 16 08 27", ALL_ONES],
    ["extension of odd width", "22 05 16 03 27", ALL_ONES - 2n],
    ["extension of 64 bits", `${A1} 16 40 27`, ALL_ONES - 2n],
    ["extension by zeros", `${A1} 2a 04 27`, 13n],
    ["bytes of memory", "22 00 17 27", 0x10n],
    ["16 bits of memory", "22 00 18 27", 0x3210n],
    ["32 bits of memory", "22 00 19 27", 0x7654_3210n],
    ["64 bits of memory", "22 00 1a 27", 0xfedc_ba98_7654_3210n],
    ["dup", "22 03 28 04 27", 9n],
    ["pop", "22 03 22 04 29 27", 3n],
    ["swap", "22 03 22 04 2b 03 27", 1n],
    ["pick", "22 03 22 04 32 01 02 27", 7n],
    // 1 2 3 becomes 3 1 2: 2 + 1 * 3.
    ["rot", "22 01 22 02 22 03 33 02 04 27", 9n],
    ["goto", "21 0005 22 01 22 02 27", 2n],
    // if (a0 == 7) 1 else 2
    ["if_goto, taken", `${A0} 22 07 13 20 000c 22 02 27 22 01 27`, 1n],
    ["if_goto, not taken", `${A0} 22 08 13 20 000c 22 02 27 22 01 27`, 2n],
  ])("%s", (_, code, value) => {
    expect(worthOf(code)).toBe(value);
  });

  // (i == 2 && buffer[0] != 'a') with i in a0: both halves are tested for 0 by if_goto.
  test("and of two conditions", () => {
    expect(worthOf("26000a 16 20 22 02 13 28 20 000f 21 0018 29 22 00 17 22 61 13 0e 0e 0e 0e 27")).toBe(0n);
  });
});

describe("what is no condition", () => {
  test.each([
    ["nothing", ""],
    ["no end", "22 01"],
    ["cut", "23 01"],
    ["an empty stack", "02 27"],
    ["nothing left", "27"],
    ["an unknown operation", "22 01 ff 27"],
    ["tracing", "22 01 22 01 0c 27"],
    ["a variable", "2c 0000 27"],
    ["a register that is none", "26 ffff 27"],
    ["no bits", "22 01 16 00 27"],
    ["too many bits", "22 01 16 41 27"],
    ["a loop", "21 0000"],
    ["a loop with a way out", "22 01 20 0000 27"],
    ["what grows without end", `22 01 ${"28 02 ".repeat(40)} 27`],
    ["a stack without end", `${"22 01 ".repeat(100)} 27`],
    [
      "as many ways as there are jumps",
      `${Array.from({ length: 40 }, (_, n) => `22 01 20 ${(n * 5 + 5).toString(16).padStart(4, "0")}`).join(" ")} 22 01 27`,
    ],
  ])("%s", (_, code) => {
    expect(() => conditionOf(bytesOfHex(code.replaceAll(" ", "")) as Uint8Array, () => null)).toThrow(InvalidPacket);
  });
});
