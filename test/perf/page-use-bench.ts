/** What a user of the page waits for: a machine that opens at its prompt, and memory that scrolls. */
import type { Browser } from "playwright-core";
import { median } from "./statistics.ts";

const OPENINGS = 7;
const SCROLLINGS_MIB = [64, 2048] as const;
const SCROLL_FRAMES = 240;

const ms = (value: number): string => `${value.toFixed(1)} ms`;

/** Prints the medians of openings from the gallery, and how evenly the memory of a small and of a large machine scrolls. */
export async function pageUseBench(browser: Browser, url: string, print: (line: string) => void): Promise<void> {
  const openings: number[] = [];
  for (let i = 0; i < OPENINGS; i++) openings.push(await opening(browser, url));
  const range = `${ms(Math.min(...openings))} to ${ms(Math.max(...openings))}`;
  print(
    `from the click on "At its prompt" to the prompt on the terminal ${ms(median(openings))} (median of ${OPENINGS} new pages, ${range})`,
  );
  for (const mib of SCROLLINGS_MIB) {
    const times = (await scrolling(browser, url, mib)).sort((a, b) => a - b);
    const at = (part: number): string => ms(times[Math.floor(times.length * part)] ?? Number.NaN);
    print(`scrolling memory of a guest with ${mib} MiB: ${at(0.5)} a frame, p95 ${at(0.95)} (${times.length} frames)`);
  }
}

/** ms from a click on the gallery's snapshot of Linux, in a page that runs another machine, to its prompt. */
async function opening(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${url}/?machine=hello`);
  await page.locator(".xterm-rows").getByText("s1 = 1, squared 1").first().waitFor();
  await page.getByRole("button", { name: "Machines", exact: true }).click();
  await page.getByRole("button", { name: /^At its prompt\s*:\s*Linux\s*·/ }).waitFor();
  const time = await page.evaluate(async () => {
    const button = [...document.querySelectorAll("button")].find(({ textContent }) =>
      /^At its prompt\s*:\s*Linux\s*·/.test(textContent ?? ""),
    );
    if (button === undefined) throw new Error("the gallery has no prompt of Linux");
    const begun = performance.now();
    button.click();
    const isThere = () =>
      [...document.querySelectorAll(".xterm-rows > div")].some(({ textContent }) =>
        textContent?.startsWith("vitrine:~#"),
      );
    while (!isThere()) await new Promise((resolve) => requestAnimationFrame(resolve));
    return performance.now() - begun;
  });
  await context.close();
  return time;
}

/** ms from frame to frame while the rows of the Memory panel are scrolled by 150 pixels a frame. */
async function scrolling(browser: Browser, url: string, mib: number): Promise<number[]> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${url}/?machine=hello&memory=${mib}&layout=memory`);
  const grid = page.getByRole("region", { name: "Memory", exact: true }).locator(".memory-grid");
  await grid.waitFor();
  await page.waitForTimeout(2000);
  const times = await grid.evaluate(async (list, frames) => {
    const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
    const answer: number[] = [];
    let last = await frame();
    for (let n = 0; n < frames; n++) {
      list.scrollBy(0, 150);
      const now = await frame();
      answer.push(now - last);
      last = now;
    }
    return answer;
  }, SCROLL_FRAMES);
  await context.close();
  return times;
}
