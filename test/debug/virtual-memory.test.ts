/** Memory by virtual address, walks of page tables, and what is mapped: under no translation, Sv39, and the bundled Linux. */
import { describe, expect, test } from "vitest";
import { type TranslationState, walkPages } from "../../src/debug/riscv64/page-walk.ts";
import { protectionOf } from "../../src/debug/riscv64/protection.ts";
import { program } from "../boot/machines.ts";
import { bareProgram, go, instructions, read } from "./machines.ts";

const RAM = 0x8000_0000n;

/** The program "processes", in its first user process. */
async function inUserMode() {
  const bare = await bareProgram("processes");
  await bare.machine.setBreakpoints([{ id: 1, kind: "privilege", to: 0, temporary: true }]);
  await go(bare.machine);
  return bare;
}

describe("under Sv39", () => {
  test("reads and writes by the process's addresses", async () => {
    const { machine, address } = await inUserMode();
    const user = address("user_main");
    expect(user).toBe(0x1_0000n);
    const translation = await machine.translate(user, { access: "fetch" });
    expect(translation).toMatchObject({ scheme: "Sv39", privilege: 0, pageBytes: 4096n, fault: null });
    const pa = translation.pa as bigint;
    expect(await machine.readVirtual(user, 64)).toEqual(await machine.readMemory(pa, 64));
    await machine.writeVirtual(user + 8n, Uint8Array.of(1, 2, 3));
    expect(await machine.readMemory(pa + 8n, 3)).toEqual(Uint8Array.of(1, 2, 3));
  });

  test("a walk shows each entry, and why an access is refused", async () => {
    const { machine, address } = await inUserMode();
    const user = address("user_main");
    const { levels, protection } = await machine.translate(user, { access: "fetch" });
    const [satp] = await read(machine, "satp");
    expect(levels.map(({ level, index, leaf }) => [level, index, leaf])).toEqual([
      [2, 0, false],
      [1, 0, false],
      [0, 16, true],
    ]);
    expect(levels[0]?.entryAddress).toBe(((satp as bigint) & ((1n << 44n) - 1n)) << 12n);
    for (const { entryAddress, entry } of levels) {
      const bytes = await machine.readMemory(entryAddress, 8);
      expect(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)).toBe(entry);
    }
    expect(levels[2]?.flags).toEqual(expect.arrayContaining(["V", "X", "U"]));
    expect(protection).toMatchObject({ allowed: true });
    const store = await machine.translate(user, { access: "store" });
    expect(store.fault).toEqual({ cause: 15, why: "W is 0: the page may not be written" });
    const nowhere = await machine.translate(0x4000_0000_0000n);
    expect(nowhere.fault?.why).toBe("bits 63 to 39 are not all equal to bit 38, as Sv39 demands");
    expect((await machine.translate(0x3000_0000n)).fault?.cause).toBe(13);
    const kernel = await machine.translate(address("trap_entry"), { access: "fetch" });
    expect(kernel.fault).toEqual({ cause: 12, why: "U is 0: the page is not the user's" });
  });

  test("memory of the kernel can be read from user mode; the first address that is not mapped is named", async () => {
    const { machine, address } = await inUserMode();
    const entry = address("trap_entry");
    expect(await machine.readVirtual(entry, 16)).toEqual(await machine.readMemory(entry, 16));
    const ranges = await machine.addressRanges();
    const stack = ranges.find(({ user, write }) => user && write);
    if (stack === undefined) throw new Error("the process has no memory of its own");
    const end = stack.va + stack.bytes;
    await expect(machine.readVirtual(end - 4n, 8)).rejects.toThrow(
      `address 0x${end.toString(16)} is not mapped: V is 0`,
    );
    const before = await machine.readVirtual(end - 4n, 4);
    await expect(machine.writeVirtual(end - 4n, new Uint8Array(8))).rejects.toThrow("is not mapped");
    expect(await machine.readVirtual(end - 4n, 4)).toEqual(before);
  });

  test("ranges agree with the walks of their addresses", async () => {
    const { machine } = await inUserMode();
    const ranges = await machine.addressRanges();
    expect(ranges.length).toBeGreaterThan(2);
    for (const { va, bytes, pa, read: readable, write, execute, user } of ranges) {
      const last = va + bytes - 1n;
      const access = readable ? "load" : execute ? "fetch" : "store";
      const walk = await machine.translate(last, { access });
      expect(walk.levels.at(-1)?.leaf).toBe(true);
      if (user) expect(walk.pa).toBe(pa + bytes - 1n);
      expect((await machine.translate(va, { access: "store" })).fault === null).toBe(write && user);
    }
    // No two of them overlap.
    for (let i = 1; i < ranges.length; i++) {
      expect((ranges[i]?.va ?? 0n) >= (ranges[i - 1]?.va ?? 0n) + (ranges[i - 1]?.bytes ?? 0n)).toBe(true);
    }
  });

  test("another process's space is read, and a breakpoint stops in one space only", async () => {
    const { machine, address } = await inUserMode();
    const first = await machine.addressSpace();
    const user = address("user_main");
    await machine.setBreakpoints([{ id: 1, kind: "privilege", to: 0 }]);
    let second = first;
    while (second === first) {
      await go(machine);
      second = await machine.addressSpace();
    }
    const there = await machine.translate(user, { access: "fetch", space: first });
    const here = await machine.translate(user, { access: "fetch" });
    // They share their code, not their stacks.
    expect(there.pa).toBe(here.pa);
    expect(there.levels[0]?.entryAddress).not.toBe(here.levels[0]?.entryAddress);
    await machine.setBreakpoints([
      { id: 2, kind: "execute", address: address("system_call"), space: first },
      { id: 3, kind: "execute", address: address("system_call"), space: second, log: "second" },
    ]);
    for (let n = 0; n < 3; n++) {
      expect(await go(machine)).toMatchObject({ reason: "breakpoint", hits: [{ id: 2 }] });
      expect(await machine.addressSpace()).toBe(first);
    }
    expect((await machine.breakpoints()).find(({ point }) => point.id === 3)?.hits).toBeGreaterThan(0);
  });

  test("a breakpoint set before paging is on fires by its virtual address", async () => {
    const { machine, address } = await bareProgram("processes");
    await machine.setBreakpoints([{ id: 1, kind: "execute", address: address("user_main") }]);
    const state = await go(machine);
    expect(state).toMatchObject({ reason: "breakpoint", pc: 0x1_0000n });
    expect(await read(machine, "priv")).toEqual([0n]);
  });

  test("what the TLB holds", async () => {
    const { machine, address } = await inUserMode();
    const user = address("user_main");
    expect((await machine.translate(user, { access: "fetch" })).cached).toBeNull();
    await machine.step(1);
    const walked = await machine.translate(user, { access: "fetch" });
    expect(walked.cached).toEqual({ pa: walked.pa, pageBytes: 4096n, device: false });
    expect((await machine.translate(user, { access: "load" })).cached).toBeNull();
  });

  test("looking changes nothing", async () => {
    const { machine, address } = await inUserMode();
    const before = await machine.stateHash();
    await machine.translate(address("user_main"));
    await machine.addressRanges();
    await machine.readVirtual(address("trap_entry"), 4096);
    await machine.evaluate("*(u64*)user_main + mstatus + sip + time");
    expect(await machine.stateHash()).toBe(before);
  });
});

