/** Address space and Processes: a page table that the program wrote itself, and the bundled Linux. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { violations } from "./accessibility.ts";
import { type MachinePage, PageUnderTest } from "./machine-page.ts";

let site: PageUnderTest;

beforeAll(async () => {
  site = await PageUnderTest.start();
});
afterAll(() => site.stop());

/** Walks down to an address, and answers what the panel says as soon as it matches. */
async function walk(visit: MachinePage, text: string, pattern: RegExp): Promise<string> {
  const panel = visit.page.getByRole("region", { name: "Address space" });
  const field = panel.getByLabel("Walk of address");
  await field.fill(text);
  await field.press("Enter");
  const shown = panel.locator(".walk");
  await expect.poll(() => shown.innerText()).toMatch(pattern);
  return shown.innerText();
}

test("the processes program: U-mode code at 0x10000 through the Sv39 tables that it has made", async () => {
  const visit = await site.open(
    `?machine=processes&layout=kernel&stops=${encodeURIComponent('[{"kind":"execute","address":"0x10050"}]')}`,
  );
  const { page } = visit;
  await visit.state(/^Breakpoint 1; stopped at system_call \(0x10050\) in U-mode/);
  const text = await walk(visit, "pc", /^0x0000000000010050 under Sv39 for U-mode.*in a page of 4 KiB/s);
  const levels = page.getByRole("article", { name: /^Walk of/ }).locator("tbody tr");
  await expect.poll(() => levels.locator("th").allInnerTexts()).toEqual(["2", "1", "0"]);
  // vpn of 0x10050: 0, 0, 0x10.
  expect(await levels.locator("td:nth-child(2)").allInnerTexts()).toEqual(["0", "0", "16"]);
  expect(text).toMatch(/Physical 0x00000000[0-9a-f]{5}050, in a page of 4 KiB/);
  const leaf = await levels.last().locator("td").last().innerText();
  await page.getByLabel("Kind of access").selectOption("store");
  await page.getByText(/^store\/AMO page fault: /).waitFor();
  await walk(visit, "0x7000000000", /^0x0000007000000000 .*page fault/s);
  // The same way down the tree.
  const tree = page.getByRole("article", { name: "Page tables" });
  const entry = (level: number, index: number) => tree.locator(`tr[data-level="${level}"][data-index="${index}"]`);
  await expect.poll(() => tree.locator("h3").innerText()).toMatch(/^Page tables Sv39, the root at 0x[0-9a-f]{12}$/);
  expect(await entry(1, 0).count()).toBe(0);
  await entry(2, 0).getByRole("button", { name: "0x0000000000000000" }).click();
  await entry(1, 0).getByRole("button", { name: "0x0000000000000000" }).click();
  await entry(0, 16).waitFor();
  const bits = await entry(0, 16).locator("td").allInnerTexts();
  expect(bits.slice(0, 2)).toEqual(["4 KiB", "V R X U A D"]);
  expect(bits[2]).toBe(leaf);
  await entry(2, 0).getByRole("button", { name: "0x0000000000000000" }).click();
  await expect.poll(() => entry(0, 16).count()).toBe(0);
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await violations(page, ".address-space")).toEqual([]);
  // A system call, a timer interrupt, and the returns from them.
  await page.getByRole("tab", { name: "Traps" }).click();
  const traps = page.getByRole("region", { name: "Traps", exact: true });
  await traps.getByText("Pending: machine timer interrupt, not taken: mie.MTIE is 0").waitFor();
  await traps.getByRole("button", { name: "Record" }).click();
  await traps.getByText("Nothing has happened yet.").waitFor();
  await visit.press("Run");
  await visit.state(/^Breakpoint 1, 2nd hit; stopped at system_call/);
  const happened = traps.getByRole("table", { name: "Traps and returns" }).locator("tbody tr");
  const cells = async (row: number) => (await happened.nth(row).locator("td").allInnerTexts()).slice(2, 6);
  await expect
    .poll(() => Promise.all([3, 2, 1, 0].map(cells)))
    .toEqual([
      ["S-mode", "△ exception", "environment call from U-mode", "system_call+0xa"],
      ["U-mode", "↩ return", "return to U-mode", "system_call+0xe"],
      ["S-mode", "↯ interrupt", "supervisor timer interrupt", "user_main+0x2e"],
      ["U-mode", "↩ return", "return to U-mode", "user_main"],
    ]);
  const ranges = page.getByRole("article", { name: "Mapped ranges" }).locator("tbody tr");
  await expect.poll(() => ranges.first().locator("th").innerText()).toBe("0x0000000000010000");
  await expect.poll(() => ranges.first().locator(".range-may").innerText()).toMatch(/^r-x user/);
  expect(visit.errors).toEqual([]);
  await visit.close();
});

