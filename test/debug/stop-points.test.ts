/** Watchpoints, registers, control registers, traps, privilege changes and printed texts. */
import { describe, expect, test } from "vitest";
import type { StoppedState } from "../../src/worker/machine-api.ts";
import { LOOP, program } from "../boot/machines.ts";
import { bareProgram, go, instructions, read } from "./machines.ts";

const RAM = 0x8000_0000n;
const DATA = RAM + 0x1000n;

/** The access of a stop's first hit. */
function access(state: StoppedState) {
  return state.hits?.[0]?.access;
}

describe("watch", () => {
  test("a write stops after the instruction, with the values before and after", async () => {
    const { machine, address } = await bareProgram("hello");
    const sum = address("sum");
    await machine.setBreakpoints([{ id: 1, kind: "watch", address: sum, size: 8, access: "write" }]);
    // The start-up code zeroes bss; then each line adds a square's root.
    const values: [bigint | undefined, bigint | undefined][] = [];
    let state = await go(machine);
    while (state.reason === "watchpoint") {
      expect(access(state)).toMatchObject({ type: "write", address: sum, size: 8 });
      values.push([access(state)?.before, access(state)?.after]);
      state = await go(machine);
    }
    expect(state.reason).toBe("poweroff");
    const sums = [0n, 1n, 3n, 6n, 10n, 15n, 21n, 28n, 36n, 45n, 55n];
    expect(values).toEqual([[0n, 0n], ...sums.slice(1).map((after, n) => [sums[n], after])]);
  });

  test("change: not the write that leaves the bytes as they are; condition sees the new value", async () => {
    const { machine, address } = await bareProgram("hello");
    const watch = { id: 1, kind: "watch", address: address("sum"), size: 8, access: "change" } as const;
    await machine.setBreakpoints([watch]);
    expect(access(await go(machine))).toMatchObject({ before: 0n, after: 1n });
    await machine.setBreakpoints([{ ...watch, condition: "*(u64*)sum == 21" }]);
    expect(access(await go(machine))).toMatchObject({ before: 15n, after: 21n });
  });

  // auipc t0,1 (DATA); ld t1,0(t0); lb t1,7(t0); sb t1,8(t0); sd t1,4(t0); amoadd.d t2,t1,(t0); lr.w t2,(t0); sc.w t3,t1,(t0);
  // sc.w t3,t1,(t0); cbo.zero (t0); j .
  const ACCESSES = program(
    ...[0x0000_1297, 0x0002_b303, 0x0072_8303, 0x0062_8423, 0x0062_b223, 0x0062_b3af, 0x1002_a3af],
    ...[0x1862_ae2f, 0x1862_ae2f, 0x0042_a00f, LOOP],
  );

  test.each([
    ["read", ["read 0+8", "read 7+1", "write 0+8", "read 0+4"]],
    ["write", ["write 4+8", "write 0+8", "write 0+4", "write 0+64"]],
    ["access", ["read 0+8", "read 7+1", "write 4+8", "write 0+8", "read 0+4", "write 0+4", "write 0+64"]],
  ] as const)("%s: every kind of instruction that does it, and no other", async (kind, expected) => {
    const machine = await instructions(ACCESSES);
    // Physical addresses above, so that the low 8 bytes are watched.
    await machine.setBreakpoints([{ id: 1, kind: "watch", address: DATA, size: 8, access: kind }]);
    const seen: string[] = [];
    for (let stop = 0; stop < expected.length; stop++) {
      const found = access(await go(machine));
      seen.push(`${found?.type} ${(found?.address ?? 0n) - DATA}+${found?.size}`);
    }
    expect(seen).toEqual(expected);
    // Nothing more: it is in its last loop.
    await machine.setBreakpoints([{ id: 1, kind: "watch", address: DATA, size: 8, access: kind }]);
    expect(await machine.step(100)).toMatchObject({ reason: "step", pc: RAM + 40n });
  });

  test("an access across two pages is one, whichever page is watched", async () => {
    // auipc t0,1; addi t0,t0,-3; li t1,-1 (3 instructions); sd t1,0(t0); j .
    for (const watched of [DATA - 1n, DATA + 4n]) {
      const machine = await instructions(program(0x0000_1297, 0xffd2_8293, 0xfff0_0313, 0x0062_b023, LOOP));
      await machine.writeMemory(DATA - 3n, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
      await machine.setBreakpoints([{ id: 1, kind: "watch", address: watched, size: 1, access: "change" }]);
      const state = await go(machine);
      expect(state).toMatchObject({ reason: "watchpoint", pc: RAM + 16n });
      expect(access(state)).toEqual({
        type: "write",
        address: DATA - 3n,
        size: 8,
        before: 0x0807_0605_0403_0201n,
        after: 0xffff_ffff_ffff_ffffn,
      });
    }
  });

  test("what an atomic operation has read and written", async () => {
    // auipc t0,1; li t1,5; amoadd.d t2,t1,(t0); amoswap.w t2,x0,4(t0)… as addi t0,t0,4 first; j .
    const machine = await instructions(program(0x1297, 0x0050_0313, 0x0062_b3af, 0x0042_8293, 0x0802_a3af, LOOP));
    await machine.writeMemory(DATA, Uint8Array.of(1, 0, 0, 0, 9));
    await machine.setBreakpoints([{ id: 1, kind: "watch", address: DATA, size: 8, access: "change" }]);
    expect(access(await go(machine))).toMatchObject({ before: 0x9_0000_0001n, after: 0x9_0000_0006n, size: 8 });
    expect(access(await go(machine))).toMatchObject({ before: 9n, after: 0n, size: 4, address: DATA + 4n });
  });

  test("a store that faults has not written: the fault stops, then the store that succeeds", async () => {
    const first = (await bareProgram("fault")).machine;
    const fault = { id: 1, kind: "trap", exceptions: [15] } as const;
    await first.setBreakpoints([fault]);
    const { value, pc } = (await go(first)).hits?.[0]?.trap ?? { value: 0n, pc: 0n };
    const { machine } = await bareProgram("fault");
    await machine.setBreakpoints([fault, { id: 2, kind: "watch", address: value, size: 1, access: "write" }]);
    expect((await go(machine)).hits?.map(({ id }) => id)).toEqual([1]);
    await machine.setBreakpoints([
      { id: 2, kind: "watch", address: value, size: 1, access: "write", condition: "priv != 3" },
    ]);
    for (;;) {
      const state = await go(machine);
      expect(state.reason).toBe("watchpoint");
      if (state.pc - pc <= 4n && state.pc > pc) return;
    }
  });

  test("stores that fault, by the states at each stop", async () => {
    const { machine } = await bareProgram("fault");
    const plain = (await bareProgram("fault")).machine;
    await machine.setBreakpoints([{ id: 1, kind: "watch", address: 0n, size: 2 ** 40, access: "write" }]);
    for (let stop = 0; stop < 20; stop++) {
      const state = await go(machine);
      expect(state.reason).toBe("watchpoint");
      await plain.step(Number(state.steps - (plain.state.kind === "stopped" ? plain.state.steps : 0n)));
      expect(await machine.stateHash()).toBe(await plain.stateHash());
    }
  });
});

describe("registers", () => {
  test("a register's change, with the values", async () => {
    const { machine } = await bareProgram("hello");
    await machine.setBreakpoints([{ id: 1, kind: "register", name: "s1", condition: "s1 > 7 && s1 < 100" }]);
    const state = await go(machine);
    expect(state).toMatchObject({ reason: "register" });
    expect(state.hits?.[0]?.register).toEqual({ name: "s1", before: 7n, after: 8n });
  });

  test("a write of a control register through any of its names", async () => {
    // csrrwi x0,sscratch,5; csrrsi x0,sstatus,2; csrrs t0,mstatus,x0 (reads); csrrci x0,mstatus,2; j .
    const machine = await instructions(program(0x1402_d073, 0x1001_6073, 0x3000_22f3, 0x3001_7073, LOOP));
    await machine.setBreakpoints([{ id: 1, kind: "csr", name: "mstatus" }]);
    const first = await go(machine);
    expect(first).toMatchObject({ reason: "register", pc: RAM + 8n });
    expect(first.hits?.[0]?.register).toMatchObject({ name: "sstatus", before: 0x2_0000_0000n, after: 0x2_0000_0002n });
    const second = await go(machine);
    expect(second).toMatchObject({ pc: RAM + 16n });
    expect(second.hits?.[0]?.register?.name).toBe("mstatus");
    expect(await machine.step(10)).toMatchObject({ reason: "step" });
  });
});

describe("traps and privileges", () => {
  test("an exception by its cause: entered, with cause, address and value", async () => {
    const { machine, address } = await bareProgram("fault");
    await machine.setBreakpoints([{ id: 1, kind: "trap", exceptions: [15] }]);
    const state = await go(machine);
    expect(state).toMatchObject({ reason: "trap", pc: address("trap_entry") });
    const [scause, sepc, stval] = await read(machine, "scause", "sepc", "stval");
    expect(scause).toBe(15n);
    expect(state.hits?.[0]?.trap).toEqual({ interrupt: false, cause: 15, pc: sepc, value: stval });
  });

  test("an interrupt by its cause", async () => {
    const { machine, address } = await bareProgram("timer");
    await machine.setBreakpoints([{ id: 1, kind: "trap", interrupts: "all" }]);
    const state = await go(machine);
    expect(state).toMatchObject({ reason: "trap", pc: address("trap_entry") });
    expect(state.hits?.[0]?.trap).toMatchObject({ interrupt: true });
    const [mcause, mepc, scause, sepc] = await read(machine, "mcause", "mepc", "scause", "sepc");
    const [cause, pc] = mcause === 0n ? [scause, sepc] : [mcause, mepc];
    expect(BigInt(state.hits?.[0]?.trap?.cause ?? 0)).toBe(BigInt.asUintN(63, cause ?? 0n));
    expect(state.hits?.[0]?.trap?.pc).toBe(pc);
  });

  test("changes of privilege, to any or to one", async () => {
    const { machine } = await bareProgram("processes");
    await machine.setBreakpoints([{ id: 1, kind: "privilege" }]);
    const first = await go(machine);
    expect(first).toMatchObject({ reason: "privilege" });
    expect(first.hits?.[0]?.privilege).toEqual({ from: 3, to: 1 });
    expect((await go(machine)).hits?.[0]?.privilege).toEqual({ from: 1, to: 0 });
    expect((await go(machine)).hits?.[0]?.privilege).toEqual({ from: 0, to: 1 });
    await machine.setBreakpoints([{ id: 2, kind: "privilege", to: 0 }]);
    const back = await go(machine);
    expect(back.hits?.[0]?.privilege).toEqual({ from: 1, to: 0 });
    expect(await read(machine, "priv")).toEqual([0n]);
  });
});

test("a text that the guest prints, after its last byte", async () => {
  const { machine } = await bareProgram("hello");
  let text = "";
  machine.console.onData((bytes) => {
    text += new TextDecoder().decode(bytes);
  });
  await machine.setBreakpoints([{ id: 1, kind: "console", text: "squared 16" }]);
  expect(await go(machine)).toMatchObject({ reason: "console", hits: [{ kind: "console", id: 1 }] });
  expect(text.endsWith("s1 = 4, squared 16")).toBe(true);
});

describe("only what is watched", () => {
  // auipc t0,1; li t1,0x100; sd t1,0(t0); li t1,-1; sd t1,0(t0); j .
  const STORES = program(0x1297, 0x1000_0313, 0x0062_b023, 0xfff0_0313, 0x0062_b023, LOOP);

  test("of two watches in a page, the one whose bytes are accessed", async () => {
    const machine = await instructions(STORES);
    await machine.setBreakpoints([
      { id: 1, kind: "watch", address: DATA + 8n, size: 8, access: "write" },
      { id: 2, kind: "watch", address: DATA, size: 8, access: "write" },
    ]);
    expect((await go(machine)).hits?.map(({ id }) => id)).toEqual([2]);
  });

  test("a change of the other bytes of a store is none", async () => {
    const machine = await instructions(STORES);
    await machine.setBreakpoints([{ id: 1, kind: "watch", address: DATA, size: 1, access: "change" }]);
    // The first store changes byte 1 only.
    expect(access(await go(machine))).toMatchObject({ before: 0x100n, after: 0xffff_ffff_ffff_ffffn });
  });

  test("a breakpoint on which a step has landed is not met again when the machine goes on", async () => {
    const machine = await instructions(STORES);
    await machine.setBreakpoints([RAM + 4n, RAM + 12n].map((address, id) => ({ id, kind: "execute", address })));
    expect(await machine.step(7)).toMatchObject({ reason: "step", pc: RAM + 4n });
    expect(await go(machine)).toMatchObject({ reason: "breakpoint", pc: RAM + 12n });
  });
});
