/** Each guided tour from its first step to its end, on the real machine; what is not asked for passes no step. */
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TOURS } from "../../web/tours/riscv64/tours.ts";
import { violations } from "./accessibility.ts";
import { type MachinePage, PageUnderTest } from "./machine-page.ts";

let site: PageUnderTest;

beforeAll(async () => {
  site = await PageUnderTest.start();
});
afterAll(() => site.stop());

class TourOnPage {
  readonly card: Locator;
  readonly next: Locator;

  private constructor(
    readonly visit: MachinePage,
    readonly title: string,
  ) {
    this.card = visit.page.getByRole("region", { name: `Tour: ${title}` });
    this.next = this.card.getByRole("button", { name: /^(Next|Finish)$/ });
  }

  static async begin(id: string, query = `#tour=${id}`): Promise<TourOnPage> {
    const { title, at } = TOURS.find((tour) => tour.id === id)!;
    const tour = new TourOnPage(await site.open(query), title);
    await tour.card.waitFor();
    // Nothing is done before the machine is where the tour begins.
    await tour.visit.state(
      at === null ? /^Running$/ : new RegExp(` after ${at.toLocaleString("en-US")} instructions$`, "m"),
    );
    return tour;
  }

  /** The step is on show, is not done, and points at something. */
  async at(step: number, heading: string): Promise<void> {
    await this.card.getByText(new RegExp(`^Step ${step} of `)).waitFor();
    await this.card.getByRole("heading", { name: heading, exact: true }).waitFor();
    await expect.poll(() => this.visit.page.locator("[data-tour-target]").count()).toBe(1);
    await expect.poll(() => this.next.isDisabled()).toBe(true);
  }

  /** The step's end, as the machine's state has it; then on. */
  async passes(outcome: RegExp): Promise<void> {
    await expect.poll(() => this.card.getByRole("status").innerText()).toMatch(outcome);
    await this.next.click();
  }

  /** What was done is answered by this sentence, and the step is not done. */
  async hints(sentence: RegExp): Promise<void> {
    await expect.poll(() => this.card.getByRole("status").innerText()).toMatch(sentence);
    await expect.poll(() => this.next.isDisabled()).toBe(true);
  }

  /** A while passes, and the step is still not done. */
  async stays(): Promise<void> {
    // Longer than from one look at the machine to the next.
    await this.visit.page.waitForTimeout(900);
    expect(await this.next.isDisabled()).toBe(true);
    expect(await this.card.getByRole("status").innerText()).toBe("");
  }

  async again(): Promise<void> {
    await this.card.getByRole("button", { name: "Start this step again" }).click();
  }

  async breakAt(address: string): Promise<void> {
    const stops = this.visit.page.getByRole("region", { name: "Breakpoints" });
    await stops.getByLabel("Stop when").waitFor();
    const rows = () => stops.locator(".stop-row").count();
    const before = await rows();
    await stops.getByLabel("Stop when").selectOption("execute");
    await stops.getByLabel("Address", { exact: true }).fill(address);
    await stops.getByRole("button", { name: "Add" }).click();
    await expect.poll(rows).toBe(before + 1);
  }

  async pauseAtNext(what: string): Promise<void> {
    await this.visit.page.getByRole("button", { name: "Pause at next …", exact: true }).click();
    await this.visit.page.getByRole("menuitem", { name: `Pause at the next ${what}` }).click();
  }

  async removeAll(): Promise<void> {
    await this.visit.page.getByRole("button", { name: "Remove all" }).click();
  }

  async unfold(group: string): Promise<void> {
    await this.visit.page.locator(`[aria-label="Group ${group}"] .group-heading button`).first().click();
  }

  async end(): Promise<void> {
    await this.card.waitFor({ state: "detached" });
    await expect.poll(() => new URL(this.visit.page.url()).hash).toBe("");
    expect(this.visit.errors).toEqual([]);
    await this.visit.close();
  }
}

test("edit: another number passes nothing; the right ones come out on the terminal", async () => {
  const tour = await TourOnPage.begin("edit");
  const { visit } = tour;
  await tour.at(1, "A number in a register");
  await visit.edit("s1", "77");
  await tour.hints(/^s1 is 77 now; the tour goes on with 1000\.$/);
  await visit.edit("s1", "1000");
  await tour.passes(/^The row says “edited”/);
  await tour.at(2, "The CPU takes it");
  await tour.stays();
  await visit.press("Apply");
  await tour.passes(/^Now s1 in the CPU is 1000\./);
  await tour.at(3, "Meet it on its way");
  await tour.breakAt("square");
  await visit.press("Run");
  await tour.passes(/a0 holds 1001/);
  await tour.at(4, "Another one in passing");
  await visit.edit("a0", "5");
  await visit.press("Out");
  await tour.passes(/has answered 25/);
  await tour.at(5, "On the terminal");
  await tour.removeAll();
  await visit.press("Run");
  await tour.passes(/^The terminal says “s1 = 1001, squared 25”/);
  await visit.line(/^s1 = 1001, squared 25$/);
  await tour.end();
});

