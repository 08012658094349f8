/** The page around its panels: a phone's one panel at a time, the menu for what is seldom wanted, keys that go from panel to panel. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MachinePage, PageUnderTest } from "./machine-page.ts";

const PHONE = { viewport: { width: 390, height: 844 } };

let site: PageUnderTest;

beforeAll(async () => {
  site = await PageUnderTest.start();
});
afterAll(() => site.stop());

/** The tabs on show, as they follow each other in the page. */
const selected = ({ page }: MachinePage) => page.locator('[role="tab"][aria-selected="true"]').allInnerTexts();

test("a tour in the address opens its machine and no other; on a phone each step brings its panel forward", async () => {
  const visit = await site.blank(PHONE);
  const loaded: string[] = [];
  visit.page.on("request", (request) => loaded.push(new URL(request.url()).pathname));
  const workers: string[] = [];
  visit.page.on("worker", (worker) => workers.push(worker.url()));
  await visit.goTo("#tour=page-fault");
  const card = visit.page.getByRole("region", { name: "Tour: Follow a page fault" });
  await card.waitFor();
  await visit.state(/after 105,028 instructions$/);
  expect([...new Set(loaded.filter((path) => /guests\/(?!src\/)/.test(path)))]).toEqual([
    "/guests/index.json",
    "/guests/fault.elf",
  ]);
  // Its symbols are read on a thread of their own.
  await expect.poll(() => workers.some((address) => address.includes("parsing-worker"))).toBe(true);
  await expect.poll(() => selected(visit)).toEqual(["Registers"]);
  await visit.press("Step");
  await card.getByText(/names the store/).waitFor();
  await card.getByRole("button", { name: "Next", exact: true }).click();
  await expect.poll(() => selected(visit)).toEqual(["Breakpoints"]);
  // The tab itself is in sight too.
  const isInSight = async () => {
    const tab = await visit.page.getByRole("tab", { name: "Breakpoints" }).boundingBox();
    return tab !== null && tab.x >= 0 && tab.x + tab.width <= 390;
  };
  await expect.poll(isInSight).toBe(true);
  expect(visit.errors).toEqual([]);
  await visit.close();
});

test("on a phone a jump to a panel that is open already brings it forward; the menu exports", async () => {
  const visit = await site.pausedHello(PHONE);
  const { page } = visit;
  await page.getByRole("button", { name: "Debug", exact: true }).click();
  // Twice, for what is in the layout does not change by the second jump.
  for (const _ of [1, 2]) {
    await page.getByRole("tab", { name: "Symbols" }).click();
    await page.getByLabel("Find a symbol or an address").fill("main");
    await page.keyboard.press("Enter");
    await expect.poll(() => selected(visit)).toEqual(["Disassembly"]);
  }
  await page.getByRole("button", { name: "More", exact: true }).click();
  const menu = page.getByRole("menu", { name: "More" });
  const box = await menu.boundingBox();
  expect(box?.x).toBeGreaterThanOrEqual(0);
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(390);
  await menu.getByRole("menuitem", { name: /^Export registers or memory/ }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Memory as binary" }).click();
  expect((await download).suggestedFilename()).toBe("vitrine-hello-5551-0x80000000.bin");
  expect(visit.errors).toEqual([]);
  await visit.close();
});

test("Ctrl+F6 leaves the terminal and goes from panel to panel; save, load and the next pauses are commands", async () => {
  const visit = await site.pausedHello({ permissions: ["clipboard-read", "clipboard-write"] });
  const { page } = visit;
  // A selection is copied by the key that terminals have for it, and the guest hears nothing.
  const screen = await visit.terminal.locator(".xterm-screen").boundingBox();
  await page.mouse.dblclick((screen?.x ?? 0) + 12, (screen?.y ?? 0) + 8);
  await page.keyboard.press("Control+Shift+C");
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe("Hello");
  await visit.terminal.locator("textarea").focus();
  await page.keyboard.press("Control+F6");
  const focused = () => page.evaluate(() => document.activeElement?.textContent);
  await expect.poll(focused).toContain("gives the keyboard back");
  for (const [key, panel] of [
    ["Control+F6", "Disassembly"],
    ["Control+F6", "Registers"],
    ["Control+F6", "Terminal"],
    ["Control+Shift+F6", "Registers"],
  ] as const) {
    await page.keyboard.press(key);
    await expect.poll(focused).toBe(panel);
  }
  await page.keyboard.press("F1");
  const offered = async (words: string) => {
    await page.getByRole("combobox", { name: "Find a command" }).fill(words);
    return page.locator(".palette-item > span").allInnerTexts();
  };
  await expect
    .poll(() => offered("save"))
    .toEqual([
      "Open a file: saved machine, program, kernel, disk…",
      "Save the machine as a file",
      "Load a saved machine…",
    ]);
  await expect
    .poll(() => offered("pause next"))
    .toEqual([
      "Pause at the next system call",
      "Pause at the next trap of any kind",
      "Pause at the next interrupt",
      "Pause at the next exception",
      "Pause at the next switch of the address space",
      "Pause at the next change of privilege",
    ]);
  expect(visit.errors).toEqual([]);
  await visit.close();
});
