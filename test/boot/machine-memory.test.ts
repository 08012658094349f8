/** A machine's memory and its state hash, on small programs. */
import { afterEach, describe, expect, test } from "vitest";
import { CONTROL_BYTES, CPUS_BASE, DEVICES_BASE, MACHINE_BASE, RAM_BASE, ROM_BASE } from "../../src/spec/abi.ts";
import { REGISTER_TABLES } from "../../src/spec/riscv64/register-tables.ts";
import { Sync } from "../../src/worker/node.ts";
import { LOOP, program } from "./machines.ts";
import { bare, disposeAll, hosted, MIB, NOP, RAM, tlbEntryInUse } from "./small-machines.ts";

afterEach(disposeAll);

test("the machine's memory is what it needs from the start, and never grows", async () => {
  const machine = await hosted(program(NOP, LOOP));
  const { buffer } = machine.memory;
  expect(buffer.byteLength).toBe(RAM_BASE + 16 * MIB);
  await machine.control.step(100_000);
  expect(machine.memory.buffer).toBe(buffer);
  expect(() => machine.memory.grow(1)).toThrow(RangeError);
});

test("code that shares its page with a page table is coherent, though the walk writes there", async () => {
  // In M-mode, with the page at the start of RAM as code and as Sv39's root table.
  const code = program(
    ...[0x0000_0417, 0x0080_0313, 0x03c3_1313, 0x0008_03b7, 0x0073_6333, 0x1803_1073], // s0 = page; satp = Sv39, page
    ...[0xfff0_0f13, 0x3b0f_1073, 0x3a0f_d073], // PMP: all is allowed
    ...[0x0002_0e37, 0x0000_1eb7, 0x001e_de93, 0x01de_6e33], // t3 = mstatus.MPRV, MPP = S
    ...[0x0ff0_0513, 0x01e5_1513], // a0 = 255 << 30
    ...[0x06c4_2283, 0x0240_00ef], // t0 = the last word; call f, which is decoded now
    ...[0x300e_2073, 0x0005_2583, 0x300e_3073], // a load by way of the table: its entry's bit A is set
    ...[0x0654_2223, 0x0000_100f, 0x00c0_00ef], // f's first instruction = t0; fence.i; call f
    ...[0x0000_0013, LOOP],
    ...[0x0016_0613, 0x0000_8067], // f: addi a2,a2,1; ret
    0x0106_0613, // addi a2,a2,16
  );
  const page = new Uint8Array(4096);
  page.set(code);
  // Entry 255: a leaf for 1 GiB from the start of RAM, with D, W, R and V.
  new DataView(page.buffer).setBigUint64(255 * 8, ((RAM >> 12n) << 10n) | 0x87n, true);
  const machine = await bare(page);
  await machine.step(100);
  await machine.cpus[0].get(Sync.CORE);
  expect(await machine.readMemory(RAM + 255n * 8n, 1)).toEqual(Uint8Array.of(0xc7));
  expect(machine.cpus[0].read("a1")).toBe(0x417n);
  // The boot ROM left 0x1028 in a2; 1 was added, then 16.
  expect(machine.cpus[0].read("a2")).toBe(0x1028n + 17n);
});

test("the state hash covers input that waits for its step", async () => {
  const machine = await bare(program(NOP, LOOP));
  const hashes = [await machine.stateHash()];
  for (const [text, atStep] of [
    ["a", 50n],
    ["b", 50n],
    ["b", 51n],
  ] as const) {
    const before = await bare(program(NOP, LOOP));
    await before.console.write(new TextEncoder().encode(text), { atStep });
    hashes.push(await before.stateHash());
  }
  expect(new Set(hashes).size).toBe(4);
});

