/** A foreign page attacks the ports of gdb and of the bridge with all that a browser lets it send; nothing reaches the machine. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Door } from "../../src/gdbstub/door.ts";
import { charactersOfBytes, packetOf } from "../../src/gdbstub/packet.ts";
import { TcpListener } from "../../src/gdbstub/transports/tcp.ts";
import { Bridge } from "../../src/gdbstub/transports/websocket.ts";
import { createInlineMachine } from "../../src/worker/inline.ts";
import type { Machine } from "../../src/worker/node.ts";
import { LOOP, program } from "../boot/machines.ts";
import { TcpGdb } from "../gdb/tcp-gdb.ts";
import { launchBrowser, PATIENCE_MS } from "./browser.ts";

/** The browser's own guard of local networks is off: the ports must hold without it. */
const BROWSER_ARGS = [
  "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessSendPreflights",
  "--disable-web-security=false",
  "--host-resolver-rules=MAP rebound.example 127.0.0.1",
];

let browser: Browser;
let machine: Machine;
let listener: TcpListener;
let bridge: Bridge;
/** Connections that came to gdb's port, and how many of them were let in. */
let visits = 0;
let lines: string[] = [];
let before = "";

beforeAll(async () => {
  browser = await launchBrowser(BROWSER_ARGS);
  machine = await createInlineMachine({ target: "riscv64", memory: 16 << 20, kernel: program(LOOP) });
  const door = new Door(machine, () => {});
  listener = await TcpListener.open({ host: "127.0.0.1", port: 0 }, (visitor) => {
    visits++;
    return door.enter(visitor);
  });
  bridge = await Bridge.open({ port: 0, gdbPort: 0, origins: [], say: (line) => lines.push(line) });
  before = await machine.stateHash();
});

beforeEach(() => {
  visits = 0;
  lines = lines.filter((line) => line.startsWith("code"));
});

afterAll(async () => {
  await listener.close();
  await bridge.close();
  await browser.close();
  await machine.dispose();
});

/** A page at a foreign address; the browser never asks the network for it. */
async function pageAt(url: string): Promise<Page> {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const answer = { contentType: "text/html", body: "<title>foreign</title><body></body>" };
  await page.route(url, (route) => route.fulfill(answer));
  await page.goto(url);
  return page;
}

const packet = charactersOfBytes(packetOf("X80000000,4:abcd"));

test("requests of every kind to gdb's port change nothing", async () => {
  const page = await pageAt("http://evil.example/");
  const target = `http://127.0.0.1:${listener.port}`;
  const outcomes = await page.evaluate(
    async ({ target, packet }) => {
      const outcome = (promise: Promise<unknown>) =>
        promise.then(
          () => "answered",
          () => "failed",
        );
      const form = new FormData();
      form.set("x", packet);
      const socketTo = (url: string) =>
        new Promise<string>((resolve) => {
          const socket = new WebSocket(url);
          socket.onopen = () => resolve("answered");
          socket.onclose = () => resolve("failed");
        });
      return Promise.all([
        outcome(fetch(target, { method: "POST", mode: "no-cors", body: packet })),
        outcome(fetch(target, { method: "POST", mode: "no-cors", body: `+${packet}\r\n${packet}` })),
        outcome(fetch(target, { method: "POST", mode: "no-cors", body: form })),
        outcome(fetch(`${target}/${packet}`, { mode: "no-cors" })),
        outcome(fetch(target.replace("http:", "https:"), { mode: "no-cors" })),
        socketTo(target.replace("http:", "ws:")),
        socketTo(target.replace("http:", "wss:")),
      ]);
    },
    { target, packet },
  );
  expect(outcomes).toEqual(Array(7).fill("failed"));
  // A form that takes the page along.
  await page.evaluate(
    ({ target, packet }) => {
      const form = document.createElement("form");
      form.action = target;
      form.method = "post";
      form.enctype = "text/plain";
      const field = document.createElement("input");
      field.name = packet;
      form.append(field);
      document.body.append(form);
      form.submit();
    },
    { target, packet },
  );
  // They did arrive.
  await expect.poll(() => visits).toBeGreaterThanOrEqual(8);
  expect(await machine.stateHash()).toBe(before);
  expect(machine.state).toMatchObject({ kind: "stopped", steps: 0n });
  const gdb = await TcpGdb.open(listener.port);
  expect(await gdb.ask("m80000000,4")).toBe("6f000000");
  gdb.destroy();
  await page.close();
});

/** How the bridge answers a page that has the right code. */
function pair(page: Page, url: string): Promise<string> {
  const code = lines.flatMap((line) => /^code for the page: (.*)$/.exec(line)?.[1] ?? []).at(-1) as string;
  return page.evaluate(
    ({ url, code }) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(url, "vitrine-gdb");
        socket.onopen = () => socket.send(JSON.stringify({ kind: "pair", code }));
        socket.onmessage = ({ data }) => resolve(String(data));
        socket.onclose = ({ code: status }) => resolve(`closed ${status}`);
      }),
    { url, code },
  );
}

test("the bridge refuses a foreign page, even with the code", async () => {
  const page = await pageAt("http://evil.example/");
  expect(await pair(page, `ws://127.0.0.1:${bridge.port}/`)).toBe("closed 1006");
  expect(lines.at(-1)).toBe(
    "refused: pages of http://evil.example are not admitted; --origin http://evil.example admits them",
  );
  await page.close();
});

test("the bridge refuses a page whose name was rebound to this computer", async () => {
  const page = await pageAt(`http://rebound.example:${bridge.port}/`);
  expect(await pair(page, `ws://rebound.example:${bridge.port}/`)).toBe("closed 1006");
  expect(lines.at(-1)).toBe(`refused: Host rebound.example:${bridge.port} is not this bridge's`);
  await page.close();
});

test("a page of this computer needs the code, and then is paired", async () => {
  const page = await pageAt("http://localhost:5173/");
  const code = lines.splice(0);
  lines.push("code for the page: 0000-0000-0000-0000");
  expect(await pair(page, `ws://127.0.0.1:${bridge.port}/`)).toBe("closed 4401");
  lines.splice(0, lines.length, ...code);
  expect(await pair(page, `ws://localhost:${bridge.port}/`)).toBe(
    JSON.stringify({ kind: "paired", gdbPort: bridge.gdbPort }),
  );
  await page.close();
});
