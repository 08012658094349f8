/**
 * What the page's panels cost: work on its main thread while the machine runs flat out, what the guest loses by it, how long a
 * step takes to be seen, and how soon the page shows and runs something.
 */
import { join } from "node:path";
import { type Browser, type CDPSession, chromium, type Page } from "playwright-core";
import { needBrowser } from "../../scripts/find-browser.mjs";
import { serve } from "../../scripts/serve.mjs";
import { pageUseBench } from "./page-use-bench.ts";
import { median } from "./statistics.ts";

const LAYOUTS = ["Look", "Debug", "Memory", "Kernel"] as const;
/** ms between two frames of a screen. */
const FRAME_MS = 1000 / 60;
const TRACE_MS = 5000;
const STEPS = 20;

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** µs: when it began, how long it took, and how much of that the thread had a processor. */
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** Prints the figures of each layout, of `pairs` alternating pairs with and without panels, and of the first visit. */
export async function inspectorBench(root: string, pairs: number, print: (line: string) => void): Promise<void> {
  const server = await serve({ folder: join(root, "dist", "web"), port: 0 });
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({ executablePath: await needBrowser(), args: sandbox });
  try {
    print(`\nThe page (production build) in Chromium ${browser.version()} ${sandbox.join(" ")}, 1440×900`);
    await firstVisit(browser, server.url, print);
    print(
      "main thread a frame, p95: its work, by the thread's own clock, and from begin to end, waits for a processor included",
    );
    print("layout         work   begin to end   longest task   step to panels: median of 20");
    for (const layout of LAYOUTS) await measureLayout(browser, server.url, layout, print);
    await slowDown(browser, server.url, pairs, print);
    await pageUseBench(browser, server.url, print);
  } finally {
    await browser.close();
    await server.close();
  }
}

const ms = (value: number): string => `${value.toFixed(1)} ms`;

async function openPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  return await context.newPage();
}

