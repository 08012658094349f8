/** Tabs that crash or are closed while they write to a kept disk: everything that was flushed is there, sector by sector. */
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchOptions, PATIENCE_MS } from "./browser.ts";
import { BuiltPage } from "./built-page.ts";
import { type CrashOrder, writeAt } from "./disk-crash-writes.ts";

type News = { kind: "found"; found: number[] } | { kind: "flushed"; n: number } | { kind: "failed"; message: string };
interface Calls {
  makeDisk(bytes: number): Promise<string>;
  writeUntilTheEnd(order: CrashOrder): void;
}

const ROUNDS = 20;
const SECTORS = 2048;
const SEED = 20_25_11_22;
let built: BuiltPage;
let context: BrowserContext;
let address: string;

beforeAll(async () => {
  built = await BuiltPage.build(join(import.meta.dirname, "disk-crash-page.ts"));
  address = await built.serve();
  // A profile on disk: private windows keep their files in memory.
  context = await chromium.launchPersistentContext(join(built.folder, "profile"), await launchOptions());
  context.setDefaultTimeout(PATIENCE_MS);
});

afterAll(async () => {
  await context?.close();
  await built?.remove();
});

test(`${ROUNDS} times: what had been flushed is there, and nothing is torn`, async () => {
  let page = await opened(() => {});
  const id = await page.evaluate((bytes) => (globalThis as never as Calls).makeDisk(bytes), SECTORS * 512);
  await page.close();
  /** Of each sector, the write that the last page found there. */
  let known: readonly number[] = new Array(SECTORS).fill(0);
  /** Writes of the last page: the first one, and the last one that it has told to be flushed. */
  let [first, flushed] = [1, 0];
  for (let round = 0; round <= ROUNDS; round++) {
    const news: News[] = [];
    page = await opened((told) => news.push(told));
    // Numbers that the page before may have reached without telling are not used again.
    const next = flushed + 1_000_000;
    const order: CrashOrder = { id, sectors: SECTORS, seed: SEED, first: next };
    await page.evaluate((what) => (globalThis as never as Calls).writeUntilTheEnd(what), order);
    await expect.poll(() => news.length, { interval: 5 }).toBeGreaterThan(0);
    const [opening] = news;
    if (opening?.kind !== "found") throw new Error(JSON.stringify(opening));
    expect(wrongSectors(known, opening.found, first, flushed)).toEqual([]);
    known = opening.found;
    await expect.poll(() => news.length, { interval: 5 }).toBeGreaterThan(1 + (round % 4) * 2);
    await end(page, round);
    first = next;
    flushed = news.reduce((last, told) => (told.kind === "flushed" ? Math.max(last, told.n) : last), first - 1);
    expect(news.filter(({ kind }) => kind === "failed")).toEqual([]);
  }
}, 600_000);

async function opened(hear: (news: News) => void): Promise<Page> {
  const page = await context.newPage();
  await page.exposeFunction("told", hear);
  await page.goto(address);
  // A page that is not in front draws no frames to look at it in.
  await page.waitForFunction(() => document.title === "ready", undefined, { polling: 20 });
  return page;
}

/** Ends a page at some moment: its process is killed, or the tab is closed. */
async function end(page: Page, round: number): Promise<void> {
  await page.waitForTimeout(writeAt(SEED, round, SECTORS).count);
  if (round % 2 === 1) return page.close();
  const devtools = await context.newCDPSession(page);
  const crashed = new Promise((resolve) => page.once("crash", resolve));
  // It never answers.
  devtools.send("Page.crash").catch(() => {});
  await crashed;
  await page.close();
}

/** Sectors that hold neither what was flushed last nor something that was written after that. */
function wrongSectors(known: readonly number[], found: readonly number[], first: number, flushed: number): string[] {
  const expected = known.slice();
  for (let n = first; n <= flushed; n++) {
    const { sector, count } = writeAt(SEED, n, SECTORS);
    expected.fill(n, sector, sector + count);
  }
  return found.flatMap((n, sector) => {
    const wanted = expected[sector] as number;
    if (n === wanted) return [];
    const later = writeAt(SEED, n, SECTORS);
    const isLater = n > flushed && flushed > 0 && later.sector <= sector && sector < later.sector + later.count;
    return isLater ? [] : [`sector ${sector} is of write ${n}, not ${wanted}; ${flushed} was flushed`];
  });
}