test("traps of the timer program: ten timer interrupts from main, each with its step", async () => {
  const visit = await site.open("?machine=timer&at=2000&layout=kernel");
  const { page } = visit;
  await visit.state(/^Paused/);
  const panel = page.getByRole("region", { name: "Traps", exact: true });
  await panel.getByRole("button", { name: "Record" }).click();
  await panel.getByText("Nothing has happened yet.").waitFor();
  await visit.press("Run");
  await visit.state(/^Powered off/);
  const rows = panel.getByRole("table", { name: "Traps and returns" }).locator("tbody tr");
  await expect.poll(() => rows.count()).toBe(10);
  const cells = async (row: number) => (await rows.nth(row).locator("td").allInnerTexts()).map((text) => text.trim());
  expect(await cells(9)).toEqual(["3,584", "", "M-mode", "↯ interrupt", "machine timer interrupt", "main+0x52", ""]);
  expect((await cells(0)).slice(3, 5)).toEqual(["↯ interrupt", "machine timer interrupt"]);
  expect(visit.errors).toEqual([]);
  await visit.close();
});

test("without page tables, addresses are physical", async () => {
  const visit = await site.open("?machine=hello&at=5551&layout=kernel");
  await visit.page.getByText("Addresses are physical: there are no page tables in force.").waitFor();
  await walk(visit, "main", /^0x0000000080000220 is physical in M-mode/);
  await visit.page.getByText("This machine runs no Linux whose structures are known.").waitFor();
  await visit.close();
});

