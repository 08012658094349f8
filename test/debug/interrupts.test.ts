/** Why an interrupt is not taken, by the hart and by the interrupt controller; and a virtqueue read from memory that a guest wrote. */
import { describe, expect, test } from "vitest";
import { contextName, type ControllerValues, sourcesOf } from "../../src/debug/interrupt-controller.ts";
import { type HartInterrupts, interruptsOf } from "../../src/debug/riscv64/interrupts.ts";
import { lookAtQueue } from "../../src/debug/virtqueue.ts";

const [U, S, M] = [0, 1, 3];
const [SSI, STI, MTI, SEI, MEI] = [1, 5, 7, 9, 11];
const bit = (...numbers: number[]): bigint => numbers.reduce((bits, number) => bits | (1n << BigInt(number)), 0n);
const SIE = bit(1);
const MIE = bit(3);

describe("a hart's interrupts", () => {
  const hart: HartInterrupts = {
    pending: bit(STI),
    enabled: bit(STI, SEI, MTI),
    delegated: bit(SSI, STI, SEI),
    mstatus: SIE | MIE,
    privilege: S,
  };
  const look = (changed: Partial<HartInterrupts>, cause: number) =>
    interruptsOf({ ...hart, ...changed }).find((one) => one.cause === cause);

  test.each([
    ["taken in S-mode", {}, STI, true, ""],
    ["taken from U-mode whatever SIE says", { privilege: U, mstatus: 0n }, STI, true, ""],
    ["not pending", { pending: 0n }, STI, false, "it is not pending"],
    ["not enabled", { enabled: 0n }, STI, false, "mie.STIE is 0"],
    ["SIE", { mstatus: MIE }, STI, false, "sstatus.SIE is 0, and the hart is in S-mode"],
    ["delegated, in M-mode", { privilege: M }, STI, false, "S-mode handles it (mideleg), and never interrupts M-mode"],
    [
      "MIE",
      { pending: bit(MTI), privilege: M, mstatus: SIE },
      MTI,
      false,
      "mstatus.MIE is 0, and the hart is in M-mode",
    ],
    ["M-mode's in S-mode whatever MIE says", { pending: bit(MTI), mstatus: 0n }, MTI, true, ""],
    ["behind a better one", { pending: bit(STI, SEI) }, STI, false, "another one is taken before it"],
    ["the better one", { pending: bit(STI, SEI) }, SEI, true, ""],
    ["M-mode's before all delegated ones", { pending: bit(SEI, MTI) }, MTI, true, ""],
    ["M-mode's external one needs no delegation", { pending: bit(MEI), enabled: bit(MEI) }, MEI, true, ""],
  ] as const)("%s", (_, changed, cause, taken, why) => {
    expect(look(changed, cause)).toMatchObject({ taken, why });
  });

  test("by falling priority, with who handles each", () => {
    expect(interruptsOf(hart).map(({ cause, handler }) => [cause, handler])).toEqual([
      [11, M],
      [3, M],
      [7, M],
      [9, S],
      [1, S],
      [5, S],
    ]);
  });
});

describe("the interrupt controller's sources", () => {
  /** Two contexts of one CPU: M-mode has nothing enabled, S-mode source 10 and, in the second word, 33. */
  const values: ControllerValues = {
    priority: Array.from({ length: 96 }, (_, source) => (source === 10 || source === 33 ? 1n : 0n)),
    line: [0n, 0n, 0n],
    pending: [0n, 0n, 0n],
    claimed: [0n, 0n, 0n],
    enable: [0n, 0n, 0n, bit(10), bit(1), 0n],
    threshold: [0n, 0n],
  };
  const source = (changed: Partial<ControllerValues>, number: number) =>
    sourcesOf({ ...values, ...changed })[number - 1];
  const asks = { line: [bit(10), 0n, 0n], pending: [bit(10), 0n, 0n] };

  test.each([
    ["nothing asks", {}, 10, "its device does not ask for an interrupt"],
    ["it interrupts", asks, 10, ""],
    ["in the second word", { pending: [0n, bit(1), 0n] }, 33, ""],
    ["claimed", { ...asks, claimed: [bit(10), 0n, 0n] }, 10, "it is claimed, and not yet completed"],
    ["not enabled", { ...asks, enable: values.enable.map(() => 0n) }, 10, "it is not enabled"],
    ["priority 0", { ...asks, priority: values.priority.map(() => 0n) }, 10, "its priority is 0: never"],
    ["threshold", { ...asks, threshold: [0n, 1n] }, 10, "its priority 1 is not above the threshold 1"],
    ["not passed on", { line: asks.line }, 10, "its request has not been passed on"],
  ] as const)("%s", (_, changed, number, why) => {
    expect(source(changed, number)?.contexts[1]?.why).toBe(why);
  });

  test("each context by itself", () => {
    expect(source(asks, 10)).toEqual({
      source: 10,
      priority: 1,
      line: true,
      pending: true,
      claimed: false,
      contexts: [
        { enabled: false, why: "it is not enabled" },
        { enabled: true, why: "" },
      ],
    });
    expect([0, 1, 2, 3].map(contextName)).toEqual([
      "M-mode of CPU 0",
      "S-mode of CPU 0",
      "M-mode of CPU 1",
      "S-mode of CPU 1",
    ]);
    expect(sourcesOf(values)).toHaveLength(95);
  });
});

