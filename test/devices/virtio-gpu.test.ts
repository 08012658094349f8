/** The GPU: what its commands do to resources and screen, and what a driver that breaks the rules gets. */
import { beforeEach, describe, expect, test } from "vitest";
import { DEVICES_BASE, RAM_BASE, VIDEO_BYTES } from "../../src/spec/abi.ts";
import { RAM, RAM_BYTES, TestBoard } from "./harness/board.ts";
import {
  ATTACH,
  BAD_PARAMETER,
  BAD_RESOURCE,
  BAD_SCANOUT,
  BGRX,
  COMMAND,
  CREATE,
  DETACH,
  DISPLAY_INFO,
  EDID,
  FLUSH,
  GPU,
  GpuDriver,
  MOVE_CURSOR,
  NO_MEMORY,
  OK,
  OK_DISPLAY_INFO,
  RESPONSE,
  SCANOUT,
  UNREF,
  UNSPEC,
  UPDATE_CURSOR,
} from "./harness/gpu-driver.ts";
import { type Descriptor, REGISTER, WRITE } from "./harness/virtio-driver.ts";

const [WIDTH, HEIGHT] = [640, 480];
const PIXELS = 0x30_0000;
const VIDEO = RAM_BASE + RAM_BYTES;

let board: TestBoard;
let gpu: GpuDriver;
beforeEach(async () => {
  board = await TestBoard.create({ slots: { 0: GPU }, units: { 0: WIDTH | (HEIGHT << 16) } });
  gpu = new GpuDriver(board).open();
  board.screen = [];
});

/** Pixels of video memory as 32-bit words. */
function video(offset: number, words: number): number[] {
  const bytes = board.video(offset, 4 * words);
  return [...new Uint32Array(bytes.buffer, bytes.byteOffset, words)];
}

/** Pixel n of the guest's picture is n + 1. */
function draw(pixels: number, at = PIXELS): void {
  for (let i = 0; i < pixels; i++) board.view.setUint32(at + 4 * i, i + 1, true);
}

