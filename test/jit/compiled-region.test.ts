// A compiled region as people see it: guest instructions beside the wasm that was made of them, by the core's own notes.
import binaryen from "binaryen";
import { expect, test } from "vitest";
import { wasmText } from "../../src/debug/wasm-text.ts";
import type { MachineParts } from "../../src/host/machine-parts.ts";
import { RAM_BASE } from "../../src/spec/abi.ts";
import { COMPILED } from "./modes.ts";
import { BareMachine } from "./riscv64/bare-machine.ts";
import { hotLoop, LOOP } from "./riscv64/hot-loop.ts";
import { RAM } from "./riscv64/layout.ts";

const hex = (value: bigint) => `0x${value.toString(16)}`;

test("the loop's instructions, with wasm for them, until its code changes", async () => {
  const { machine, advance } = await hot();
  const region = machine.compiledAt(LOOP);
  const blocks = region?.parts.filter(({ guest }) => guest.length > 0) ?? [];
  // The program's beginning, then the loop.
  expect(blocks.map(({ guest }) => guest.length)).toEqual([6, 6]);
  expect(blocks[0]!.guest[4]).toEqual({ pa: RAM + 16n, text: "auipc a0, 0x4" });
  expect(blocks[1]!.guest).toEqual([
    { pa: LOOP, text: "addi t0, t0, 0x1" },
    { pa: LOOP + 4n, text: "xor t1, t1, t0" },
    { pa: LOOP + 8n, text: "slli t2, t1, 0x3" },
    { pa: LOOP + 12n, text: "add s0, s0, t2" },
    { pa: LOOP + 16n, text: "sd s0, 0x0(a0)" },
    { pa: LOOP + 20n, text: `jal zero, ${hex(LOOP)}` },
  ]);
  const words = blocks[1]!.wasm.map((line) => line.trim().split(" ")[0]!);
  // The instructions in their order; what the store needs lies before it.
  const wanted = ["i64.add", "i64.xor", "i64.shl", "i64.add", "i64.store"];
  let at = 0;
  for (const word of words) if (word === wanted[at]) at++;
  expect(wanted.slice(at)).toEqual([]);
  expect(region!.head).toMatch(
    /^\(func \$f\d+ \(type \$t0\) \(param \$l0 i32\) \(param \$l1 i32\) \(param \$l2 i64\) \(result i32\)$/,
  );
  // No region begins there, and nothing at all.
  expect(machine.compiledAt(LOOP + 4n)).toBeNull();
  expect(() => machine.compiledAt(0x123n)).toThrow("physical address 0x123 + 1 bytes lies outside RAM, ROM and flash");
  machine.writeMemory(LOOP, machine.readMemory(LOOP, 4));
  expect(machine.compiledAt(LOOP)).toBeNull();
  await advance();
  expect(machine.compiledAt(LOOP)).not.toBeNull();
  await machine.dispose();
});

test("the loop is the hot code, as a region while it is compiled, from when somebody asks", async () => {
  const { machine, advance } = await hot();
  expect(machine.hotCode()).toEqual({ samples: 0, places: [] });
  await advance();
  const { samples, places } = machine.hotCode();
  expect(samples).toBeGreaterThan(0);
  expect(places).toHaveLength(1);
  const { entry, count, va } = places[0]!;
  expect(count).toBe(samples);
  expect(va >= LOOP && va < LOOP + 24n).toBe(true);
  expect(entry).not.toBeNull();
  const held = machine.compiledAt(entry!)!.parts.flatMap(({ guest }) => guest.map(({ pa }) => pa));
  expect(held).toContain(va);
  machine.writeMemory(LOOP, machine.readMemory(LOOP, 4));
  const { places: interpreted } = machine.hotCode();
  expect(interpreted).toEqual([{ entry: null, count, va }]);
  await machine.dispose();
});

test("the text of what the core writes assembles to the same module", async () => {
  const { machine } = await hot();
  const { linker } = (machine as unknown as { parts: MachineParts }).parts;
  const { module: bytes } = linker.codeAt(RAM_BASE + Number(LOOP - RAM))!;
  const plain = (module: binaryen.Module) => {
    module.setFeatures(binaryen.Features.All & ~binaryen.Features.GC);
    return binaryen
      .readBinary(module.emitBinary())
      .emitText()
      .replace(/^ ;; custom section .*\n/gm, "");
  };
  expect(plain(binaryen.parseText(wasmText(bytes)))).toBe(plain(binaryen.readBinary(bytes)));
  await machine.dispose();
});

async function hot() {
  const vm = await BareMachine.create({ kernel: hotLoop(), jit: COMPILED });
  const advance = () => vm.advance(1000);
  await advance();
  return { machine: vm.machine, advance };
}
