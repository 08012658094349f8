// The disassembler takes everything of the target from its instruction set.
import { expect, test } from "vitest";
import { disassemble } from "../../src/debug/disassembler.ts";
import type { InstructionSet } from "../../src/spec/instruction-table.ts";

test("takes byte order, lengths, operands and names from the set", () => {
  const set: InstructionSet = {
    rows: [
      { name: "put", ext: "", enc: "1 aq rl rd 00000000", asm: "rd, even?", kind: "alu", doc: "" },
      { name: "go", ext: "", enc: "0 imm[14:0]", asm: "to", kind: "jump", doc: "" },
    ],
    byteOrder: "big",
    addressBits: 16,
    operands: {
      rd: { kind: "name", field: "rd", names: ["A", "B"] },
      even: { kind: "letters", field: "aq", letters: "e" },
      to: { kind: "target", field: "imm" },
    },
    suffix: { fields: ["rl"], names: ["", "!"] },
    lengthOf: () => 2,
  };
  const text = (...bytes: number[]) => disassemble(Uint8Array.from(bytes), 2n, set).text;
  expect(text(0x81, 0x00)).toBe("put B");
  expect(text(0xe0, 0x00)).toBe("put! A, e");
  expect(text(0x9f, 0x00)).toBe("put 0x1f");
  expect(text(0x7f, 0xfd)).toBe("go 0xffff");
  expect(text(0x81, 0x01)).toBe("<unknown>");
});
