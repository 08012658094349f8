/** Builds and opens the bench's page in Chromium. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { build } from "vite";
import { needBrowser } from "../../scripts/find-browser.mjs";
import { serve } from "../../scripts/serve.mjs";
import type { Boot, Measured } from "./measure.ts";
import type { SyncFigures } from "./sync-measure.ts";

export interface BenchPage {
  readonly version: string;
  kernel(elf: Uint8Array): Promise<Measured>;
  boot(boot: Boot): Promise<number>;
  sync(): Promise<SyncFigures>;
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
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(server.url);
  await page
    .waitForFunction(() => document.title === "ready")
    .catch((error) => {
      throw new Error(`The bench's page did not start: ${errors.join("; ")} ${error}`);
    });
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  return {
    version: `Chromium ${browser.version()}; ${FLAGS.join(" ")}`,
    kernel: (elf) =>
      page.evaluate(
        (text) => (globalThis as never as { benchKernel(elf: string): Promise<Measured> }).benchKernel(text),
        base64(elf),
      ),
    boot: ({ firmware, kernel, initrd, ...rest }) =>
      page.evaluate((boot) => (globalThis as never as { benchBoot(boot: unknown): Promise<number> }).benchBoot(boot), {
        ...rest,
        firmware: base64(firmware),
        kernel: base64(kernel),
        initrd: base64(initrd),
      }),
    sync: () => page.evaluate(() => (globalThis as never as { benchSync(): Promise<SyncFigures> }).benchSync()),
    close: async () => {
      await browser.close();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
