import { describe, expect, test } from "vitest";
import { DEVICES_BYTES } from "../../src/spec/abi.ts";
import { generateBoard } from "../../src/codegen/board.ts";
import { decodedBytes, deviceAt } from "../../src/spec/memory-map.ts";
import { virtBoard } from "../../src/spec/riscv64/virt-board.ts";
import { TestBoard } from "./harness/board.ts";

describe("the bus", () => {
  test("answers exactly where and how QEMU's board does", async () => {
    const board = await TestBoard.create();
    const sizes = (pa: number) => [1, 2, 4, 8].filter((size) => board.has(pa, size));
    expect(sizes(0x0ff8)).toEqual([]);
    expect(sizes(0x1000)).toEqual([1, 2, 4, 8]);
    expect(sizes(0xfff8)).toEqual([1, 2, 4, 8]);
    expect(sizes(0x1_0000)).toEqual([]);
    expect(sizes(0x10_0000)).toEqual([2, 4]);
    expect(sizes(0x10_1000)).toEqual([4]);
    expect(sizes(0x10_1020)).toEqual([4]);
    expect(sizes(0x10_1024)).toEqual([]);
    expect(sizes(0x200_0000)).toEqual([4]);
    expect(sizes(0x200_4000)).toEqual([4, 8]);
    expect(sizes(0x200_bff8)).toEqual([4, 8]);
    expect(sizes(0x200_c000)).toEqual([]);
    expect(sizes(0xc00_0000)).toEqual([4]);
    expect(sizes(0xc5f_fffc)).toEqual([4]);
    expect(sizes(0xc60_0000)).toEqual([]);
    expect(sizes(0x1000_0000)).toEqual([1, 2, 4, 8]);
    expect(sizes(0x1000_0007)).toEqual([1]);
    expect(sizes(0x1000_0008)).toEqual([]);
    expect(sizes(0x1000_1000)).toEqual([1, 2, 4, 8]);
    expect(sizes(0x1000_11f8)).toEqual([1, 2, 4, 8]);
    expect(sizes(0x1000_1200)).toEqual([]);
    expect(sizes(0x1000_8000)).toEqual([1, 2, 4, 8]);
    expect(sizes(0x1000_9000)).toEqual([]);
    expect(sizes(0x8000_0000)).toEqual([]);
  });

  test("refuses misaligned accesses", async () => {
    const board = await TestBoard.create();
    expect([board.has(0x200_4002, 4), board.has(0x200_4004, 8), board.has(0x200_4004, 4)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  test("drops stores into ROM", async () => {
    const board = await TestBoard.create();
    board.write(0x1000, 0xffff_ffff);
    expect(board.read(0x1000)).toBe(0);
  });

  test("has room for all devices", async () => {
    const board = await TestBoard.create();
    expect(board.core.DEVICES_USED.value).toBeLessThanOrEqual(DEVICES_BYTES);
  });
});

describe("the table", () => {
  test("tells which device holds an address", () => {
    expect(deviceAt(virtBoard, 0x1000_0000)?.name).toBe("uart0");
    expect(deviceAt(virtBoard, 0x1000_8fff)?.name).toBe("virtio7");
    expect(deviceAt(virtBoard, 0x1000_9000)).toBeUndefined();
  });

  test("documents registers inside of what answers", () => {
    for (const device of virtBoard.devices) {
      for (const register of device.registers) {
        const last = register.offset + ((register.count ?? 1) - 1) * (register.stride ?? 0) + register.size;
        expect(last, `${device.name} ${register.name}`).toBeLessThanOrEqual(decodedBytes(device));
      }
    }
  });

  test("is refused when two devices overlap or share a name", () => {
    const [first, second] = virtBoard.devices;
    const overlapping = { ...virtBoard, devices: [...virtBoard.devices, { ...first!, name: "other" }] };
    expect(() => generateBoard(overlapping)).toThrow("board virt: test overlaps other");
    const twice = {
      ...virtBoard,
      devices: [...virtBoard.devices, { ...first!, name: second!.name, base: 0x3000_0000 }],
    };
    expect(() => generateBoard(twice)).toThrow("two devices are named rtc");
  });
});
