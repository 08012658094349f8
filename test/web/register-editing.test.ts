/** Registers of the paused bare-metal program `hello`: stepping, editing, refusals, bitfields. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type MachinePage, PageUnderTest } from "./machine-page.ts";

let site: PageUnderTest;
let hello: MachinePage;

beforeAll(async () => {
  site = await PageUnderTest.start();
});
afterAll(() => site.stop());
beforeEach(async () => {
  hello = await site.pausedHello();
});
afterEach(async () => {
  expect(hello.errors).toEqual([]);
  await hello.close();
});

const numbersPrinted = async () =>
  (await hello.screen()).flatMap((line) => /^s1 = (\d+), squared (\d+)$/.exec(line)?.slice(1).map(Number) ?? []);

test("an edited register changes what the program prints", async () => {
  await hello.edit("s1", "1000");
  await hello.shows("s1", "0x00000000000003e8");
  await hello.row("s1").getByText("edited", { exact: true }).waitFor();
  await hello.press("Apply");
  await hello.page.getByText("edited", { exact: true }).waitFor({ state: "detached" });
  await hello.shows("s1", "0x00000000000003e8");
  await hello.press("Run");
  const [, sum] = await hello.line(/^The sum of these numbers is (\d+)\.$/);
  const printed = await numbersPrinted();
  const numbers = printed.filter((_, index) => index % 2 === 0);
  expect(numbers).toHaveLength(10);
  expect(numbers.at(-1)).toBeGreaterThan(1000);
  expect(Number(sum)).toBe(numbers.reduce((a, b) => a + b));
  await hello.state(/^Powered off \(exit code 0\) after [\d,]+ instructions\. Reset switches it on again\.$/);
});

test("Run applies edits too; Revert drops them", async () => {
  const before = await hello.value("s1");
  await hello.edit("s1", "-1");
  await hello.shows("s1", "0xffffffffffffffff");
  await hello.press("Revert");
  await expect.poll(() => hello.value("s1")).toBe(before);
  await hello.edit("s1", "0b1_0000_0000");
  await hello.press("Run");
  await hello.line(/^s1 = 257, squared 66049$/);
});

test("text that is no value stays, with a sentence that says what was expected", async () => {
  const field = hello.page.getByLabel("New value of a0");
  await hello.edit("a0", "twelve");
  await hello.page.getByText("Expected a number such as 0x1f, 31, -1 or 0b11111.").waitFor();
  expect(await field.inputValue()).toBe("twelve");
  await field.fill("0x1_0000_0000_0000_0000");
  await hello.page.keyboard.press("Enter");
  await hello.page.getByText("Expected a number that fits 64 bits").waitFor();
  await field.fill("0x12");
  await hello.page.keyboard.press("Enter");
  await expect.poll(() => hello.value("a0")).toBe("0x0000000000000012");

  // In the last row that is in sight the sentence would stand below the list's end.
  const last = hello.row("t6");
  await last.locator(".value-editable").first().click();
  await last.evaluate((row) => row.scrollIntoView({ block: "end" }));
  await hello.page.getByLabel("New value of t6").fill("twelve");
  await hello.page.keyboard.press("Enter");
  const sentence = last.getByRole("alert");
  await sentence.waitFor();
  const share = () =>
    sentence.evaluate(
      (element) =>
        new Promise<number>((resolve) => {
          new IntersectionObserver(([seen]) => resolve(seen?.intersectionRatio ?? 0)).observe(element);
        }),
    );
  await expect.poll(share).toBe(1);
});

test("what the core refuses is named at the register and remains for correction; the machine does not move", async () => {
  const { status, page } = hello;
  const before = await status.innerText();
  await hello.edit("a0", "0x77");
  await hello.edit("pc", "0x80000001");
  await hello.press("Run");
  await hello
    .row("pc")
    .getByText(/^EREJECT CORE\.pc: /)
    .waitFor();
  await page.getByRole("alert").filter({ hasText: "EREJECT CORE.pc" }).first().waitFor();
  await expect.poll(() => status.innerText()).toContain(before);
  await hello.shows("pc", "0x0000000080000001");
  await hello.shows("a0", "0x0000000000000077");
  await hello.edit("pc", "0x80000000");
  await hello.press("Apply");
  await page.getByText("edited", { exact: true }).first().waitFor({ state: "detached" });
  await expect.poll(() => hello.row("pc").getByText("EREJECT").count()).toBe(0);
  // From its first instruction once more; all that it prints finds room.
  await page.setViewportSize({ width: 1280, height: 1600 });
  await hello.press("Run");
  await expect
    .poll(async () => (await hello.screen()).filter((line) => line.startsWith("Hello from a bare machine")).length)
    .toBe(2);
});

test("a step executes one instruction and marks what it changed", async () => {
  const steps = async () => Number((await hello.state(/after ([\d,]+) instructions/))[1].replaceAll(",", ""));
  const before = await steps();
  const pc = await hello.value("pc");
  await hello.press("Step");
  await expect.poll(steps).toBe(before + 1);
  await expect.poll(() => hello.value("pc")).not.toBe(pc);
  await expect.poll(() => hello.row("pc").locator(".mark").count()).toBe(1);
  const marked = await hello.registers.locator("[data-register]:has(.mark)").count();
  // One instruction changes pc and one register at most.
  expect(marked).toBeLessThanOrEqual(2);
});

test("bitfields are decoded, and edited in place", async () => {
  await hello.shows("mstatus", "0x0000000a00000000");
  await hello.unfold("mstatus");
  const fs = hello.page.getByLabel("mstatus.FS");
  await expect.poll(() => fs.inputValue()).toBe("0");
  await fs.selectOption("3");
  await expect.poll(() => hello.value("mstatus")).toBe("0x0000000a00006000");
  await hello.press("Apply");
  // SD is computed from FS when read.
  await expect.poll(() => hello.value("mstatus")).toBe("0x8000000a00006000");
  const sxl = hello.row("mstatus").getByRole("row", { name: /^SXL/ });
  expect(await sxl.innerText()).toMatch(/35:34\s+2\s*64\s+XLEN of S-mode \(read only\)/);
});

test("a value that has a meaning as a whole says it in words", async () => {
  await hello.unfold("scause");
  const meaning = async () =>
    (await hello.row("scause").locator(".readings").innerText()).split(/\s*\n\s*/).slice(0, 2);
  await expect.poll(meaning).toEqual(["meaning", "instruction address misaligned"]);
  await hello.edit("scause", "0x8000000000000005");
  await expect.poll(meaning).toEqual(["meaning", "supervisor timer interrupt"]);
  await hello.edit("scause", "13");
  await expect.poll(meaning).toEqual(["meaning", "load page fault"]);
});