describe("a virtqueue", () => {
  const SIZE = 4;
  const place = { size: SIZE, descriptors: 0x1000n, driver: 0x2000n, device: 0x3000n };

  /** Memory of 64 KiB from address 0 on. */
  function memory() {
    const bytes = new Uint8Array(0x10000);
    const view = new DataView(bytes.buffer);
    const read = async (pa: bigint, length: number): Promise<Uint8Array> => {
      if (pa + BigInt(length) > BigInt(bytes.length)) throw new RangeError("there is no memory");
      return bytes.slice(Number(pa), Number(pa) + length);
    };
    const descriptor = (index: number, address: bigint, length: number, flags: number, next: number): void => {
      view.setBigUint64(0x1000 + 16 * index, address, true);
      view.setUint32(0x1008 + 16 * index, length, true);
      view.setUint16(0x100c + 16 * index, flags, true);
      view.setUint16(0x100e + 16 * index, next, true);
    };
    return { view, read, descriptor };
  }

  test("chains that wait, and those that have been given back", async () => {
    const { view, read, descriptor } = memory();
    descriptor(2, 0x8000n, 16, 1, 0);
    descriptor(0, 0x9000n, 512, 3, 3);
    descriptor(3, 0xa000n, 1, 2, 9);
    descriptor(1, 0xb000n, 64, 4, 0);
    // Entries 6 and 7 of the available ring, which has come round once; 5 has been given back.
    view.setUint16(0x2000, 1, true);
    view.setUint16(0x2002, 8, true);
    view.setUint16(0x2004 + 2 * 2, 2, true);
    view.setUint16(0x2004 + 2 * 3, 1, true);
    view.setUint16(0x3002, 6, true);
    view.setUint32(0x3004 + 8 * 1, 1, true);
    view.setUint32(0x3008 + 8 * 1, 99, true);
    const look = await lookAtQueue(place, 6, read);
    expect(look).toMatchObject({ available: 8, used: 6, noInterrupt: true });
    expect(look.waiting).toEqual([
      {
        entry: 6,
        wrong: null,
        descriptors: [
          { index: 2, address: 0x8000n, length: 16, flags: ["NEXT"], next: 0 },
          { index: 0, address: 0x9000n, length: 512, flags: ["NEXT", "WRITE"], next: 3 },
          { index: 3, address: 0xa000n, length: 1, flags: ["WRITE"], next: 9 },
        ],
      },
      {
        entry: 7,
        wrong: null,
        descriptors: [{ index: 1, address: 0xb000n, length: 64, flags: ["INDIRECT"], next: 0 }],
      },
    ]);
    expect(look.done[0]).toMatchObject({ entry: 5, written: 99, descriptors: [{ index: 1 }] });
  });

  test("what a hostile driver wrote", async () => {
    const { view, read, descriptor } = memory();
    descriptor(0, 0n, 0, 1, 0);
    view.setUint16(0x2002, 2, true);
    view.setUint16(0x2004, 0, true);
    view.setUint16(0x2006, 77, true);
    const { waiting } = await lookAtQueue(place, 0, read);
    expect(waiting.map(({ wrong, descriptors }) => [wrong, descriptors.length])).toEqual([
      ["the chain has no end", SIZE],
      ["there is no descriptor 77", 0],
    ]);
    view.setUint16(0x2002, 5, true);
    await expect(lookAtQueue(place, 0, read)).rejects.toThrow("the driver says that 5 buffers wait, in a queue of 4");
    await expect(lookAtQueue({ ...place, size: 3 }, 0, read)).rejects.toThrow("3 is no size of a queue");
    await expect(lookAtQueue({ ...place, size: 0 }, 0, read)).rejects.toThrow("0 is no size of a queue");
    await expect(lookAtQueue({ ...place, size: 1 << 30 }, 0, read)).rejects.toThrow("is no size of a queue");
    await expect(lookAtQueue({ ...place, driver: 0xffff_ffff_ffff_ff00n }, 0, read)).rejects.toThrow(
      "the available ring at 0xffffffffffffff00 does not lie in RAM",
    );
  });
});
