/** Flash as debuggers see it: its content, stop points in code there, what was compiled of it; nobody writes to it but the guest. */
import { expect, test } from "vitest";
import { createInlineMachine } from "../../src/worker/inline.ts";
import { program } from "../boot/machines.ts";
import { GdbLine } from "../gdb/line.ts";
import { go, read } from "./machines.ts";

const BANK = 32 << 20;
const FLASH = 0x2000_0000n;
const CODE = 0x100;

/** j CODE; and there a loop: addi t0,t0,1; addi t1,t1,2; j -8. */
function image(): Uint8Array {
  const bytes = new Uint8Array(BANK).fill(0xff);
  bytes.set(program(0x1000_006f));
  bytes.set(program(0x0012_8293, 0x0023_0313, 0xff9f_f06f), CODE);
  return bytes;
}

test("its bytes, its code and who may write", { timeout: 60_000 }, async () => {
  const machine = await createInlineMachine({
    target: "riscv64",
    memory: 16 << 20,
    paced: false,
    flash: [{ image: image(), readOnly: true }],
    jit: { threshold: 8, compile: "sync" },
  });
  try {
    const code = FLASH + BigInt(CODE);
    expect(await machine.readMemory(code, 4)).toEqual(Uint8Array.of(0x93, 0x82, 0x12, 0x00));
    expect(await machine.readMemory(FLASH + BigInt(BANK) - 2n, 2)).toEqual(Uint8Array.of(0xff, 0xff));
    // The second bank has no image, and nothing lies behind it.
    expect(await machine.readMemory(FLASH + BigInt(BANK), 8)).toEqual(new Uint8Array(8));
    await expect(machine.readMemory(FLASH + BigInt(BANK) - 1n, 2)).rejects.toThrow("lies outside RAM, ROM and flash");
    await expect(machine.readMemory(FLASH + 2n * BigInt(BANK), 1)).rejects.toThrow("lies outside RAM, ROM and flash");
    const isFlash = "this is flash, which only the guest's commands to it change";
    await expect(machine.writeMemory(code, Uint8Array.of(1))).rejects.toThrow(
      `physical address 0x20000100: ${isFlash}`,
    );
    await expect(machine.writeVirtual(code, Uint8Array.of(1))).rejects.toThrow(`address 0x20000100: ${isFlash}`);
    await expect(machine.writeVirtual(0x1000n, Uint8Array.of(1))).rejects.toThrow("address 0x1000: this is ROM");

    await machine.setBreakpoints([{ id: 1, kind: "execute", address: code + 4n }]);
    expect(await go(machine)).toMatchObject({ reason: "breakpoint", pc: code + 4n });
    const [t0] = await read(machine, "t0");
    expect(await go(machine)).toMatchObject({ reason: "breakpoint", pc: code + 4n });
    expect(await read(machine, "t0")).toEqual([t0! + 1n]);
    await machine.setBreakpoints([]);
    await machine.step(100_000);
    expect(await machine.translate(code, { access: "fetch" })).toMatchObject({ pa: code, cached: { pa: code } });
    const regions = await Promise.all([0n, 4n, 8n].map((offset) => machine.compiledAt(code + offset)));
    const held = regions.flatMap((region) => region?.parts.flatMap(({ guest }) => guest.map(({ pa }) => pa)) ?? []);
    expect([...new Set(held)].sort()).toEqual([code, code + 4n, code + 8n]);

    const gdb = await GdbLine.open(machine);
    expect(await gdb.ask("m20000100,8")).toBe("9382120013032300");
    expect(await gdb.ask("M20000100,1:01")).toBe("E0e");
    expect(await gdb.ask("m20000100,1")).toBe("93");
    expect(await gdb.ask("Z0,20000100,4")).toBe("OK");
    expect(await gdb.ask("c")).toMatch(/^T05/);
    expect(await read(machine, "pc")).toEqual([code]);
  } finally {
    await machine.dispose();
  }
});
