/** The browser of the tests, without a window. */
import { type Browser, chromium } from "playwright-core";
import { needBrowser } from "../../scripts/find-browser.mjs";

/** A busy computer takes its time; what is waited for ends the wait as soon as it is there. */
export const PATIENCE_MS = 120_000;

/** How to start it, with these switches too. Root may not use its sandbox. */
export async function launchOptions(args: readonly string[] = []) {
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return { executablePath: await needBrowser(), args: [...sandbox, ...args] };
}

export async function launchBrowser(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch(await launchOptions(args));
}