test("Linux: its processes, the current one, a pause at the next system call and at the next switch of processes", async () => {
  const visit = await site.open("?machine=linux&layout=kernel");
  const { page } = visit;
  await visit.line(/^vitrine:\S+ #?\$?|^vitrine:~#/);
  await visit.press("Pause");
  await visit.state(
    /^Paused at .* in S-mode, process swapper\/0 \(0\), (?:waiting for an interrupt, )?after [\d,]+ instructions/,
  );
  const rows = page.getByRole("region", { name: "Processes", exact: true }).locator("tr[data-pid]");
  await expect.poll(() => rows.count()).toBeGreaterThan(20);
  const cells = async (pid: number) =>
    (await page.locator(`tr[data-pid="${pid}"]`).locator("td, th").allInnerTexts()).map((text) => text.trim());
  await expect.poll(async () => (await cells(0)).slice(0, 4)).toEqual(["0", "[swapper/0]", "▶ running", "0"]);
  expect((await cells(1)).slice(0, 4)).toEqual(["1", "init", "sleeping", "0"]);
  expect((await cells(2)).slice(0, 4)).toEqual(["2", "[kthreadd]", "sleeping", "0"]);
  await expect.poll(async () => (await cells(1))[6]).toMatch(/^__schedule\+0x/);
  await page.getByRole("button", { name: "init", exact: true }).click();
  // Registers of init's program: its stack lies below 2^47, its status says U-mode.
  const register = async (name: string) =>
    page
      .getByRole("region", { name: "Its program, when it last entered the kernel" })
      .locator("dl div", { has: page.getByText(name, { exact: true }) })
      .locator("dd")
      .innerText();
  expect(BigInt(await register("sp"))).toBeGreaterThan(0x1000n);
  expect(BigInt(await register("sp")) < 1n << 56n).toBe(true);
  expect(BigInt(await register("sstatus")) & 0x100n).toBe(0n);
  // What it does in the kernel.
  const inKernel = page.getByRole("region", { name: "In the kernel, when another process took over" });
  await expect
    .poll(() => inKernel.locator("dt").allInnerTexts())
    .toEqual(["ra", "sp", ...Array.from({ length: 12 }, (_, n) => `s${n}`)]);
  // Its own address space, in which its program stands.
  await page.getByRole("button", { name: "Address space", exact: true }).click();
  const space = page.getByRole("region", { name: "Address space", exact: true });
  await space.getByText("of init (1)").waitFor();
  const range = space.getByRole("article", { name: "Mapped ranges" }).locator("tbody tr").first();
  await expect.poll(() => range.locator(".range-may").innerText()).toMatch(/^r-x user/);
  const first = await range.locator("th").innerText();
  expect(BigInt(await register("pc")) >= BigInt(first)).toBe(true);
  await walk(visit, await register("pc"), /Physical 0x[0-9a-f]{16}, in a page of 4 KiB/);
  await space.getByText("What the TLB holds is about the present address space.").waitFor();
  await space.getByRole("button", { name: "Present one" }).click();
  await space.getByText("of init (1)").waitFor({ state: "detached" });
  await page.emulateMedia({ colorScheme: "light" });
  expect(await violations(page, ".process-details")).toEqual([]);
  // A breakpoint in it alone.
  const breakAt = page.getByLabel("Break in init (1) at");
  await breakAt.fill("0x1000 +");
  await breakAt.press("Enter");
  await page.getByText(/^At character 9: /).waitFor();
  await breakAt.fill("0x12344");
  await breakAt.press("Enter");
  await page.getByText("init (1) alone stops at 0x0000000000012344.").waitFor();
  await page.getByRole("tab", { name: "Breakpoints" }).click();
  const stops = page.getByRole("region", { name: "Breakpoints", exact: true });
  await stops.getByText("at 0x12344, only in init (1)").waitFor();
  await stops.getByRole("button", { name: "Remove all" }).click();
  await page.getByRole("button", { name: "Pause at next …", exact: true }).click();
  await page.getByRole("menuitem", { name: "Pause at the next system call" }).click();
  await visit.state(/^Running/);
  await visit.type("true\n");
  const [, caller] = await visit.state(
    /^Exception: environment call from U-mode at .*; stopped at handle_exception \(0x[0-9a-f]+\) in S-mode, process (\S+ \(\d+\)), after [\d,]+ instructions$/,
  );
  // To any other task, be it a thread of the kernel: who runs now is said in the sentence and in the list.
  await page.getByRole("button", { name: "Pause at next …", exact: true }).click();
  const next = page.getByRole("menuitem", { name: "Pause at the next process switch" });
  await next
    .getByText("From any task of this Linux to another: processes, their threads, threads of the kernel.")
    .waitFor();
  await next.click();
  const [, from, pid] = await visit.state(
    /^Switched from (\S+ \(\d+\)) to \S+ \((\d+)\); stopped at __switch_to\+0x76 \(0x[0-9a-f]+\) in S-mode, after [\d,]+ instructions$/,
  );
  expect(from).toBe(caller);
  await expect.poll(() => stops.getByRole("listitem").count()).toBe(0);
  await page.getByRole("tab", { name: "Processes" }).click();
  await expect.poll(() => page.locator("tr.process-current").getAttribute("data-pid")).toBe(pid);
  await expect.poll(async () => (await cells(Number(pid)))[2]).toBe("▶ running");
  expect(visit.errors).toEqual([]);
  await visit.close();
});