describe("tables that the test writes", () => {
  const ROOT = RAM + 0x10000n;
  const POINTER = 1n;
  /** The address space whose root lies at ROOT, under Sv39. */
  const SPACE = (8n << 60n) | (ROOT >> 12n);
  const entry = (pa: bigint, bits: bigint) => ((pa >> 12n) << 10n) | bits;

  /**
   * Root: 0 to a table for 1 GiB, 2 a page of 1 GiB, 3 reserved (W without R), 511 to a table at the end of the addresses.
   * 0/3 to a table; 0/3/5 a page that may be read, 0/3/6 one that may be executed by the user.
   */
  async function written() {
    const machine = await instructions(program(0x13));
    const write = async (table: bigint, index: number, value: bigint) => {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigUint64(0, value, true);
      await machine.writeMemory(table + BigInt(8 * index), bytes);
    };
    await write(ROOT, 0, entry(ROOT + 0x1000n, POINTER));
    await write(ROOT, 2, entry(RAM, 0xefn));
    await write(ROOT, 3, entry(RAM, 0x05n));
    await write(ROOT, 511, entry(ROOT + 0x1000n, POINTER));
    await write(ROOT + 0x1000n, 3, entry(ROOT + 0x2000n, POINTER));
    await write(ROOT + 0x2000n, 5, entry(RAM + 0x5000n, 0x43n));
    await write(ROOT + 0x2000n, 6, entry(RAM + 0x6000n, 0x59n));
    return machine;
  }

  test("are shown entry by entry, as a tree", async () => {
    const machine = await written();
    const root = await machine.pageTable([], { space: SPACE });
    expect(root).toMatchObject({ scheme: "Sv39", level: 2, address: ROOT });
    expect(
      root?.entries.map(({ index, va, bytes, flags, leaf, invalid }) => [index, va, bytes, flags, leaf, invalid]),
    ).toEqual([
      [0, 0n, 1n << 30n, ["V"], false, null],
      [2, 2n << 30n, 1n << 30n, ["V", "R", "W", "X", "G", "A", "D"], true, null],
      [3, 3n << 30n, 1n << 30n, ["V", "W"], false, "W without R is reserved"],
      [511, 0xffff_ffff_c000_0000n, 1n << 30n, ["V"], false, null],
    ]);
    const pages = await machine.pageTable([511, 3], { space: SPACE });
    expect(pages).toMatchObject({ level: 0, address: ROOT + 0x2000n });
    expect(pages?.entries).toEqual([
      {
        level: 0,
        index: 5,
        entryAddress: ROOT + 0x2028n,
        entry: entry(RAM + 0x5000n, 0x43n),
        flags: ["V", "R", "A"],
        pa: RAM + 0x5000n,
        leaf: true,
        va: 0xffff_ffff_c060_5000n,
        bytes: 4096n,
        invalid: null,
      },
      {
        level: 0,
        index: 6,
        entryAddress: ROOT + 0x2030n,
        entry: entry(RAM + 0x6000n, 0x59n),
        flags: ["V", "X", "U", "A"],
        pa: RAM + 0x6000n,
        leaf: true,
        va: 0xffff_ffff_c060_6000n,
        bytes: 4096n,
        invalid: null,
      },
    ]);
  });

  test("and there is no table behind a page, a reserved entry, or nothing", async () => {
    const machine = await written();
    for (const path of [[2], [3], [1], [512], [-1], [0, 3, 5], [0, 3, 5, 1]]) {
      expect(await machine.pageTable(path, { space: SPACE })).toBeNull();
    }
    expect(await machine.pageTable([])).toBeNull();
    expect(await machine.pageTable([0], { space: SPACE })).toMatchObject({ level: 1, entries: [{ index: 3 }] });
  });

  test("a walk through them, level by level, in a space named by its root", async () => {
    const machine = await written();
    const cpu = machine.cpus[0];
    await cpu?.get(["MMU", "PROT"]);
    cpu?.edit("satp", (8n << 60n) | 1n);
    // All of memory is open to S-mode: without that no walk can read its entries.
    expect((await machine.translate(0n, { space: SPACE })).fault).toMatchObject({ cause: 5 });
    cpu?.edit("pmpaddr0", (1n << 54n) - 1n);
    cpu?.edit("pmpcfg0", 0x1fn);
    await cpu?.put(["MMU", "PROT"]);
    expect(await machine.addressSpace()).toBe(0n);
    expect(await machine.addressSpace(0, "tables")).toBe((8n << 60n) | 1n);
    expect(await machine.addressSpace(0, ROOT)).toBe(SPACE);
    const walk = await machine.translate(0x60_5123n, { space: SPACE });
    expect(walk.levels.map(({ level, index, entryAddress }) => [level, index, entryAddress])).toEqual([
      [2, 0, ROOT],
      [1, 3, ROOT + 0x1018n],
      [0, 5, ROOT + 0x2028n],
    ]);
    expect(walk.pa).toBe(RAM + 0x5123n);
    expect((await machine.translate(0x60_5123n, { space: SPACE, access: "store" })).fault).toEqual({
      cause: 15,
      why: "W is 0: the page may not be written",
    });
    // Each page is judged by the mode whose it is.
    const user = await machine.translate(0x60_6000n, { space: SPACE, access: "fetch" });
    expect([user.privilege, user.pa, user.fault]).toEqual([0, RAM + 0x6000n, null]);
    expect((await machine.translate(0x60_6000n, { space: SPACE })).fault).toEqual({
      cause: 13,
      why: "R is 0: the page may not be read",
    });
    expect(walk.privilege).toBe(1);
    expect((await machine.translate(0xc000_0000n, { space: SPACE })).fault).toEqual({
      cause: 13,
      why: "W without R is reserved",
    });
  });

  test("a table that memory protection hides from S-mode ends the walk with an access fault", () => {
    const hidden = (pa: bigint) => (pa === 8192n ? "entry 3 has R clear" : null);
    const state: TranslationState = { satp: (8n << 60n) | 1n, mstatus: 0n, menvcfg: 0n, privilege: 1 };
    const walk = walkPages(state, 0n, "store", (pa) => (pa === 4096n ? 0x801n : 0xcfn), hidden);
    expect(walk.fault).toEqual({ cause: 7, why: "the entry may not be read: entry 3 has R clear" });
    expect(walk.levels.map(({ unreadable }) => unreadable)).toEqual([undefined, "entry 3 has R clear"]);
  });
});

