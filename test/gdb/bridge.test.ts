/** The bridge: pairing by code, who is refused at which door, and a gdb that debugs a page's machine through it. */
import { request } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { BRIDGE_PROTOCOL, CODE_LETTERS, normalizedCode } from "../../src/gdbstub/bridge-protocol.ts";
import { type BridgeEvent, BridgeLink, type BridgeSocket } from "../../src/gdbstub/bridge-link.ts";
import { Bridge } from "../../src/gdbstub/transports/websocket.ts";
import { createInlineMachine } from "../../src/worker/inline.ts";
import type { Machine } from "../../src/worker/node.ts";
import { LOOP, program } from "../boot/machines.ts";
import { TcpGdb } from "./tcp-gdb.ts";

const PAGE = "http://localhost:5173";
let bridge: Bridge;
let lines: string[] = [];
let machine: Machine;

beforeEach(async () => {
  const own: string[] = [];
  lines = own;
  bridge = await Bridge.open({
    ...{ port: 0, gdbPort: 0, origins: ["https://vitrine.example"] },
    say: (line) => own.push(line),
  });
  machine = await createInlineMachine({ target: "riscv64", memory: 16 << 20, kernel: program(LOOP) });
});

afterEach(async () => {
  await bridge.close();
  await machine.dispose();
});

function codes(): string[] {
  return lines.flatMap((line) => /^code for the page: (.*)$/.exec(line)?.[1] ?? []);
}

const code = () => codes().at(-1) as string;

function socketOf(origin: string | undefined = PAGE, host?: string): WebSocket {
  return new WebSocket(`ws://127.0.0.1:${bridge.port}/`, BRIDGE_PROTOCOL, {
    ...(origin !== undefined && { origin }),
    ...(host !== undefined && { headers: { host } }),
  });
}

function link(typed: string, origin?: string) {
  const events: BridgeEvent[] = [];
  const socket = socketOf(origin);
  socket.on("error", () => {});
  const opened = BridgeLink.open(machine, socket as unknown as BridgeSocket, typed, (event) => events.push(event));
  return { events, opened };
}