/** From an empty cache: the first text or picture, and the first time that the count of executed instructions is above zero. */
async function firstVisit(browser: Browser, url: string, print: (line: string) => void): Promise<void> {
  const paints: number[] = [];
  const runs: number[] = [];
  for (let i = 0; i < 5; i++) {
    const page = await openPage(browser);
    await page.addInitScript(() => {
      const look = () => {
        const text = document.querySelector(".rate-number")?.textContent ?? "";
        const running = /^Running/.test(document.querySelector(".status-text")?.textContent ?? "");
        if (running || Number(text) > 0) Object.assign(window, { ranAt: performance.now() });
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    await page.goto(`${url}/`);
    await page.waitForFunction(() => "ranAt" in window);
    const [paint, ran] = await page.evaluate(() => [
      performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
      (window as unknown as { ranAt: number }).ranAt,
    ]);
    paints.push(paint as number);
    runs.push(ran as number);
    await page.context().close();
  }
  print(`first contentful paint ${ms(median(paints))}, the machine runs after ${ms(median(runs))} (medians of 5)`);
}

/** A page whose guest computes without end, with the panels of a layout, its registers read as often as can be chosen. */
async function busyPage(browser: Browser, url: string, layout: string): Promise<Page> {
  const page = await openPage(browser);
  await page.goto(`${url}/?machine=linux&start=prompt&layout=look`);
  const terminal = page.getByRole("region", { name: "Terminal" });
  await terminal.locator(".xterm-rows").getByText("vitrine:~#").first().waitFor({ timeout: 120_000 });
  await terminal.locator("textarea").focus();
  await page.keyboard.type("while :; do :; done\n");
  await page.getByLabel("Readings a second").selectOption("60");
  await page.getByRole("group", { name: "Layout" }).getByRole("button", { name: layout }).click();
  await page.waitForTimeout(3000);
  return page;
}

async function measureLayout(
  browser: Browser,
  url: string,
  layout: string,
  print: (line: string) => void,
): Promise<void> {
  const page = await busyPage(browser, url, layout);
  const { work, wall, longest } = await mainThread(await page.context().newCDPSession(page), page);
  const steps = await stepTimes(page);
  const columns = [
    ms(p95(work)).padStart(8),
    ms(p95(wall)).padStart(14),
    ms(longest).padStart(14),
    ms(median(steps)).padStart(17),
  ];
  print(`${layout.padEnd(10)} ${columns.join(" ")}`);
  await page.context().close();
}

function p95(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? Number.NaN;
}

/** In ms, of the page's main thread. */
interface FrameTimes {
  /** Of each frame: what its tasks used of a processor, and how long they took. */
  readonly work: readonly number[];
  readonly wall: readonly number[];
  /** From begin to end. */
  readonly longest: number;
}

async function mainThread(session: CDPSession, page: Page): Promise<FrameTimes> {
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => void events.push(...(value as unknown as TraceEvent[])));
  const ended = new Promise<void>((resolve) => session.once("Tracing.tracingComplete", () => resolve()));
  await session.send("Tracing.start", {
    traceConfig: { includedCategories: ["toplevel", "__metadata", "devtools.timeline"] },
    transferMode: "ReportEvents",
  });
  await page.waitForTimeout(TRACE_MS);
  await session.send("Tracing.end");
  await ended;
  // The page's renderer is the one whose main thread did most.
  const mains = events.filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain");
  const tasks = mains.map(({ pid, tid }) =>
    events.filter((event) => event.pid === pid && event.tid === tid && event.ph === "X" && /RunTask$/.test(event.name)),
  );
  const total = (list: readonly TraceEvent[]) => list.reduce((sum, { dur = 0 }) => sum + dur, 0);
  const busiest = tasks.sort((a, b) => total(b) - total(a))[0] ?? [];
  if (busiest.length === 0) throw new Error("The trace has no task of the page's main thread.");
  const start = Math.min(...busiest.map(({ ts }) => ts));
  const frames = Math.ceil(TRACE_MS / FRAME_MS);
  const [work, wall] = [new Array<number>(frames).fill(0), new Array<number>(frames).fill(0)];
  for (const { ts, dur = 0, tdur = dur } of busiest) {
    const frame = Math.floor((ts - start) / 1000 / FRAME_MS);
    if (frame >= frames) continue;
    work[frame] = (work[frame] ?? 0) + tdur / 1000;
    wall[frame] = (wall[frame] ?? 0) + dur / 1000;
  }
  return { work, wall, longest: Math.max(...busiest.map(({ dur = 0 }) => dur / 1000)) };
}

/** Pauses, and steps: ms from the click to the frame behind the last change that it brought to the panels. */
async function stepTimes(page: Page): Promise<number[]> {
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByRole("button", { name: "Step", exact: true }).and(page.locator(":enabled")).waitFor();
  await page.waitForTimeout(1000);
  return await page.evaluate(async (count) => {
    const times: number[] = [];
    const button = [...document.querySelectorAll("button")].find(({ textContent }) => textContent?.trim() === "Step");
    if (button === undefined) throw new Error("there is no button Step");
    for (let i = 0; i < count; i++) {
      const begun = performance.now();
      let last = begun;
      const observer = new MutationObserver(() => requestAnimationFrame(() => (last = performance.now())));
      observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
      button.click();
      // What comes later than this is not the step's.
      await new Promise((resolve) => setTimeout(resolve, 300));
      observer.disconnect();
      times.push(last - begun);
    }
    return times;
  }, STEPS);
}

/** Instructions a second of the same guest with all panels of a layout sampled at 60 Hz, and with the terminal alone. */
async function slowDown(browser: Browser, url: string, pairs: number, print: (line: string) => void): Promise<void> {
  const page = await busyPage(browser, url, "Debug");
  const others = ["Registers", "Disassembly", "Breakpoints", "Call stack", "Memory"];
  const toggle = async (titles: readonly string[]): Promise<void> => {
    for (const title of titles) {
      await page.getByRole("button", { name: "Panels", exact: true }).click();
      await page.getByRole("menuitemcheckbox", { name: title, exact: true }).click();
    }
  };
  const open: string[] = [];
  for (const title of others) {
    if ((await page.getByRole("region", { name: title, exact: true }).count()) > 0) open.push(title);
  }
  const rate = async (): Promise<number> => {
    await page.waitForTimeout(1200);
    const readings: number[] = [];
    for (let i = 0; i < 4; i++) {
      await page.waitForTimeout(550);
      readings.push(Number((await page.locator(".rate-number").innerText()).replaceAll(",", "")));
    }
    return median(readings);
  };
  const losses: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const withPanels = await rate();
    await toggle(open);
    const without = await rate();
    await toggle(open);
    losses.push(1 - withPanels / without);
  }
  const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
  print(
    `the guest loses ${percent(median(losses))} by ${open.join(", ")} at 60 Hz (median of ${pairs} alternating pairs, ${percent(Math.min(...losses))} to ${percent(Math.max(...losses))})`,
  );
  await page.context().close();
}
