/** wasm as text, against another assembler: what we print assembles to what it was. */
import binaryen from "binaryen";
import { expect, test } from "vitest";
import { OPCODES } from "../../../src/debug/wasm/opcodes.ts";
import { wasmFunctions, wasmText } from "../../../src/debug/wasm-text.ts";
import { readersOf } from "../host/jit-modules.ts";

/** With garbage collection, null would be of a type that nobody else knows. */
const FEATURES = binaryen.Features.All & ~binaryen.Features.GC;

function assemble(text: string): Uint8Array {
  const module = binaryen.parseText(text);
  module.setFeatures(FEATURES);
  return module.emitBinary();
}

/** What the other assembler makes of a module, names forgotten. */
function asSeenElsewhere(module: binaryen.Module): string {
  module.setFeatures(FEATURES);
  return binaryen.readBinary(module.emitBinary()).emitText();
}

/** Operands and result of an instruction without immediates or with a memory operand, by its name. */
function signatureOf(name: string): { operands: string[]; result: string | null } {
  const type = name.slice(0, 3);
  const verb = name.slice(4).replace("atomic.", "");
  const [, from] = /_([if](?:32|64))(?:_[su])?$/.exec(verb) ?? [];
  if (from !== undefined) return { operands: [from], result: type };
  if (verb.startsWith("load")) return { operands: ["i32"], result: type };
  if (verb.startsWith("store")) return { operands: ["i32", type], result: null };
  if (verb.includes("cmpxchg")) return { operands: ["i32", type, type], result: type };
  if (verb.startsWith("rmw")) return { operands: ["i32", type], result: type };
  if (verb === "eqz") return { operands: [type], result: "i32" };
  if (/^(clz|ctz|popcnt|abs|neg|ceil|floor|trunc|nearest|sqrt|extend)/.test(verb))
    return { operands: [type], result: type };
  return { operands: [type, type], result: /^(eq|ne|lt|gt|le|ge)/.test(verb) ? "i32" : type };
}

/** All instructions whose operands the name tells. */
const regular = [...OPCODES.values()].filter(
  ({ name, immediate }) => /^[if]\d\d\./.test(name) && (immediate === "none" || typeof immediate === "object"),
);

const oneEach = `(module (memory 1 1 shared) ${regular
  .map(({ name }) => {
    const { operands, result } = signatureOf(name);
    const gets = operands.map((_, i) => `local.get ${i}`).join(" ");
    return `(func (param ${operands.join(" ")}) ${gets} ${name} ${result === null ? "" : "drop"})`;
  })
  .join("\n")})`;

/** What the names do not tell: structures, calls, tables, segments, constants, names of all kinds. */
const others = `(module
  (type $pair (func (param i32 i64) (result i64)))
  (import "core" "memory" (memory 1 65536 shared))
  (import "a \\"b\\\\" "\\c3\\a9\\00" (func $imported (param i32)))
  (import "core" "cpu" (global $cpu i32))
  (table $main 4 9 funcref)
  (table $more 3 externref)
  (global $count (mut i64) (i64.const -7))
  (table $third 2 funcref)
  (export "run" (func $all))
  (export "table" (table $main))
  (elem (i32.const 1) func $imported $all)
  (elem $late func $all)
  (elem declare func $jump)
  (elem (table $third) (offset (global.get $cpu)) func $tail)
  (data (i32.const 16) "text \\"\\\\\\00\\ff")
  (data $rest "rest")
  (func $all (type $pair) (local $f f32) (local f64 i32)
    block $out (result i64)
      loop $again
        local.get 0
        br_if $again
        local.get 1
        local.get 0
        br_table $out $out $out
      end
      unreachable
    end
    drop
    local.get 0
    if (result i32) i32.const -1 else i32.const 2147483647 end
    if nop end
    i64.const -9223372036854775808
    local.get 0
    if (param i64) (result i64) i64.const 1 i64.add end
    drop
    f32.const -0 local.set $f f32.const nan:0x200001 drop f32.const -nan drop f32.const 0.1 drop f32.const -inf drop
    f64.const nan drop f64.const 1e300 drop f64.const 5e-324 drop f64.const -nan:0x4 drop f64.const 0.3 local.tee 3 drop
    global.get $count global.set $count
    i32.const 1 i32.const 2 i32.const 3 memory.copy
    i32.const 1 i32.const 2 i32.const 3 memory.fill
    i32.const 1 i32.const 2 i32.const 3 memory.init $rest
    data.drop $rest
    memory.size memory.grow drop
    i32.const 1 i32.const 2 i32.const 3 table.init $main $late
    elem.drop $late
    i32.const 1 i32.const 2 i32.const 3 table.copy $main $main
    i32.const 0 i32.const 0 table.get $more table.set $more
    ref.null extern i32.const 1 table.grow $more drop
    table.size $more drop
    i32.const 0 ref.null extern i32.const 1 table.fill $more
    ref.func $jump ref.is_null drop
    i32.const 0 i32.const 1 i64.const 2 memory.atomic.wait32 offset=4 drop
    i32.const 0 i64.const 1 i64.const 2 memory.atomic.wait64 drop
    i32.const 0 i32.const 1 memory.atomic.notify drop
    atomic.fence
    i32.const 0 i64.load offset=4294967295 align=1 drop
    i32.const 1 i32.const 2 i32.const 3 select drop
    ref.null func ref.null func i32.const 3 select (result funcref) drop
    i32.const 1 call $imported
    i32.const 0 i64.const 3 i32.const 1 call_indirect $main (type $pair)
    return
  )
  (func $tail (type $pair) local.get 0 local.get 1 return_call $all)
  (func $early (param i32) local.get 0 br_if 0 loop local.get 0 br_if 1 local.get 0 br_table 0 1 end)
  (func $jump (type $pair) local.get 0 local.get 1 i32.const 2 return_call_indirect $main (type $pair))
)`;

