/** Call stack, Source, Symbols and structures of programs, with exact values of the bundled ones; files that somebody gives. */
import { readFileSync } from "node:fs";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { at } from "../../scripts/paths.mjs";
import { violations } from "./accessibility.ts";
import { type MachinePage, PageUnderTest } from "./machine-page.ts";

let site: PageUnderTest;

beforeAll(async () => {
  site = await PageUnderTest.start();
});
afterAll(() => site.stop());

const region = ({ page }: MachinePage, name: string): Locator => page.getByRole("region", { name, exact: true });
const tab = ({ page }: MachinePage, name: string): Promise<void> =>
  page.getByRole("tab", { name, exact: true }).click();
const poll = <T>(read: () => Promise<T>) => expect.poll(read);

/** "function at line" of each frame. */
function frames(visit: MachinePage): Promise<string[]> {
  const rows = region(visit, "Call stack").locator(".frame-row");
  return rows.evaluateAll((all) =>
    all.map((row) => {
      const text = (part: string): string => row.querySelector(part)?.textContent ?? "";
      return [".frame-place", ".frame-line", ".frame-address", ".frame-how"].map(text).join(" ").replace(/ +/g, " ");
    }),
  );
}

/** Variables of the chosen frame, one line each: name, value, type and what holds it. */
async function variables(visit: MachinePage, frame: number): Promise<string[]> {
  const rows = region(visit, `Variables of frame ${frame}`).locator(".data-row");
  const all = await rows.evaluateAll((rows) =>
    rows.map((row) => [...row.children].map(({ textContent }) => textContent)),
  );
  return all.map((cells) =>
    cells
      .map((text) => withoutLabel(text ?? ""))
      .join(" ")
      .trim()
      .replace(/ +/g, " "),
  );
}

/** A value without what its button says to those who do not see it. */
function withoutLabel(text: string): string {
  return text.replace(/^(?:Edit|Why) [^:]*: /, "");
}

/** Registers of the unfolded frame by name. */
async function registersShown(visit: MachinePage): Promise<Record<string, string>> {
  const registers = await region(visit, "Call stack").locator(".frame-details dl > div").allInnerTexts();
  return Object.fromEntries(registers.map((text) => text.split(/\s+/) as [string, string]));
}

/** A value of the Call stack panel's variables, which is edited in its place. */
class Variable {
  readonly field: Locator;
  private readonly value: Locator;

  constructor(visit: MachinePage, path: string) {
    this.value = region(visit, "Call stack").locator(`[data-path="${path}"] .data-value`);
    this.field = this.value.getByRole("textbox");
  }

  async type(text: string): Promise<void> {
    if ((await this.field.count()) === 0) await this.value.getByRole("button").click();
    await this.field.fill(text);
    await this.field.press("Enter");
  }

  complaint(): Promise<string> {
    return this.value.getByRole("alert").innerText();
  }
}

/** Number and text of the line with the arrow. */
async function currentLine(visit: MachinePage): Promise<string> {
  const line = region(visit, "Source").locator(".source-current");
  if ((await line.count()) !== 1) return "";
  return `${await line.getAttribute("data-line")}: ${(await line.locator(".source-text").innerText()).trim()}`;
}

