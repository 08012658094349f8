/** The TCP port: who is let in, who is refused, and connections that break. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { Door } from "../../src/gdbstub/door.ts";
import { isLoopback, TcpListener } from "../../src/gdbstub/transports/tcp.ts";
import { createInlineMachine } from "../../src/worker/inline.ts";
import type { Machine } from "../../src/worker/node.ts";
import { LOOP, program } from "../boot/machines.ts";
import { TcpGdb } from "./tcp-gdb.ts";

let machine: Machine;
let door: Door;
let listener: TcpListener;
let kills = 0;

beforeEach(async () => {
  kills = 0;
  machine = await createInlineMachine({ target: "riscv64", memory: 16 << 20, kernel: program(LOOP) });
  door = new Door(machine, () => kills++);
  listener = await TcpListener.open({ host: "127.0.0.1", port: 0 }, (visitor) => door.enter(visitor));
});

afterEach(async () => {
  await door.close();
  await listener.close();
  await machine.dispose();
});

test("a gdb is let in, steps, goes, and may come again", async () => {
  for (let n = 0; n < 3; n++) {
    const gdb = await TcpGdb.open(listener.port);
    expect(await gdb.ask("qC")).toBe("QC01");
    expect(await gdb.ask("vCont;s:1")).toMatch(/^T05/);
    gdb.destroy();
    await gdb.ended;
  }
  expect(machine.state).toMatchObject({ kind: "stopped", steps: 3n });
});

test.each([
  ["a page's form", "POST / HTTP/1.1\r\nHost: localhost\r\n\r\n$X80000000,4:abcd#00"],
  ["a page's request", "GET /$g#67 HTTP/1.1\r\n\r\n"],
  ["TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
  ["bytes", "\x00"],
  ["a line's end", "\r\n$g#67"],
])("what does not begin like gdb is closed without an answer: %s", async (_, bytes) => {
  const stranger = await TcpGdb.open(listener.port);
  stranger.raw(bytes);
  await stranger.ended;
  expect(stranger.text).toBe("");
  expect(machine.state).toMatchObject({ steps: 0n });
  expect(door.isOccupied).toBe(false);
});

test("a second gdb is told that there is one, and the first goes on", async () => {
  const first = await TcpGdb.open(listener.port);
  expect(await first.ask("qC")).toBe("QC01");
  const second = await TcpGdb.open(listener.port);
  second.raw("+");
  expect(await second.next()).toBe("E.another gdb is attached to this machine");
  await second.ended;
  expect(await first.ask("qC")).toBe("QC01");
  first.destroy();
  await first.ended;
  await expect.poll(() => door.isOccupied).toBe(false);
  const third = await TcpGdb.open(listener.port);
  expect(await third.ask("qC")).toBe("QC01");
  third.destroy();
});

test("a connection that breaks in the middle of a packet, or while the machine runs", async () => {
  for (const bytes of ["$m80000000,", "$vCont;c#a8", "$vCont;c#a8\x03", "+"]) {
    const gdb = await TcpGdb.open(listener.port);
    gdb.raw(bytes);
    await new Promise((resolve) => setTimeout(resolve, 10));
    gdb.destroy();
    await gdb.ended;
    await expect.poll(() => door.isOccupied).toBe(false);
  }
  expect(machine.state.kind).not.toBe("dead");
  // It was running when the second and third left it, and then nobody stopped it for good.
  const gdb = await TcpGdb.open(listener.port);
  expect(await gdb.ask("?")).toMatch(/^T0[25]/);
  gdb.send("vCont;c");
  gdb.raw("\x03");
  expect(await gdb.next()).toMatch(/^T02/);
  gdb.destroy();
});

test("detach and kill end the connection", async () => {
  const gdb = await TcpGdb.open(listener.port);
  expect(await gdb.ask("D")).toBe("OK");
  await gdb.ended;
  expect(machine.state.kind).toBe("running");
  expect(kills).toBe(0);
  const other = await TcpGdb.open(listener.port);
  other.send("k");
  await other.ended;
  expect(kills).toBe(1);
});

test("500 single steps a second", async () => {
  const gdb = await TcpGdb.open(listener.port);
  await gdb.ask("QStartNoAckMode");
  // In the process's own time, and some try is without what the engine does beside it.
  const seconds = async (): Promise<number> => {
    const start = process.cpuUsage();
    for (let n = 0; n < 500; n++) expect(await gdb.ask("vCont;s:1")).toMatch(/^T05/);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  };
  await expect.poll(seconds).toBeLessThan(1);
  gdb.destroy();
});

test("which interfaces are this computer's alone", () => {
  expect(["127.0.0.1", "127.1.2.3", "localhost", "::1"].every(isLoopback)).toBe(true);
  expect(["0.0.0.0", "::", "192.168.0.1", "example.org", "127.0.0.1.example.org", ""].some(isLoopback)).toBe(false);
});

test("a port that is taken is named", async () => {
  const second = TcpListener.open({ host: "127.0.0.1", port: listener.port }, (visitor) => door.enter(visitor));
  await expect(second).rejects.toThrow(`cannot listen on 127.0.0.1:${listener.port}: `);
});

test("20,000 false hits of a condition a second", async () => {
  // addi a0, a0, 1; j back: a breakpoint at each round.
  const looping = await createInlineMachine({
    ...{ target: "riscv64", memory: 16 << 20, kernel: program(0x0015_0513, 0xffdf_f06f) },
  });
  const own = new Door(looping, () => {});
  const port = await TcpListener.open({ host: "127.0.0.1", port: 0 }, (visitor) => own.enter(visitor));
  const gdb = await TcpGdb.open(port.port);
  // As gdb 13 sends "$a0 == 40000".
  expect(await gdb.ask("Z0,80000000,4;Xa,26000a1640239c401327")).toBe("OK");
  const start = process.cpuUsage();
  expect(await gdb.ask("vCont;c")).toMatch(/^T05thread:01;swbreak:;20:0000008000000000;/);
  const { user, system } = process.cpuUsage(start);
  expect(await gdb.ask("pa")).toBe("409c000000000000");
  expect((user + system) / 1e6).toBeLessThan(2);
  gdb.destroy();
  await own.close();
  await port.close();
  await looping.dispose();
});
