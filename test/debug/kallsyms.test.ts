/** A kernel's symbols found in its memory: in both orders of its tables, and not in what only looks like them. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { findKallsyms } from "../../src/debug/kallsyms.ts";
import { listedSymbols } from "../../src/debug/symbols.ts";
import { path } from "../boot/machines.ts";
import { type ListedName, writeKallsyms } from "./kallsyms-writer.ts";

const BASE = 0xffff_ffff_8000_0000n;
const AT = 0x1238;

/** 600 names, one of them long, and the tables' own; the tables stand at AT in a memory full of other things. */
function memoryWith(addresses: "before" | "behind", ownAddress = true) {
  const names: ListedName[] = Array.from({ length: 600 }, (_, index) => ({
    address: BASE + BigInt(8 * index),
    type: index % 3 === 0 ? "d" : "T",
    name: index === 300 ? "x".repeat(200) : `do_sys_init_${index}`,
  }));
  const measured = writeKallsyms(
    [...names, { address: BASE + 0x10000n, type: "r", name: "kallsyms_token_table" }],
    addresses,
  );
  const own = BASE + BigInt(AT + measured.tokens) + (ownAddress ? 0n : 8n);
  const { bytes, ...places } = writeKallsyms(
    [...names, { address: own, type: "r", name: "kallsyms_token_table" }],
    addresses,
  );
  const memory = new Uint8Array(0x8000);
  // The digits alone are found first, and are not enough.
  for (let digit = 0; digit < 10; digit++) memory[0x400 + 2 * digit] = 0x30 + digit;
  memory.fill(0xa5, 0x500, AT - 0x100);
  memory.set(bytes, AT);
  return { memory, names, own, places };
}

describe.each(["before", "behind"] as const)("with the addresses %s the names", (addresses) => {
  test("all names, with their addresses and sizes", () => {
    const { memory, names, own } = memoryWith(addresses);
    const table = findKallsyms({ address: BASE, bytes: memory });
    expect(table?.symbols).toHaveLength(601);
    expect(table?.symbols.slice(0, 600)).toEqual(
      names.map(({ address, type, name }, index) => ({
        name,
        address,
        size: index === 599 ? Number(own - address) : 8,
        kind: type === "T" ? "function" : "object",
      })),
    );
    expect(table?.find("kallsyms_token_table")?.address).toBe(own);
  });

  test("tables that say of themselves to lie elsewhere are an image's copy, not the kernel's", () => {
    const { memory } = memoryWith(addresses, false);
    expect(findKallsyms({ address: BASE, bytes: memory })).toBeNull();
  });

  test.each(["count", "markers", "index"] as const)("a %s that does not fit makes it none", (part) => {
    const { memory, places } = memoryWith(addresses);
    // Not the first of the markers and places, which are 0.
    const at = AT + places[part] + (part === "count" ? 0 : 4);
    memory[at] = (memory[at] as number) ^ 1;
    expect(findKallsyms({ address: BASE, bytes: memory })).toBeNull();
  });
});

test("memory without any", () => {
  expect(findKallsyms({ address: BASE, bytes: new Uint8Array(0x10000) })).toBeNull();
  expect(findKallsyms({ address: BASE, bytes: new Uint8Array(0) })).toBeNull();
});

test("the bundled kernel's image holds the names that lie beside it", () => {
  const image = gunzipSync(readFileSync(path("public/guests/linux/Image.gz")));
  const beside = listedSymbols(gunzipSync(readFileSync(path("public/guests/linux/vmlinux.symbols.gz"))).toString());
  const base = beside.find("_start")?.address as bigint;
  const table = findKallsyms({ address: base, bytes: image });
  for (const { name, address } of beside.symbols.slice(0, 2000)) {
    if (!table?.symbols.some((symbol) => symbol.name === name && symbol.address === address)) {
      throw new Error(`${name} is not found at 0x${address.toString(16)}`);
    }
  }
  expect(table?.find("init_task")).toEqual(beside.find("init_task"));
});
