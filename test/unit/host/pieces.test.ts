/** The small parts of the host: console queue, outside events, pacing, slots, options, slices. */
import { describe, expect, test } from "vitest";
import { ConsoleBackend } from "../../../src/host/backends/console.ts";
import { checkOptions } from "../../../src/host/machine-options.ts";
import type { MachineOptions } from "../../../src/host/machine-types.ts";
import { type OutsideEvent, OutsideEvents } from "../../../src/host/outside-events.ts";
import { HostClock, Pacing } from "../../../src/host/pacing.ts";
import { SliceBudget } from "../../../src/host/slice-budget.ts";
import { assignSlots } from "../../../src/host/virtio-slots.ts";
import { Wake } from "../../../src/host/wake.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);

describe("console", () => {
  test("input is handed out in order, across chunks, however it is asked for", () => {
    const console = new ConsoleBackend();
    console.push(bytes("abc"));
    console.push(bytes("defg"));
    const two = new Uint8Array(2);
    expect([console.take(two), text(two), console.available]).toEqual([2, "ab", 5]);
    expect(text(console.peek())).toBe("cdefg");
    const ten = new Uint8Array(10);
    expect(console.take(ten)).toBe(5);
    expect(text(ten.subarray(0, 5))).toBe("cdefg");
    expect(console.take(ten)).toBe(0);
  });

  test("64 KiB wait without loss", () => {
    const console = new ConsoleBackend();
    const paste = Uint8Array.from({ length: 65536 }, (_, i) => i * 7);
    console.push(paste);
    const got: number[] = [];
    for (const part = new Uint8Array(16); console.take(part) > 0; ) got.push(...part);
    expect(Uint8Array.from(got)).toEqual(paste);
  });

  test("output is drained once, whole", () => {
    const console = new ConsoleBackend();
    console.emitByte(0x41);
    console.emit(new Uint8Array(10_000).fill(0x42));
    expect(text(console.drain()!)).toBe(`A${"B".repeat(10_000)}`);
    expect(console.drain()).toBeNull();
  });
});

describe("outside events", () => {
  test("come at their step, in order, stamped", () => {
    const events = new OutsideEvents();
    const event = (columns: number): OutsideEvent => ({ kind: "resize", columns, rows: 1 });
    events.add(event(2), 20n);
    events.add(event(1), 10n);
    events.add(event(3), 20n);
    expect(events.nextStep).toBe(10n);
    const seen: unknown[] = [];
    const apply = (e: OutsideEvent, stamp: object) => seen.push([e.kind === "resize" && e.columns, stamp]);
    events.deliver(9n, 36n, apply);
    expect(seen).toEqual([]);
    events.deliver(20n, 80n, apply);
    expect(seen).toEqual([
      [1, { steps: 20n, virtualNs: 80n, sequence: 0 }],
      [2, { steps: 20n, virtualNs: 80n, sequence: 1 }],
      [3, { steps: 20n, virtualNs: 80n, sequence: 2 }],
    ]);
    expect(events.nextStep).toBeNull();
  });

  test("that no guest could be given are refused before they are queued", () => {
    const events = new OutsideEvents();
    const input: OutsideEvent = { kind: "console", bytes: bytes("x") };
    expect(() => events.add(input, 5 as unknown as bigint)).toThrow(new TypeError("atStep: 5 is not a bigint"));
    for (const [columns, rows] of [
      [-1, 24],
      [80, 65536],
      [Number.NaN, 24],
      [80.5, 24],
    ] as const) {
      expect(() => events.add({ kind: "resize", columns, rows }, 0n)).toThrow(
        new RangeError(`a terminal of ${columns} columns and ${rows} rows is not possible; each is 0 to 65535`),
      );
    }
    for (const [width, height] of [
      [56, 600],
      [800, 604],
      [64, 4096],
      [4088, 2056],
      [Number.NaN, 600],
    ] as const) {
      expect(() => events.add({ kind: "screen", width, height }, 0n)).toThrow(
        new RangeError(
          `a screen of ${width} x ${height} pixels is not possible; each is a multiple of 8 from 64 to 4088, and both together ` +
            "8388608 pixels at most",
        ),
      );
    }
    expect(events.nextStep).toBeNull();
  });

  test("that waited for the next boundary when the machine was reset come at once, others at their step", () => {
    const events = new OutsideEvents();
    const event = (columns: number): OutsideEvent => ({ kind: "resize", columns, rows: 1 });
    events.add(event(1), 900n);
    events.add(event(2), 1000n);
    events.add(event(3), 1000n);
    events.add(event(4), 1001n);
    events.restart(1000n);
    const seen: unknown[] = [];
    events.deliver(0n, 0n, (e) => seen.push(e.kind === "resize" && e.columns));
    expect(seen).toEqual([1, 2, 3]);
    expect(events.nextStep).toBe(1001n);
  });
});

