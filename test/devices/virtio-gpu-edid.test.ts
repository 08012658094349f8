/** What the GPU says of its monitor: read as VESA's EDID 1.4 has it, for screens of many sizes. */
import { expect, test } from "vitest";
import { TestBoard } from "./harness/board.ts";
import { BAD_PARAMETER, BAD_SCANOUT, EDID, GPU, GpuDriver, OK_EDID, UNSPEC } from "./harness/gpu-driver.ts";

const FEATURE_EDID = 2n;
const HEADER = [0, 255, 255, 255, 255, 255, 255, 0];
/** Width to height of a standard timing, by the two upper bits of its second byte (3.9). */
const SHAPES = [16 / 10, 4 / 3, 5 / 4, 16 / 9];

async function driver(width: number, height: number): Promise<GpuDriver> {
  return new GpuDriver(await TestBoard.create({ slots: { 0: GPU }, units: { 0: width | (height << 16) } }));
}

/** The block of a screen. */
async function edidOf(width: number, height: number): Promise<Buffer> {
  const response = (await driver(width, height)).open().command(EDID, [0, 0]);
  expect([response.length, response.readUInt32LE(0)]).toEqual([24 + 8 + 1024, OK_EDID]);
  expect([response.readUInt32LE(24), response.readUInt32LE(28)]).toEqual([128, 0]);
  expect(response.subarray(32 + 128).every((byte) => byte === 0)).toBe(true);
  return response.subarray(32, 32 + 128);
}

/** A detailed timing (3.10.2): pixels, lines, millimetres; blanking with front porch and sync; Hz. */
function timing(edid: Buffer) {
  const at = (byte: number): number => edid[54 + byte] as number;
  const across = at(2) | ((at(4) >> 4) << 8);
  const down = at(5) | ((at(7) >> 4) << 8);
  const [blankAcross, blankDown] = [at(3) | ((at(4) & 15) << 8), at(6) | ((at(7) & 15) << 8)];
  return {
    pixels: [across, down],
    millimetres: [at(12) | ((at(14) >> 4) << 8), at(13) | ((at(14) & 15) << 8)],
    across: [blankAcross, at(8), at(9)],
    down: [blankDown, at(10) >> 4, at(10) & 15],
    hz: (edid.readUInt16LE(54) * 10_000) / ((across + blankAcross) * (down + blankDown)),
  };
}

/** Sizes that established and standard timings name, as "1024x768". */
function otherSizes(edid: Buffer): string[] {
  const established = [
    [35, 0x20, "640x480"],
    [35, 0x01, "800x600"],
    [36, 0x08, "1024x768"],
  ] as const;
  const sizes: string[] = established.filter(([at, bit]) => (edid[at] as number) & bit).map(([, , size]) => size);
  for (let at = 38; at < 54; at += 2) {
    const [first, second] = [edid[at] as number, edid[at + 1] as number];
    if (first === 1 && second === 1) continue;
    const width = (first + 31) * 8;
    sizes.push(`${width}x${width / (SHAPES[second >> 6] as number)}`);
  }
  return sizes;
}

test("a block of EDID 1.4: header, checksum, no extension, the monitor's name", async () => {
  const edid = await edidOf(1280, 800);
  expect([...edid.subarray(0, 8)]).toEqual(HEADER);
  expect([...edid.subarray(18, 20)]).toEqual([1, 4]);
  expect(edid.reduce((sum, byte) => sum + byte, 0) % 256).toBe(0);
  expect(edid[126]).toBe(0);
  // 1280 and 800 pixels of 96 an inch.
  expect([...edid.subarray(21, 23)]).toEqual([34, 21]);
  expect(edid.subarray(72, 90).toString("latin1")).toBe("\0\0\0\xfc\0Vitrine\n     ");
  expect([edid[93], edid[111]]).toEqual([0x10, 0x10]);
});

test.each([
  [1280, 800, [339, 212], 60],
  [640, 480, [169, 127], 60],
  [16, 16, [4, 4], 60],
  [1366, 768, [361, 203], 60],
  [4095, 2048, [1083, 542], 60],
  [2047, 4095, [542, 1083], 60],
  [4095, 2000, [1083, 529], 60],
  // All that the pixel clock's 16 bits hold.
  [4095, 4095, [1083, 1083], 36.57],
])("the preferred timing of a screen of %i x %i is its own", async (width, height, millimetres, hz) => {
  const edid = await edidOf(width, height);
  const found = timing(edid);
  expect(found).toMatchObject({ pixels: [width, height], millimetres, across: [160, 48, 32] });
  expect(found.down.slice(1)).toEqual([3, 10]);
  expect(Math.abs(found.hz - hz)).toBeLessThan(0.2);
  // VESA CVT: 460 us of blanking, with a back porch of 6 lines at least.
  expect((found.down[0] as number) / (found.hz * (height + (found.down[0] as number)))).toBeGreaterThan(459e-6);
  expect(found.down[0]).toBeGreaterThanOrEqual(19);
  expect(edid.reduce((sum, byte) => sum + byte, 0) % 256).toBe(0);
});

test.each([
  [639, 480, []],
  [800, 600, ["640x480", "800x600"]],
  [1280, 800, ["640x480", "800x600", "1024x768", "1280x720", "1280x800"]],
  [
    1920,
    1200,
    [
      ...["640x480", "800x600", "1024x768", "1280x720", "1280x800", "1280x1024", "1440x900", "1600x1200", "1680x1050"],
      ...["1920x1080", "1920x1200"],
    ],
  ],
])("of the usual timings a screen of %i x %i offers those that it has room for", async (width, height, sizes) => {
  expect(otherSizes(await edidOf(width, height))).toEqual(sizes);
});

test("other screens, short commands, and drivers that did not ask for it get an error", async () => {
  const gpu = (await driver(640, 480)).open();
  expect(gpu.answer(EDID, 1, 0)).toBe(BAD_SCANOUT);
  expect(gpu.answer(EDID, 0)).toBe(BAD_PARAMETER);
  const without = (await driver(640, 480)).open(FEATURE_EDID);
  expect(without.answer(EDID, 0, 0)).toBe(UNSPEC);
});

test.each([
  [4095, 4095, true],
  [4096, 16, false],
  [16, 4096, false],
])("a screen of %i x %i: offered is %s", async (width, height, offered) => {
  const gpu = await driver(width, height);
  expect((gpu.features() & FEATURE_EDID) !== 0n).toBe(offered);
});