test("groups show class and state in words; only unfolded ones are fetched", async () => {
  const group = (name: string) => hello.page.getByRole("region", { name: `Group ${name}` });
  const heading = async (name: string) =>
    (await group(name).getByRole("heading").innerText()).split(/\s*\n\s*/).slice(2);
  await expect.poll(() => heading("CORE")).toEqual(["runtime", "clean"]);
  await expect.poll(() => heading("TIME")).toEqual(["full", "stale"]);
  await group("TIME").getByRole("button").click();
  await expect.poll(() => heading("TIME")).toEqual(["full", "clean"]);
  // The program leaves it as reset does: no timer is due.
  await expect.poll(() => hello.value("stimecmp")).toBe("0xffffffffffffffff");
  await hello.edit("s1", "5");
  await expect.poll(() => heading("CORE")).toEqual(["runtime", "dirty"]);
  await group("ID").getByRole("button").click();
  await hello.row("mhartid").waitFor();
  expect(await hello.row("mhartid").locator(".value-editable").count()).toBe(0);
});

test("Reset starts from the beginning and stays paused", async () => {
  await hello.press("Reset");
  await hello.state(/^Switched on and paused at 0x1000 in M-mode, before the first instruction$/);
  await expect.poll(() => hello.value("pc")).toBe("0x0000000000001000");
  await expect.poll(async () => (await hello.screen()).join("")).toBe("");
  await hello.press("Run");
  await hello.line(/^s1 = 1, squared 1$/);
});
