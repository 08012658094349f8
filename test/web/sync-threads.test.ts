/** The sync's scenarios with second threads in Chromium: with shared memory, and in a page that is not cross-origin isolated. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { build } from "vite";
import { needBrowser } from "../../scripts/find-browser.mjs";
import { serve } from "../../scripts/serve.mjs";
import { MACHINE_THREADS, WITHOUT_SHARING } from "../sync/scenarios/machine-threads.ts";
import { THREADS, TOY_THREADS } from "../sync/scenarios/toy-threads.ts";
import { compileToy } from "../sync/toy/compile.ts";

let folder: string;
let browser: Browser;
const servers: Awaited<ReturnType<typeof serve>>[] = [];
let isolated: Page;
let open: Page;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "vitrine-sync-page-"));
  const source = join(folder, "source");
  const site = join(folder, "site");
  mkdirSync(source);
  const entry = join(import.meta.dirname, "../sync/scenarios/page-entry.ts");
  writeFileSync(join(source, "entry.ts"), `import ${JSON.stringify(entry)};\n`);
  const script = '<script type="module" src="./entry.ts"></script>';
  writeFileSync(join(source, "index.html"), `<!doctype html><title>loading</title>${script}`);
  await build({
    configFile: false,
    root: source,
    base: "./",
    publicDir: false,
    logLevel: "error",
    worker: { format: "es" },
    build: { outDir: site, target: "es2023", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  });
  for (const [thread, code] of Object.entries(THREADS)) {
    const preamble = "onmessage = ({ data }) => { const ready = () => postMessage(0);";
    writeFileSync(join(site, `${thread}.js`), `${preamble}${code}};`);
  }
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  browser = await chromium.launch({ executablePath: await needBrowser(), args: sandbox });
  const toy = Buffer.from(await compileToy()).toString("base64");
  const pageAt = async (options: { isolate?: boolean }): Promise<Page> => {
    const server = await serve({ folder: site, port: 0, ...options });
    servers.push(server);
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => document.title === "ready");
    await page.evaluate((text) => (globalThis as never as { useToyCore(text: string): void }).useToyCore(text), toy);
    return page;
  };
  isolated = await pageAt({});
  open = await pageAt({ isolate: false });
});

afterAll(async () => {
  await browser?.close();
  for (const server of servers) await server.close();
  rmSync(folder, { recursive: true, force: true });
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
