// `npm run pictures [-- FOLDER]`: the README's pictures, of the built page in a browser; with FOLDER also others, to look at.
import { mkdirSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { at, Complaint, root, runAsScript } from "./paths.mjs";
import { setUp } from "./setup.mjs";

const wide = { width: 1440, height: 900 };
const narrow = { width: 390, height: 844 };
const mostBytes = 300_000;

/** Linux at its prompt with something to read above it, paused for the second time, one register edited. */
async function arrange(page) {
  const terminal = page.getByRole("region", { name: "Terminal" });
  const registers = page.getByRole("region", { name: "Registers" });
  const button = (name) => page.getByRole("button", { name, exact: true });
  const pause = async () => {
    await button("Pause").click();
    await page.getByText(/^Paused at/).waitFor();
  };
  const prompt = (above) =>
    terminal.locator(".xterm-rows").filter({ hasText: above }).waitFor({ state: "attached", timeout: 120_000 });
  await button("Dismiss").click();
  await prompt(/vitrine:/);
  // Marks show what has changed since the stop before: since the start that is nearly everything.
  await pause();
  await button("Run").click();
  await terminal.locator("textarea").focus();
  await page.keyboard.type("clear; cat README; uname -srm; cat /proc/interrupts\n");
  await prompt(/CPU0.*vitrine:/);
  await pause();
  await registers.locator('[data-register="s5"] .value-editable').click();
  await page.getByLabel("New value of s5").fill("42");
  await page.keyboard.press("Enter");
  await page.getByText("edited", { exact: true }).waitFor();
}

async function take(page, file) {
  // The pointer's traces and the focus ring belong to nobody.
  await page.mouse.move(0, 0);
  await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
  await page.waitForTimeout(500);
  await page.screenshot({ path: file });
  const { size } = statSync(file);
  process.stdout.write(`${relative(root, file)}: ${size} bytes\n`);
  if (size > mostBytes) throw new Complaint(`${file} is larger than ${mostBytes} bytes.`);
}

await runAsScript(import.meta.url, async ([folder]) => {
  await setUp(["web"]);
  const { chromium } = await import("playwright-core");
  const { needBrowser } = await import("./find-browser.mjs");
  const { serve } = await import("./serve.mjs");
  mkdirSync(at("docs"), { recursive: true });
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
  const server = await serve({ folder: at("dist", "web") });
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({ executablePath: await needBrowser(), args: sandbox });
  try {
    const page = await browser.newPage({ viewport: wide, colorScheme: "dark" });
    await page.goto(server.url);
    await arrange(page);
    for (const colorScheme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme });
      await take(page, at("docs", `vitrine-${colorScheme}.png`));
    }
    if (folder === undefined) return 0;
    await page.setViewportSize(narrow);
    for (const colorScheme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme });
      for (const panel of ["Terminal", "Registers"]) {
        await page.getByRole("tab", { name: panel, exact: true }).click();
        await take(page, resolve(join(folder, `narrow-${colorScheme}-${panel.toLowerCase()}.png`)));
      }
    }
    return 0;
  } finally {
    await browser.close();
    await server.close();
  }
});
