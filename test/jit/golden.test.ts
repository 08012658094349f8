// The wasm of small regions against golden/*.txt, where it lies below the guest code that it stands for, and what must hold in
// each of them. With VITRINE_RECORD=1 the files are written anew: then read what changed.
import { readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { explainRegion } from "../../src/cli/jit-report.ts";
import type { CompiledRegion } from "../../src/host/machine-types.ts";
import { JIT_EXIT_BUDGET } from "../../src/spec/abi.ts";
import { BareMachine } from "./riscv64/bare-machine.ts";
import { RAM } from "./riscv64/layout.ts";
import { SMALL_REGIONS, STEPS, THRESHOLD } from "./riscv64/small-regions.ts";

type Name = keyof typeof SMALL_REGIONS;

const names = Object.keys(SMALL_REGIONS) as Name[];
const regions = new Map<Name, CompiledRegion>();

beforeAll(async () => {
  for (const name of names) {
    const { code, entry } = SMALL_REGIONS[name];
    const vm = await BareMachine.create({ kernel: code, jit: { threshold: THRESHOLD, compile: "sync" } });
    await vm.advance(STEPS);
    regions.set(name, vm.machine.compiledAt(entry)!);
    await vm.machine.dispose();
  }
});

test.each(names)("%s, as text", (name) => {
  const region = regions.get(name)!;
  const text = `${explainRegion(region, region.entry).join("\n")}\n`;
  const file = new URL(`golden/${name.replaceAll(" ", "-")}.txt`, import.meta.url);
  if (process.env.VITRINE_RECORD === "1") writeFileSync(file, text);
  else expect(text, "VITRINE_RECORD=1 writes it anew").toBe(readFileSync(file, "utf8"));
});

interface Block {
  readonly guest: readonly { readonly pa: bigint; readonly text: string }[];
  /** One line, instructions separated by "; ". */
  readonly wasm: string;
}

/** Blocks of guest code with what was made of them. The last one's wasm goes on to the end of the function. */
function blocks(name: Name): Block[] {
  const parts = regions.get(name)!.parts.filter(({ guest }) => guest.length > 0);
  return parts.map(({ guest, wasm }) => ({ guest, wasm: wasm.map((line) => line.trim()).join("; ") }));
}

const all = (name: Name): string =>
  regions
    .get(name)!
    .parts.flatMap(({ wasm }) => wasm.map((line) => line.trim()))
    .join("; ");

const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1]!);

/** The index of the page's place in the TLB: each look at it has one. */
const LOOK = /(i32\.const 8176); i32\.and/g;
const CHECK = /local\.get \$l1; i32\.const (\d+); i32\.lt_s/g;
const TAKEN = /local\.get \$l1; i32\.const (\d+); i32\.sub; local\.set \$l1/g;
const EXIT = /i32\.const (\d+); br \$\d+/g;

test.each<[Name, number[]]>([
  // Two loads and two stores off a0, between which nothing changes it.
  ["counted loop", [2]],
  ["nested loops", [0, 0, 0, 0, 0]],
  ["inlined call", [0, 0, 0, 0, 0]],
  // beq; two stores off sp; the return; two loads.
  ["recursion", [0, 1, 0, 1]],
  // Pages of code: into the instruction's second half and behind it, to the other page, and back from both.
  ["pages", [0, 2, 1, 1, 1]],
  // Each access by itself.
  ["missing often", [2, 1]],
])("%s: looks at the TLB of each block", (name, looks) => {
  expect(blocks(name).map(({ wasm }) => matches(wasm, LOOK).length)).toEqual(looks);
});

test.each<[Name, Record<string, number>]>([
  ["counted loop", { "80000014": 7 }],
  // The first to the second loop's header, that one through the outer loop's rest to the first's.
  ["nested loops", { "80000008": 4, "80000018": 6 }],
  // Both calls' instructions count.
  ["inlined call", { "8000000a": 9 }],
  // Down to the next call; up to the next return.
  ["recursion", { "80000018": 6, "80000040": 5 }],
  ["missing often", { "8000001c": 4 }],
  ["switch", { "80000008": 7 }],
  ["float", { "80000018": 2 }],
  ["done by helpers", { "80000010": 5 }],
  ["pages", { "80000ffa": 6 }],
])("%s: the budget is checked at the headers of loops alone, for the longest way to the next", (name, wanted) => {
  const found = blocks(name).flatMap(({ guest, wasm }) =>
    matches(wasm, CHECK).map((steps) => [guest[0]!.pa.toString(16), Number(steps)] as const),
  );
  expect(Object.fromEntries(found)).toEqual(wanted);
  expect(found.length).toBe(Object.keys(wanted).length);
  expect(matches(all(name), /\b(loop) \$/g).length).toBe(found.length);
});

describe.each(names)("%s", (name) => {
  test("each block takes its instructions off the budget, once", () => {
    for (const { guest, wasm } of blocks(name)) expect(matches(wasm, TAKEN)).toEqual([String(guest.length)]);
  });

  test("exits say where they are", () => {
    for (const { guest, wasm } of blocks(name)) {
      for (const code of matches(wasm, EXIT).map(Number)) {
        const [kind, steps, pa] = [code & 7, (code >> 3) & 0x1ff, RAM + BigInt((code >> 12) << 1)];
        if (kind === JIT_EXIT_BUDGET || steps > 0) expect(guest[steps]!.pa).toBe(pa);
      }
    }
  });

  test("registers are fetched once for each outermost loop, before it, and written back once", () => {
    const text = all(name);
    const places = (pattern: RegExp) => matches(text, pattern).map(Number);
    const fetched = places(/i32\.const 0; [if]64\.load offset=(\d+)(?: align=1)?; local\.set/g);
    const written = places(/i32\.const 0; local\.get \$l\d+; [if]64\.store offset=(\d+)/g);
    const called = matches(text, /\b(call) \$/g).length;
    expect(called).toBe(name === "done by helpers" ? 2 : name === "missing often" ? 3 : 0);
    if (called) return;
    // The recursion goes down in one loop and up in another, which has all its registers but one.
    expect(fetched.length - new Set(fetched).size).toBe(name === "recursion" ? 5 : 0);
    // pc is written wherever an indirect jump leaves.
    const registers = written.filter((place) => fetched.includes(place));
    expect(registers.length - new Set(registers).size).toBe(name === "recursion" ? 6 : 0);
  });
});
