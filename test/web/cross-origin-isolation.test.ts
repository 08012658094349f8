// Shared memory on every kind of host: one that sends the headers, one that sends none (under a sub-path), one that can't be mended.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { at } from "../../scripts/paths.mjs";
import { serve } from "../../scripts/serve.mjs";
import { launchBrowser, PATIENCE_MS } from "./browser.ts";

let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterEach(() => context.close());
afterAll(() => browser.close());

/** Opens the built page and waits until the application has taken its place; notes loads and what the page reported. */
async function open(options: { prefix?: string; isolate?: boolean; withoutWorker?: boolean }) {
  const server = await serve({ folder: at("dist", "web"), ...options });
  context = await browser.newContext(options.withoutWorker ? { serviceWorkers: "block" } : {});
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const loads: string[] = [];
  const reports: string[] = [];
  page.on("domcontentloaded", () => loads.push(page.url()));
  page.on("console", (message) => message.type() === "error" && reports.push(message.text()));
  page.on("pageerror", (error) => reports.push(error.message));
  await page.goto(server.url, { waitUntil: "commit" });
  return { page, loads, reports, server };
}

/** Across the reload: evaluates again when the page went away meanwhile. */
async function applicationShown(page: Page) {
  await page.waitForFunction(() => (document.getElementById("root")?.childElementCount ?? 0) > 0);
}

const isolation = (page: Page) => page.evaluate(() => [window.crossOriginIsolated, typeof SharedArrayBuffer]);
const registrations = (page: Page) =>
  page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).map(({ scope }) => scope));

test("with the headers: isolated at once, no service worker, nothing that the content policy refuses", async () => {
  const { page, loads, reports, server } = await open({});
  await applicationShown(page);
  expect(await isolation(page)).toEqual([true, "function"]);
  expect(await registrations(page)).toEqual([]);
  await expect.poll(() => loads).toEqual([`${server.url}/`]);
  expect(reports).toEqual([]);
  await server.close();
});

test("without the headers, under a sub-path: isolated after one reload, and at once on the next visit", async () => {
  const { page, loads, reports, server } = await open({ prefix: "/some/where/", isolate: false });
  await page.waitForFunction(() => window.crossOriginIsolated);
  await applicationShown(page);
  expect(await isolation(page)).toEqual([true, "function"]);
  expect(await registrations(page)).toEqual([server.url]);
  await expect.poll(() => loads).toEqual([server.url, server.url]);
  await page.goto(server.url);
  await applicationShown(page);
  expect(await isolation(page)).toEqual([true, "function"]);
  await expect.poll(() => loads).toEqual([server.url, server.url, server.url]);
  expect(reports).toEqual([]);
  await server.close();
});

test("without headers and without service workers: the application still comes up, and the page does not reload", async () => {
  const { page, loads, server } = await open({ isolate: false, withoutWorker: true });
  await applicationShown(page);
  expect(await isolation(page)).toEqual([false, "undefined"]);
  await expect.poll(() => loads).toEqual([`${server.url}/`]);
  await server.close();
});