test("a bundled program: its stack and source at once; breakpoints, running and stepping by lines", async () => {
  const visit = await site.pausedHello({ viewport: { width: 1440, height: 900 } });
  const { page } = visit;
  await page.getByRole("button", { name: "Debug", exact: true }).click();
  await tab(visit, "Source");
  const source = region(visit, "Source");
  await poll(() => currentLine(visit)).toBe('58: while (*mtime < end) __asm__ volatile("wfi");');
  expect(await source.getByLabel("Source file").locator("option:checked").innerText()).toBe("board/board.c");

  await tab(visit, "Call stack");
  await poll(() => frames(visit)).toEqual([
    "sleep_ms+0x2e board/board.c:58 0x80000176 pc",
    "main+0x76 hello/main.c:24 0x80000296 CFI",
    "_start+0x46 board/start.S:24 0x80000046 CFI",
  ]);
  await poll(() => variables(visit, 0)).toEqual(["ms 100 (0x64) u64 computed", "end 2000220 (0x1e855c) u64 a4"]);
  const stack = region(visit, "Call stack");
  await stack.getByRole("button", { name: "Registers of frame 1" }).click();
  await poll(() => variables(visit, 1)).toEqual(["line 2 int s3", "number 2 u64 s1"]);
  const shown = await registersShown(visit);
  expect(shown).toMatchObject({
    pc: "0x0000000080000296",
    sp: "0x0000000080005fd0",
    s0: "0x0000000080006000",
    s1: "0x0000000000000002",
  });
  // What functions may use as they like has not been kept.
  expect(Object.keys(shown)).not.toContain("a0");
  expect(await violations(visit.page)).toEqual([]);

  // A variable in a register of the newest frame; what is typed wrongly stays, with what was expected.
  await stack.getByRole("button", { name: "main+0x76" }).locator("..").locator("..").waitFor();
  await stack.locator('[data-frame="0"] .frame-how').click();
  const end = new Variable(visit, "end");
  await end.type("soon");
  expect(await end.complaint()).toBe("Expected a number such as 31, 0x1f or 0b11111.");
  await end.type("-1");
  expect(await end.complaint()).toBe("Expected a number from 0 to 18446744073709551615.");
  expect(await end.field.inputValue()).toBe("-1");
  await end.type("2000221");
  await poll(() => variables(visit, 0)).toEqual(["ms 100 (0x64) u64 computed", "end 2000221 (0x1e855d) u64 a4"]);
  const registers = region(visit, "Registers");
  const a4 = registers.locator('[data-register="a4"]');
  expect(await a4.locator(".hex").innerText()).toBe("0x00000000001e855d");
  await a4.getByText("edited", { exact: true }).waitFor();
  await stack.getByRole("button", { name: "Why ms cannot be edited" }).click();
  await stack.getByText("Nothing holds it: the debug information computes it").waitFor();
  await end.type("2000220");
  await poll(() => variables(visit, 0)).toEqual([
    "ms 100 (0x64)Nothing holds it: the debug information computes it, so that there is nothing to change. u64 computed",
    "end 2000220 (0x1e855c) u64 a4",
  ]);
  // A caller's, which nothing has saved meanwhile: the loop goes on with it.
  await stack.locator('[data-frame="1"] .frame-how').click();
  const number = new Variable(visit, "number");
  await number.type("3");
  await poll(() => variables(visit, 1)).toEqual(["line 2 int s3", "number 3 u64 s1"]);
  await number.type("2");
  await poll(() => variables(visit, 1)).toEqual(["line 2 int s3", "number 2 u64 s1"]);

  // The caller's line; the source stays there until the machine moves by lines again.
  await stack.getByRole("button", { name: "main+0x76" }).click();
  const selected = source.locator('.source-line[aria-selected="true"]');
  await poll(async () => (await selected.count()) === 1 && (await selected.innerText())).toMatch(/sleep_ms\(100\);/);
  expect(await source.getByLabel("Source file").locator("option:checked").innerText()).toBe("hello/main.c");
  expect(await selected.getAttribute("data-line")).toBe("24");

  // By a click beside a line; a line without code gives the next one that has some.
  await source.locator('[data-line="22"] .source-point').click();
  await source.locator('[data-line="22"]').getByText("breakpoint").waitFor({ state: "attached" });
  await visit.press("Run");
  await visit.state(/^Breakpoint \d+; stopped at main\+0x54 \(0x80000274\)/);
  await source.getByRole("button", { name: "Follow pc" }).click();
  await poll(() => currentLine(visit)).toBe('22: print("\\n");');
  await source.getByRole("button", { name: "Remove breakpoint" }).click();
  await poll(() => source.locator('[data-line="22"]').getByText("breakpoint").count()).toBe(0);
  await source.locator('[data-line="25"]').click();
  await source.getByRole("button", { name: "Break here" }).click();
  await source.getByText("Line 25 has no code: the breakpoint is at line 26.").waitFor();
  await source.locator('[data-line="26"]').getByText("breakpoint").waitFor({ state: "attached" });

  await source.getByRole("button", { name: "Over line" }).click();
  await poll(() => currentLine(visit)).toBe("23: sum += number;");
  await source.getByRole("button", { name: "Over line" }).click();
  await poll(() => currentLine(visit)).toBe("24: sleep_ms(100);");
  await source.getByRole("button", { name: "Step line" }).click();
  await poll(() => currentLine(visit)).toBe("52: void sleep_ms(u64 ms) {");
  await source.locator('[data-line="59"]').click();
  await source.getByRole("button", { name: "Run to line" }).click();
  await poll(() => currentLine(visit)).toBe("59: clear_csr(mie, MIE_MTIE);");
  await visit.state(/^Reached what it was run to, at sleep_ms\+0x3a/);
  await stack.getByRole("button", { name: "Registers of frame 1" }).waitFor();
  await poll(() => stack.getByRole("button", { name: "Run until it goes on" }).isEnabled()).toBe(true);
  await stack.getByRole("button", { name: "Run until it goes on" }).click();
  // The breakpoint of line 26 is there, too.
  await visit.state(/stopped at main\+0x76 \(0x80000296\)/);
  await poll(() => currentLine(visit)).toMatch(/^2[67]: /);

  await source.getByRole("button", { name: "Instructions" }).click();
  const code = region(visit, "Disassembly");
  await poll(() => code.locator('.code-line[aria-selected="true"]').getAttribute("data-address")).toBe("0x80000296");
  expect(visit.errors).toEqual([]);
  await visit.close();
});

