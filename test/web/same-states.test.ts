/** Chromium and Node take a machine through the same states; one saved in either goes on in the other. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { at } from "../../scripts/paths.mjs";
import { createInlineMachine } from "../../src/worker/inline.ts";
import { bundled } from "../boot/machines.ts";
import { launchBrowser, PATIENCE_MS } from "./browser.ts";
import { BuiltPage } from "./built-page.ts";

interface Saved {
  readonly file: string;
  readonly hashes: readonly string[];
}

const STEPS = 20_011;
const MORE = 50_021;
const kernel = readFileSync(at("public", "guests", "processes.elf"));
let built: BuiltPage;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  built = await BuiltPage.build(join(import.meta.dirname, "same-states-page.ts"));
  browser = await launchBrowser();
  page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(await built.serve());
  await page.waitForFunction(() => document.title === "ready");
});

afterAll(async () => {
  await browser?.close();
  await built?.remove();
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