describe("memory", () => {
  test("is read and written where it is, and nowhere else", async () => {
    const machine = await bare(program(NOP, LOOP));
    expect([...(await machine.readMemory(RAM, 8))]).toEqual([0x13, 0, 0, 0, 0x6f, 0, 0, 0]);
    expect([...(await machine.readMemory(0x1000n, 4))]).toEqual([0x97, 2, 0, 0]);
    await machine.writeMemory(RAM + 16n * BigInt(MIB) - 2n, Uint8Array.of(1, 2));
    expect([...(await machine.readMemory(RAM + 16n * BigInt(MIB) - 4n, 4))]).toEqual([0, 0, 1, 2]);
    await expect(machine.readMemory(RAM + 16n * BigInt(MIB) - 2n, 4)).rejects.toThrow(
      new RangeError("physical address 0x80fffffe + 4 bytes lies outside RAM, ROM and flash"),
    );
    await expect(machine.writeMemory(0x1000n, Uint8Array.of(1))).rejects.toThrow(
      new RangeError("physical address 0x1000: this is ROM"),
    );
    await expect(machine.readMemory(RAM, (16 << 20) + 1)).rejects.toThrow(RangeError);
  });

  test("instructions written by the host are executed, though others were decoded there", async () => {
    // addi a0,a0,1; j .-4
    const machine = await bare(program(0x0015_0513, 0xffdf_f06f));
    await machine.step(1006);
    // addi a0,a0,2
    await machine.writeMemory(RAM, program(0x0025_0513));
    await machine.step(10);
    await machine.cpus[0].get(Sync.CORE);
    expect(machine.cpus[0].read("a0")).toBe(500n + 10n);
  });
});

describe("state hash", () => {
  test("two equal machines have one hash; reading changes nothing", async () => {
    const [a, b] = await Promise.all([bare(program(NOP, LOOP)), bare(program(NOP, LOOP))]);
    await a.step(100);
    await b.step(50);
    await b.cpus[0].get(Sync.FULL);
    await b.readMemory(RAM, 100);
    await b.stateHash();
    await b.step(50);
    expect(await b.stateHash()).toBe(await a.stateHash());
    await b.step(1);
    expect(await b.stateHash()).not.toBe(await a.stateHash());
  });

  test("one flipped bit in each part changes it, and flipped back restores it", async () => {
    const machine = await hosted(program(NOP, LOOP));
    await machine.control.step(1000);
    const bytes = new Uint8Array(machine.memory.buffer);
    const before = machine.stateHash();
    const parts: Record<string, number> = {
      "register x5": CPUS_BASE + 0x40 + 5 * 8,
      "TLB tag of an entry in use": tlbEntryInUse(bytes),
      "TLB host of an entry in use": tlbEntryInUse(bytes) + 8,
      "first byte of RAM": RAM_BASE,
      "last byte of RAM": RAM_BASE + 16 * MIB - 1,
      ROM: ROM_BASE,
      "first byte of the devices": DEVICES_BASE,
      "virtual time": MACHINE_BASE + CONTROL_BYTES + 8,
      "deadline of an event": MACHINE_BASE + CONTROL_BYTES + 0x100 + 7,
    };
    for (const [part, at] of Object.entries(parts)) {
      bytes[at] ^= 0x10;
      expect(machine.stateHash(), part).not.toBe(before);
      bytes[at] ^= 0x10;
      expect(machine.stateHash(), part).toBe(before);
    }
  });

  test("every register that can be edited changes it", async () => {
    const machine = await bare(program(NOP, LOOP));
    await machine.step(10);
    const [cpu] = machine.cpus;
    let hash = await machine.stateHash();
    const changed: string[] = [];
    for (const { row, registers } of cpu.groups) {
      if (row.readonly) continue;
      for (const { row: register, readonly } of registers) {
        if (readonly) continue;
        await cpu.get(row.name);
        const old = cpu.read(register.name);
        // Bit 2 is an ordinary one nearly everywhere; what a register does not take leaves the hash as it is.
        cpu.edit(register.name, old ^ (register.bits > 2 ? 4n : 1n));
        await cpu.put(row.name).catch(() => cpu.revert(row.name));
        await cpu.get(row.name);
        const now = await machine.stateHash();
        if (cpu.read(register.name) !== old) {
          expect(now, register.name).not.toBe(hash);
          changed.push(register.name);
        }
        hash = now;
      }
    }
    const writable = REGISTER_TABLES.registers.filter(({ readonly }) => !readonly).length;
    expect(changed.length).toBeGreaterThan(writable * 0.6);
    expect(changed).toEqual(expect.arrayContaining(["ra", "pc", "mscratch", "sscratch", "mepc"]));
  });

  test("input that the guest has not taken counts", async () => {
    const [a, b] = await Promise.all([bare(program(LOOP)), bare(program(LOOP))]);
    for (const machine of [a, b]) await machine.console.write(machine === a ? "abc" : "abd");
    await a.step(10);
    await b.step(10);
    expect(await a.stateHash()).not.toBe(await b.stateHash());
  });
});
