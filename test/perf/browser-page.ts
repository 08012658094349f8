/** Builds and opens the bench's page in Chromium. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Page } from "playwright-core";
import { build } from "vite";
import { needBrowser } from "../../scripts/find-browser.mjs";
import { serve } from "../../scripts/serve.mjs";
import type { Boot, Measured } from "./measure.ts";
import type { PageCalls } from "./page-entry.ts";
import type { SyncFigures } from "./sync-measure.ts";

export interface BenchPage {
  readonly version: string;
  kernel(elf: Uint8Array): Promise<Measured>;
  boot(boot: Boot<Uint8Array>): Promise<number>;
  /** Host seconds from the first request of a browser that has nothing in its cache to the guest's prompt. */
  bootCold(boot: Boot<Uint8Array>): Promise<number>;
  sync(): Promise<SyncFigures>;
  /** Puts a file beside the page; answers its address relative to the page. */
  put(name: string, bytes: Uint8Array): string;
  /** Calls what page-entry.ts has under that name. Arguments and answer cross as JSON. */
  call<Name extends keyof PageCalls>(
    name: Name,
    ...args: Parameters<PageCalls[Name]>
  ): Promise<Awaited<ReturnType<PageCalls[Name]>>>;
  close(): Promise<void>;
}

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];

/** Bundles page-entry.ts with the machine's worker, serves it with isolation headers, and opens it headless. */
export async function openBenchPage(): Promise<BenchPage> {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-bench-page-"));
  const source = join(folder, "source");
  const output = join(folder, "site");
  const entry = join(import.meta.dirname, "page-entry.ts");
  mkdirSync(source);
  writeFileSync(join(source, "entry.ts"), `import ${JSON.stringify(entry)};\n`);
  writeFileSync(
    join(source, "index.html"),
    '<!doctype html><title>loading</title><script type="module" src="./entry.ts"></script>',
  );
  await build({
    configFile: false,
    root: source,
    base: "./",
    publicDir: false,
    logLevel: "error",
    worker: { format: "es" },
    build: { outDir: output, target: "es2023", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  });
  const server = await serve({ folder: output, port: 0 });
  const browser = await chromium.launch({ executablePath: await needBrowser(), args: FLAGS });
  const page = await openPage();
  const put: BenchPage["put"] = (name, bytes) => {
    writeFileSync(join(output, name), bytes);
    return name;
  };
  const call = caller(page);
  return {
    version: `Chromium ${browser.version()}; ${FLAGS.join(" ")}`,
    put,
    call,
    kernel: (elf) => call("kernel", put("kernel.elf", elf)),
    boot: (boot) => call("boot", putImages(put, "boot", boot)),
    bootCold: async (boot) => {
      const images = putImages(put, "cold", boot);
      const start = performance.now();
      const fresh = await openPage();
      await caller(fresh)("boot", images);
      const seconds = (performance.now() - start) / 1000;
      await fresh.context().close();
      return seconds;
    },
    sync: () => call("sync"),
    close: async () => {
      await browser.close();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };

  /** In a context of its own: nothing is cached. */
  async function openPage(): Promise<Page> {
    // v86 keeps its time in a worker made from a blob, which the server's policy forbids.
    const page = await browser.newPage({ bypassCSP: true });
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(server.url);
    await page
      .waitForFunction(() => document.title === "ready")
      .catch((error) => {
        throw new Error(`The bench's page did not start: ${errors.join("; ")} ${error}`);
      });
    return page;
  }
}

function caller(page: Page): BenchPage["call"] {
  return (name, ...args) =>
    page.evaluate(
      ([method, values]) =>
        (globalThis as never as { bench: Record<string, (...args: unknown[]) => never> }).bench[method]?.(...values),
      [name, args] as [string, unknown[]],
    ) as never;
}

/** The same guest with addresses in the place of bytes. */
export function putImages<G extends object>(put: BenchPage["put"], prefix: string, guest: G): G {
  const entries = Object.entries(guest).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? put(`${prefix}-${name}`, value) : value,
  ]);
  return Object.fromEntries(entries) as G;
}