describe("without translation", () => {
  test("addresses are physical, and their end is named", async () => {
    const machine = await instructions(program(0x13));
    expect(await machine.addressSpace()).toBe(0n);
    expect(await machine.translate(RAM + 5n)).toMatchObject({ scheme: "bare", pa: RAM + 5n, levels: [], fault: null });
    expect(await machine.addressRanges()).toEqual([]);
    await expect(machine.readVirtual(RAM + (16n << 20n) - 2n, 4)).rejects.toThrow(
      /address 0x81000000.*there is no memory/,
    );
    await expect(machine.readVirtual(-1n, 4)).rejects.toThrow("-1 is not an address of 64 bits");
    await expect(machine.readVirtual(0n, 1e9)).rejects.toThrow("1000000000 bytes cannot be moved at once");
    await expect(machine.readVirtual(RAM, 4, { cpu: 3 })).rejects.toThrow("there is no CPU 3");
  });

  test("a write that reaches beyond RAM writes nothing", async () => {
    const machine = await instructions(program(0x13));
    const end = RAM + (16n << 20n);
    await expect(machine.writeVirtual(end - 2n, Uint8Array.of(1, 2, 3, 4))).rejects.toThrow("there is no memory");
    expect(await machine.readVirtual(end - 2n, 2)).toEqual(Uint8Array.of(0, 0));
  });

  test("a write to code is executed", async () => {
    const machine = await instructions(program(0x13, 0x13, 0x0000_006f));
    await machine.step(7);
    await machine.writeVirtual(RAM + 4n, Uint8Array.of(0x6f, 0, 0, 0)); // j .
    expect(await machine.step(5)).toMatchObject({ pc: RAM + 4n });
  });
});

