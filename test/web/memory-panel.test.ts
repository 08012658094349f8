/** Memory of the paused bare-metal program `hello`: addresses, types, edits, changes at a stop, search, what cannot be read. */
import type { Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type MachinePage, PageUnderTest } from "./machine-page.ts";

let site: PageUnderTest;
let hello: MachinePage;
let memory: Locator;

beforeAll(async () => {
  site = await PageUnderTest.start();
});
afterAll(() => site.stop());
beforeEach(async () => {
  hello = await site.pausedHello();
  await hello.page.getByRole("button", { name: "Memory", exact: true }).click();
  memory = hello.page.getByRole("region", { name: "Memory" });
});
afterEach(async () => {
  expect(hello.errors).toEqual([]);
  await hello.close();
});

/** The beginning of hello.elf's first segment. */
const FIRST_BYTES = "f3 22 40 f1 63 93 02 04 97 11 00 00 93 81 81 7f".split(" ");

async function goTo(text: string): Promise<void> {
  const field = memory.getByLabel("Show address");
  await field.fill(text);
  await field.press("Enter");
}

/** Cells of the row that begins at an address. */
const cells = async (address: string): Promise<string[]> => {
  const row = memory.locator(`[data-address="${address}"]`);
  await row.waitFor();
  return (await row.locator(".memory-cell").allInnerTexts()).map((text) => text.replace(/\s*changed$/, ""));
};

const write = async (type: string, text: string): Promise<void> => {
  await memory.getByLabel("Type of cells").selectOption(type);
  await memory.getByLabel(`New value, ${type}`).fill(text);
  await memory.getByRole("button", { name: "Write" }).click();
};

test("the program's first instructions stand at the start of RAM, in the ELF file's bytes", async () => {
  await goTo("0x80000000");
  await expect.poll(() => cells("0x80000000")).toEqual(FIRST_BYTES);
  await memory.getByLabel("Type of cells").selectOption("u32");
  await expect
    .poll(() => cells("0x80000000"))
    .toEqual(
      [0, 4, 8, 12].map((at) =>
        FIRST_BYTES.slice(at, at + 4)
          .reverse()
          .join(""),
      ),
    );
});

test("values are written as their type, and bytes by typing over them", async () => {
  await goTo("0x80100000");
  await write("f64", "1.5");
  await expect.poll(() => cells("0x80100000")).toEqual(["1.5", "0"]);
  await memory.getByLabel("Type of cells").selectOption("u8");
  await expect.poll(() => cells("0x80100000")).toEqual("00 00 00 00 00 00 f8 3f 00 00 00 00 00 00 00 00".split(" "));
  await memory.getByRole("grid").focus();
  await hello.page.keyboard.type("dead");
  await expect.poll(async () => (await cells("0x80100000")).slice(0, 2)).toEqual(["de", "ad"]);
  await write("i16", "40000");
  await memory.getByText("Expected a value of 16 bits.").waitFor();
  expect(await memory.getByLabel("New value, i16").inputValue()).toBe("40000");
});

test("go to takes registers and sums, and says where nonsense begins", async () => {
  const sp = BigInt(await hello.value("sp"));
  await goTo("sp+0x10");
  const row = sp + 0x10n - ((sp + 0x10n) % 16n);
  await memory.locator(`[data-address="0x${row.toString(16)}"]`).waitFor();
  await goTo("sp+<b>nobody</b>");
  await memory.getByText(/^At character 4: /).waitFor();
});

test("what a step has changed is marked, and said", async () => {
  // sd s1, 8(sp), where s1 has counted on since the number before.
  await goTo("0x80005fb8");
  await expect.poll(async () => (await cells("0x80005fb0"))[8]).toBe("02");
  await hello.page.keyboard.press("F1");
  await hello.page.keyboard.type("run until");
  await hello.page.keyboard.press("Enter");
  await hello.page.getByRole("textbox", { name: "Until an address is reached" }).fill("print + 6");
  await hello.page.keyboard.press("Enter");
  await hello.state(/^Reached what it was run to, at print\+0x6 /);
  await hello.press("Step");
  await hello.state(/^Paused at print\+0x8 /);
  const changed = memory.locator('[data-address="0x80005fb0"] .memory-changed');
  const texts = async () => (await changed.allInnerTexts()).map((text) => text.split(/\s+/));
  await expect.poll(texts).toEqual([["03", "changed"]]);
});

test("search finds a text of the program, and says when there is none", async () => {
  const field = memory.getByLabel("Find bytes, text or a value");
  await goTo("0x80000000");
  await field.fill('"no operating system"');
  await field.press("Enter");
  const ascii = async () => (await memory.locator(".memory-ascii").allInnerTexts()).join("");
  await expect.poll(ascii).toContain("Hello from a bare machine: no operating system, only this program.");
  await field.fill("0");
  await field.press("Enter");
  await memory.getByText("Expected bytes such as de ad be ef").waitFor();
});

test("search finds a value as the type of cells, given by an expression; strings are read and written as letters", async () => {
  const field = memory.getByLabel("Find bytes, text or a value");
  await goTo("0x80100000");
  await write("u64", "8000021d");
  await goTo("0x80000000");
  await field.fill("=main + nobody");
  await field.press("Enter");
  await memory.getByText(/^At character 9: /).waitFor();
  await field.fill("=square + 13");
  await field.press("Enter");
  await expect.poll(() => cells("0x80100000")).toEqual(["000000008000021d", "0000000000000000"]);
  await write("string", "Hi\\n");
  await expect.poll(async () => (await cells("0x80100000")).slice(0, 5)).toEqual(["H", "i", "\\n", "·", "\\0"]);
  await write("string", "\\q");
  await memory.getByText("at character 1.").waitFor();
});

test("while a machine runs that has not stopped yet, nothing is shown until a place is chosen", async () => {
  const visit = await site.open("?machine=hang&layout=memory");
  const panel = visit.page.getByRole("region", { name: "Memory", exact: true });
  await visit.state(/^Running/);
  await panel.getByText("Memory around pc appears here when the machine stops").waitFor();
  await visit.press("Pause");
  await visit.state(/^Paused/);
  const row = async () =>
    panel.locator(`[data-address="0x${(BigInt(await visit.value("pc")) & ~15n).toString(16)}"]`).count();
  await expect.poll(row).toBe(1);
  expect(visit.errors).toEqual([]);
  await visit.close();
});

test("memory that is not there says so instead of showing zeros", async () => {
  await memory.getByLabel("Kind of address").selectOption("physical");
  await goTo("0x1");
  await expect.poll(() => memory.locator(".memory-hole").count()).toBeGreaterThan(0);
  await goTo("0xfffffffffffffff0");
  await expect.poll(() => memory.locator(".memory-hole").last().isVisible()).toBe(true);
});
