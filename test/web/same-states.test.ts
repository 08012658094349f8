/** Chromium and Node take a machine through the same states; one saved in either goes on in the other. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { needBrowser } from "../../scripts/find-browser.mjs";
import { at } from "../../scripts/paths.mjs";
import { serve } from "../../scripts/serve.mjs";
import { createInlineMachine } from "../../src/worker/inline.ts";
import { bundled } from "../boot/machines.ts";

interface Saved {
  readonly file: string;
  readonly hashes: readonly string[];
}

const STEPS = 20_011;
const MORE = 50_021;
const kernel = readFileSync(at("public", "guests", "processes.elf"));
let folder: string;
let browser: Browser;
let server: Awaited<ReturnType<typeof serve>>;
let page: Page;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "vitrine-same-states-"));
  const source = join(folder, "source");
  mkdirSync(source);
  const entry = join(import.meta.dirname, "same-states-page.ts");
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
    build: { outDir: join(folder, "site"), target: "es2023", assetsInlineLimit: 0 },
  });
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  browser = await chromium.launch({ executablePath: await needBrowser(), args: sandbox });
  server = await serve({ folder: join(folder, "site"), port: 0 });
  page = await browser.newPage();
  await page.goto(server.url);
  await page.waitForFunction(() => document.title === "ready");
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

function inPage(snapshot: string | null): Promise<Saved> {
  return page.evaluate(
    ([program, file, before, after]) =>
      (globalThis as never as { saveAndGoOn(...args: unknown[]): Promise<Saved> }).saveAndGoOn(
        program,
        file,
        before,
        after,
      ),
    [kernel.toString("base64"), snapshot, STEPS, MORE] as const,
  );
}

async function inNode(snapshot: string | null): Promise<Saved> {
  const options = { target: "riscv64", memory: 16 << 20, kernel, entropy: true, paced: false };
  const machine = await createInlineMachine(options);
  if (snapshot === null) await machine.step(STEPS);
  else await machine.load(Buffer.from(snapshot, "base64"));
  const file = Buffer.from(await machine.save()).toString("base64");
  const hashes = [await machine.stateHash()];
  await machine.step(MORE);
  hashes.push(await machine.stateHash());
  await machine.dispose();
  return { file, hashes };
}

test("both go through the same states, with the other's file and with their own", async () => {
  const [ofPage, ofNode] = [await inPage(null), await inNode(null)];
  expect(ofPage.hashes).toEqual(ofNode.hashes);
  expect((await inNode(ofPage.file)).hashes).toEqual(ofNode.hashes);
  expect((await inPage(ofNode.file)).hashes).toEqual(ofNode.hashes);
});

test("the bundled Linux boots through the same states in Chromium and in Node", async () => {
  const { firmware, kernel, initrd, ...options } = bundled("linux");
  const steps = [10_000_019, 45_000_007, 70_000_003];
  const machine = await createInlineMachine(bundled("linux"));
  const ofNode: string[] = [];
  for (const [index, step] of steps.entries()) {
    await machine.step(step - (steps[index - 1] ?? 0));
    ofNode.push(await machine.stateHash());
  }
  await machine.dispose();
  const base64 = (file: typeof firmware) => readFileSync(file as string).toString("base64");
  const images = { firmware: base64(firmware), kernel: base64(kernel), initrd: base64(initrd) };
  const ofPage = await page.evaluate(
    ([machineOptions, files, at]) =>
      (globalThis as never as { hashesAt(...args: unknown[]): Promise<string[]> }).hashesAt(machineOptions, files, at),
    [options, images, steps] as const,
  );
  expect(ofPage).toEqual(ofNode);
  expect(new Set(ofNode).size).toBe(3);
});
