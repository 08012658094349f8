/** Themes, narrow windows, keyboard, and accessibility rules. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { violations } from "./accessibility.ts";
import { PageUnderTest } from "./machine-page.ts";

let site: PageUnderTest;

beforeAll(async () => {
  site = await PageUnderTest.start();
});
afterAll(() => site.stop());

test.each(["dark", "light"] as const)("%s: no violation of accessibility rules", async (colorScheme) => {
  const visit = await site.pausedHello({ colorScheme });
  await visit.press("Step");
  await visit.unfold("mstatus");
  await visit.edit("s1", "7");
  await visit.edit("pc", "1");
  await visit.press("Apply");
  await visit
    .row("pc")
    .getByText(/EREJECT/)
    .waitFor();
  await visit.edit("a0", "nonsense");
  await visit.page.getByText("Expected a number").waitFor();
  await visit.panel("Meter");
  await visit.page.getByText("all registers, always").waitFor();
  expect(await violations(visit.page)).toEqual([]);
  await visit.page.setViewportSize({ width: 390, height: 844 });
  expect(await violations(visit.page)).toEqual([]);
  await visit.goTo("?machine=none");
  await visit.page.getByText("There is no machine").waitFor();
  expect(await violations(visit.page)).toEqual([]);
  await visit.close();
});

test("the theme follows the system until one is chosen, which is remembered", async () => {
  const visit = await site.open("?machine=hello", { colorScheme: "light" });
  const { page } = visit;
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  await expect.poll(theme).toBe("light");
  await page.getByRole("button", { name: "Use the dark theme" }).click();
  await expect.poll(theme).toBe("dark");
  await page.reload();
  await expect.poll(theme).toBe("dark");
  await visit.close();
});

test("on a narrow window one panel is shown at a time, and nothing is wider than the window", async () => {
  const visit = await site.open("?machine=hello", { viewport: { width: 390, height: 844 } });
  const { page, terminal, registers } = visit;
  await visit.line(/^s1 = 1, squared 1$/);
  const width = () => page.evaluate(() => document.documentElement.scrollWidth);
  const shown = async () => [await terminal.isVisible(), await registers.isVisible(), await width()];
  await expect.poll(shown).toEqual([true, false, 390]);
  await page.getByRole("tab", { name: "Registers" }).click();
  await visit.row("a0").waitFor();
  await expect.poll(shown).toEqual([false, true, 390]);
  await visit.panel("Meter");
  await page.getByText("all registers, always").waitFor();
  await expect.poll(width).toBe(390);
  await page.getByRole("tab", { name: "Terminal" }).click();
  await visit.line(/^s1 = 2, squared 4$/);
  // Another layout leaves nothing of the one before it in the way.
  await page.getByRole("tab", { name: "Meter" }).click();
  for (const [layout, panel] of Object.entries({
    Debug: "Disassembly",
    Memory: "Memory",
    Kernel: "Processes",
    Look: "Registers",
  })) {
    await page.getByRole("group", { name: "Layout" }).getByRole("button", { name: layout }).click();
    await page.getByRole("region", { name: panel, exact: true }).waitFor();
    await expect.poll(() => page.locator(".dock-host:visible").count()).toBe(1);
  }
  await visit.close();
});

test("the border between the panels moves by keys, and stays there on the next visit", async () => {
  const visit = await site.open("?machine=hello");
  const border = visit.page.getByRole("separator", { name: "Border between Registers and Terminal" });
  const width = async () => (await visit.registers.boundingBox())?.width ?? 0;
  /** When it is the same twice: what comes later may still change it. */
  const settled = async (least: number): Promise<number> => {
    let last = -1;
    const look = async () => {
      const now = await width();
      const stands = now === last && now > least;
      last = now;
      return stands;
    };
    await expect.poll(look).toBe(true);
    return last;
  };
  await visit.line(/^s1 = 1, squared 1$/);
  await visit.row("pc").waitFor();
  const before = await settled(0);
  await border.focus();
  await visit.page.keyboard.press("ArrowRight");
  const after = await settled(before + 10);
  await visit.page.reload();
  await expect.poll(width).toBe(after);
  await visit.close();
});

test("a terminal that comes late takes no focus from an open menu", async () => {
  const visit = await site.blank();
  const { page } = visit;
  let come = () => {};
  const late = new Promise<void>((resolve) => {
    come = resolve;
  });
  await page.route(/terminal-panel-[^/]*\.js$/, async (route) => {
    await late;
    await route.continue();
  });
  await visit.goTo("?machine=hello");
  await page.getByRole("button", { name: "Panels", exact: true }).click();
  come();
  await visit.line(/^s1 = 1, squared 1$/);
  await page.getByRole("menuitemcheckbox", { name: "Meter", exact: true }).click();
  await page.getByRole("region", { name: "Meter", exact: true }).waitFor();
  await visit.close();
});

test("Ctrl-F6 leaves the terminal, which keeps every other key", async () => {
  const visit = await site.open("?machine=hello");
  const { page } = visit;
  await visit.line(/^s1 = 1, squared 1$/);
  const inTerminal = () => page.evaluate(() => document.activeElement?.classList.contains("xterm-helper-textarea"));
  await visit.terminal.locator("textarea").focus();
  await page.keyboard.press("Tab");
  expect(await inTerminal()).toBe(true);
  await page.keyboard.press("Control+F6");
  await expect.poll(inTerminal).toBe(false);
  await visit.close();
});
