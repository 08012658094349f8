/** `<vitrine-machine>` in a page of another origin that sends no headers at all, by the code that README.md shows. */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EmbeddedMachine } from "../../src/worker/embedded-machine.ts";
import { at } from "../../scripts/paths.mjs";
import { serve } from "../../scripts/serve.mjs";
import { violations } from "./accessibility.ts";
import { launchBrowser, PATIENCE_MS } from "./browser.ts";

/** Of a slow computer. */
const PATIENCE = { timeout: PATIENCE_MS };

type Element = HTMLElement & EmbeddedMachine;

const readme = readFileSync(at("README.md"), "utf8");
const guests: readonly { id: string }[] = JSON.parse(readFileSync(at("public/guests/index.json"), "utf8"));
const block = (language: string, part: string): string => {
  const blocks = [...readme.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "gm"))].map(
    (match) => match[1]!,
  );
  const found = blocks.filter((text) => text.includes(part));
  expect(found).toHaveLength(1);
  return found[0]!;
};

let site: Awaited<ReturnType<typeof serve>>;
let stranger: Server;
let browser: Browser;
let page: Page;
/** What stands in the stranger's page. */
let body = "";
const errors: string[] = [];

beforeAll(async () => {
  site = await serve({ folder: at("dist", "web") });
  stranger = createServer((request, response) => {
    if (request.url !== "/") return response.writeHead(404).end();
    const head = '<title>A page</title><link rel="icon" href="data:,">';
    response.end(`<!doctype html><html lang="en">${head}<main>${body}</main></html>`);
  });
  await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
  browser = await launchBrowser();
  page = await (await browser.newContext({ viewport: { width: 1200, height: 700 } })).newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.addInitScript(recordJobs);
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
});
afterAll(async () => {
  await browser.close();
  await site.close();
  stranger.close();
});

/** Notes by name what the page has workers do beside the machine, and what they answer. */
function recordJobs(): void {
  const jobs: string[] = [];
  Object.assign(window, { jobs });
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (this: Worker, ...all: unknown[]) {
    const { id, name } = (all[0] ?? {}) as { id?: unknown; name?: unknown };
    if (typeof id === "number" && typeof name === "string") {
      jobs.push(`${name} asked`);
      this.addEventListener("message", ({ data }) => {
        if (data?.id === id) jobs.push(`${name} ${"result" in data ? "done" : data.error}`);
      });
    }
    return Reflect.apply(post, this, all);
  };
}

const script = () => `<script type="module" src="${site.url}/embed/vitrine-machine.js"></script>`;

async function open(content: string): Promise<Locator> {
  body = content;
  await page.goto(`http://127.0.0.1:${(stranger.address() as AddressInfo).port}/`);
  return page.locator("vitrine-machine");
}

/** Lines on the screen of an element's terminal. */
async function lines(element: Locator): Promise<string[]> {
  const rows = await element.locator(".xterm-rows > div").allTextContents();
  return rows.map((row) => row.replaceAll("\u00a0", " ").trimEnd());
}

const file = (...path: string[]) => readFileSync(at(...path));

const waitForLine = (element: Locator, line: string, seconds = PATIENCE_MS / 1000) =>
  expect.poll(() => lines(element), { timeout: seconds * 1000, interval: 100 }).toContain(line);

test("README's snippet boots Linux without shared memory, and a command that is typed runs", async () => {
  const element = await open(block("html", "<vitrine-machine").replace("https://vitrine.example", site.url));
  await waitForLine(element, "vitrine:~#");
  expect(await page.evaluate(() => [window.crossOriginIsolated, typeof SharedArrayBuffer])).toEqual([
    false,
    "undefined",
  ]);
  // Nobody has clicked it: the keyboard is still the page's.
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("BODY");
  await element.locator("textarea").focus();
  await page.keyboard.type("echo six=$((2*3)) on $(uname -m)\n");
  const machine = await element.evaluate((node) => (node as Element).machine?.info.target);
  await waitForLine(element, `six=6 on ${machine}`);
  expect(errors).toEqual([]);
});

