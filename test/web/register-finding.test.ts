/** Chips, presets, search, pins, other readings and what a put has made legal, on the paused bare-metal program `hello`. */
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

const chips = () => hello.page.getByRole("navigation", { name: "Groups of registers" });
const openGroups = () =>
  hello.registers.locator(".group-heading button[aria-expanded=true] .group-name").allInnerTexts();

test("chips in bit order under the names of their classes; a class unfolds its groups and those before", async () => {
  const words = async () => (await chips().innerText()).split(/\s*\n\s*/).filter((text) => !/^[○●◆]?$/.test(text));
  const all =
    "RUNTIME CORE FP PRIV STATUS MMU TRAP IRQEN MTRAP RESET MACH PROT DEBUG RUN FULL COUNT TIME VTIME RSV LINES ID";
  await expect.poll(words).toEqual(all.split(" "));
  await chips().getByRole("button", { name: "RUNTIME", exact: true }).click();
  await expect.poll(openGroups).toEqual("CORE FP PRIV STATUS MMU TRAP IRQEN MTRAP".split(" "));
  await chips().getByRole("button", { name: "IRQEN: clean" }).waitFor();
  await chips().getByRole("button", { name: "FULL", exact: true }).click();
  await expect.poll(async () => (await openGroups()).length).toBe(18);
});

test("a chip's card gets, puts and reverts its own group", async () => {
  await chips().getByRole("button", { name: "MMU: stale" }).click();
  const card = hello.page.getByRole("dialog");
  await card.getByText("not wanted").waitFor();
  await card.getByRole("button", { name: "Get" }).click();
  await chips().getByRole("button", { name: "MMU: clean" }).waitFor();
  await hello.page.keyboard.press("Escape");
  await hello.edit("s1", "0x40");
  await hello.edit("sscratch", "0x41");
  await chips().getByRole("button", { name: "TRAP: dirty" }).click();
  await card.getByRole("button", { name: "Revert" }).click();
  await chips().getByRole("button", { name: "TRAP: clean" }).waitFor();
  await chips().getByRole("button", { name: "CORE: dirty" }).waitFor();
  await hello.page.keyboard.press("Escape");
  await chips().getByRole("button", { name: "CORE: dirty" }).click();
  await card.getByRole("button", { name: "Put" }).click();
  await chips().getByRole("button", { name: "CORE: clean" }).waitFor();
  await hello.shows("s1", "0x0000000000000040");
});

test("search finds by name, alias, field and meaning, and fetches what is folded", async () => {
  const field = hello.page.getByRole("searchbox", { name: "Find a register" });
  const names = () =>
    hello.registers
      .locator("[data-register]")
      .evaluateAll((rows) => rows.map((row) => row.getAttribute("data-register")));
  await field.fill("x31");
  await expect.poll(names).toEqual(["t6"]);
  await field.fill("mvendor");
  await expect.poll(names).toEqual(["mvendorid"]);
  await expect.poll(() => hello.value("mvendorid")).toMatch(/^0x0+$/);
  await field.fill("frame pointer");
  await expect.poll(names).toEqual(["s0"]);
  await field.fill("<b>nobody</b>");
  await hello.page.getByText("No register has such a name.").waitFor();
});

test("a pinned register stands above all groups, live, also after a reload", async () => {
  await hello.unfold("s1");
  await hello.page.getByRole("button", { name: "Pin above all groups" }).click();
  const pinned = hello.page.getByRole("region", { name: "Pinned" });
  await expect.poll(() => pinned.locator("[data-register]").count()).toBe(1);
  await hello.press("Step");
  await hello.state(/after 5,552 instructions$/);
  const both = async () => [await pinned.locator('[data-register="s1"] .hex').innerText(), await hello.value("s1")];
  await expect.poll(both).toEqual(["0x0000000000000002", "0x0000000000000002"]);
  await hello.page.reload();
  await pinned.locator('[data-register="s1"] .hex').waitFor();
});

test("an unfolded register is read in every way", async () => {
  await hello.edit("s1", "0xfffffff821203a41");
  await hello.unfold("s1");
  const readings = async () => (await hello.row("s1").locator(".readings").innerText()).split(/\s*\n\s*/);
  await expect
    .poll(readings)
    .toEqual([
      "unsigned",
      "18,446,744,039,905,573,441",
      "signed",
      "-33,803,978,175",
      "binary",
      "11111111 11111111 11111111 11111000 00100001 00100000 00111010 01000001",
      "ASCII",
      "A: !....",
      "double",
      "NaN",
      "float",
      "5.4287207e-19",
    ]);
});

test("what a put has made legal is said at the register", async () => {
  await hello.edit("stvec", "0x80000003");
  await hello.press("Apply");
  await hello
    .row("stvec")
    .getByText("Written 0x0000000080000003, and the CPU has made it legal: it reads 0x0000000000000000.")
    .waitFor();
});

test("reserved bits are shown as such, and cannot be edited", async () => {
  await hello.unfold("mstatus");
  const reserved = hello.row("mstatus").getByRole("row", { name: /^– 31:23/ });
  expect(await reserved.innerText()).toMatch(/31:23\s+0x0\s+reserved/);
  expect(await reserved.getByRole("button").count()).toBe(0);
});
