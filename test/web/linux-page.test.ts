/** The first visit: the bundled Linux boots by itself, its shell answers, knows the terminal's size, and can be paused. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MachinePage, PageUnderTest } from "./machine-page.ts";

let site: PageUnderTest;
let linux: MachinePage;

beforeAll(async () => {
  site = await PageUnderTest.start();
  linux = await site.blank();
});
afterAll(() => site.stop());

const PROMPT = /^vitrine:\S+ #?\$?|^vitrine:~#/;

test("boots to its prompt at once, with progress while the images load", async () => {
  const { page } = linux;
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route("**/Image.gz", async (route) => {
    await released;
    await route.continue();
  });
  await linux.goTo("");
  const progress = page.getByRole("progressbar", { name: "Loading Linux" });
  await progress.waitFor();
  // The whole is known beforehand: firmware, kernel and initial RAM disk.
  expect(Number(await progress.getAttribute("max"))).toBeGreaterThan(4_000_000);
  expect(await linux.status.innerText()).toBe("Loading Linux");
  release();
  await linux.line(PROMPT, 90);
  expect(await linux.status.innerText()).toBe("Running");
  expect(linux.errors).toEqual([]);
});

test("a command that is typed runs", async () => {
  await linux.type("echo six=$((2*3))\n");
  await linux.line(/^six=6$/);
});

test("stty size follows the panel", async () => {
  const size = async (): Promise<[number, number]> => {
    await linux.type("clear; stty size\n");
    await linux.page.waitForTimeout(300);
    const [, rows, columns] = await linux.line(/^(\d+) (\d+)$/);
    return [Number(rows), Number(columns)];
  };
  const [rows, columns] = await size();
  expect(rows).toBe((await linux.screen()).length);
  await linux.page.setViewportSize({ width: 1000, height: 600 });
  await expect.poll(async () => (await linux.screen()).length).toBeLessThan(rows);
  const [fewerRows, fewerColumns] = await size();
  expect(fewerRows).toBe((await linux.screen()).length);
  expect(fewerColumns).toBeLessThan(columns);
  await linux.page.setViewportSize({ width: 1280, height: 800 });
});

test("64 KiB that are pasted arrive whole", async () => {
  await linux.type("clear; stty -echo; cat > /tmp/pasted; stty echo; wc -c < /tmp/pasted; sha256sum /tmp/pasted\n");
  await linux.page.waitForTimeout(500);
  const text = Array.from({ length: 1024 }, (_, n) => `${String(n).padStart(4, "0")} ${"x".repeat(58)}\n`).join("");
  expect(text).toHaveLength(65536);
  await linux.terminal.locator("textarea").evaluate((area, pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", pasted);
    area.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
  }, text);
  await linux.page.keyboard.press("Control+D");
  await linux.line(new RegExp(`^${createHash("sha256").update(text).digest("hex")}  /tmp/pasted$`));
});

test("registers are live while it runs, and stand still when it is paused", async () => {
  // A loop in the shell changes s0 to s11 all the time.
  await linux.type("while :; do :; done\n");
  const seen = new Set<string>();
  await expect
    .poll(async () => seen.add(await linux.value("pc")).size, { timeout: 10_000, interval: 100 })
    .toBeGreaterThan(2);
  await linux.press("Pause");
  const [, pc, mode, count] = await linux.state(
    /^Paused at (?:\S+ \()?(0x[0-9a-f]+)\)? in (\w)-mode, (?:process \S+ \(\d+\), )?(?:waiting for an interrupt, )?after ([\d,]+) instructions$/,
  );
  expect(["U", "S", "M"]).toContain(mode);
  expect(Number(count.replaceAll(",", ""))).toBeGreaterThan(10_000_000);
  await expect.poll(async () => BigInt(await linux.value("pc"))).toBe(BigInt(pc));
  const before = await linux.registers.innerText();
  await linux.page.waitForTimeout(700);
  expect(await linux.registers.innerText()).toBe(before);
});

test("runs on, and ends when the guest switches off", async () => {
  await linux.press("Run");
  await linux.state(/^Running$/);
  await linux.page.locator(".rate-number", { hasText: /^\d+(\.\d)?$/ }).waitFor();
  await linux.type("\u0003poweroff -f\n");
  await linux.state(/^Powered off \(exit code 0\)/, 60);
  expect(await linux.page.getByRole("button", { name: "Run", exact: true }).isDisabled()).toBe(true);
  expect(linux.errors).toEqual([]);
});