describe("walks of tables that no machine here has", () => {
  const state: TranslationState = { satp: (8n << 60n) | 1n, mstatus: 0n, menvcfg: 0n, privilege: 1 };
  /** Entries by their addresses. */
  const walk = (
    entries: Record<number, bigint>,
    va: bigint,
    access: "load" | "store" | "fetch",
    changed: object = {},
  ) => walkPages({ ...state, ...changed }, va, access, (pa) => entries[Number(pa)] ?? 0n);
  const leaf = (ppn: bigint, flags: bigint) => (ppn << 10n) | flags;
  const ADUE = 1n << 61n;

  test.each([
    ["a gigapage", { 4096: leaf(0x40000n, 0xcfn) }, 0x1234_5678n, { pa: 0x5234_5678n, pageBytes: 1n << 30n }],
    [
      "Svnapot",
      { 4096: 0x801n, 8192: 0xc01n, 12328: (1n << 63n) | leaf(0x18n, 0xcfn) },
      0x5123n,
      { pa: 0x1_5123n, pageBytes: 0x10000n },
    ],
  ] as const)("%s", (_, entries, va, expected) => {
    expect(walk(entries as never, va, "load")).toMatchObject({ ...expected, fault: null });
  });

  test.each([
    ["V is 0", { 4096: 0n }, "load", {}, /V is 0/],
    ["W without R", { 4096: leaf(0n, 0xc5n) }, "load", {}, /W without R/],
    ["reserved bits", { 4096: (1n << 55n) | 0xcfn }, "load", {}, /reserved bits 60 to 54/],
    ["no further level", { 4096: 0x801n, 8192: 0xc01n, 12288: 0x1001n }, "load", {}, /no further level/],
    ["A in a pointer", { 4096: 0x841n }, "load", {}, /reserved in a pointer/],
    ["misaligned gigapage", { 4096: leaf(1n, 0xcfn) }, "load", {}, /not aligned/],
    ["A is 0", { 4096: leaf(0n, 0x8fn) }, "load", {}, /A is 0/],
    ["D is 0", { 4096: leaf(0n, 0x4fn) }, "store", {}, /D is 0/],
    ["PBMT without PBMTE", { 4096: (1n << 61n) | leaf(0n, 0xcfn) }, "load", {}, /PBMT/],
    ["user's page without SUM", { 4096: leaf(0n, 0xdfn) }, "load", {}, /SUM is 0/],
    ["user's page executed", { 4096: leaf(0n, 0xdfn) }, "fetch", { mstatus: 1n << 18n }, /S-mode never executes/],
    ["X only, no MXR", { 4096: leaf(0n, 0xc9n) }, "load", {}, /R is 0/],
  ] as const)("fault: %s", (_, entries, access, changed, why) => {
    const { fault, pa } = walk(entries as never, 0n, access, changed);
    expect(pa).toBeNull();
    expect(fault?.why).toMatch(why);
    expect(fault?.cause).toBe({ load: 13, store: 15, fetch: 12 }[access]);
  });

  test("hardware that sets A and D, MXR and SUM permit", () => {
    expect(walk({ 4096: leaf(0n, 0x0fn) }, 0n, "store", { menvcfg: ADUE }).fault).toBeNull();
    expect(walk({ 4096: leaf(0n, 0xc9n) }, 0n, "load", { mstatus: 1n << 19n }).fault).toBeNull();
    expect(walk({ 4096: leaf(0n, 0xdfn) }, 0n, "load", { mstatus: 1n << 18n }).fault).toBeNull();
  });

  test("an entry outside RAM is an access fault", () => {
    expect(walkPages(state, 0n, "load", () => null).fault).toMatchObject({ cause: 5 });
  });
});

