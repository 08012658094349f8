/** The flash against what QEMU 10.0's answered to the same accesses, and against what Intel's chips do beyond that. */
import { describe, expect, test } from "vitest";
import { RAM_BASE } from "../../src/spec/abi.ts";
import { RAM_BYTES, TestBoard } from "./harness/board.ts";

const BASE = 0x2000_0000;
const SECOND = 0x2200_0000;
const SECTOR = 0x4_0000;
const [READY, LOCKED, PROGRAM_ERROR, ERASE_ERROR] = [0x80, 0x02, 0x10, 0x20] as const;

/** A word in which both chips get or say the same. */
const both = (value: number) => ((value << 16) | value) >>> 0;

class FlashDriver {
  constructor(
    readonly board: TestBoard,
    readonly base = BASE,
  ) {}

  command(value: number, offset = 0): void {
    this.board.write(this.base + offset, both(value));
  }

  status(): number {
    this.command(0x70);
    const word = this.board.read(this.base);
    expect(word).toBe(both(word & 0xffff));
    this.command(0x50);
    return word & 0xffff;
  }

  erase(offset: number): void {
    this.command(0x20, offset);
    this.command(0xd0, offset);
  }

  program(offset: number, value: number, size = 4): void {
    this.command(0x40, offset);
    this.board.write(this.base + offset, value, size);
  }

  /** Writes words through the buffer; `count` is what it tells the chips, if not the truth. */
  programBuffer(offset: number, words: readonly number[], count = words.length - 1, confirm = 0xd0): void {
    this.command(0xe8, offset);
    this.command(count, offset);
    for (const [n, word] of words.entries()) this.board.write(this.base + offset + 4 * n, word);
    this.command(confirm, offset);
  }
}

async function create(flash?: "writable" | "read-only"): Promise<FlashDriver> {
  return new FlashDriver(await TestBoard.create(flash ? { flash } : {}));
}

describe("the flash", () => {
  test("says by CFI what it is", async () => {
    const { board } = await create();
    board.write(BASE + 0x55 * 4, both(0x98));
    const table = Array.from({ length: 0x40 }, (_, index) => board.read(BASE + index * 4));
    expect(table.every((word) => word === both(word & 0xff))).toBe(true);
    // Read from QEMU by U-Boot.
    const expected = [
      "00000000000000000000000000000000",
      "51525901003100000000004555000007",
      "070a00040404001802000b00017f0000",
      "02505249313000000000000000000001",
    ];
    expect(Buffer.from(table.map((word) => word & 0xff)).toString("hex")).toBe(expected.join(""));
    // 16 and 8 bytes at a time see the same, and the second bank is on its own.
    expect([board.read(BASE + 0x40, 2), board.read(BASE + 0x42, 2), board.read(BASE + 0x44, 1)]).toEqual([
      0x51, 0x51, 0x52,
    ]);
    expect(board.read64(BASE + 0x40)).toBe(0x0051_0051_0051_0051n);
    expect(board.read(SECOND + 0x40)).toBe(0);
    board.write(BASE, both(0x90));
    expect([board.read(BASE), board.read(BASE + 4)]).toEqual([both(0x89), both(0x18)]);
    board.write(BASE, both(0xff));
    expect(board.read(BASE + 0x40)).toBe(0);
  });

  test("erases sectors to ones, and programming only clears bits", async () => {
    const flash = await create("writable");
    const { board } = flash;
    flash.erase(SECTOR + 0x1234);
    expect(flash.status()).toBe(READY);
    expect([
      board.flash[SECTOR - 1],
      board.flash[SECTOR],
      board.flash[2 * SECTOR - 1],
      board.flash[2 * SECTOR],
    ]).toEqual([0, 0xff, 0xff, 0]);
    flash.program(SECTOR, 0x1234_5678);
    flash.program(SECTOR, 0xffff_00ff);
    flash.program(SECTOR + 6, 0xabcd, 2);
    expect(flash.status()).toBe(READY);
    expect([board.read(BASE + SECTOR), board.read(BASE + SECTOR + 4)]).toEqual([0x1234_0078, 0xabcd_ffff]);
    expect(board.backends.flashLog).toEqual([
      [0, SECTOR, SECTOR],
      [0, SECTOR, 4],
      [0, SECTOR, 4],
      [0, SECTOR + 6, 2],
    ]);
  });

  test("programs a buffer of words when they are confirmed, and not otherwise", async () => {
    const flash = await create("writable");
    const { board } = flash;
    flash.erase(0);
    const words = Array.from({ length: 0x400 }, (_, n) => n * 3);
    flash.programBuffer(0x1000, words);
    expect(flash.status()).toBe(READY);
    expect(words.map((_, n) => board.read(BASE + 0x1000 + 4 * n))).toEqual(words);
    flash.programBuffer(0x2000, [1, 2, 3], 2, 0x00);
    expect(flash.status()).toBe(READY | ERASE_ERROR | PROGRAM_ERROR);
    // More than the buffer holds, by the count and by the addresses.
    flash.command(0xe8, 0x3000);
    flash.command(0x400, 0x3000);
    expect(flash.status()).toBe(READY | ERASE_ERROR | PROGRAM_ERROR);
    flash.programBuffer(0x3ffc, [1, 2]);
    expect(flash.status()).toBe(READY | ERASE_ERROR | PROGRAM_ERROR);
    expect(board.flash.subarray(0x2000, 0x4_0000).every((byte) => byte === 0xff)).toBe(true);
  });

  test("refuses changes where it is read-only or has no content", async () => {
    for (const flash of [
      await create("read-only"),
      await create(),
      new FlashDriver((await create("writable")).board, SECOND),
    ]) {
      flash.erase(0);
      expect(flash.status()).toBe(READY | ERASE_ERROR | LOCKED);
      flash.program(0, 0);
      expect(flash.status()).toBe(READY | PROGRAM_ERROR | LOCKED);
      flash.programBuffer(0, [1]);
      expect(flash.status()).toBe(READY | PROGRAM_ERROR | LOCKED);
      flash.command(0x60);
      flash.command(0xd0);
      expect(flash.status()).toBe(READY);
      expect([flash.board.read(flash.base), flash.board.backends.flashLog]).toEqual([0, []]);
    }
  });

  test("is memory while it shows its array, and says when that changes", async () => {
    const flash = await create("writable");
    const { board } = flash;
    const at = BigInt(BASE) + 0x5000n;
    const ptr = RAM_BASE + RAM_BYTES + 0x5000;
    expect(board.core.readablePointer(at, 4096n)).toBe(ptr);
    expect(board.core.physicalAddress(ptr)).toBe(at);
    expect(board.core.readablePointer(BigInt(SECOND) - 4n, 8n)).toBe(0);
    expect(board.core.readablePointer(BigInt(SECOND), 8n)).toBe(0);
    flash.command(0x70);
    expect([board.core.readablePointer(at, 4096n), board.core.mappingChanges()]).toEqual([0, 1]);
    flash.command(0x20);
    flash.command(0xd0);
    expect(board.core.mappingChanges()).toBe(1);
    flash.command(0xff);
    expect([board.core.readablePointer(at, 4096n), board.core.mappingChanges()]).toEqual([ptr, 2]);
    flash.command(0x90);
    board.core.reset();
    expect([board.core.readablePointer(at, 4096n), board.flash[0]]).toEqual([ptr, 0xff]);
  });
});
