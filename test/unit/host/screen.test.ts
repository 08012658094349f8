/** The host end of a screen: pixels of every format, damage that adds up, frames that wait for each other; keys and characters. */
import { expect, test } from "vitest";
import { ScreenBackend } from "../../../src/host/backends/screen.ts";
import { checkReport, packReport, unpackReport } from "../../../src/host/input-report.ts";
import type { InputEvent, MachineEvent, ScreenUpdate } from "../../../src/host/machine-types.ts";
import { ScreenOutput } from "../../../src/host/screen-output.ts";
import { hasAlpha, readPixels } from "../../../src/host/screen-pixels.ts";
import { MachineScreen } from "../../../src/worker/machine-screen.ts";
import { KEY_CODES, keyOfCharacter } from "../../../src/spec/evdev.ts";

const WHOLE = { x: 0, y: 0, width: 1, height: 1 };

test.each([
  ["B8G8R8A8", 1, [3, 2, 1, 4], true],
  ["B8G8R8X8", 2, [3, 2, 1, 4], false],
  ["A8R8G8B8", 3, [4, 1, 2, 3], true],
  ["X8R8G8B8", 4, [4, 1, 2, 3], false],
  ["R8G8B8A8", 67, [1, 2, 3, 4], true],
  ["X8B8G8R8", 68, [4, 3, 2, 1], false],
  ["A8B8G8R8", 121, [4, 3, 2, 1], true],
  ["R8G8B8X8", 134, [1, 2, 3, 4], false],
] as const)("%s: red 1, green 2, blue 3, alpha 4; a screen is opaque", (_, format, bytes, alpha) => {
  const memory = Uint8Array.from(bytes).buffer;
  expect(hasAlpha(format)).toBe(alpha);
  expect([...readPixels(memory, { ptr: 0, stride: 4, format }, WHOLE, false)]).toEqual([1, 2, 3, 255]);
  if (alpha) expect([...readPixels(memory, { ptr: 0, stride: 4, format }, WHOLE, true)]).toEqual([1, 2, 3, 4]);
});

/** 8 x 4 pixels at 64, red is 10 * y + x. */
function screen(): ScreenBackend {
  const memory = new ArrayBuffer(64 + 8 * 4 * 4);
  const bytes = new Uint8Array(memory, 64);
  for (let i = 0; i < 32; i++) bytes[4 * i] = 10 * (i >> 3) + (i & 7);
  const backend = new ScreenBackend(memory);
  backend.show(64, 32, 8, 4, 134);
  return backend;
}

test("damage is the smallest rectangle around all of it, and taken once; copies have its pixels", () => {
  const backend = screen();
  expect(backend.takeUpdate(false)).toEqual({
    ...{ width: 8, height: 4, damage: { x: 0, y: 0, width: 8, height: 4 } },
    source: { ptr: 64, stride: 32, format: 134 },
    ...{ pixels: null, cursor: { x: 0, y: 0, shape: null } },
  });
  expect([backend.isChanged, backend.takeUpdate(true).damage]).toEqual([false, null]);
  backend.touch(5, 1, 2, 1);
  backend.touch(4, 2, 1, 1);
  const { damage, pixels } = backend.takeUpdate(true);
  expect(damage).toEqual({ x: 4, y: 1, width: 3, height: 2 });
  expect([...(pixels as Uint8ClampedArray)].filter((_, i) => i % 4 === 0)).toEqual([14, 15, 16, 24, 25, 26]);
  backend.show(0, 0, 0, 0, 0);
  expect(backend.takeUpdate(true)).toMatchObject({ width: 0, height: 0, damage: null, pixels: null });
});

test("a pointer's picture is kept when it moves, at places left of the screen too", () => {
  const memory = new ArrayBuffer(4 * 64 * 64 + 4096);
  new Uint8Array(memory, 4096).fill(7);
  const backend = new ScreenBackend(memory);
  backend.setCursor(4096, 1, 3, 4);
  backend.moveCursor(0xffff_ffff, 2);
  const { cursor } = backend.takeUpdate(false);
  expect(cursor).toMatchObject({ x: -1, y: 2, shape: { hotX: 3, hotY: 4 } });
  expect(cursor.shape?.rgba.every((byte) => byte === 7)).toBe(true);
  backend.setCursor(0, 0, 0, 0);
  expect(backend.takeUpdate(false).cursor.shape).toBeNull();
});