describe("the screen", () => {
  test("has one scanout, of the size that the machine was made with, and no capability sets", () => {
    expect([0, 4, 8, 12].map((offset) => gpu.get(REGISTER.config + offset))).toEqual([0, 0, 1, 0]);
    const info = gpu.command(DISPLAY_INFO, []);
    expect(info.length).toBe(24 + 16 * 24);
    expect(info.readUInt32LE(0)).toBe(OK_DISPLAY_INFO);
    const mode = [0, 4, 8, 12, 16, 20].map((offset) => info.readUInt32LE(24 + offset));
    expect(mode).toEqual([0, 0, WIDTH, HEIGHT, 1, 0]);
    expect(info.subarray(48).every((byte) => byte === 0)).toBe(true);
  });

  test("tells of another size by event, configuration and interrupt, until the driver clears it; resets keep the size", () => {
    const size = () => {
      const info = gpu.command(DISPLAY_INFO, []);
      gpu.takeInterrupt();
      return [info.readUInt32LE(24 + 8), info.readUInt32LE(24 + 12)];
    };
    const generation = gpu.get(REGISTER.configGeneration);
    board.core.screenResize(1024, 768);
    expect([0, 4, 8].map((offset) => gpu.get(REGISTER.config + offset))).toEqual([1, 0, 1]);
    expect([gpu.get(REGISTER.configGeneration), gpu.takeInterrupt()]).toEqual([generation + 1, 2]);
    expect(size()).toEqual([1024, 768]);
    // What the screen shows is the driver's business.
    expect(board.screen).toEqual([]);
    board.core.screenResize(1024, 768);
    expect(gpu.takeInterrupt()).toBe(0);
    gpu.set(REGISTER.config + 4, 2);
    expect(gpu.get(REGISTER.config)).toBe(1);
    gpu.set(REGISTER.config + 4, 1);
    expect([gpu.get(REGISTER.config), gpu.takeInterrupt()]).toEqual([0, 0]);
    board.core.screenResize(WIDTH, HEIGHT);
    board.core.screenResize(800, 600);
    expect([gpu.get(REGISTER.config), gpu.takeInterrupt()]).toEqual([1, 2]);
    gpu.set(REGISTER.status, 0);
    expect([gpu.get(REGISTER.config), gpu.get(REGISTER.interruptStatus)]).toEqual([0, 0]);
    // Without a driver nobody is interrupted; the next one asks anyway.
    board.core.screenResize(320, 200);
    expect([gpu.get(REGISTER.config), gpu.get(REGISTER.interruptStatus)]).toEqual([1, 0]);
    board.ram.fill(0, 0x1_0000, 0x4_0000);
    gpu = new GpuDriver(board).open();
    expect(size()).toEqual([320, 200]);
    const edid = gpu.command(EDID, [0, 0]).subarray(32);
    expect([edid[54 + 2], (edid[54 + 4] as number) >> 4, edid[54 + 5]]).toEqual([320 & 0xff, 320 >> 8, 200]);
    // 640 x 480, as large as it was at first, is there still.
    expect(edid[35]).toBe(0x20);
  });

  test("a fence comes back with its number and context", () => {
    const response = gpu.command(DISPLAY_INFO, [], [1, 0x1234_5678, 0x9abc_def0, 7, 0]);
    const words = [4, 8, 12, 16, 20].map((offset) => response.readUInt32LE(offset));
    expect(words).toEqual([1, 0x1234_5678, 0x9abc_def0, 7, 0]);
    const without = gpu.command(DISPLAY_INFO, [], [0, 5, 5, 5, 0]);
    expect(without.subarray(4, 24).every((byte) => byte === 0)).toBe(true);
  });

  test("shows a rectangle of a resource, and tells what of it was flushed", () => {
    expect(gpu.create(1, 64, 32)).toBe(OK);
    expect(gpu.answer(SCANOUT, 8, 4, 32, 16, 0, 1)).toBe(OK);
    expect(board.screen).toEqual([["scanout", VIDEO + (4 * 64 + 8) * 4, 256, 32, 16, BGRX]]);
    board.screen = [];
    expect(gpu.answer(FLUSH, 0, 0, 64, 32, 1, 0)).toBe(OK);
    expect(gpu.answer(FLUSH, 0, 0, 10, 6, 1, 0)).toBe(OK);
    expect(gpu.answer(FLUSH, 0, 0, 8, 32, 1, 0)).toBe(OK);
    expect(board.screen).toEqual([
      ["damage", 0, 0, 32, 16],
      ["damage", 0, 0, 2, 2],
    ]);
    board.screen = [];
    expect(gpu.answer(SCANOUT, 0, 0, 0, 0, 0, 0)).toBe(OK);
    expect(gpu.answer(FLUSH, 0, 0, 64, 32, 1, 0)).toBe(OK);
    expect(board.screen).toEqual([["scanout", 0, 0, 0, 0, 0]]);
  });

  test("is dark when its resource is gone, or the driver resets the device, which frees and clears everything", () => {
    gpu.create(1, 16, 16);
    gpu.answer(SCANOUT, 0, 0, 16, 16, 0, 1);
    board.screen = [];
    expect(gpu.answer(UNREF, 1, 0)).toBe(OK);
    expect(board.screen).toEqual([["scanout", 0, 0, 0, 0, 0]]);
    gpu.create(2, 16, 16);
    gpu.attach(2, [RAM + BigInt(PIXELS), 1024]);
    draw(256);
    gpu.transfer(2, [0, 0, 16, 16]);
    expect(video(0, 2)).toEqual([1, 2]);
    gpu.set(REGISTER.status, 0);
    expect(video(0, 0x1000).every((pixel) => pixel === 0)).toBe(true);
    expect(board.screen.at(-3)).toEqual(["scanout", 0, 0, 0, 0, 0]);
  });

  test("the pointer: picture, hot spot and place; a command without room for an answer", () => {
    gpu.create(3, 64, 64, 1);
    gpu.cursor(UPDATE_CURSOR, 0, 100, 50, 0, 3, 7, 9, 0);
    gpu.cursor(MOVE_CURSOR, 0, 101, 51, 0, 0, 0, 0, 0);
    gpu.cursor(UPDATE_CURSOR, 0, 102, 52, 0, 0, 0, 0, 0);
    expect(board.screen).toEqual([
      ["cursor", VIDEO, 1, 7, 9],
      ["move", 0, 0],
      ["move", 100, 50],
      ["move", 101, 51],
      ["cursor", 0, 0, 0, 0],
      ["move", 101, 51],
      ["move", 102, 52],
    ]);
    board.screen = [];
    gpu.create(4, 32, 32, 1);
    gpu.cursor(UPDATE_CURSOR, 0, 1, 1, 0, 4, 0, 0, 0);
    gpu.cursor(MOVE_CURSOR, 1, 1, 1, 0, 0, 0, 0, 0);
    gpu.cursor(DISPLAY_INFO);
    expect([board.screen, gpu.broken()]).toEqual([[], false]);
  });
});

