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
  await linux.state(/^Loading Linux$/);
  release();
  await linux.line(PROMPT);
  await linux.state(/^Running$/);
  expect(linux.errors).toEqual([]);
});

test("a command that is typed runs", async () => {
  await linux.type("echo six=$((2*3))\n");
  await linux.line(/^six=6$/);
});

test("stty size follows the panel", async () => {
  let asked = 0;
  const size = async (): Promise<[number, number]> => {
    // Numbered, so that no earlier answer is taken for this one.
    const number = ++asked;
    await linux.type(`clear; echo ${number} $(stty size)\n`);
    const [, rows, columns] = await linux.line(new RegExp(`^${number} (\\d+) (\\d+)$`));
    return [Number(rows), Number(columns)];
  };
  const shown = async () => (await linux.screen()).length;
  const [rows, columns] = await size();
  expect(rows).toBe(await shown());
  await linux.page.setViewportSize({ width: 1000, height: 600 });
  await expect.poll(shown).toBeLessThan(rows);
  let fewerColumns = columns;
  const difference = async () => {
    const [rows, columns] = await size();
    fewerColumns = columns;
    return rows - (await shown());
  };
  // The panel may take its size in several steps.
  await expect.poll(difference).toBe(0);
  expect(fewerColumns).toBeLessThan(columns);
  await linux.page.setViewportSize({ width: 1280, height: 800 });
});

test("64 KiB that are pasted arrive whole", async () => {
  const taken = "cat > /tmp/pasted; stty echo; wc -c < /tmp/pasted; sha256sum /tmp/pasted";
  await linux.type(`clear; stty -echo; echo no-ech''o; ${taken}\n`);
  await linux.line(/^no-echo$/);
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
  await expect.poll(async () => seen.add(await linux.value("pc")).size, { interval: 100 }).toBeGreaterThan(2);
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
  await linux.state(/^Powered off \(exit code 0\)/);
  await expect.poll(() => linux.page.getByRole("button", { name: "Run", exact: true }).isDisabled()).toBe(true);
  expect(linux.errors).toEqual([]);
});