test("names of addresses are read on a thread of their own, though the script is of another origin", async () => {
  await expect
    .poll(() => page.evaluate(() => (window as unknown as { jobs: string[] }).jobs), PATIENCE)
    .toEqual(["list asked", "list done"]);
  // It is gone when it has answered; the machine's own stays.
  await expect.poll(() => page.workers().length, PATIENCE).toBe(1);
});

test("an edit of a register by hand reaches the machine", async () => {
  const element = page.locator("vitrine-machine");
  await element.getByRole("button", { name: "Pause" }).click();
  await expect
    .poll(() => element.getByRole("status").innerText(), PATIENCE)
    .toMatch(/^Paused at \S+.* in [USM]-mode, after/);
  await element.locator('[data-register="s1"] .value-editable').click();
  await page.getByLabel("New value of s1").fill("0x123456789abcdef0");
  await page.keyboard.press("Enter");
  await element.getByText("edited", { exact: true }).waitFor();
  await element.getByRole("button", { name: "Apply", exact: true }).click();
  await element.getByText("edited", { exact: true }).waitFor({ state: "detached" });
  const value = await element.evaluate(async (node) => {
    const { value } = (await (node as Element).machine?.evaluate("s1")) ?? {};
    return value?.toString(16);
  });
  expect(value).toBe("123456789abcdef0");
});

