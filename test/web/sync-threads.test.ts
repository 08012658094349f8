/** The sync's scenarios with second threads in Chromium: with shared memory, and in a page that is not cross-origin isolated. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MACHINE_THREADS, WITHOUT_SHARING } from "../sync/scenarios/machine-threads.ts";
import { THREADS, TOY_THREADS } from "../sync/scenarios/toy-threads.ts";
import { compileToy } from "../sync/toy/compile.ts";
import { launchBrowser, PATIENCE_MS } from "./browser.ts";
import { BuiltPage } from "./built-page.ts";

let built: BuiltPage;
let browser: Browser;
let isolated: Page;
let open: Page;

beforeAll(async () => {
  built = await BuiltPage.build(join(import.meta.dirname, "../sync/scenarios/page-entry.ts"));
  for (const [thread, code] of Object.entries(THREADS)) {
    const preamble = "onmessage = ({ data }) => { const ready = () => postMessage(0);";
    writeFileSync(join(built.site, `${thread}.js`), `${preamble}${code}};`);
  }
  browser = await launchBrowser();
  const toy = Buffer.from(await compileToy()).toString("base64");
  const pageAt = async (options: { isolate?: boolean }): Promise<Page> => {
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(await built.serve(options));
    await page.waitForFunction(() => document.title === "ready");
    await page.evaluate((text) => (globalThis as never as { useToyCore(text: string): void }).useToyCore(text), toy);
    return page;
  };
  isolated = await pageAt({});
  open = await pageAt({ isolate: false });
});

afterAll(async () => {
  await browser?.close();
  await built?.remove();
});

const runIn = (page: Page, scenario: string): Promise<boolean | undefined> =>
  page.evaluate(
    (name) => (globalThis as never as { runScenario(name: string): Promise<boolean> }).runScenario(name),
    scenario,
  );

test.each(Object.keys(TOY_THREADS))("%s", async (name) => {
  await runIn(isolated, name);
});

test.each(Object.keys(MACHINE_THREADS))("%s", async (name) => {
  expect(await runIn(isolated, name)).toBe(true);
});

test.each(WITHOUT_SHARING)("without shared memory: %s", async (name) => {
  expect(await open.evaluate(() => [crossOriginIsolated, typeof SharedArrayBuffer])).toEqual([false, "undefined"]);
  expect(await runIn(open, name)).toBe(false);
});
