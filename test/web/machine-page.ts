/** The built page in a browser, with what tests ask of it again and again. */
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { beforeEach, expect, onTestFailed } from "vitest";
import { at } from "../../scripts/paths.mjs";
import { serve } from "../../scripts/serve.mjs";
import { launchBrowser, PATIENCE_MS } from "./browser.ts";

/** Most characters of a page that a failure shows. */
const MOST_SHOWN = 6000;

/** Pages that are open, also for several tests. */
const visits = new Set<MachinePage>();

beforeEach(() => {
  onTestFailed(async ({ task }) => {
    const error = task.result?.errors?.at(-1);
    for (const visit of visits) if (error !== undefined) error.message += `\n\n${await visit.appearance()}`;
  });
});

/** A browser and a server of the production build; one pair serves all tests of a file. */
export class PageUnderTest {
  private constructor(
    private browser: Browser,
    private readonly server: Awaited<ReturnType<typeof serve>>,
  ) {}

  static async start(options: { isolate?: boolean } = {}): Promise<PageUnderTest> {
    const server = await serve({ folder: at("dist", "web"), ...options });
    return new PageUnderTest(await launchBrowser(), server);
  }

  /** A page of its own, with storage of its own, not yet at any address. */
  async blank(options: BrowserContextOptions = {}): Promise<MachinePage> {
    // One that has crashed costs its own test only.
    if (!this.browser.isConnected()) this.browser = await launchBrowser();
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    return new MachinePage(await context.newPage(), this.server.url);
  }

  /** The page with `query` in its address, as in "?machine=hello". */
  async open(query = "", options: BrowserContextOptions = {}): Promise<MachinePage> {
    const page = await this.blank(options);
    await page.goTo(query);
    return page;
  }

  /** The program `hello` standing between two of its lines: it has printed "s1 = 2, squared 4", and waits in sleep_ms. */
  async pausedHello(options: BrowserContextOptions = {}): Promise<MachinePage> {
    const page = await this.open("?machine=hello&at=5551", options);
    await page.state(/^Paused at sleep_ms\+0x2e \(0x80000176\) in M-mode, after 5,551 instructions$/);
    await page.line(/^s1 = 2, squared 4$/);
    return page;
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.server.close();
  }
}

export class MachinePage {
  /** Errors of the page and what the content policy refused. */
  readonly errors: string[] = [];
  readonly terminal: Locator;
  readonly registers: Locator;
  readonly status: Locator;

  constructor(
    readonly page: Page,
    private readonly url: string,
  ) {
    visits.add(this);
    page.on("close", () => visits.delete(this));
    page.on("pageerror", (error) => this.errors.push(error.message));
    page.on("console", (message) => message.type() === "error" && this.errors.push(message.text()));
    this.terminal = page.getByRole("region", { name: "Terminal" });
    this.registers = page.getByRole("region", { name: "Registers" });
    this.status = page.getByRole("contentinfo").locator(".status-text");
  }

  async goTo(query: string): Promise<void> {
    await this.page.goto(`${this.url}/${query}`);
  }

  /** What a visitor sees and what went wrong: the first thing that one asks when a test has failed elsewhere. */
  async appearance(): Promise<string> {
    const texts = await this.page
      .locator("dialog[open], [role=alert], [role=contentinfo], footer, main")
      .allInnerTexts()
      .catch((error: Error) => [error.message]);
    // Dialogs stand behind the panels in the document, and say more.
    const text = texts
      .reverse()
      .join("\n")
      .replace(/\n{2,}/g, "\n")
      .slice(0, MOST_SHOWN);
    return `The page at ${this.page.url()} says:\n${text}\nIts errors: ${this.errors.join("\n") || "none"}`;
  }

  async press(
    name: "Run" | "Pause" | "Step" | "Over" | "Out" | "Reset" | "Apply" | "Revert" | "Restart",
  ): Promise<void> {
    await this.page.getByRole("button", { name, exact: true }).click();
  }

  /** Opens a panel, or closes it, by the menu. */
  async panel(title: string): Promise<void> {
    await this.page.getByRole("button", { name: "Panels", exact: true }).click();
    await this.page.getByRole("menuitemcheckbox", { name: title, exact: true }).click();
  }

  /** Lines on the terminal's screen, without blanks at their ends. */
  async screen(): Promise<string[]> {
    const rows = await this.terminal.locator(".xterm-rows > div").allTextContents();
    return rows.map((row) => row.replaceAll("\u00a0", " ").trimEnd());
  }

  /** Waits until a line of the screen matches, and answers the match. */
  async line(pattern: RegExp, seconds = PATIENCE_MS / 1000): Promise<RegExpExecArray> {
    for (const end = Date.now() + seconds * 1000; ; await this.page.waitForTimeout(50)) {
      const lines = await this.screen();
      const match = lines.map((line) => pattern.exec(line)).find((found) => found !== null);
      if (match) return match;
      if (Date.now() > end) throw new Error(`no line matches ${pattern}:\n${lines.join("\n")}`);
    }
  }

  async type(text: string): Promise<void> {
    await this.terminal.locator("textarea").focus();
    await this.page.keyboard.type(text);
  }

  /** Waits until the status line matches, and answers the match. */
  async state(pattern: RegExp, seconds = PATIENCE_MS / 1000): Promise<RegExpExecArray> {
    let text = "";
    await expect
      .poll(async () => (text = await this.status.innerText()), { timeout: seconds * 1000, interval: 50 })
      .toMatch(pattern);
    return pattern.exec(text) as RegExpExecArray;
  }

  row(name: string): Locator {
    return this.registers.locator(`[data-register="${name}"]`);
  }

  /** The value shown, as in 0x0000000080000000. */
  async value(name: string): Promise<string> {
    return this.row(name).locator(".hex").first().innerText();
  }

  /** Waits until the value shown is this one. */
  async shows(name: string, value: string): Promise<void> {
    await expect.poll(() => this.value(name), { timeout: PATIENCE_MS }).toBe(value);
  }

  /** Types a new value over a register's, and Enter. */
  async edit(name: string, text: string): Promise<void> {
    await this.row(name).locator(".value-editable").first().click();
    await this.page.getByLabel(`New value of ${name}`).fill(text);
    await this.page.keyboard.press("Enter");
  }

  async unfold(name: string): Promise<void> {
    await this.row(name).locator(".register-name").click();
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
