/** gdb-multiarch debugs the machine of a page in Chromium through the bridge, and prints what it prints on native qemu. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { at } from "../../scripts/paths.mjs";
import { Bridge } from "../../src/gdbstub/transports/websocket.ts";
import { LOOP, program } from "../boot/machines.ts";
import { TcpGdb } from "../gdb/tcp-gdb.ts";
import { launchBrowser, PATIENCE_MS } from "../web/browser.ts";
import { BuiltPage } from "../web/built-page.ts";
import { bareMetal, onQemu, printedByGdb } from "./gdb-peers.ts";

let built: BuiltPage;
let browser: Browser;
let address: string;
let bridge: Bridge;
let page: Page;
const lines: string[] = [];

beforeAll(async () => {
  built = await BuiltPage.build(join(import.meta.dirname, "gdb-bridge-page.ts"));
  address = await built.serve();
  browser = await launchBrowser();
  bridge = await Bridge.open({ port: 0, gdbPort: 0, origins: [], say: (line) => lines.push(line) });
});

afterAll(async () => {
  await bridge?.close();
  await browser?.close();
  await built?.remove();
});

/** A page with a new machine of this kernel, paired. */
async function paired(bytes: Uint8Array): Promise<void> {
  const context = await browser.newContext();
  context.setDefaultTimeout(PATIENCE_MS);
  page = await context.newPage();
  await page.goto(address);
  await page.waitForFunction(() => document.title === "ready");
  const kernel = Buffer.from(bytes).toString("base64");
  const code = lines.flatMap((line) => /^code for the page: (.*)$/.exec(line)?.[1] ?? []).at(-1) as string;
  const port = await page.evaluate(
    ([elf, bridgePort, typed]) => (globalThis as never as PageApi).pair(elf, bridgePort, typed),
    [kernel, bridge.port, code] as const,
  );
  expect(port).toBe(bridge.gdbPort);
}

interface PageApi {
  pair(kernel: string, port: number, code: string): Promise<number>;
  events(): { kind: string; present?: boolean }[];
  stateKind(): string;
  register(name: string): Promise<{ value: string; edited: boolean }>;
  edit(name: string, value: string): void;
}

const register = (name: string) => page.evaluate((wanted) => (globalThis as never as PageApi).register(wanted), name);

test("the same commands print the same as on native qemu", async () => {
  const commands = [
    ...[
      "info registers",
      "break main",
      "c",
      "next",
      "step",
      "bt",
      "finish",
      "info locals",
      "x/8xg $sp",
      "watch number",
    ],
    ...["c", "bt", "delete", "break print_char if $a0 == 0x73", "c", "info registers", "delete", "p/x $mstatus", "c"],
  ];
  await paired(readFileSync(at("public", "guests", "hello.elf")));
  const gdb = (port: number) => printedByGdb(port, bareMetal("hello"), commands);
  const [here, there] = await Promise.all([gdb(bridge.gdbPort), onQemu(bareMetal("hello"), commands)]);
  expect(here).toBe(there);
  expect(here.split("\n").length).toBeGreaterThan(80);
  await page.context().close();
});

test("page and gdb see the same stops and each other's pending edits", async () => {
  await expect.poll(() => lines.at(-1)).toMatch(/^code/);
  await paired(program(LOOP));
  const gdb = await TcpGdb.open(bridge.gdbPort);
  gdb.raw("+");
  expect(await gdb.ask("?")).toMatch(/^T05thread:01;20:0010000000000000;/);
  expect(await gdb.ask("Pa=0500000000000000")).toBe("OK");
  expect(await register("a0")).toEqual({ value: "5", edited: true });
  await register("a1");
  await page.evaluate(() => (globalThis as never as PageApi).edit("a1", "6"));
  expect(await gdb.ask("pb")).toBe("0600000000000000");
  // An edit that gdb has not seen is not overwritten.
  await page.evaluate(() => (globalThis as never as PageApi).edit("a1", "7"));
  expect(await gdb.ask("Pb=0800000000000000")).toMatch(/^E\.ECONFLICT CORE\.a1/);
  expect(await gdb.ask("vCont;s:1")).toMatch(/^T05thread:01;20:0410000000000000;/);
  expect(await register("a1")).toEqual({ value: "7", edited: false });
  gdb.send("vCont;c");
  await expect.poll(() => page.evaluate(() => (globalThis as never as PageApi).stateKind())).toBe("running");
  gdb.raw("\x03");
  expect(await gdb.next()).toMatch(/^T02/);
  await expect.poll(() => page.evaluate(() => (globalThis as never as PageApi).stateKind())).toBe("stopped");
  gdb.destroy();
  await page.context().close();
});
