/** The frame: layouts, panels that move and close, palette, keys, help, gallery, files; accessibility of every layout. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { at } from "../../scripts/paths.mjs";
import { violations } from "./accessibility.ts";
import { PageUnderTest } from "./machine-page.ts";

let site: PageUnderTest;

beforeAll(async () => {
  site = await PageUnderTest.start();
});
afterAll(() => site.stop());

const themes = ["dark", "light"] as const;
const layouts = ["Debug", "Memory", "Kernel"] as const;

test.each(themes.flatMap((theme) => layouts.map((layout) => [theme, layout] as const)))(
  "%s, layout %s: no violation of accessibility rules",
  async (colorScheme, layout) => {
    const visit = await site.pausedHello({ colorScheme });
    const { page } = visit;
    await page.getByRole("button", { name: layout, exact: true }).click();
    if (layout === "Kernel") {
      await page.getByRole("tab", { name: "Performance" }).click();
      await page.getByText("virtual time").waitFor();
      const speed = page.getByRole("slider", { name: "Speed: moment" });
      await speed.locator("canvas").waitFor();
      await speed.focus();
      await page.keyboard.press("ArrowLeft");
      await expect.poll(() => speed.getAttribute("aria-valuetext")).toBe("0.5 s ago: 0 MIPS");
      await page.locator(".time-plot-moment", { hasText: /^0\.5 s ago: 0 MIPS$/ }).waitFor();
    }
    if (layout === "Debug") await page.locator(".code-current").waitFor();
    if (layout === "Memory") await page.locator(".memory-cell").first().waitFor();
    expect(await violations(page)).toEqual([]);
    expect(visit.errors).toEqual([]);
    await visit.close();
  },
);

test.each(themes)("%s: no violation of accessibility rules in palette, gallery and help", async (colorScheme) => {
  const visit = await site.pausedHello({ colorScheme });
  const { page } = visit;
  await page.getByRole("tab", { name: "Registers" }).focus();
  await page.keyboard.press("F1");
  await page.getByRole("dialog", { name: "Commands" }).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Machines" }).click();
  await page.getByRole("dialog", { name: "Machines" }).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Help" }).click();
  await page.getByRole("dialog", { name: "Help" }).waitFor();
  expect(await violations(page)).toEqual([]);
  await visit.close();
});

test("layouts, moved and closed panels come back after a reload; Reset restores them", async () => {
  const visit = await site.pausedHello();
  const { page } = visit;
  const tabs = (names: readonly string[]) => expect.poll(() => page.getByRole("tab").allInnerTexts()).toEqual(names);
  await tabs(["Registers", "Terminal", "Disassembly"]);
  await page.getByRole("button", { name: "Place of Disassembly" }).click();
  await page.getByRole("menuitem", { name: "Move to Registers" }).click();
  await tabs(["Registers", "Disassembly", "Terminal"]);
  await page.getByRole("tab", { name: "Registers" }).click();
  await page.getByRole("button", { name: "Place of Registers" }).click();
  await page.getByRole("menuitem", { name: "Close Registers" }).click();
  await tabs(["Disassembly", "Terminal"]);
  // What the terminal shows goes with it.
  await visit.line(/^s1 = 1, squared 1$/);
  await page.keyboard.press("Alt+2");
  const debug = ["Registers", "Disassembly", "Source", "Symbols", "Breakpoints", "Call stack", "Terminal", "Memory"];
  await tabs(debug);
  await page.reload();
  await visit.state(/^Paused/);
  await tabs(debug);
  await page.getByRole("button", { name: "Look", exact: true }).click();
  await tabs(["Disassembly", "Terminal"]);
  await page.getByRole("button", { name: "Panels", exact: true }).click();
  await page.getByRole("menuitem", { name: "Reset this layout" }).click();
  await tabs(["Registers", "Terminal", "Disassembly"]);
  await visit.close();
});

test("a tab is dragged to the side of another panel", async () => {
  const visit = await site.pausedHello();
  const { page } = visit;
  await page.getByRole("tab", { name: "Disassembly" }).dragTo(page.getByRole("region", { name: "Registers" }), {
    targetPosition: { x: 100, y: 620 },
  });
  const box = async (name: string) =>
    (await page.getByRole("region", { name, exact: true }).boundingBox()) ?? { x: -1, y: -1 };
  const side = async () => {
    const [registers, code] = [await box("Registers"), await box("Disassembly")];
    return [code.x === registers.x, code.y > registers.y];
  };
  await expect.poll(side).toEqual([true, true]);
  await visit.close();
});

test("the terminal that is opened late shows what was printed before", async () => {
  const visit = await site.open("?machine=hello&at=5551&layout=memory");
  await visit.state(/^Paused/);
  await visit.page.getByRole("tab", { name: "Terminal" }).click();
  await visit.line(/^s1 = 2, squared 4$/);
  await visit.close();
});

test("keys and palette: each command is found by its words", async () => {
  const visit = await site.pausedHello();
  const { page } = visit;
  await page.getByRole("tab", { name: "Registers" }).focus();
  await page.keyboard.press("F11");
  await visit.state(/after 5,552 instructions$/);
  await page.keyboard.press("F1");
  await page.keyboard.type("thousand");
  await page.keyboard.press("Enter");
  await visit.state(/after 6,552 instructions$/);
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Help" }).getByText("Shift+F11").waitFor();
  await page.keyboard.press("Escape");
  // The terminal keeps its keys.
  await visit.terminal.locator("textarea").focus();
  await page.keyboard.press("F11");
  await page.waitForTimeout(300);
  await visit.state(/after 6,552 instructions$/);
  expect(visit.errors).toEqual([]);
  await visit.close();
});

test("the gallery opens a machine with other memory; the address says so", async () => {
  const visit = await site.pausedHello();
  const { page } = visit;
  await page.getByRole("button", { name: "Machines" }).click();
  await page.getByLabel("Memory", { exact: true }).selectOption("128");
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^Timer interrupts/ })
    .click();
  await visit.line(/^tick 1: /);
  expect(new URL(page.url()).search).toBe("?machine=timer&memory=128");
  await visit.close();
});

test("an ELF file that is dropped runs; a file that says nothing is asked about", async () => {
  const visit = await site.pausedHello();
  const { page } = visit;
  const drop = (name: string, bytes: Buffer) =>
    page.evaluate(
      ({ name, text }) => {
        const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([bytes], name));
        document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
      },
      { name, text: bytes.toString("base64") },
    );
  await drop("<b>timer</b>.elf", readFileSync(at("public", "guests", "timer.elf")));
  await visit.line(/^tick 1: /);
  await page.getByRole("combobox", { name: "Machine" }).getByText("<b>timer</b>.elf").waitFor({ state: "attached" });
  await drop("notes.txt", Buffer.from("nothing of all this"));
  await page.getByText("What is notes.txt?").waitFor();
  await page.getByRole("button", { name: "none of these: do nothing" }).click();
  expect(visit.errors).toEqual([]);
  await visit.close();
});