test("each opcode has the name that the other assembler gives it", () => {
  expect(regular.length).toBe(128 + 23 + 8 + 9 * 7);
  const functions = wasmFunctions(assemble(oneEach));
  expect(
    functions.map(({ lines }) => lines.map(({ text }) => text).find((text) => !/^(local|drop)/.test(text))),
  ).toEqual(regular.map(({ name }) => name));
});

test.each([
  ["regular instructions", assemble(oneEach)],
  ["all others", assemble(others)],
  ["a module of our own", readersOf([1, 2, 3], [["table", [0x01, 0x70, 0x00, 0x00]]])],
])("%s: the text assembles to the same module", (_, bytes) => {
  expect(asSeenElsewhere(binaryen.parseText(wasmText(bytes)))).toBe(asSeenElsewhere(binaryen.readBinary(bytes)));
});

test("what a region looks like", () => {
  const bytes = assemble(`(module (memory 1 65536 shared)
    (func (param i32 i64) (result i32) (local i64)
      loop $top
        local.get 0 i64.load offset=8 align=1 local.tee 2
        local.get 1 i64.ge_u if i32.const 7 return end
        local.get 0 local.get 2 i64.const 1 i64.add i64.store offset=8
        br $top
      end
      unreachable))`);
  expect(wasmText(bytes)).toBe(`(module
  (type $t0 (func (param i32 i64) (result i32)))
  (memory $m0 1 65536 shared)
  (func $f0 (type $t0) (param $l0 i32) (param $l1 i64) (result i32)
    (local $l2 i64)
    loop $1
      local.get $l0
      i64.load offset=8 align=1
      local.tee $l2
      local.get $l1
      i64.ge_u
      if
        i32.const 7
        return
      end
      local.get $l0
      local.get $l2
      i64.const 1
      i64.add
      i64.store offset=8
      br $1
    end
    unreachable
  )
)
`);
  const [{ lines }] = wasmFunctions(bytes);
  // Where each begins, for those who know the bytes by their place.
  for (const { offset, text } of lines) {
    const name = text.split(" ")[0]!;
    expect(OPCODES.get(bytes[offset]!)?.name).toBe(name);
  }
  expect(lines.map(({ depth }) => depth).slice(0, 9)).toEqual([1, 2, 2, 2, 2, 2, 2, 3, 3]);
});

test("what the other assembler would write in another way", () => {
  expect(wasmText(assemble(others))).toMatch(/^ {2}\(elem \$e\d declare func \$f\d\)$/m);
  // A branch to the end of the function, from its body and from a loop.
  const body = [0x00, 0x03, 0x40, 0x41, 0x01, 0x0d, 0x01, 0x0b, 0x41, 0x00, 0x0d, 0x00, 0x0b];
  const sections = [0x01, 0x04, 0x01, 0x60, 0x00, 0x00, 0x03, 0x02, 0x01, 0x00];
  const code = [0x0a, body.length + 2, 0x01, body.length, ...body];
  const bytes = Uint8Array.from([...readersOf([]).slice(0, 8), ...sections, ...code]);
  const [{ lines }] = wasmFunctions(bytes);
  expect(lines.map(({ text }) => text)).toEqual(["loop", "i32.const 1", "br_if 1", "end", "i32.const 0", "br_if 0"]);
});

test("names of a name section are used", () => {
  const module = binaryen.parseText(others);
  module.setFeatures(FEATURES);
  binaryen.setDebugInfo(true);
  const text = wasmText(module.emitBinary());
  binaryen.setDebugInfo(false);
  expect(text).toContain("(func $all (type $t");
  expect(text).toContain("(local $f f32)");
  expect(text).toContain("local.set $f\n");
  expect(text).toContain("return_call $all\n");
});

test("names that are no identifiers, or alike, become some that are", () => {
  const text = (value: string) => [value.length, ...new TextEncoder().encode(value)];
  // Functions 1 to 3: the imported one has none.
  const names = [3, 1, ...text("a b"), 2, ...text("a(b"), 3, ...text("f7")];
  const section = [...text("name"), 1, names.length, ...names];
  const bytes = Uint8Array.from([...readersOf([1, 2, 3]), 0, section.length, ...section]);
  expect(wasmFunctions(bytes).map(({ head }) => head.split(" ")[1])).toEqual(["$a_b", "$a_b.2", "$f7.3"]);
  expect(wasmText(bytes)).toContain('(export "1" (func $a_b.2))');
});

test.each([
  ["nothing", [], "wasm: there is no module of version 1 at byte 0"],
  ["an unknown opcode", [...readersOf([1])].with(-3, 0x06), /^wasm: unknown opcode 0x6 at byte \d+$/],
  ["a missing end", [...readersOf([1])].with(-1, 0x01), /^wasm: it ends in the middle at byte \d+$/],
  ["an early end", [...readersOf([1])].with(-3, 0x0b), /^wasm: there is more behind the last end at byte \d+$/],
  ["a cut module", [...readersOf([1])].slice(0, -2), /^wasm: it ends in the middle at byte \d+$/],
  ["functions without bodies", [...readersOf([1])].slice(0, -10), "wasm: there are not as many bodies as functions"],
])("%s is refused with its place", (_, bytes, message) => {
  expect(() => wasmText(Uint8Array.from(bytes as number[]))).toThrow(message);
});
