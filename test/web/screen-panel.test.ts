/** The Screen panel: what is typed on the guest's console is read off the canvas, pixel by pixel; scale, pointer, full screen. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsoleReader, type Picture } from "../screen/console-reader.ts";
import { violations } from "./accessibility.ts";
import { type MachinePage, PageUnderTest } from "./machine-page.ts";

const reader = ConsoleReader.ofBundledKernel();
/** The cursor is no glyph. */
const PROMPT_LINE = /^vitrine:~# \?$/;
const SLOW = { interval: 200 };
let site: PageUnderTest;
let linux: MachinePage;
let panel: Locator;

beforeAll(async () => {
  site = await PageUnderTest.start();
  linux = await site.open("?machine=screen");
  panel = linux.page.getByRole("region", { name: "Screen" });
});
afterAll(() => site.stop());

function canvas(): Locator {
  return panel.getByRole("img", { name: "Picture of the guest, 640 by 480 pixels" });
}

async function picture(): Promise<Picture> {
  const { width, height, base64 } = await canvas().evaluate(async (element) => {
    const { width, height } = element as HTMLCanvasElement;
    const image = (element as HTMLCanvasElement).getContext("2d")?.getImageData(0, 0, width, height) as ImageData;
    const url = await new Promise<string>((resolve) => {
      const file = new FileReader();
      file.onload = () => resolve(file.result as string);
      file.readAsDataURL(new Blob([image.data]));
    });
    return { width, height, base64: url.slice(url.indexOf(",") + 1) };
  });
  // A copy: small buffers may begin at an address at which no word can lie.
  return { width, height, rgba: new Uint8Array(Buffer.from(base64, "base64")) };
}

async function lastLines(count: number): Promise<string[]> {
  return reader
    .lines(await picture())
    .filter((line) => line !== "")
    .slice(-count);
}

test("a guest with a screen opens with its panel, and boots to a prompt on it", async () => {
  await canvas().waitFor();
  await expect.poll(async () => (await lastLines(1))[0], SLOW).toMatch(PROMPT_LINE);
});

test("keys that are pressed there are the guest's: its answer is on the screen, glyph by glyph", async () => {
  await canvas().click();
  const { keyboard } = linux.page;
  await keyboard.type("echo six ");
  await keyboard.press("Shift+Backslash");
  await keyboard.type(" tr six two");
  await keyboard.press("Enter");
  const expected = ["vitrine:~# echo six | tr six two", "two"];
  await expect.poll(async () => (await lastLines(3)).slice(0, 2), SLOW).toEqual(expected);
  // Keys that the page has commands for, and that browsers move the focus by, are the guest's too.
  await keyboard.press("Tab");
  await keyboard.press("F1");
  await keyboard.press("Control+C");
  await expect.poll(async () => (await lastLines(1))[0], SLOW).toMatch(PROMPT_LINE);
  expect(await linux.page.getByRole("dialog").count()).toBe(0);
});

test("text that is pasted is typed", async () => {
  await panel.getByLabel("Keyboard of the machine").evaluate((area) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", "echo 'A long line, with \"signs\": {~|^@}' # Pasted\n");
    area.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  });
  await expect.poll(async () => (await lastLines(2))[0], SLOW).toBe('A long line, with "signs": {~|^@}');
});

test("the canvas has, byte by byte, what the guest's frame buffer holds", async () => {
  await linux.page.getByRole("tab", { name: "Terminal" }).click();
  await linux.type("clear; md5sum /dev/fb0\n");
  const [, hash] = await linux.line(/^([0-9a-f]{32}) {2}\/dev\/fb0$/);
  await linux.page.getByRole("tab", { name: "Screen" }).click();
  const frameBuffer = async (): Promise<string> => {
    const { rgba } = await picture();
    const bytes = Buffer.from(rgba).swap32();
    // Opaque pixels, as red, green, blue and 255, become blue, green, red and 0.
    for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(bytes.readUInt32LE(at) >>> 8, at);
    return createHash("md5").update(bytes).digest("hex");
  };
  await expect.poll(frameBuffer, SLOW).toBe(hash);
});