/** Status of the answer to an attempt to open a WebSocket. */
function statusOf(headers: Record<string, string>): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const upgrade = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" };
    const sent = request({
      ...{ host: "127.0.0.1", port: bridge.port, path: "/" },
      headers: { ...upgrade, "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==", ...headers },
    });
    sent.on("upgrade", (_, socket) => {
      socket.destroy();
      resolve({ status: 101, text: "" });
    });
    sent.on("response", (response) => {
      let text = "";
      response.on("data", (bytes) => (text += bytes));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

test("a code has 80 bits, and is read however it is written", () => {
  expect(code()).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
  expect(CODE_LETTERS.length ** 16).toBe(2 ** 80);
  expect(normalizedCode(" abcd-oil1 ")).toBe("ABCD0111");
});

test("gdb debugs the page's machine, and both see each other's pending edits", async () => {
  const { events, opened } = link(code().toLowerCase().replaceAll("-", " "));
  const paired = await opened;
  expect(paired.gdbPort).toBe(bridge.gdbPort);
  const gdb = await TcpGdb.open(bridge.gdbPort);
  gdb.raw("+");
  expect(await gdb.ask("?")).toMatch(/^T05thread:01;20:0010000000000000;/);
  expect(events).toEqual([{ kind: "gdb", present: true }]);
  expect(await gdb.ask("Pa=0500000000000000")).toBe("OK");
  const page = machine.cpus[0]!;
  await page.get("CORE");
  expect(page.read("a0")).toBe(5n);
  expect(page.isEdited("a0")).toBe(true);
  page.edit("a1", 6n);
  expect(await gdb.ask("pb")).toBe("0600000000000000");
  gdb.send("vCont;c");
  await expect.poll(() => machine.state.kind).toBe("running");
  await machine.pause();
  expect(await gdb.next()).toMatch(/^T02/);
  expect(await gdb.ask("D")).toBe("OK");
  await gdb.ended;
  await expect.poll(() => events.length).toBe(2);
  expect(events[1]).toEqual({ kind: "gdb", present: false });
  // It may come again.
  const again = await TcpGdb.open(bridge.gdbPort);
  expect(await again.ask("qC")).toBe("QC01");
  const second = await TcpGdb.open(bridge.gdbPort);
  second.raw("+");
  expect(await second.next()).toBe("E.another gdb is attached to this machine");
  again.send("k");
  await again.ended;
  await expect.poll(() => events.some(({ kind }) => kind === "kill")).toBe(true);
  paired.close();
});

test("without a page, gdb is told so", async () => {
  const gdb = await TcpGdb.open(bridge.gdbPort);
  gdb.raw("+");
  expect(await gdb.next()).toBe("E.no page is paired with this bridge");
  await gdb.ended;
});

test("what does not begin like gdb is closed without an answer", async () => {
  await link(code()).opened;
  const stranger = await TcpGdb.open(bridge.gdbPort);
  stranger.raw("POST / HTTP/1.1\r\n\r\n$g#67");
  await stranger.ended;
  expect(stranger.text).toBe("");
});

test("a wrong code is refused; a code is good for one page, once, and not for many guesses", async () => {
  const first = code();
  for (let n = 0; n < 4; n++) {
    await expect(link("0000-0000-0000-0000").opened).rejects.toThrow("the code is wrong");
    expect(codes()).toEqual([first]);
  }
  await expect(link("").opened).rejects.toThrow("the code is wrong");
  expect(codes().length).toBe(2);
  await expect(link(first).opened).rejects.toThrow("the code is wrong");
  const used = code();
  const { opened } = link(used);
  const paired = await opened;
  await expect(link(used).opened).rejects.toThrow("the bridge is paired with another page");
  paired.close();
  await expect.poll(() => codes().length).toBe(3);
  await expect(link(used).opened).rejects.toThrow("the code is wrong");
});

test("when the page goes, gdb's connection ends", async () => {
  const paired = await link(code()).opened;
  const gdb = await TcpGdb.open(bridge.gdbPort);
  expect(await gdb.ask("qC")).toBe("QC01");
  paired.close();
  await gdb.ended;
});

test("a page that says something else than a code is closed", async () => {
  for (const message of ["{}", "x", '{"kind":"pair"}', Buffer.from("$g#67")]) {
    const socket = socketOf();
    const closed = new Promise<number>((resolve) => socket.once("close", (status) => resolve(status)));
    socket.once("open", () => socket.send(message));
    expect(await closed).toBe(4400);
  }
});

test.each([
  ["a page of another site", { origin: "https://evil.example" }, /^pages of https:\/\/evil\.example are not admitted/],
  ["a page of a lookalike", { origin: "https://vitrine.example.evil.example" }, /not admitted/],
  ["a page of a file", { origin: "null" }, /^pages of null are not admitted/],
  ["no page", {}, /^an Origin is missing/],
  ["a name by a foreign DNS entry", { origin: PAGE, host: "evil.example:PORT" }, /^Host evil\.example:\d+ is not/],
  ["an address of the network", { origin: PAGE, host: "192.168.0.1:PORT" }, /^Host 192/],
  ["another port", { origin: PAGE, host: "localhost:1" }, /^Host localhost:1 is not/],
])("%s is refused", async (_, headers: Record<string, string>, message) => {
  const host = headers.host?.replace("PORT", String(bridge.port));
  const { status, text } = await statusOf({ ...headers, ...(host !== undefined && { host }) });
  expect(status).toBe(403);
  expect(text).toMatch(message);
  expect(lines.at(-1)).toMatch(/^refused: /);
});

test.each(["http://localhost:5173", "http://127.0.0.1:8080", "http://[::1]:1", "https://vitrine.example"])(
  "%s may knock",
  async (origin) => {
    expect((await statusOf({ origin })).status).toBe(101);
  },
);

test("a plain request is answered with what this is", async () => {
  const { status, text } = await statusOf({ connection: "close", upgrade: "" });
  expect(status).toBe(426);
  expect(text).toBe("This port is for pages of Vitrine that a gdb is to debug.\n");
});
