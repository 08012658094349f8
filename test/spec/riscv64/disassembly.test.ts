// The disassembler on this target, beyond what instructions.test.ts compares with LLVM.
import { expect, test } from "vitest";
import { disassemble } from "../../../src/debug/disassembler.ts";
import { INSTRUCTION_SET } from "../../../src/spec/riscv64/instruction-set.ts";

const at = (pc: bigint, ...bytes: number[]) => disassemble(Uint8Array.from(bytes), pc, INSTRUCTION_SET);

test("gives parts, target and row", () => {
  // beq x1, x2, -4
  const { row, ...rest } = at(0x8000_0000n, 0xe3, 0x8e, 0x20, 0xfe);
  expect(rest).toEqual({
    length: 4,
    mnemonic: "beq",
    operands: "ra, sp, 0x7ffffffc",
    text: "beq ra, sp, 0x7ffffffc",
    target: 0x7fff_fffcn,
  });
  expect(row?.kind).toBe("branch");
});

test("targets wrap at the end of the address space", () => {
  expect(at(0n, 0xe3, 0x8e, 0x20, 0xfe).target).toBe(0xffff_ffff_ffff_fffcn);
  expect(at(0xffff_ffff_ffff_fffen, 0x11, 0xa0).text).toBe("c.j 0x2");
});

test("looks at no more bytes than the instruction has", () => {
  expect(at(0n, 0x01, 0x00, 0xff, 0xff)).toMatchObject({ length: 2, text: "c.nop" });
});

test("too few bytes, reserved and unknown encodings are <unknown>, of a length to go on by", () => {
  expect(at(0n)).toMatchObject({ length: 1, text: "<unknown>", operands: "" });
  expect(at(0n, 0x13)).toMatchObject({ length: 1, text: "<unknown>" });
  expect(at(0n, 0x13, 0x05, 0x05)).toMatchObject({ length: 3, text: "<unknown>" });
  expect(at(0n, 0x02, 0x80)).toMatchObject({ length: 2, text: "<unknown>" });
  expect(at(0n, 0xff, 0xff, 0xff, 0xff)).toMatchObject({ length: 4, text: "<unknown>" });
});

test("names what LLVM 19 does not", () => {
  expect(at(0n, 0x0f, 0x00, 0x00, 0x01).text).toBe("pause");
  expect(at(0n, 0x73, 0x15, 0x45, 0x7a).text).toBe("csrrw a0, tinfo, a0");
});