test("the picture is saved as a PNG file, pixel by pixel", async () => {
  const [download] = await Promise.all([
    linux.page.waitForEvent("download"),
    panel.getByRole("button", { name: "Save picture" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("vitrine-screen-screen.png");
  const png = readFileSync(await download.path());
  const saved = await linux.page.evaluate(async (base64) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    const context = canvas.getContext("2d") as CanvasRenderingContext2D;
    context.drawImage(image, 0, 0);
    return [...new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer)];
  }, png.toString("base64"));
  const { rgba, width, height } = await picture();
  const shown = [...new Uint32Array(rgba.buffer, rgba.byteOffset, width * height)];
  // The cursor blinks.
  const different = shown.flatMap((pixel, at) =>
    pixel === saved[at] ? [] : [`${(at % width) >> 3}, ${(at / width) >> 4}`],
  );
  expect(saved).toHaveLength(640 * 480);
  expect(new Set(different).size).toBeLessThan(2);
});

test("Ctrl-F6 gives the keyboard back to the page", async () => {
  await canvas().click();
  const keyboard = panel.getByLabel("Keyboard of the machine");
  const isFocused = () => keyboard.evaluate((area) => area === document.activeElement);
  await expect.poll(isFocused).toBe(true);
  await linux.page.keyboard.press("Control+F6");
  await expect.poll(isFocused).toBe(false);
});

test("the pointer's places are those of the picture, whatever its scale", async () => {
  const scale = panel.getByRole("combobox", { name: "Scale" });
  const size = async () => {
    const box = await canvas().boundingBox();
    return [Math.round(box?.width ?? 0), Math.round(box?.height ?? 0)];
  };
  const frame = await panel.locator(".screen-frame").boundingBox();
  const [width, height] = (await size()) as [number, number];
  expect(Math.abs(width / height - 4 / 3)).toBeLessThan(0.01);
  expect(width === Math.round(frame?.width ?? 0) || height === Math.round(frame?.height ?? 0)).toBe(true);
  await scale.selectOption("1:1");
  await expect.poll(size).toEqual([640, 480]);
  await scale.selectOption("Whole pixels");
  await expect.poll(size).toEqual([640, 480]);
  await scale.selectOption("Fit");
  await expect.poll(size).toEqual([width, height]);

  const { page } = linux;
  await page.getByRole("tab", { name: "Terminal" }).click();
  await linux.type("clear; cat /proc/bus/input/devices | grep -A4 tablet | grep -o 'event[0-9]'\n");
  const [device] = await linux.line(/^event\d$/);
  await linux.type(
    `clear; echo ready; dd if=/dev/input/${device} bs=24 count=16 2>/dev/null | hexdump -v -e '24/1 "%02x" "\\n"'; echo end of events\n`,
  );
  await linux.line(/^ready$/);
  const press = async (): Promise<void> => {
    const box = (await canvas().boundingBox()) as { x: number; y: number; width: number; height: number };
    await page.mouse.move(box.x + box.width / 4, box.y + box.height / 4);
    await page.mouse.move(box.x + box.width / 2, box.y + (box.height * 3) / 4);
    await page.mouse.down();
    await page.mouse.up();
  };
  // Until dd has opened the device, nobody notices.
  await expect
    .poll(async () => {
      await page.getByRole("tab", { name: "Screen" }).click();
      await press();
      // A terminal that nobody sees is not drawn.
      await page.getByRole("tab", { name: "Terminal" }).click();
      await page.waitForTimeout(100);
      return (await linux.screen()).includes("end of events");
    }, SLOW)
    .toBe(true);
  // 16 bytes of time, then type, code and value; more lines are to be seen than the 10 events that a round makes.
  const events = (await linux.screen())
    .filter((line) => /^[0-9a-f]{48}$/.test(line))
    .map((line) => Buffer.from(line, "hex"))
    .map((bytes) => [bytes.readUInt16LE(16), bytes.readUInt16LE(18), bytes.readInt32LE(20)]);
  expect(events).toContainEqual([1, 272, 1]);
  // To a pixel of the page, which is some of the tablet's.
  const pixel = Math.ceil(32768 / width);
  const at = (axis: number, part: number) =>
    events.some(
      ([type, code, value]) => type === 3 && code === axis && Math.abs((value as number) - part * 32767) <= pixel,
    );
  expect([at(0, 1 / 2), at(1, 3 / 4)]).toEqual([true, true]);
  await page.getByRole("tab", { name: "Screen" }).click();
});

test("full screen and back; no violation of accessibility rules, on a narrow window too", async () => {
  const { page } = linux;
  await panel.getByRole("button", { name: "Full screen" }).click();
  const isFull = () => page.evaluate(() => document.fullscreenElement?.className ?? null);
  await expect.poll(isFull).toBe("screen-stage");
  await page.keyboard.press("Control+F6");
  await expect.poll(isFull).toBeNull();
  expect(await violations(page)).toEqual([]);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("tab", { name: "Screen" }).click();
  await canvas().waitFor();
  expect(await violations(page)).toEqual([]);
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  expect(linux.errors).toEqual([]);
  await linux.close();
});

test("a machine without a screen says so in words", async () => {
  const hello = await site.open("?machine=hello");
  await hello.panel("Screen");
  const words = hello.page.getByRole("region", { name: "Screen" });
  await words.getByText("This machine has no screen").waitFor();
  expect(await words.getByRole("img").count()).toBe(0);
  expect(hello.errors).toEqual([]);
  await hello.close();
});

test("a mouse of the guest has the browser's pointer after a click, until it is given back; the guest hears moves, buttons, wheel", async () => {
  const blank = await site.blank();
  const { page } = blank;
  // What the page tells the machine, as Comlink has it.
  await page.addInitScript(() => {
    const told: unknown[] = [];
    Object.assign(window, { told });
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (this: Worker, ...message: unknown[]) {
      const { path, argumentList } = message[0] as { path?: string[]; argumentList?: { value: unknown }[] };
      if (path?.includes("inputReport")) told.push(argumentList?.slice(0, 2).map(({ value }) => value));
      (postMessage as (...rest: unknown[]) => void).apply(this, message);
    } as typeof postMessage;
  });
  await blank.goTo("?machine=screen&pointer=mouse");
  const region = page.getByRole("region", { name: "Screen" });
  const picture = region.getByRole("img", { name: "Picture of the guest" });
  await picture.waitFor();
  const told = () => page.evaluate(() => (window as unknown as { told: unknown[] }).told.splice(0));
  const box = (await picture.boundingBox()) as { x: number; y: number; width: number };
  const scale = box.width / 640;
  const { mouse } = page;
  await mouse.move(box.x + 40, box.y + 40);
  await region.getByText("A click on the picture gives the pointer to the guest's mouse").waitFor();
  await mouse.down();
  await region.getByText("gives the pointer back to the page").waitFor();
  await mouse.up();
  await expect.poll(() => page.evaluate(() => document.pointerLockElement?.getAttribute("role"))).toBe("img");
  // The click that takes the pointer is none of the guest's.
  expect((await told()).flat(2).filter((event) => Array.isArray(event) && event[0] !== 0)).toEqual([]);
  // Browsers tell whole pixels of the page.
  await mouse.move(box.x + 40 + 64, box.y + 40 - 16);
  await mouse.down({ button: "right" });
  await mouse.up({ button: "right" });
  await mouse.wheel(0, 100);
  const end = [0, 0, 0];
  const expected = [
    ["mouse", [[2, 0, Math.round(64 / scale)], [2, 1, Math.round(-16 / scale)], end]],
    ["mouse", [[1, 0x111, 1], end]],
    ["mouse", [[1, 0x111, 0], end]],
    ["mouse", [[2, 8, -1], end]],
  ];
  const all: unknown[] = [];
  await expect.poll(async () => all.push(...(await told()))).toBe(expected.length);
  expect(all).toEqual(expected);
  await page.keyboard.press("Control+F6");
  await region.getByText("A click on the picture gives the pointer").waitFor();
  await expect.poll(() => page.evaluate(() => document.pointerLockElement)).toBeNull();

  // A touch moves it as on a touchpad; one that stays where it is clicks.
  const cdp = await page.context().newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", x = 0, y = 0) =>
    cdp.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x, y }] });
  const [x, y] = [box.x + 60, box.y + 60];
  await touch("touchStart", x, y);
  await touch("touchMove", x + 30 * scale, y);
  await touch("touchMove", x + 30 * scale, y + 12 * scale);
  await touch("touchEnd");
  await touch("touchStart", x, y);
  await touch("touchEnd");
  const events = () =>
    all.flatMap((report) => {
      const [device, list] = report as [string, number[][]];
      return device === "mouse" ? list : [];
    });
  const presses = () => events().filter(([type]) => type === 1);
  all.length = 0;
  await expect.poll(async () => all.push(...(await told())) && presses().length).toBe(2);
  const moved = (axis: number) =>
    events().reduce((sum, [type, code, steps = 0]) => (type === 2 && code === axis ? sum + steps : sum), 0);
  expect([moved(0), moved(1)]).toEqual([30, 12]);
  expect(presses()).toEqual([
    [1, 0x110, 1],
    [1, 0x110, 0],
  ]);
  expect(blank.errors).toEqual([]);
  await blank.close();
});