describe("memory protection", () => {
  // 0: OFF at 0x1000; 1: TOR up to 0x2000, R; 2: NAPOT 0x4000 to 0x4fff, RW, locked; 3: NA4 0x6000, X
  const entries = [
    { config: 0x00, address: 0x400n },
    { config: 0x09, address: 0x800n },
    { config: 0x9b, address: 0x11ffn },
    { config: 0x14, address: 0x1800n },
  ];
  test.each([
    [1, 0x0fffn, "load", false, null],
    [1, 0x1000n, "load", true, 1],
    [1, 0x1000n, "store", false, 1],
    [1, 0x1fffn, "load", true, 1],
    [1, 0x2000n, "load", false, null],
    [3, 0x1000n, "store", true, 1],
    [3, 0x4000n, "fetch", false, 2],
    [3, 0x4fffn, "store", true, 2],
    [3, 0x5000n, "store", true, null],
    [1, 0x6003n, "fetch", true, 3],
    [1, 0x6004n, "fetch", false, null],
  ] as const)("privilege %i, 0x%x, %s: %s by entry %s", (privilege, pa, access, allowed, entry) => {
    expect(protectionOf({ privilege, entries }, pa, access)).toMatchObject({ allowed, entry });
  });

  test("an entry of all ones covers everything", () => {
    const all = [{ config: 0x1f, address: (1n << 54n) - 1n }];
    expect(protectionOf({ privilege: 0, entries: all }, 0n, "load")).toMatchObject({ allowed: true, entry: 0 });
    expect(protectionOf({ privilege: 0, entries: all }, 2n ** 56n - 1n, "fetch")).toMatchObject({ allowed: true });
  });
});