test("a frame waits until the one before has been taken, and brings all that has changed by then", async () => {
  const backend = screen();
  const sent: ScreenUpdate[] = [];
  let take = () => {};
  const output = new ScreenOutput(backend, (event: MachineEvent) => {
    if (event.kind === "screen") sent.push(event.update);
    return new Promise<void>((resolve) => (take = resolve));
  });
  output.flush();
  expect(sent).toEqual([]);
  output.watch(true, false);
  backend.touch(0, 0, 1, 1);
  output.flush();
  backend.touch(2, 2, 1, 1);
  output.flush();
  expect(sent).toHaveLength(1);
  take();
  await expect.poll(() => sent.length).toBe(2);
  expect(sent[1]?.damage).toEqual({ x: 0, y: 0, width: 3, height: 3 });
  take();
  output.watch(false, false);
  backend.touch(0, 0, 1, 1);
  output.flush();
  expect(sent).toHaveLength(2);
});

test("reports come back as they were, and are complete", () => {
  const report: InputEvent[] = [
    [1, 30, 1],
    [3, 0xffff, -5],
    [0, 0, 0],
  ];
  expect(unpackReport(packReport(report))).toEqual(report);
  checkReport(report);
  expect(() => checkReport(report.slice(0, 2))).toThrow("a report ends with an event of type 0");
  expect(() => checkReport([])).toThrow("0 events");
  expect(() => checkReport(new Array(65).fill([0, 0, 0]))).toThrow("65 events");
  for (const event of [
    [0x1_0000, 0, 0],
    [1, -1, 0],
    [1, 1.5, 0],
    [1, 1, 2 ** 31],
  ] as const) {
    expect(() => checkReport([event, [0, 0, 0]])).toThrow("is no event");
  }
});

test("keys by their places and by the characters that they type on a US keyboard", () => {
  const codes = [
    "Escape",
    "Digit1",
    "KeyA",
    "KeyM",
    "Slash",
    "Space",
    "F10",
    "NumpadDecimal",
    "F11",
    "ArrowUp",
    "Delete",
  ];
  expect(codes.map((place) => KEY_CODES.get(place))).toEqual([1, 2, 30, 50, 53, 57, 68, 83, 87, 103, 111]);
  expect(new Set(KEY_CODES.values()).size).toBe(KEY_CODES.size);
  const typed = (text: string) =>
    [...text].map(keyOfCharacter).map((key) => key && `${key.shift ? "^" : ""}${key.code}`);
  expect(typed("aZ1!\n /?\\|`~")).toEqual(["30", "^44", "2", "^2", "28", "57", "53", "^53", "43", "^43", "41", "^41"]);
  expect(typed("é€")).toEqual([null, null]);
  const printable = Array.from({ length: 0x7f - 0x20 }, (_, i) => String.fromCharCode(0x20 + i));
  const keys = printable.map((character) => JSON.stringify(keyOfCharacter(character)));
  expect([keys.includes("null"), new Set(keys).size]).toEqual([false, printable.length]);
});

test("a mouse tells what has changed: steps, buttons, notches; the tablet's buttons are its own", async () => {
  const reports: unknown[] = [];
  const api = {
    inputReport: async (device: string, events: readonly InputEvent[]) => void reports.push([device, events]),
  };
  const screen = new MachineScreen((make) => make(api as never));
  await screen.mouse({ dx: 3, dy: -2, buttons: 0 });
  await screen.mouse({ dx: 0, dy: 5, buttons: 5 });
  await screen.pointer({ x: 0, y: 1, buttons: 1 });
  await screen.mouse({ dx: 0, dy: 0, buttons: 4 });
  await screen.wheel(0, -1, {}, "mouse");
  const end = [0, 0, 0];
  expect(reports).toEqual([
    ["mouse", [[2, 0, 3], [2, 1, -2], end]],
    ["mouse", [[2, 1, 5], [1, 0x110, 1], [1, 0x112, 1], end]],
    ["tablet", [[3, 0, 0], [3, 1, 32767], [1, 0x110, 1], end]],
    ["mouse", [[1, 0x110, 0], end]],
    ["mouse", [[2, 8, -1], end]],
  ]);
});