test("the kernel's stack by its frame pointers; debug information and sources that somebody gives", async () => {
  // In the midst of the kernel's start.
  const visit = await site.open("?machine=linux&at=25000000&layout=debug", { colorScheme: "light" });
  const { page } = visit;
  await visit.state(/^Paused at .* in S-mode/, 120);
  await tab(visit, "Call stack");
  const names = async () => (await frames(visit)).map((frame) => frame.replace(/\+.*\s(?=\w+$)/, " "));
  // A thread of the kernel, from its first function on.
  await poll(async () => (await names()).slice(-2)).toEqual(["kthread FP", "ret_from_fork FP"]);
  await visit.page.keyboard.press("F1");
  await visit.page.keyboard.type("run until");
  await visit.page.keyboard.press("Enter");
  await page.getByRole("textbox", { name: "Until an address is reached" }).fill("do_irq");
  await page.keyboard.press("Enter");
  await visit.state(/^Reached what it was run to, at do_irq/, 60);
  // Below the handler of an interrupt goes on what it has interrupted.
  await poll(async () => (await names()).slice(0, 2)).toEqual(["do_irq pc", "handle_exception RA"]);
  await poll(async () => (await names())[2]).toMatch(/^\S+ trap$/);
  await poll(async () => (await names()).length).toBeGreaterThan(4);

  await tab(visit, "Source");
  const source = region(visit, "Source");
  await source.getByText("This machine’s program says nothing of its sources.").waitFor();
  const give = source.getByLabel("Debug information and sources");
  const elf = readFileSync(at("public", "guests", "processes.elf"));
  await give.setInputFiles({ name: "odd.bin", mimeType: "", buffer: Buffer.from([1, 0, 2]) });
  await source.getByText("odd.bin is not used: it is neither a text nor an ELF file.").waitFor();
  await give.setInputFiles({ name: "cut.elf", mimeType: "", buffer: elf.subarray(0, 9000) });
  await source
    .getByText(/^cut\.elf is not used: section \d+ ends behind the end of the file\.$|^cut\.elf is not used: truncated/)
    .waitFor();
  await give.setInputFiles({ name: "<b>mine</b>.elf", mimeType: "", buffer: elf });
  await visit.state(/Added: <b>mine<\/b>\.elf: lines of \d+ sources\.$/m);
  await source.getByText("<b>mine</b>.elf has been made of board/board.c, which is not here.").waitFor();
  // Names of both are known now.
  await tab(visit, "Symbols");
  await region(visit, "Symbols").getByLabel("Find a symbol or an address").fill("end_process");
  await poll(() => region(visit, "Symbols").locator(".symbol-row").count()).toBe(1);

  await tab(visit, "Source");
  await source.getByLabel("Source file").selectOption({ label: "processes/kernel.c" });
  await source.getByText("has been made of processes/kernel.c, which is not here").waitFor();
  // Dropped on the panel, a text is a source and opens no machine.
  const text = readFileSync(at("public", "guests", "src", "processes", "kernel.c"), "utf8");
  const files = await page.evaluateHandle((content) => {
    const data = new DataTransfer();
    data.items.add(new File([content], "kernel.c"));
    return data;
  }, text);
  await source.dispatchEvent("drop", { dataTransfer: files });
  await source.locator('[data-line="10"]').getByText("u64 frame[32];").waitFor();
  // Lines far from the view are not there before somebody scrolls to them.
  expect(await source.locator('[data-line="48"]').count()).toBe(0);
  await source.getByRole("listbox").evaluate((list) => list.scrollTo(0, 40 * 20));
  await source.locator('[data-line="48"] .source-point').click();
  await tab(visit, "Breakpoints");
  await region(visit, "Breakpoints").getByText("at schedule", { exact: false }).waitFor();
  expect(await violations(visit.page)).toEqual([]);
  expect(visit.errors).toEqual([]);
  await visit.close();
});