describe("pacing", () => {
  test("holds to its anchor while virtual and host time agree to 50 ms, and lets go beyond", () => {
    const pacing = new Pacing();
    pacing.align(0n, 1000);
    pacing.align(30_000_000n, 1040);
    expect(pacing.hostTime(100_000_000n)).toBe(1100);
    pacing.align(100_000_000n, 1151);
    expect(pacing.hostTime(100_000_000n)).toBe(1151);
    pacing.align(300_000_000n, 1200);
    expect(pacing.virtualTime(1201)).toBe(301_000_000n);
  });

  test("the host's clock stands still while the machine does", () => {
    let now = 100;
    const clock = new HostClock(() => now);
    now = 150;
    expect(clock.virtualNs).toBe(0n);
    clock.start();
    now = 160;
    expect(clock.virtualNs).toBe(10_000_000n);
    clock.stop();
    now = 1000;
    expect(clock.virtualNs).toBe(10_000_000n);
    clock.start();
    now = 1001;
    expect(clock.virtualNs).toBe(11_000_000n);
    clock.restart();
    expect(clock.virtualNs).toBe(0n);
  });

  test("slices settle at 4 ms", () => {
    const budget = new SliceBudget();
    for (let i = 0; i < 20; i++) budget.learn(Number(budget.steps), Number(budget.steps) / 100_000);
    expect(Number(budget.steps)).toBeGreaterThan(390_000);
    expect(Number(budget.steps)).toBeLessThan(410_000);
    budget.learn(10, 0.001);
    expect(Number(budget.steps)).toBeGreaterThan(390_000);
  });

  test("a signal before the wait is not lost", async () => {
    const wake = new Wake();
    wake.signal();
    expect(await wake.wait(Number.POSITIVE_INFINITY)).toBe(true);
    expect(await wake.wait(1)).toBe(false);
  });
});

describe("virtio slots", () => {
  test("devices without an address take the last free slots, as in QEMU", () => {
    const devices = [{ name: "a" }, { name: "b", slot: 7 }, { name: "c" }, { name: "d", slot: 0 }];
    expect(assignSlots(devices, 8)).toEqual([6, 7, 5, 0]);
  });

  test.each([
    [[{ name: "disk 0", slot: 8 }], "disk 0: virtio slot 8 does not exist; slots are 0 to 7"],
    [
      [
        { name: "disk 0", slot: 3 },
        { name: "console", slot: 3 },
      ],
      "console: virtio slot 3 is taken by disk 0",
    ],
    [Array.from({ length: 9 }, (_, i) => ({ name: `disk ${i}` })), "disk 8: all 8 virtio slots are taken"],
  ])("impossible slots are named (%#)", (devices, message) => {
    expect(() => assignSlots(devices, 8)).toThrow(new RangeError(message));
  });
});

describe("options", () => {
  const limits = "it must be a multiple of 4096 from 16 MiB to 2048 MiB";

  test.each([
    [{ memory: 1 << 20 }, `memory: 1048576 bytes of RAM are not possible; ${limits}`],
    [{ memory: 2 ** 31 + 4096 }, `memory: 2147487744 bytes of RAM are not possible; ${limits}`],
    [{ memory: (64 << 20) + 1 }, `memory: 67108865 bytes of RAM are not possible; ${limits}`],
    [{ memory: "268435456" as never }, `memory: 268435456 bytes of RAM are not possible; ${limits}`],
    [{ shift: 11 }, "shift: 11 is not a whole number from 0 to 10"],
    [{ rtcBase: -1 }, "rtcBase: -1 is not a whole number of seconds from 0 to 18446744073"],
    [{ rtcBase: 18_446_744_074 }, "rtcBase: 18446744074 is not a whole number of seconds from 0 to 18446744073"],
    [{ console: "vga" as "uart" }, 'console: "vga" is neither uart nor virtio'],
    [{ clock: "fast" as "icount" }, 'clock: "fast" is neither icount nor realtime'],
    [{ jit: { threshold: 0 } }, "jit.threshold: 0 is not a whole number from 1 to 65535"],
    [{ jit: { threshold: 65536 } }, "jit.threshold: 65536 is not a whole number from 1 to 65535"],
    [{ jit: { compile: "soon" as "sync" } }, 'jit.compile: "soon" is neither async nor sync'],
  ])("out of range (%#)", (options, message) => {
    expect(() => checkOptions({ target: "t", ...options })).toThrow(new RangeError(message));
  });

  test("a seed that is no bigint is refused", () => {
    const seed = 5 as unknown as bigint;
    expect(() => checkOptions({ target: "t", seed })).toThrow(new TypeError("seed: 5 is not a bigint"));
  });

  test("code is compiled unless the options say no, with the core's threshold unless they name one", () => {
    const jit = (value?: MachineOptions["jit"]) =>
      checkOptions({ target: "t", ...(value !== undefined && { jit: value }) }).jit;
    const usual = { threshold: 0, compile: "async", log: false };
    expect([jit(), jit(true), jit({}), jit(false)]).toEqual([usual, usual, usual, null]);
    expect(jit({ threshold: 1, compile: "sync", log: true })).toEqual({ threshold: 1, compile: "sync", log: true });
    expect(() => jit("no" as never)).toThrow(new TypeError("jit: no is neither true, false nor options"));
    expect(() => jit({ log: "x" as never })).toThrow(new TypeError("jit.log: x is neither true nor false"));
  });

  test("2 GiB are possible", () => {
    expect(checkOptions({ target: "t", memory: 2 ** 31 }).memory).toBe(2 ** 31);
  });
});