describe("resources", () => {
  test("are copied from scattered memory, whole and in part", () => {
    gpu.create(1, 8, 4);
    draw(32);
    // 128 bytes in three pieces, the first two out of order and not of whole rows.
    board.ram.copyWithin(PIXELS + 0x1000, PIXELS, PIXELS + 20);
    board.ram.copyWithin(PIXELS + 0x2000, PIXELS + 20, PIXELS + 90);
    expect(
      gpu.attach(
        1,
        [RAM + BigInt(PIXELS + 0x1000), 20],
        [RAM + BigInt(PIXELS + 0x2000), 70],
        [RAM + BigInt(PIXELS + 90), 38],
      ),
    ).toBe(OK);
    expect(gpu.transfer(1, [2, 1, 3, 2], BigInt((8 + 2) * 4))).toBe(OK);
    const part = new Array(32).fill(0);
    for (const at of [10, 11, 12, 18, 19, 20]) part[at] = at + 1;
    expect(video(0, 32)).toEqual(part);
    expect(gpu.transfer(1, [0, 0, 8, 4])).toBe(OK);
    expect(video(0, 32)).toEqual(Array.from({ length: 32 }, (_, i) => i + 1));
  });

  test("take the first gap of whole pages, and are black at first", () => {
    const address = (id: number): number => {
      board.screen = [];
      expect(gpu.answer(SCANOUT, 0, 0, 1, 1, 0, id)).toBe(OK);
      return (board.screen[0]![1] as number) - VIDEO;
    };
    gpu.create(1, 32, 33);
    gpu.create(2, 32, 32);
    gpu.create(3, 16, 16);
    expect([1, 2, 3].map(address)).toEqual([0, 0x2000, 0x3000]);
    gpu.attach(1, [RAM + BigInt(PIXELS), 4224]);
    draw(1056);
    gpu.transfer(1, [0, 0, 32, 33]);
    expect(gpu.answer(UNREF, 1, 0)).toBe(OK);
    gpu.create(4, 64, 64);
    gpu.create(5, 16, 16);
    // The list of resource 1 lay between.
    expect([4, 5].map(address)).toEqual([0x4000, 0]);
    expect(video(0, 1056).every((pixel) => pixel === 0)).toBe(true);
  });

  test("without backing, or with a second one, or none to take away: an error", () => {
    gpu.create(1, 16, 16);
    expect(gpu.transfer(1, [0, 0, 1, 1])).toBe(UNSPEC);
    expect(gpu.answer(DETACH, 1, 0)).toBe(UNSPEC);
    expect(gpu.attach(1, [RAM + BigInt(PIXELS), 1024])).toBe(OK);
    expect(gpu.attach(1, [RAM + BigInt(PIXELS), 1024])).toBe(UNSPEC);
    expect(gpu.answer(DETACH, 1, 0)).toBe(OK);
    expect(gpu.transfer(1, [0, 0, 1, 1])).toBe(UNSPEC);
  });

  test("fill the video memory and no more; 64 at a time", () => {
    expect(gpu.create(1, 4096, 2048)).toBe(OK);
    expect(gpu.create(2, 1, 1)).toBe(NO_MEMORY);
    expect(gpu.attach(1, [RAM, 4096])).toBe(NO_MEMORY);
    expect(gpu.answer(UNREF, 1, 0)).toBe(OK);
    expect(gpu.create(2, 4096, 2049)).toBe(NO_MEMORY);
    for (let id = 1; id <= 64; id++) expect(gpu.create(id, 1, 1)).toBe(OK);
    expect(gpu.create(65, 1, 1)).toBe(NO_MEMORY);
    expect(gpu.answer(UNREF, 64, 0)).toBe(OK);
    expect(gpu.create(65, 1, 1)).toBe(OK);
  });
});