test("structures of a program at variables and expressions, and its symbols", async () => {
  const visit = await site.open("?machine=processes&at=100&layout=memory", { viewport: { width: 1440, height: 900 } });
  const { page } = visit;
  // The program's symbols, which come after the machine, are known.
  await visit.state(/^Paused at _start\+0x38/);
  const runUntil = async (place: string): Promise<void> => {
    await page.keyboard.press("F1");
    await page.keyboard.type("run until");
    await page.keyboard.press("Enter");
    await page.getByRole("textbox", { name: "Until an address is reached" }).fill(place);
    await page.keyboard.press("Enter");
    await visit.state(new RegExp(`^Reached what it was run to, at ${place}\\b`));
  };
  await runUntil("map");
  await visit.panel("Call stack");
  await poll(() => variables(visit, 0)).toEqual([
    "root 0x0000000080003000 pages+0x1000 u64 * a0",
    "va 2147483648 (0x80000000) u64 a1",
    "pa 2147483648 (0x80000000) u64 a2",
    "flags 14 (0xe) u64 a3",
    "level 1 int a4",
    "table optimized out u64 *",
  ]);
  // The caller's caller: what its pointer points to, and a parameter that only the call of it still tells.
  const stack = region(visit, "Call stack");
  await stack.getByRole("button", { name: "Registers of frame 2" }).click();
  await poll(() => variables(visit, 2)).toEqual([
    "process 0x0000000080032010 processes Process * s1",
    "name 65 'A' char computed",
  ]);
  await stack.getByRole("button", { name: "process", exact: true }).click();
  const below = async (path: string) =>
    withoutLabel(await stack.locator(`[data-path="process->${path}"] .data-value`).innerText());
  await poll(() => below("name")).toBe("65 'A'");
  expect([await below("running"), await below("frame")]).toEqual(["1", "32 elements"]);
  expect(await violations(page)).toEqual([]);
  // Behind the pointer lies memory; the pointer itself is in a register that a call has saved there, too.
  const name = new Variable(visit, "process->name");
  await name.type("'AB'");
  expect(await name.complaint()).toBe("Expected a letter such as 'A', or a number.");
  await name.type("300");
  expect(await name.complaint()).toBe("Expected a number from -128 to 255.");
  await name.type("'Z'");
  await poll(() => below("name")).toBe("90 'Z'");
  await name.type("65");
  await poll(() => below("name")).toBe("65 'A'");
  const process = new Variable(visit, "process");
  const before = await registersShown(visit);
  await process.type("0x80032018");
  await poll(async () => (await registersShown(visit)).s1).toBe("0x0000000080032018");
  await process.type("0x80032010");
  await poll(() => registersShown(visit)).toEqual(before);
  // Both processes are made by then.
  await runUntil("resume");

  const memory = region(visit, "Memory");
  await memory.getByRole("button", { name: "Structure" }).click();
  const structure = memory.getByRole("region", { name: "Structure" });
  const show = async (type: string, place: string): Promise<void> => {
    await structure.getByLabel("Type", { exact: true }).fill(type);
    await structure.getByLabel("at", { exact: true }).fill(place);
    await structure.getByRole("button", { name: "Show" }).click();
  };
  const row = (path: string) => structure.locator(`[data-path="${path}"]`);
  const value = async (path: string) => withoutLabel(await row(path).locator(".data-value").innerText());

  await show("", "processes");
  await row("processes[1]").getByRole("button", { name: "[1]" }).click();
  await poll(() => value("processes[1].name")).toBe("66 'B'");
  expect(await value("processes[1].running")).toBe("1");
  expect(await row("processes[1].page_table").locator(".data-type").innerText()).toBe("u64 *");
  await row("processes[1].frame").getByRole("button", { name: "frame" }).click();
  // The program counter of a process that has not begun, and its stack pointer.
  await poll(() => value("processes[1].frame[0]")).toBe("65536 (0x10000)");
  expect(await value("processes[1].frame[2]")).toBe("200704 (0x31000)");

  // A pointer's fields are those of what it points to.
  await show("", "current");
  await poll(() => value("current->name")).toBe("65 'A'");
  expect(await value("current")).toMatch(/^0x0000000080032010\s*processes$/);
  // The first entry of a page table: no page.
  await show("u64[2]", "*(u64*)(processes + 264)");
  const second = structure.locator(".data-row").nth(2);
  await poll(() => second.locator(".data-type").innerText()).toBe("u64");
  expect(await second.getAttribute("data-path")).toBe("(*(u64*)(processes + 264))[1]");
  await show("Process *", "current_");
  await structure.getByText("At character 1: current_ is neither a register nor a symbol").waitFor();
  expect(await structure.getByLabel("at", { exact: true }).inputValue()).toBe("current_");
  await show("struct <b>", "processes");
  await structure.getByText("The program has no type struct <b>.").waitFor();
  await show("", "sp");
  await structure.getByText("Expected a type: sp is no variable of the program.").waitFor();

  await visit.panel("Symbols");
  const symbols = region(visit, "Symbols");
  await symbols.getByLabel("Find a symbol or an address").fill("TRAP");
  await poll(() => symbols.locator(".symbol-name").allInnerTexts()).toEqual([
    "trap_entry",
    "early_trap",
    "unexpected_trap",
    "handle_trap",
  ]);
  await symbols.getByLabel("Find a symbol or an address").fill("0x80032018");
  await poll(() => symbols.locator(".symbol-name").allInnerTexts()).toEqual(["processes"]);
  await symbols.getByLabel("Find a symbol or an address").press("Enter");
  await poll(() => memory.locator(".memory-selected").innerText()).toMatch(/^0x0000000080032010\s*processes$/);
  await symbols.getByLabel("Find a symbol or an address").fill("nobody");
  await symbols.getByText("No symbol has these letters, or lies at this address.").waitFor();
  expect(await violations(visit.page)).toEqual([]);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  expect(visit.errors).toEqual([]);
  await visit.close();
});
