/** What can go wrong around a machine: each trouble is said in words, and the page stays usable. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { PageUnderTest } from "./machine-page.ts";

let site: PageUnderTest;

beforeAll(async () => {
  site = await PageUnderTest.start();
});
afterAll(() => site.stop());

test("an unknown machine: a list of those that there are", async () => {
  const visit = await site.open("?machine=%3Cb%3Enone%3C%2Fb%3E");
  const { page } = visit;
  await page.getByText('There is no machine "<b>none</b>".').waitFor();
  await page.getByRole("button", { name: /^Hello/ }).click();
  await visit.line(/^s1 = 1, squared 1$/);
  expect(new URL(page.url()).search).toBe("?machine=hello");
  await page.goBack();
  await page.getByText('There is no machine "<b>none</b>".').waitFor();
  expect(visit.errors).toEqual([]);
  await visit.close();
});

test("an image that is missing: its address and the server's answer; Try again tries again", async () => {
  const visit = await site.blank();
  const { page } = visit;
  await page.route("**/guests/hello.elf", (route) => route.fulfill({ status: 404, body: "no" }));
  await visit.goTo("?machine=hello");
  await page.getByText(/kernel: http:\S+\/guests\/hello\.elf cannot be loaded: 404 Not Found/).waitFor();
  await visit.state(/^Hello could not be started$/);
  await page.unroute("**/guests/hello.elf");
  await page.getByRole("button", { name: "Try again" }).click();
  await visit.line(/^s1 = 1, squared 1$/);
  await visit.close();
});

test("an image that is no ELF file is refused by name, and another machine can be opened", async () => {
  const visit = await site.blank();
  const { page } = visit;
  await page.route("**/guests/hello.elf", (route) => route.fulfill({ body: "\x7fELF, but no more" }));
  await visit.goTo("?machine=hello");
  await page
    .getByRole("alert")
    .getByText(/kernel http:\S+hello\.elf: /)
    .waitFor();
  await page.getByRole("combobox", { name: "Machine" }).selectOption("timer");
  await visit.line(/tick/i);
  await visit.close();
});

test("the list of machines is missing", async () => {
  const visit = await site.blank();
  await visit.page.route("**/guests/index.json", (route) => route.fulfill({ status: 500, body: "" }));
  await visit.goTo("");
  await visit.page.getByText("guests/index.json cannot be loaded: 500 Internal Server Error").waitFor();
  await visit.page.unroute("**/guests/index.json");
  await visit.page.route("**/Image.gz", (route) => route.abort());
  await visit.page.getByRole("button", { name: "Try again" }).click();
  await visit.page.getByText(/kernel: http:\S+Image\.gz cannot be loaded/).waitFor();
  await visit.close();
});

test("a worker that dies: what was last known stays, and Restart starts afresh", async () => {
  const visit = await site.open("?machine=hello");
  const { page } = visit;
  await visit.line(/^s1 = 2, squared 4$/);
  const worker = page.workers().find((one) => one.url().includes("machine-worker"));
  await worker?.evaluate(() => {
    setTimeout(() => {
      throw new Error("made to fail");
    });
  });
  await visit.state(/^The worker died: .*made to fail/);
  await visit.line(/^s1 = 1, squared 1$/);
  expect(await visit.value("pc")).toMatch(/^0x0000000080000[0-9a-f]{3}$/);
  await expect.poll(() => visit.registers.locator(".chip-clean, .chip-dirty").count()).toBe(0);
  await visit.press("Restart");
  await visit.state(/^Running$/);
  await visit.line(/^s1 = 3, squared 9$/);
  await visit.close();
});

test("stored settings that are damaged are dropped with a notice", async () => {
  const visit = await site.open("?machine=hello");
  await visit.line(/^s1 = 1, squared 1$/);
  await visit.page.evaluate(() => localStorage.setItem("vitrine.settings", '{"theme":"plaid"}'));
  await visit.page.reload();
  await visit.line(/^s1 = 1, squared 1$/);
  await visit.page.getByText("The stored settings were damaged and have been dropped.").waitFor();
  expect(visit.errors).toEqual([]);
  await visit.close();
});

test("without cross-origin isolation the machine works over copies, and the page says that this is slower and why", async () => {
  const plain = await PageUnderTest.start({ isolate: false });
  // A program that runs for ever, for as long as it takes to see it run.
  const visit = await plain.open("?machine=hang", { serviceWorkers: "block" });
  await visit.registers.getByText(/slower: this page is not cross-origin isolated/).waitFor();
  await visit.line(/^Waiting for three timer/);
  const seen = new Set<string>();
  await expect.poll(async () => seen.add(await visit.value("pc")).size).toBeGreaterThan(2);
  await visit.goTo("?machine=hello&at=5551");
  await visit.state(/^Paused at/);
  await visit.edit("s1", "1000");
  await visit.row("s1").getByText("edited", { exact: true }).waitFor();
  await visit.press("Run");
  await visit.line(/^s1 = 100[01], squared/);
  await visit.goTo("?machine=hello&at=5551");
  await visit.state(/^Paused at/);
  await visit.press("Step");
  await expect.poll(() => visit.row("pc").locator(".mark").count()).toBe(1);
  expect(visit.errors.filter((error) => !error.includes("service worker"))).toEqual([]);
  await plain.stop();
});