test("no violation of accessibility rules, in both themes and on a narrow screen", async () => {
  const element = page.locator("vitrine-machine");
  for (const [theme, width] of [
    ["dark", 1200],
    ["light", 390],
  ] as const) {
    await page.setViewportSize({ width, height: 844 });
    await element.evaluate((node, name) => node.setAttribute("theme", name), theme);
    await element.locator(`[data-theme="${theme}"]`).waitFor();
    expect(await violations(page, "vitrine-machine")).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
  await page.setViewportSize({ width: 1200, height: 700 });
});

test("its styles stay in it, and an element that is removed ends its machine", async () => {
  const outside = await page.evaluate(() => ({
    sheets: document.styleSheets.length + document.adoptedStyleSheets.length,
    head: document.head.querySelectorAll("link, style, script").length,
    accent: getComputedStyle(document.documentElement).getPropertyValue("--accent"),
  }));
  expect(outside).toEqual({ sheets: 0, head: 1, accent: "" });
  expect(page.workers()).toHaveLength(1);
  await page.evaluate(() => document.querySelector("vitrine-machine")?.remove());
  await expect.poll(() => page.workers().length, PATIENCE).toBe(0);
});

test("README's program starts a machine, edits a register of it and hears of its states", async () => {
  const element = await open(`${script()}<vitrine-machine guest="hello" at="5551"></vitrine-machine>`);
  await element.getByRole("button", { name: "Start" }).waitFor();
  expect(page.workers()).toHaveLength(0);
  const program = block("js", 'querySelector("vitrine-machine")');
  const kinds = await page.evaluate(async (text) => {
    const said: string[] = [];
    const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
    await new AsyncFunction("console", text)({ log: (kind: string) => said.push(kind) });
    return said;
  }, program);
  expect(kinds[0]).toBe("loading");
  expect(kinds).toContain("stopped");
  expect(kinds.at(-1)).toBe("running");
  await waitForLine(element, "s1 = 1001, squared 1002001");
  await expect
    .poll(() => element.getByRole("status").innerText(), PATIENCE)
    .toMatch(/^Powered off \(exit code 0\) after [\d,]+ instructions/);
  await element.getByRole("button", { name: "Reset" }).click();
  await waitForLine(element, "s1 = 1, squared 1");
  expect(errors).toEqual([]);
});

test("what an attribute should have been is said in the element, and can be mended", async () => {
  const element = await open(
    `${script()}<vitrine-machine memory="lots" panels="gauges" theme="pink" autostart></vitrine-machine>`,
  );
  const alert = element.getByRole("alert");
  await alert.waitFor();
  expect((await alert.innerText()).split(/\n+/)).toEqual([
    "This machine cannot be shown",
    "memory: expected a number of MiB from 16 to 2048, not “lots”.",
    "panels: expected terminal, screen, registers, or some of them, not “gauges”.",
    "theme: expected dark or light, not “pink”.",
  ]);
  await element.evaluate((node) => {
    for (const name of ["memory", "panels", "theme"]) node.removeAttribute(name);
    node.setAttribute("guest", "amiga");
  });
  await expect
    .poll(() => alert.innerText(), PATIENCE)
    .toContain(`guest: there is no machine “amiga”; there are ${guests.map(({ id }) => id).join(", ")}.`);
  const refusal = await element.evaluate((node) => (node as Element).start().catch((error: Error) => error.message));
  expect(refusal).toMatch(/^guest: there is no machine “amiga”/);
  await element.evaluate((node) => {
    node.setAttribute("guest", "hello");
    node.setAttribute("program", "/nothing.elf");
  });
  await element.getByRole("button", { name: "Start" }).click();
  await expect.poll(() => alert.innerText(), PATIENCE).toMatch(/program: http:\S+\/nothing\.elf cannot be loaded: 404/);
  errors.length = 0;
  await element.evaluate((node, address) => node.setAttribute("program", address), `${site.url}/guests/timer.elf`);
  await element.getByRole("button", { name: "Start" }).click();
  await waitForLine(element, "Ten ticks seen.");
  expect(errors).toEqual([]);
});

test("at its prompt, a saved machine, a kernel and RAM disk of the page's own", async () => {
  const element = await open(
    `${script()}<vitrine-machine start="prompt" panels="terminal screen" autostart></vitrine-machine>`,
  );
  await waitForLine(element, "vitrine:~#");
  await element.getByText("This machine has no screen").waitFor();
  const atPrompt = await element.evaluate((node) => Number((node as Element).machine?.recentSteps));
  await page.route("**/mine.vitrine", (route) =>
    route.fulfill({ body: file("dist", "web", "guests", "linux", "prompt.vitrine") }),
  );
  const started = await element.evaluate(async (node) => {
    node.removeAttribute("start");
    node.setAttribute("snapshot", "/mine.vitrine");
    const machine = await (node as Element).start();
    await machine.pause();
    node.setAttribute("kernel", "/mine.gz");
    const refused = await (node as Element).start().catch((error: Error) => error.message);
    node.removeAttribute("snapshot");
    return { steps: Number(machine.recentSteps), refused };
  });
  // No boot is as short: what the snapshot has behind it is counted.
  expect(started.steps).toBeGreaterThan(atPrompt / 2);
  expect(started.refused).toBe("kernel, snapshot: expected one of them at most.");
  await page.route("**/mine.gz", (route) => route.fulfill({ body: file("public", "guests", "linux", "Image.gz") }));
  await page.route("**/mine.cpio", (route) => route.fulfill({ body: Buffer.from("no disk, but mine") }));
  await element.evaluate((node) => {
    node.setAttribute("initrd", "/mine.cpio");
    node.setAttribute("append", "console=hvc0 earlycon=sbi mine");
    // The screen may have moved on by the time that somebody looks.
    const letters = new TextDecoder();
    Object.assign(window, { said: "" });
    node.addEventListener("machineoutput", (event) => {
      const { detail } = event as CustomEvent<Uint8Array>;
      (window as unknown as { said: string }).said += letters.decode(detail, { stream: true });
    });
    void (node as Element).start();
  });
  await expect
    .poll(() => page.evaluate(() => (window as unknown as { said: string }).said), PATIENCE)
    .toContain("Kernel command line: console=hvc0 earlycon=sbi mine");
  expect(errors).toEqual([]);
});

test("under the site's own content policy it needs no exception", async () => {
  await page.route(`${site.url}/own.html`, async (route) => {
    const { headers } = await fetch(`${site.url}/`);
    const html = `<!doctype html><title>Own</title><link rel="icon" href="data:,">${script()}<vitrine-machine guest="hello" autostart></vitrine-machine>`;
    await route.fulfill({
      body: html,
      headers: { "content-type": "text/html", "content-security-policy": headers.get("content-security-policy") ?? "" },
    });
  });
  await page.goto(`${site.url}/own.html`);
  await waitForLine(page.locator("vitrine-machine"), "The sum of these numbers is 55.");
  expect(errors).toEqual([]);
});
