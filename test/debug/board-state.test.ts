/** Devices of real machines, seen without a trace: values that programs have written, and the interrupt that is due. */
import { expect, test } from "vitest";
import { stateRows } from "../../src/spec/device-state.ts";
import { virtBoard } from "../../src/spec/riscv64/virt-board.ts";
import type { Machine } from "../../src/worker/machine-client.ts";
import { program } from "../boot/machines.ts";
import { bareProgram, go, instructions } from "./machines.ts";

/** Values of one row. */
async function values(machine: Machine, device: string, row: string): Promise<readonly bigint[]> {
  const type = virtBoard.devices.find(({ name }) => name === device)?.type ?? "";
  const index = stateRows(type).findIndex(({ name }) => name === row);
  const { devices } = await machine.boardState();
  const found = devices.find(({ name }) => name === device)?.values[index];
  if (found === undefined) throw new Error(`${device} has no row ${row}`);
  return found;
}

test("every device of the board is there, in its order, with as many values as its rows have", async () => {
  const machine = await instructions(program(0x13));
  const { devices, interrupts } = await machine.boardState();
  expect(devices.map(({ name }) => name)).toEqual(virtBoard.devices.map(({ name }) => name));
  expect(interrupts).toHaveLength(1);
  expect(await values(machine, "plic", "priority")).toHaveLength(96);
  expect(await values(machine, "plic", "enable")).toEqual([0n, 0n, 0n, 0n, 0n, 0n]);
  expect(await values(machine, "clint", "mtimecmp")).toHaveLength(1);
  const queues = stateRows("virtio/mmio").find(({ name }) => name === "QueueNum")?.count;
  expect(await values(machine, "virtio0", "QueueNum")).toEqual(Array.from({ length: queues ?? 0 }, () => 0n));
});

test("what a program writes into devices is seen, and looking at it changes nothing", async () => {
  // lui t0, 0x10000; li t1, 0x5a; sb t1, 7(t0): SCR. li t1, 2; sb t1, 1(t0): IER, whose interrupt a read of IIR clears. lui t0, 0xc000; li t1, 7; sw t1, 40(t0): priority of source 10; j .
  const machine = await instructions(
    program(0x100002b7, 0x05a00313, 0x006283a3, 0x00200313, 0x006280a3, 0x0c0002b7, 0x00700313, 0x0262a423, 0x0000006f),
  );
  await machine.step(7 + 8);
  expect(await values(machine, "uart0", "SCR")).toEqual([0x5an]);
  expect((await values(machine, "plic", "priority"))[10]).toBe(7n);
  expect(await values(machine, "uart0", "LSR")).toEqual([0x60n]);
  expect(await values(machine, "uart0", "IIR")).toEqual([2n]);
  expect((await values(machine, "plic", "pending"))[0]).toBe(1n << 10n);
  await machine.console.write("x");
  const before = await machine.stateHash();
  for (let n = 0; n < 3; n++) await machine.boardState();
  expect(await machine.stateHash()).toBe(before);
});

test("virtio slots show what stands in them", async () => {
  const machine = await instructions(program(0x13), {
    entropy: true,
    disks: [{ image: new Uint8Array(4096) }],
    console: "virtio",
  });
  const kinds = [];
  for (let slot = 0; slot < 8; slot++) kinds.push((await values(machine, `virtio${slot}`, "DeviceID"))[0]);
  expect(kinds.filter((kind) => kind !== 0n).sort()).toEqual([2n, 3n, 4n]);
});

test("the timer program: its interrupt is pending and taken at the handler's door, and not taken inside of it", async () => {
  const { machine, address } = await bareProgram("timer");
  await machine.setBreakpoints([{ id: 1, kind: "trap", interrupts: "all", temporary: true }]);
  const state = await go(machine);
  expect(state).toMatchObject({ reason: "trap", pc: address("trap_entry") });
  const { interrupts } = await machine.boardState();
  expect(interrupts[0]?.find(({ cause }) => cause === 7)).toEqual({
    cause: 7,
    pending: true,
    enabled: true,
    handler: 3,
    taken: false,
    why: "mstatus.MIE is 0, and the hart is in M-mode",
  });
  const [[time = 0n], [compare = 0n]] = [
    await values(machine, "clint", "mtime"),
    await values(machine, "clint", "mtimecmp"),
  ];
  expect(time).toBe(compare);
});
