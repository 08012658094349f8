/** The dialog that lets a gdb on this computer debug the machine of the page. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { Bridge } from "../../src/gdbstub/transports/websocket.ts";
import { TcpGdb } from "../gdb/tcp-gdb.ts";
import { violations } from "./accessibility.ts";
import { type MachinePage, PageUnderTest } from "./machine-page.ts";

let site: PageUnderTest;
let bridge: Bridge;
let hello: MachinePage;
const lines: string[] = [];

beforeAll(async () => {
  site = await PageUnderTest.start();
});
afterAll(() => site.stop());
beforeEach(async () => {
  lines.length = 0;
  bridge = await Bridge.open({ port: 0, gdbPort: 0, origins: [], say: (line) => lines.push(line) });
  hello = await site.pausedHello();
});
afterEach(async () => {
  await hello.close();
  await bridge.close();
});

const dialog = () => hello.page.getByRole("dialog", { name: "Attach gdb" });
const field = (name: string) => dialog().getByLabel(name);
const button = (name: string) => dialog().getByRole("button", { name, exact: true });
const state = () => dialog().getByRole("status");
const statusLine = () => hello.page.getByRole("contentinfo").locator(".gdb-status");
const code = () => lines.flatMap((line) => /^code for the page: (.*)$/.exec(line)?.[1] ?? []).at(-1) as string;

async function openDialog(): Promise<void> {
  await hello.page.getByRole("button", { name: "More", exact: true }).click();
  await hello.page.getByRole("menuitem", { name: "Attach gdb" }).click();
  await dialog().waitFor();
}

async function connect(typed: string): Promise<void> {
  await field("Code").fill(typed);
  await field("Port of the bridge").fill(String(bridge.port));
  await button("Connect").click();
}

const violationsInside = () => violations(hello.page, "dialog");

test("the palette opens it; it says what to do, and what the browser may ask, before anything is sent", async () => {
  // The terminal keeps every other key.
  await hello.page.keyboard.press("Control+F6");
  await hello.page.keyboard.press("F1");
  await hello.page.getByRole("dialog", { name: "Commands" }).waitFor();
  await hello.page.keyboard.type("Attach gdb");
  await hello.page.keyboard.press("Enter");
  await dialog().waitFor();
  const text = await dialog().innerText();
  expect(text).toContain("npx vitrine gdb-bridge");
  expect(text).toContain("target remote :1234");
  expect(text).toMatch(/browser may ask whether this page may reach programs on this computer/);
  expect([await field("Port of the bridge").inputValue(), await state().innerText()]).toEqual([
    "5274",
    "Not connected.",
  ]);
});

test("what can be no code, and what can be no port, is said so; the text stays", async () => {
  await openDialog();
  await field("Code").fill("nonsense!");
  await field("Port of the bridge").fill("99999");
  await button("Connect").click();
  await expect
    .poll(() => dialog().getByRole("alert").allInnerTexts())
    .toEqual([
      "Expected the 16 letters and digits that the bridge prints, as in 0123-4567-89AB-CDEF.",
      "Expected a port from 1 to 65535.",
    ]);
  expect([await field("Code").inputValue(), await field("Port of the bridge").inputValue()]).toEqual([
    "nonsense!",
    "99999",
  ]);
  expect(await state().innerText()).toBe("Not connected.");
});

test("a wrong code is refused and stays; the right one pairs, gdb gets answers, and Disconnect ends it", async () => {
  await openDialog();
  await connect("0000-0000-0000-0000");
  await expect
    .poll(() => state().innerText())
    .toBe("Refused: the code is wrong; the bridge shows the right one in its terminal.");
  expect(await field("Code").inputValue()).toBe("0000-0000-0000-0000");
  await connect(code().toLowerCase());
  await expect.poll(() => state().innerText()).toBe(`Waiting for gdb at port ${bridge.gdbPort}.`);
  expect(await dialog().innerText()).toContain(`target remote :${bridge.gdbPort}`);
  await button("Close").click();
  await expect.poll(() => statusLine().innerText()).toBe(`Waiting for gdb at port ${bridge.gdbPort}`);
  const gdb = await TcpGdb.open(bridge.gdbPort);
  gdb.raw("+$?#3f");
  // pc is register 0x20; the page stands at sleep_ms+0x2e.
  expect(await gdb.next()).toMatch(/^T05thread:01;20:7601008000000000;/);
  await expect.poll(() => statusLine().innerText()).toBe(`gdb attached at port ${bridge.gdbPort}`);
  await statusLine().getByRole("button").click();
  await expect.poll(() => state().innerText()).toBe(`gdb attached at port ${bridge.gdbPort}.`);
  await button("Disconnect").click();
  await gdb.ended;
  await expect.poll(() => state().innerText()).toBe("Closed: you have disconnected.");
  await expect.poll(() => lines.includes("the page is gone")).toBe(true);
  await button("Close").click();
  await expect.poll(() => statusLine().innerText()).toBe("");
  await hello.state(/^Paused at sleep_ms/);
  expect(hello.errors).toEqual([]);
});

test("a bridge that ends says so, and one that is not there is refused", async () => {
  await openDialog();
  await connect(code());
  await expect.poll(() => state().innerText()).toMatch(/^Waiting for gdb/);
  await bridge.close();
  await expect.poll(() => state().innerText()).toBe("Closed: the bridge has closed the connection.");
  await button("Connect").click();
  await expect.poll(() => state().innerText()).toBe("Refused: there is no bridge, or it does not accept this page.");
  bridge = await Bridge.open({ port: 0, gdbPort: 0, origins: [], say: (line) => lines.push(line) });
});

test.each(["dark", "light"] as const)(
  "%s: no violation of accessibility rules, also on a phone",
  async (colorScheme) => {
    await hello.page.emulateMedia({ colorScheme });
    await openDialog();
    await field("Code").fill("nonsense");
    await button("Connect").click();
    await dialog().getByRole("alert").waitFor();
    expect(await violationsInside()).toEqual([]);
    await connect("0000-0000-0000-0000");
    await expect.poll(() => state().innerText()).toMatch(/^Refused/);
    expect(await violationsInside()).toEqual([]);
    await hello.page.setViewportSize({ width: 390, height: 844 });
    await expect.poll(() => hello.page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect(await violationsInside()).toEqual([]);
    const scroll = dialog().locator(".sheet-scroll");
    expect(await scroll.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
  },
);