describe("a hostile driver", () => {
  test.each([
    ["resource 0", () => gpu.create(0, 8, 8), BAD_RESOURCE],
    ["a number that is in use", () => Math.max(gpu.create(1, 8, 8), gpu.create(1, 8, 8)), BAD_RESOURCE],
    ["no width", () => gpu.create(1, 0, 8), BAD_PARAMETER],
    ["no height", () => gpu.create(1, 8, 0), BAD_PARAMETER],
    ["an unknown format", () => gpu.create(1, 8, 8, 5), BAD_PARAMETER],
    ["a size of 2^66 bytes", () => gpu.create(1, -1, -1), NO_MEMORY],
    ["a size whose 32-bit product is 0", () => gpu.create(1, 0x1_0000, 0x1_0000), NO_MEMORY],
    ["unref of nothing", () => gpu.answer(UNREF, 9, 0), BAD_RESOURCE],
    ["a second scanout", () => gpu.answer(SCANOUT, 0, 0, 8, 8, 1, 0), BAD_SCANOUT],
    ["a scanout of nothing", () => gpu.answer(SCANOUT, 0, 0, 8, 8, 0, 9), BAD_RESOURCE],
    ["flush of nothing", () => gpu.answer(FLUSH, 0, 0, 8, 8, 9, 0), BAD_RESOURCE],
    ["a transfer to nothing", () => gpu.transfer(9, [0, 0, 1, 1]), BAD_RESOURCE],
    ["a list for nothing", () => gpu.attach(9, [RAM, 64]), BAD_RESOURCE],
    ["no list taken from nothing", () => gpu.answer(DETACH, 9, 0), BAD_RESOURCE],
    ["an unknown command", () => gpu.answer(0x1ff, 0, 0), UNSPEC],
    ["3D", () => gpu.answer(0x200, 0, 0), UNSPEC],
    ["a command that is too short", () => gpu.answer(CREATE, 1, BGRX, 8), BAD_PARAMETER],
  ])("%s", (_, act, error) => {
    expect(act()).toBe(error);
    expect([gpu.broken(), gpu.create(50, 8, 8)]).toEqual([false, OK]);
  });

  test.each([
    ["empty", [0, 0, 0, 1]],
    ["to the right", [1, 0, 16, 1]],
    ["below", [0, 15, 1, 2]],
    ["beyond 2^32", [0xffff_fff8, 0, 16, 1]],
    ["so wide that its end comes round to 0", [8, 0, 0xffff_fff8, 1]],
    ["so high that its end comes round to 0", [0, 8, 1, 0xffff_fff8]],
    ["as wide as numbers go", [0, 0, 0xffff_ffff, 0xffff_ffff]],
  ])("a rectangle that is %s", (_, rectangle) => {
    gpu.create(1, 16, 16);
    gpu.attach(1, [RAM + BigInt(PIXELS), 1024]);
    expect(gpu.transfer(1, rectangle)).toBe(BAD_PARAMETER);
    expect(gpu.answer(FLUSH, ...rectangle, 1, 0)).toBe(BAD_PARAMETER);
    expect(gpu.answer(SCANOUT, ...rectangle, 0, 1)).toBe(BAD_PARAMETER);
    expect(board.screen).toEqual([]);
  });

  test.each([
    ["one byte beyond RAM", [RAM + BigInt(RAM_BYTES) - 63n, 64]],
    ["below RAM", [RAM - 1n, 64]],
    ["at the end of the address space", [-64n & 0xffff_ffff_ffff_ffffn, 128]],
    ["in the devices", [0x1000_0000n, 64]],
  ] as const)("a piece of backing that lies %s leaves the resource as it was", (_, entry) => {
    gpu.create(1, 8, 2);
    expect(gpu.attach(1, [RAM, 32], entry as [bigint, number])).toBe(BAD_PARAMETER);
    expect(gpu.attach(1, [RAM, 64])).toBe(OK);
    expect(board.video(4096, 64).filter((byte) => byte !== 0)).toHaveLength(2);
  });

  test("lists that are empty, longer than the command, and longer than any", () => {
    gpu.create(1, 16, 16);
    expect(gpu.answer(ATTACH, 1, 0)).toBe(BAD_PARAMETER);
    expect(gpu.answer(ATTACH, 1, 2, 0x8000_0000, 0, 64, 0)).toBe(BAD_PARAMETER);
    expect(gpu.answer(ATTACH, 1, 0xffff_ffff, 0x8000_0000, 0, 64, 0)).toBe(BAD_PARAMETER);
    expect(gpu.answer(ATTACH, 1, 16385)).toBe(BAD_PARAMETER);
  });

  test("a whole list of 16384 pieces is the longest", () => {
    gpu.create(1, 16, 16);
    for (let i = 0; i < 16385; i++) {
      board.view.setBigUint64(PIXELS + 16 * i, RAM, true);
      board.view.setUint32(PIXELS + 16 * i + 8, 4, true);
    }
    const attach = (entries: number): number => {
      for (const [i, word] of [ATTACH, 0, 0, 0, 0, 0, 1, entries].entries()) {
        board.view.setUint32(COMMAND + 4 * i, word, true);
      }
      const response = gpu.exchange([
        { pa: RAM + BigInt(COMMAND), length: 32 },
        { pa: RAM + BigInt(PIXELS), length: 16 * entries },
        { pa: RAM + BigInt(RESPONSE), length: 24, flags: WRITE },
      ]);
      return response.readUInt32LE(0);
    };
    expect([attach(16385), attach(16384)]).toEqual([BAD_PARAMETER, OK]);
  });

  test("a transfer from beyond its backing copies nothing", () => {
    gpu.create(1, 16, 16);
    draw(256);
    gpu.attach(1, [RAM + BigInt(PIXELS), 512], [RAM + BigInt(PIXELS + 512), 0], [RAM + BigInt(PIXELS + 512), 508]);
    expect(gpu.transfer(1, [0, 0, 16, 16])).toBe(BAD_PARAMETER);
    expect(gpu.transfer(1, [0, 0, 1, 1], 1020n)).toBe(BAD_PARAMETER);
    expect(gpu.transfer(1, [0, 0, 1, 1], 0xffff_ffff_ffff_fffcn)).toBe(BAD_PARAMETER);
    expect(video(0, 256).every((pixel) => pixel === 0)).toBe(true);
    expect(gpu.transfer(1, [0, 0, 1, 1], 1016n)).toBe(OK);
    expect(video(0, 2)).toEqual([255, 0]);
  });

  test("a command without a header, or without room for its answer, breaks the device, and a reset mends it", () => {
    const room: Descriptor = { pa: RAM + BigInt(RESPONSE), length: 64, flags: WRITE };
    for (const chain of [
      [{ pa: RAM + BigInt(COMMAND), length: 23 }, room],
      [{ pa: RAM + BigInt(COMMAND), length: 24 }],
      [
        { pa: RAM + BigInt(COMMAND), length: 24 },
        { ...room, length: 23 },
      ],
    ]) {
      board.view.setUint32(COMMAND, DISPLAY_INFO, true);
      gpu.exchange(chain);
      expect(gpu.broken()).toBe(true);
      // What the rings hold at the start counts.
      board.ram.fill(0, 0x1_0000, 0x4_0000);
      gpu = new GpuDriver(board).open();
    }
    expect(gpu.create(1, 8, 8)).toBe(OK);
  });
});

