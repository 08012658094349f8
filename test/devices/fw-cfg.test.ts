/** The firmware configuration as QEMU's specification of it says. */
import { describe, expect, test } from "vitest";
import { RAM, RAM_BYTES, TestBoard } from "./harness/board.ts";

const DATA = 0x1010_0000;
const SELECTOR = 0x1010_0008;
const DMA = 0x1010_0010;
const [ERROR, READ, SKIP, SELECT, WRITE] = [1, 2, 4, 8, 16] as const;
const DESCRIPTOR = 0x1000;

const big16 = (value: number) => ((value & 0xff) << 8) | (value >> 8);

class Firmware {
  constructor(readonly board: TestBoard) {}

  select(key: number): void {
    this.board.write(SELECTOR, big16(key), 2);
  }

  /** A transfer, by one write or by two; answers the control word afterwards. */
  transfer(control: number, length: number, to: bigint, at = RAM + BigInt(DESCRIPTOR), whole = true): number {
    const { view } = this.board;
    const offset = Number(at - RAM);
    if (offset + 16 <= RAM_BYTES) {
      view.setUint32(offset, control);
      view.setUint32(offset + 4, length);
      view.setBigUint64(offset + 8, to);
    }
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(at);
    if (whole) {
      this.board.write(DMA, bytes.readBigUInt64LE(), 8);
    } else {
      this.board.write(DMA, bytes.readUInt32LE(0));
      this.board.write(DMA + 4, bytes.readUInt32LE(4));
    }
    return view.getUint32(offset % RAM_BYTES);
  }
}

async function create(): Promise<Firmware> {
  const board = await TestBoard.create();
  board.backends.items.set(0, Buffer.from("QEMU"));
  board.backends.items.set(0x20, Buffer.from("0123456789"));
  return new Firmware(board);
}

describe("the firmware configuration", () => {
  test("gives an item's bytes in order, with accesses of any size, then zeros", async () => {
    const firmware = await create();
    const { board } = firmware;
    firmware.select(0x20);
    expect([board.read(DATA, 1), board.read(DATA, 2), board.read(DATA, 4)]).toEqual([0x30, 0x3231, 0x36353433]);
    expect(board.read64(DATA)).toBe(0x39_3837n);
    expect(board.read(DATA, 1)).toBe(0);
    firmware.select(0x20);
    expect(board.read(DATA + 3, 1)).toBe(0x30);
    firmware.select(7);
    expect(board.read64(DATA)).toBe(0n);
    board.core.reset();
    expect(board.read(DATA)).toBe(0x554d4551);
  });

  test("says that it transfers by DMA", async () => {
    const { board } = await create();
    expect(board.read64(DMA)).toBe(Buffer.from("QEMU CFG").readBigUInt64LE());
    expect([board.read(DMA), board.read(DMA + 4)]).toEqual([0x554d4551, 0x47464320]);
    expect([board.has(DATA, 8), board.has(SELECTOR, 2), board.has(SELECTOR, 4), board.has(DMA, 2)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test.each([true, false])("copies items into RAM (whole address at once: %s)", async (whole) => {
    const firmware = await create();
    const { board } = firmware;
    board.ram.fill(0xee, 0x2000, 0x2010);
    const at = RAM + BigInt(DESCRIPTOR);
    const written = board.core.bytesWritten();
    expect(firmware.transfer((0x20 << 16) | SELECT | READ, 4, RAM + 0x2000n, at, whole)).toBe(0);
    expect(firmware.transfer(SKIP, 2, 0n, at, whole)).toBe(0);
    expect(firmware.transfer(READ, 8, RAM + 0x2004n, at, whole)).toBe(0);
    expect(Buffer.from(board.ram.subarray(0x2000, 0x2010)).toString("latin1")).toBe("01236789\0\0\0\0\xee\xee\xee\xee");
    // What was copied, and an answer of four bytes each time.
    expect(board.core.bytesWritten() - written).toBe(12n + 3n * 4n);
  });

  test("touches nothing outside RAM", async () => {
    const firmware = await create();
    const { board } = firmware;
    const end = RAM + BigInt(RAM_BYTES);
    const select = (0x20 << 16) | SELECT;
    expect(firmware.transfer(select | READ, 4, end - 3n)).toBe(ERROR);
    expect(firmware.transfer(select | READ, 0xffff_ffff, RAM)).toBe(ERROR);
    expect(firmware.transfer(select | READ, 4, 0x1000n)).toBe(ERROR);
    expect(firmware.transfer(select | READ, 0, 0n)).toBe(0);
    expect(firmware.transfer(select | WRITE, 4, RAM + 0x2000n)).toBe(ERROR);
    const before = Buffer.from(board.ram).toString("base64").length;
    firmware.transfer(0, 0, 0n, end - 15n);
    firmware.transfer(0, 0, 0n, 0xffff_ffff_ffff_fff8n);
    expect(Buffer.from(board.ram).toString("base64").length).toBe(before);
    expect(board.ram.subarray(RAM_BYTES - 15).every((byte) => byte === 0)).toBe(true);
  });
});