test("ecall: a step too far is said, and the step can be started again; left and gone on with after a reload", async () => {
  const tour = await TourOnPage.begin("ecall");
  const { visit } = tour;
  await tour.at(1, "A process wants something");
  for (let step = 0; step < 6; step++) {
    const [, before] = await visit.state(/after ([\d,]+) instructions/);
    await visit.press("Step");
    await expect.poll(() => visit.status.innerText()).not.toContain(`after ${before} instructions`);
  }
  // The sixth one was the ecall itself. Had it been looked at in between, the step would be done.
  const said = async () =>
    (await tour.next.isEnabled()) || /^That was a step too far/.test(await tour.card.getByRole("status").innerText());
  await expect.poll(said).toBe(true);
  await tour.again();
  await visit.state(/^Paused at system_call \(0x10050\) in U-mode, after 106,308 instructions$/);
  await tour.at(1, "A process wants something");
  for (const at of ["52", "54", "56", "58", "5a"]) {
    await visit.press("Step");
    await visit.state(new RegExp(`\\(0x100${at}\\)`));
  }
  await tour.passes(/^a7 = 1 asks for printing, and a0 = 0x41 is the letter A\./);
  await tour.at(2, "Into the kernel");
  await visit.press("Step");
  await tour.passes(/sepc = 0x1005a still names the ecall, and scause = 8/);
  await tour.at(3, "Everything is put aside");
  // Left here, and gone on with in a page that is loaded anew.
  await tour.card.getByRole("button", { name: "Leave the tour" }).click();
  await tour.card.waitFor({ state: "detached" });
  await expect.poll(() => new URL(visit.page.url()).hash).toBe("");
  await visit.page.reload();
  await visit.page.getByRole("button", { name: "Machines", exact: true }).click();
  await visit.page.getByRole("button", { name: `${tour.title} A process` }).click();
  await tour.at(3, "Everything is put aside");
  await visit.state(/^Paused at trap_entry \(0x800006fc\) in S-mode, after 106,314 instructions$/);
  await tour.breakAt("handle_trap");
  await visit.press("Run");
  await tour.passes(/holds the process's a7/);
  await tour.at(4, "The kernel does it");
  await visit.press("Out");
  await tour.passes(/^The letter A is on the terminal\./);
  await visit.line(/^A$/);
  await tour.at(5, "Back to the process");
  await tour.pauseAtNext("change of privilege");
  await visit.state(/stopped at system_call\+0xe \(0x1005e\) in U-mode/);
  await tour.passes(/^U-mode again/);
  await tour.end();
});

test("timer: a run to the end passes nothing, nor does a reset; two interrupts are 100 ms apart", async () => {
  const tour = await TourOnPage.begin("timer");
  const { visit } = tour;
  await tour.at(1, "Asleep");
  await visit.press("Run");
  await tour.hints(/^The program has run to its end\.$/);
  await visit.press("Reset");
  await visit.press("Step");
  await tour.hints(/^The machine has not come to where the tour begins: start this step again\.$/);
  await tour.again();
  await visit.state(/after 3,583 instructions$/);
  await tour.pauseAtNext("interrupt");
  await tour.passes(/^The clock has reached the deadline/);
  await tour.at(2, "What the CPU wrote down");
  await tour.stays();
  await tour.unfold("MTRAP");
  await tour.passes(/^mcause has its highest bit set/);
  await tour.at(3, "The handler's duty");
  await tour.breakAt("set_timer");
  await visit.press("Run");
  await tour.passes(/^a0 = 2000\d\d\d is the next deadline: about 1000\d\d\d ticks after/);
  await tour.at(4, "The line falls");
  await visit.press("Out");
  await tour.passes(/so mtip is 0/);
  await tour.at(5, "And again");
  await tour.pauseAtNext("interrupt");
  await tour.passes(/^\d+ ticks after the first one: 100 ms/);
  await tour.at(6, "Ten of them");
  await tour.removeAll();
  await visit.press("Run");
  await tour.passes(/^Ten lines/);
  await tour.end();
});

test("page fault: each level of the story by its addresses", async () => {
  const tour = await TourOnPage.begin("page-fault");
  const { visit } = tour;
  await tour.at(1, "A store to nowhere");
  await visit.press("Step");
  await tour.passes(/sepc = 0x800005a4 names the store/);
  await tour.at(2, "Why it failed, and who decides");
  const space = visit.page.getByRole("region", { name: "Address space" });
  await space.getByLabel("Walk of address").fill("stval");
  await visit.page.keyboard.press("Enter");
  await space.locator(".walk-fault").waitFor();
  await visit.press("Step");
  await tour.stays();
  await tour.breakAt("give_page");
  await visit.press("Run");
  await tour.passes(/^a0 holds the address that wants a page/);
  await tour.at(3, "A page is given");
  await visit.press("Out");
  await tour.passes(/^The walk now ends at physical 0x800[0-9a-f]+/);
  await tour.at(4, "The same instruction again");
  await tour.breakAt("sepc");
  await visit.press("Run");
  await tour.passes(/^The CPU stands before the store/);
  await tour.at(5, "This time it works");
  await visit.press("Step");
  await tour.passes(/^42 is at virtual 0x40000000, which is physical 0x800/);
  await tour.end();
});

test("hang: the reason is found and mended; without the bit nothing comes", async () => {
  const tour = await TourOnPage.begin("hang");
  const { visit } = tour;
  await tour.at(1, "Is it dead?");
  await visit.line(/^Waiting for three timer/);
  await tour.stays();
  await visit.press("Pause");
  await tour.passes(/^It is in wait_for_ticks/);
  await tour.at(2, "Who writes ticks?");
  const stops = visit.page.getByRole("region", { name: "Breakpoints" });
  await visit.press("Run");
  await visit.state(/^Running$/);
  // It has executed something.
  await visit.page.locator(".rate-number", { hasText: /\d/ }).waitFor();
  await visit.press("Pause");
  await tour.hints(/^It has run on, but nothing watches ticks\.$/);
  await stops.getByLabel("Stop when").selectOption("watch");
  await stops.getByLabel("Address", { exact: true }).fill("ticks");
  await stops.getByRole("button", { name: "Add" }).click();
  await tour.passes(/^Many instructions later, nobody has written it\./);
  await tour.at(3, "Does the timer do its part?");
  await tour.unfold("LINES");
  await tour.unfold("IRQEN");
  await tour.passes(/^mtip is 1: the timer has done its part/);
  await tour.at(4, "The last gate");
  await visit.unfold("mstatus");
  const setField = async (name: string): Promise<void> => {
    await visit.page.getByRole("button", { name: `Edit mstatus.${name}: 0`, exact: true }).click();
    await visit.page.getByLabel(`New value of mstatus.${name}`, { exact: true }).fill("1");
    await visit.page.keyboard.press("Enter");
  };
  await setField("MPIE");
  await tour.hints(/^Something is edited, but not MIE\.$/);
  await setField("MIE");
  await visit.press("Apply");
  await tour.passes(/^All three are there now\./);
  await tour.at(5, "There it is");
  await visit.press("Run");
  await visit.state(/^Watchpoint \d+: write of 8 bytes at ticks/);
  await tour.passes(/has been written, by handle_trap/);
  await tour.at(6, "To the end");
  await tour.removeAll();
  await visit.press("Run");
  await tour.passes(/^“Three ticks seen\.”/);
  await visit.state(/^Powered off \(exit code 0\)/);
  await tour.end();
});

test("the card in both themes, on a phone, by keyboard", async () => {
  const tour = await TourOnPage.begin("edit");
  const { visit } = tour;
  const { page } = visit;
  await tour.at(1, "A number in a register");
  await visit.edit("s1", "1000");
  await tour.card.getByText("The row says").waitFor();
  expect(await violations(page, ".tour")).toEqual([]);
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await violations(page, ".tour")).toEqual([]);
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await tour.card.getByRole("button", { name: "Less" }).click();
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.locator(".status").click();
  await page.keyboard.press("n");
  await tour.at(2, "The CPU takes it");
  expect(visit.errors).toEqual([]);
  await visit.close();
});

