/** The Breakpoints panel: stop points of each kind on bare-metal programs, conditions, counts, refusals, links. */
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MachinePage, PageUnderTest } from "./machine-page.ts";

let site: PageUnderTest;

beforeAll(async () => {
  site = await PageUnderTest.start();
});
afterAll(() => site.stop());

interface Form {
  readonly visit: MachinePage;
  readonly stops: Locator;
  add(when: string, fields: Readonly<Record<string, string>>): Promise<void>;
}

async function debug(query: string): Promise<Form> {
  const visit = await site.open(query);
  await visit.page.getByRole("button", { name: "Debug", exact: true }).click();
  const stops = visit.page.getByRole("region", { name: "Breakpoints" });
  const add = async (when: string, fields: Readonly<Record<string, string>>): Promise<void> => {
    await stops.getByLabel("Stop when").selectOption({ label: when });
    for (const [label, text] of Object.entries(fields)) await stops.getByLabel(label, { exact: true }).fill(text);
    await stops.getByRole("button", { name: "Add" }).click();
  };
  return { visit, stops, add };
}

test("a condition, an ignore count and a log text", async () => {
  const { visit, stops, add } = await debug("?machine=hello&at=2000");
  await visit.state(/^Paused/);
  await add("an instruction is reached", { Address: "square", "Only if": "a0 == 5" });
  await stops.getByText("at square (0x80000210)").waitFor();
  await visit.press("Run");
  await visit.state(/^Breakpoint 1; stopped at square \(0x80000210\)/);
  await visit.shows("a0", "0x0000000000000005");
  await stops.getByRole("button", { name: "Remove Breakpoint 1" }).click();
  await expect.poll(() => stops.getByRole("listitem").count()).toBe(0);
  await add("an instruction is reached", { Address: "square", "Ignore hits": "2" });
  await stops.getByText("at square (0x80000210)").waitFor();
  await visit.press("Run");
  await visit.state(/^Breakpoint 2, 3rd hit; stopped at square/);
  await visit.shows("a0", "0x0000000000000008");
  await stops.getByText("3 hits").waitFor();
  expect(visit.errors).toEqual([]);
  await visit.close();
});

test("a log point prints at each hit, and the machine goes on", async () => {
  const { visit, stops, add } = await debug("?machine=hello&at=2000");
  await visit.state(/^Paused/);
  await add("an instruction is reached", { Address: "square", "Only print": "square of {a0:d}" });
  await stops.getByText("at square (0x80000210)").waitFor();
  await visit.press("Run");
  await visit.state(/^Powered off/);
  const printed = stops.getByRole("list", { name: "Printed by stop points" }).getByRole("listitem");
  const lines = async () => (await printed.allInnerTexts()).map((line) => line.replace(/^[\d,]+ /, ""));
  await expect.poll(lines).toEqual(Array.from({ length: 10 }, (_, n) => `square of ${n + 1}`));
  await visit.close();
});

test("nonsense stays in its field, with a sentence", async () => {
  const { visit, stops, add } = await debug("?machine=hello&at=2000");
  await visit.state(/^Paused/);
  await add("an instruction is reached", { Address: "squar" });
  await stops.getByText(/^Address, at character 1: /).waitFor();
  expect(await stops.getByLabel("Address", { exact: true }).inputValue()).toBe("squar");
  await add("an instruction is reached", { Address: "square", "Only if": "a0 ==" });
  await stops.getByText(/at character 6/).waitFor();
  expect(await stops.getByLabel("Only if", { exact: true }).inputValue()).toBe("a0 ==");
  await add("a control register is written", { Name: "<b>no</b>" });
  await stops.getByText("No register is named “<b>no</b>”.").waitFor();
  expect(await stops.getByRole("listitem").count()).toBe(0);
  await visit.close();
});

test("a trap: the cause in words, the place, and the handler's address", async () => {
  const { visit, stops, add } = await debug("?machine=timer&at=2000");
  await visit.state(/^Paused/);
  await add("a trap is taken", { Exceptions: "", Interrupts: "7" });
  await stops.getByText("machine timer interrupt").waitFor();
  await visit.press("Run");
  await visit.state(
    /^Interrupt: machine timer interrupt at main\+0x52 \(0x800002fe\); stopped at trap_entry \(0x80000328\)/,
  );
  await visit.close();
});

