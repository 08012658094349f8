/** Structures from BTF: where members lie, and bytes that are no BTF. */
import { expect, test } from "vitest";
import { BtfTypes } from "../../src/debug/btf.ts";
import { BtfWriter } from "./btf-writer.ts";

/**
 * struct inner { u8 tag[3][2]; const pid_t pid; };
 * struct outer { struct inner *next; union { u64 whole; struct { u32 low; u32 high; }; }; u32 flag : 1; struct inner in[2]; };
 */
function written(): BtfWriter {
  const writer = new BtfWriter();
  const u8 = writer.int("u8", 1);
  const u32 = writer.int("u32", 4);
  const u64 = writer.int("u64", 8);
  writer.enumeration("colour", ["RED", "GREEN"]);
  const tag = writer.array(writer.array(u8, u32, 2), u32, 3);
  const inner = writer.struct("inner", 12, [
    { name: "tag", type: tag, bit: 0 },
    { name: "pid", type: writer.constant(writer.typedef("pid_t", u32)), bit: 64 },
  ]);
  // The members' types of inner come before it; of `halves` behind it: numbers may point forwards.
  const halves = writer.struct("", 8, [
    { name: "low", type: u32, bit: 0 },
    { name: "high", type: u32, bit: 32 },
  ]);
  const either = writer.struct(
    "",
    8,
    [
      { name: "whole", type: u64, bit: 0 },
      { name: "", type: halves, bit: 0 },
    ],
    true,
  );
  writer.struct("outer", 48, [
    { name: "next", type: writer.pointer(inner), bit: 0 },
    { name: "", type: either, bit: 64 },
    { name: "flag", type: u32, bit: 128, bits: 1 },
    { name: "in", type: writer.array(inner, u32, 2), bit: 160 },
  ]);
  return writer;
}

test("members by their offsets and sizes, those without a name as their structure's own", () => {
  const types = new BtfTypes(written().bytes());
  expect(types.struct("inner")).toEqual({
    size: 12,
    fields: { tag: { offset: 0, size: 6 }, pid: { offset: 8, size: 4 } },
  });
  expect(types.struct("outer")).toEqual({
    size: 48,
    fields: {
      next: { offset: 0, size: 8 },
      whole: { offset: 8, size: 8 },
      low: { offset: 8, size: 4 },
      high: { offset: 12, size: 4 },
      in: { offset: 20, size: 24 },
    },
  });
  expect(types.struct("colour")).toBeNull();
  expect(types.struct("nobody")).toBeNull();
});

test("bytes that are no BTF, or a part of one", () => {
  const bytes = written().bytes();
  expect(() => new BtfTypes(new Uint8Array(0))).toThrow("the bytes are no BTF of version 1");
  expect(() => new BtfTypes(new Uint8Array(64))).toThrow("the bytes are no BTF of version 1");
  for (let length = 24; length < bytes.length; length++) {
    expect(() => new BtfTypes(bytes.subarray(0, length))).toThrow("the BTF is cut off");
  }
  const unknown = bytes.slice();
  new DataView(unknown.buffer).setUint32(24 + 4, 30 << 24, true);
  expect(() => new BtfTypes(unknown)).toThrow("the BTF has a type of kind 30, which is not known");
});

test("a structure within itself, and an array of itself, end", () => {
  const writer = new BtfWriter();
  writer.struct("loop", 8, [{ name: "", type: 1, bit: 0 }]);
  writer.array(2, 2, 2);
  writer.struct("endless", 8, [{ name: "all", type: 2, bit: 0 }]);
  const types = new BtfTypes(writer.bytes());
  expect(() => types.struct("loop")).toThrow("a structure of the BTF lies within itself");
  expect(() => types.struct("endless")).toThrow("an array of the BTF is made of itself");
});

test("structures within structures in great number end", () => {
  const writer = new BtfWriter();
  let inner = writer.struct("", 1, []);
  for (let depth = 0; depth < 20; depth++) {
    const members = Array.from({ length: 10 }, () => ({ name: "", type: inner, bit: 0 }));
    inner = writer.struct(depth === 19 ? "bomb" : "", 1, members);
  }
  const types = new BtfTypes(writer.bytes());
  expect(() => types.struct("bomb")).toThrow("a structure of the BTF has more than 100000 members");
});