test("another machine makes the tour wait; palette and help begin one; no tour is refused by name", async () => {
  const tour = await TourOnPage.begin("edit");
  const { visit } = tour;
  const { page } = visit;
  await tour.at(1, "A number in a register");
  await visit.edit("s1", "1000");
  await tour.passes(/^The row says “edited”/);
  await tour.at(2, "The CPU takes it");
  await page.getByRole("combobox", { name: "Machine" }).selectOption("timer");
  await tour.card.getByText("Another machine is open now. The tour waits.").waitFor();
  await tour.card.getByRole("button", { name: "Open it again" }).click();
  // Edits cannot be run anew: the tour goes on before the first of them.
  await tour.at(1, "A number in a register");
  await visit.state(/^Paused at sleep_ms\+0x2e \(0x80000176\) in M-mode, after 5,551 instructions$/);
  await tour.card.getByRole("button", { name: "Leave the tour" }).click();
  // As it was before the tour.
  const look = page.getByRole("button", { name: "Look", exact: true });
  await expect.poll(() => look.getAttribute("aria-pressed")).toBe("true");
  await page.keyboard.press("?");
  await page.getByRole("button", { name: /^Watch a timer interrupt/ }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("F1");
  await page.keyboard.type("tour page fault");
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: "Tour: Follow a page fault" }).waitFor();
  await page.evaluate(() => (window.location.hash = "tour=coffee"));
  await visit.state(/There is no tour “coffee”; there are edit, ecall, timer, page-fault, hang\.$/m);
  expect(visit.errors).toEqual([]);
  await visit.close();
});