test("a stop point is changed where it stands; causes have names; a privilege can be chosen", async () => {
  const { visit, stops, add } = await debug("?machine=timer&at=2000");
  await visit.state(/^Paused/);
  await add("a trap is taken", { Exceptions: "load page fault, 2 illegal instruction", Interrupts: "timer" });
  await stops
    .getByText("Expected all, or causes such as 1 or supervisor software interrupt, instead of “timer”.")
    .waitFor();
  await stops.getByLabel("Interrupts", { exact: true }).fill("");
  await stops.getByRole("button", { name: "Add" }).click();
  await stops.getByText("load page fault, illegal instruction").waitFor();
  await stops.getByRole("button", { name: "Change Trap 1" }).click();
  const form = stops.getByRole("form", { name: "Change stop point 1" });
  expect(await form.getByLabel("Exceptions").inputValue()).toBe("13, 2");
  await form.getByLabel("Interrupts").fill("machine timer interrupt");
  await form.getByLabel("Only if").fill("mcause ==");
  await form.getByRole("button", { name: "Save" }).click();
  await form.getByText(/at character 10/).waitFor();
  await form.getByLabel("Only if").fill("$hits == 2");
  await form.getByRole("button", { name: "Save" }).click();
  await form.waitFor({ state: "detached" });
  await visit.press("Run");
  await visit.state(/^Interrupt: machine timer interrupt at/);
  await stops.getByRole("button", { name: "Change Trap 1" }).click();
  await form.getByLabel("Stop when").selectOption({ label: "the privilege changes" });
  const to = form.getByRole("combobox", { name: "To", exact: true });
  await to.waitFor();
  expect(await to.locator("option").allTextContents()).toEqual(["any", "U-mode", "S-mode", "M-mode"]);
  await to.selectOption("3");
  await form.getByLabel("Only if").fill("");
  await form.getByRole("button", { name: "Save" }).click();
  await stops.getByText("M-mode is entered").waitFor();
  expect(visit.errors).toEqual([]);
  await visit.close();
});

test("a watchpoint: what was written, and what it became", async () => {
  const { visit, stops, add } = await debug("?machine=hello&at=5551");
  await visit.state(/^Paused/);
  await add("memory is accessed", { Address: "sp - 8", Bytes: "8" });
  await stops.locator(".stop-row").waitFor();
  await visit.press("Run");
  await visit.state(/^Watchpoint 1: write of 8 bytes at \S+ \(0x80005fb8\), 0x2 became 0x3; stopped at print\+0x8/);
  await visit.close();
});

test("the console prints a text", async () => {
  const { visit, stops, add } = await debug("?machine=hello&at=2000");
  await visit.state(/^Paused/);
  await add("the console prints", { Text: "s1 = 3" });
  await stops.locator(".stop-row").waitFor();
  await visit.press("Run");
  await visit.state(/^The console has printed “s1 = 3”; stopped at print_char\+0x/);
  await visit.close();
});

test("a link opens the same machine at the same step with the same stop points and layout", async () => {
  const first = await debug("?machine=hello&at=5551");
  await first.visit.state(/^Paused/);
  await first.add("an instruction is reached", { Address: "square", "Only if": "a0 > 6" });
  await first.stops.getByText("at square (0x80000210)").waitFor();
  await first.visit.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await first.visit.page.keyboard.press("F1");
  await first.visit.page.keyboard.type("copy a link");
  await first.visit.page.keyboard.press("Enter");
  await first.visit.state(/The link to this machine is in the clipboard\.$/m);
  const link = await first.visit.page.evaluate(() => navigator.clipboard.readText());
  await first.visit.close();
  const second = await site.open(new URL(link).search);
  await second.state(/^Paused at sleep_ms\+0x2e \(0x80000176\) in M-mode, after 5,551 instructions$/);
  await second.page.getByRole("region", { name: "Breakpoints" }).getByText("a0 > 6").waitFor();
  await second.press("Run");
  await second.state(/^Breakpoint \d+; stopped at square/);
  await second.shows("a0", "0x0000000000000007");
  expect(second.errors).toEqual([]);
  await second.close();
});

test("parts of a link that are nonsense are named and left out", async () => {
  const visit = await site.open(`?machine=hello&memory=lots&stops=${encodeURIComponent('[{"kind":"bomb"}]')}&at=100`);
  await visit.state(/Parts of the link could not be understood and are left out: memory, stops\.$/m);
  await visit.state(
    /^Paused at 0x[0-9a-f]+ in M-mode, after 100 instructions|^Paused at \S+ \(0x[0-9a-f]+\) in M-mode, after 100/,
  );
  expect(visit.errors).toEqual([]);
  await visit.close();
});