describe("a state from a file", () => {
  /** The device's state, at the start of which lies the table of resources, and what is wrong with it after `change`. */
  function fault(change: (words: Uint32Array) => void): boolean {
    const used = board.core.DEVICES_USED.value as number;
    const image = new Uint8Array(board.memory.buffer, RAM_BASE, used);
    image.set(new Uint8Array(board.memory.buffer, DEVICES_BASE, used));
    const words = new Uint32Array(image.buffer, image.byteOffset, used / 4);
    // Where resource 77 is: 77, format, 16, 8.
    const at = words.findIndex((word, i) => word === 77 && words[i + 2] === 16 && words[i + 3] === 8);
    change(words.subarray(at));
    return board.core.devicesAtFault(RAM_BASE) !== 0;
  }
  const [ID, FORMAT, PLACE, LIST, COUNT, NEXT] = [0, 1, 4, 5, 6, 8];
  /** Behind 64 resources of 8 words: scanout, x, y, width, height, cursor and four of its own; events, size. */
  const FIELDS = 64 * 8;

  beforeEach(() => {
    gpu.create(77, 16, 8);
    gpu.attach(77, [RAM + BigInt(PIXELS), 512]);
    gpu.create(78, 64, 64);
    gpu.answer(SCANOUT, 0, 0, 16, 8, 0, 77);
    gpu.cursor(UPDATE_CURSOR, 0, 1, 1, 0, 78, 0, 0, 0);
  });

  test("as it is: possible", () => {
    expect(fault(() => {})).toBe(false);
    board.core.screenResize(4088, 2048);
    expect(fault(() => {})).toBe(false);
  });

  test.each([
    ["a format that there is not", FORMAT, 0],
    ["no width", 2, 0],
    ["pixels beyond the video memory", PLACE, VIDEO_BYTES],
    ["pixels that begin within a page", PLACE, 512],
    ["a picture that ends beyond the video memory", 3, 0x80_0001],
    ["a size of 2^66 bytes", 2, 0xffff_ffff],
    ["a list beyond the video memory", LIST, VIDEO_BYTES],
    ["a list that is too long", COUNT, 16385],
    ["a list within its own picture", LIST, 0],
    ["two pictures in one place", NEXT + PLACE, 0],
    ["a screen that shows nothing", FIELDS, 5],
    ["a screen that shows more than there is", FIELDS + 3, 17],
    ["a pointer without a picture", FIELDS + 5, 5],
    ["a pointer of another size", FIELDS + 5, 77],
    ["a picture without a number, which is shown", ID, 0],
    ["an event that there is not", FIELDS + 10, 2],
    ["a screen less than 64 pixels wide", FIELDS + 11, 56 | (600 << 16)],
    ["a screen of 804 pixels", FIELDS + 11, 804 | (600 << 16)],
    ["a screen of no height", FIELDS + 11, 800],
    ["a screen more than 4088 pixels high", FIELDS + 11, 64 | (4096 << 16)],
    ["a screen larger than the video memory", FIELDS + 11, 4088 | (2056 << 16)],
  ])("%s", (_, index, value) => {
    expect(
      fault((words) => {
        words[index] = value;
      }),
    ).toBe(true);
  });
});
