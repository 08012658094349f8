/** The Disassembly panel on bare-metal programs: exact lines, arrows, breakpoints by click, run to here, set pc here. */
import type { Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type MachinePage, PageUnderTest } from "./machine-page.ts";

let site: PageUnderTest;
let hello: MachinePage;
let code: Locator;

beforeAll(async () => {
  site = await PageUnderTest.start();
});
afterAll(() => site.stop());
beforeEach(async () => {
  hello = await site.pausedHello();
  code = hello.page.getByRole("region", { name: "Disassembly" });
  await expect.poll(() => code.locator(".code-current").getAttribute("data-address")).toBe("0x80000176");
});
afterEach(async () => {
  expect(hello.errors).toEqual([]);
  await hello.close();
});

const line = (address: string) => code.locator(`[data-address="${address}"]`);
const parts = async (address: string) => {
  const of = (part: string) => line(address).locator(`.code-${part}`).allInnerTexts();
  return [await of("bytes"), await of("mnemonic"), await of("operands"), await of("target")]
    .flat()
    .map((text) => text.trim());
};

async function goTo(text: string): Promise<void> {
  const field = code.getByLabel("Show address");
  await field.fill(text);
  await field.press("Enter");
}

test("the loop of sleep_ms around pc, as llvm-objdump prints it, with labels, targets and an arrow", async () => {
  await expect.poll(() => parts("0x80000172")).toEqual(["10500073", "wfi", ""]);
  expect(await parts("0x80000176")).toEqual(["0200c7b7", "lui", "a5, 0x200c"]);
  expect(await parts("0x8000017a")).toEqual(["ff87b783", "ld", "a5, -0x8(a5)"]);
  // Names and arrows may come later than the lines.
  await expect.poll(() => parts("0x8000017e")).toEqual(["fee7eae3", "bltu", "a5, a4, 0x80000172", "sleep_ms+0x2a"]);
  expect(await parts("0x8000018e")).toEqual(["8082", "c.jr", "ra"]);
  await expect.poll(() => code.getByText("finish:", { exact: true }).count()).toBe(1);
  await expect.poll(() => code.locator(".code-arrow").count()).toBeGreaterThan(0);
});

test("the current line follows pc", async () => {
  await hello.press("Step");
  await expect.poll(() => code.locator(".code-current").getAttribute("data-address")).toBe("0x8000017a");
  await hello.press("Step");
  await expect.poll(() => code.locator(".code-current").getAttribute("data-address")).toBe("0x8000017e");
  await hello.press("Step");
  // The branch is taken: the time has not come.
  await expect.poll(() => code.locator(".code-current").getAttribute("data-address")).toBe("0x80000172");
});

test("go to takes expressions, and points at the character where one goes wrong", async () => {
  await goTo("main + 4");
  await expect.poll(() => line("0x80000224").getAttribute("aria-selected")).toBe("true");
  await code.getByText("main:", { exact: true }).waitFor();
  await goTo("main + nobody");
  await code.getByText(/^At character 8: /).waitFor();
  expect(await code.getByLabel("Show address").inputValue()).toBe("main + nobody");
});

test("the middle of an instruction can be shown: from there on it is another one", async () => {
  await goTo("0x80000178");
  // The upper half of lui a5, 0x200c.
  await expect.poll(() => parts("0x80000178")).toEqual(["0200", "c.addi4spn", "s0, sp, 0x100"]);
  await expect.poll(() => line("0x8000017a").count()).toBe(1);
});

test("a click beside a line sets a breakpoint, where the machine stops before the instruction", async () => {
  await goTo("print_number");
  await line("0x80000108").locator(".code-point").click();
  await line("0x80000108").getByText("breakpoint").waitFor({ state: "attached" });
  await hello.press("Run");
  await hello.state(/^Breakpoint 1; stopped at print_number \(0x80000108\) in M-mode, after [\d,]+ instructions$/);
  await hello.shows("pc", "0x0000000080000108");
  // s1 is what it is called with.
  expect(BigInt(await hello.value("a0"))).toBe(BigInt(await hello.value("s1")));
  await hello.press("Run");
  await hello.state(/^Breakpoint 1, 2nd hit; stopped at print_number/);
  await line("0x80000108").locator(".code-point").click();
  await expect.poll(() => line("0x80000108").getByText("breakpoint").count()).toBe(0);
  await hello.press("Run");
  await hello.state(/^Powered off \(exit code 0\)/);
});

test("run to here, and set pc here", async () => {
  await line("0x80000182").click();
  await code.getByRole("button", { name: "Run to here" }).click();
  await hello.state(/^Reached what it was run to, at sleep_ms\+0x3a \(0x80000182\) in M-mode/);
  await line("0x80000186").click();
  await code.getByRole("button", { name: "Set pc here" }).click();
  await expect.poll(() => hello.value("pc")).toBe("0x0000000080000186");
  await expect.poll(() => code.locator(".code-current").getAttribute("data-address")).toBe("0x80000186");
});

test("over goes over a call, out leaves the function", async () => {
  await goTo("main");
  const call = code.locator(".code-line", { has: hello.page.getByText("print_number", { exact: true }) }).first();
  // What scrolls into sight is there when the line of the function's beginning is.
  await line("0x80000220").waitFor();
  const address = BigInt((await call.getAttribute("data-address")) as string);
  await call.click();
  await code.getByRole("button", { name: "Run to here" }).click();
  await hello.state(/^Reached what it was run to, at main\+/);
  await hello.press("Step");
  await hello.state(/at print_number \(0x80000108\)/);
  await hello.press("Out");
  await hello.state(/^Paused at main\+/);
  await hello.shows("pc", `0x${(address + 4n).toString(16).padStart(16, "0")}`);
});
