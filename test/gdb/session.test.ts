/** A session with a machine behind it: registers, memory, going on, stopping, leaving; and another client at the same time. */
import { afterEach, expect, test } from "vitest";
import { createInlineMachine } from "../../src/worker/inline.ts";
import type { Machine } from "../../src/worker/node.ts";
import { bundled, LOOP, program } from "../boot/machines.ts";
import { GdbLine, hexOfAscii, monitorPacket } from "./line.ts";

const machines: Machine[] = [];
afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.dispose();
});

async function machineOf(kernel: Uint8Array): Promise<Machine> {
  const machine = await createInlineMachine({ target: "riscv64", memory: 16 << 20, kernel });
  machines.push(machine);
  return machine;
}

async function hello(): Promise<Machine> {
  const machine = await createInlineMachine(bundled("hello"));
  machines.push(machine);
  return machine;
}

/** gdb's numbers, which are QEMU's. */
const A0 = 10;
const PC = 32;
const PRIV = 65;
const CSR = 66;

const INVALID = "E16";

test("what gdb asks first", async () => {
  const gdb = await GdbLine.open(await machineOf(program(LOOP)));
  const supported = await gdb.ask("qSupported:multiprocess+;swbreak+;hwbreak+;vContSupported+");
  expect(supported.split(";")).toEqual(
    expect.arrayContaining(["PacketSize=8000", "qXfer:features:read+", "QStartNoAckMode+", "swbreak+"]),
  );
  expect(gdb.acks).toBe("+");
  expect(await gdb.ask("QStartNoAckMode")).toBe("OK");
  expect(gdb.acks).toBe("++");
  expect(await gdb.ask("vMustReplyEmpty")).toBe("");
  expect(gdb.acks).toBe("++");
  expect(await gdb.ask("qfThreadInfo")).toBe("m01");
  expect(await gdb.ask("qsThreadInfo")).toBe("l");
  expect(await gdb.ask("qC")).toBe("QC01");
  expect(await gdb.ask("qAttached")).toBe("1");
  expect(await gdb.ask("vCont?")).toBe("vCont;c;C;s;S;t;r");
  expect(await gdb.ask("Hg0")).toBe("OK");
  expect(await gdb.ask("T01")).toBe("OK");
  expect(await gdb.ask("T2")).toBe(INVALID);
  expect(await gdb.ask("qThreadExtraInfo,1")).toBe(hexOfAscii("CPU 0"));
  expect(await gdb.ask("qqemu.sstepbits")).toBe("ENABLE=1,NOIRQ=2,NOTIMER=4");
  expect(await gdb.ask("qqemu.sstep")).toBe("0x7");
  expect(await gdb.ask("Qqemu.sstep=1")).toBe("OK");
  expect(await gdb.ask("qqemu.sstep")).toBe("0x1");
  // pc, sp, fp and ra come along.
  expect(await gdb.ask("?")).toBe(
    `T05thread:01;20:0010000000000000;2:${"0".repeat(16)};8:${"0".repeat(16)};1:${"0".repeat(16)};`,
  );
});

test("a damaged packet is asked for again, and a lost answer sent again", async () => {
  const gdb = await GdbLine.open(await machineOf(program(LOOP)));
  await gdb.raw("$qC#00");
  expect(gdb.acks).toBe("-");
  expect(await gdb.ask("qC")).toBe("QC01");
  await gdb.raw("-");
  expect(await gdb.next()).toBe("QC01");
  await gdb.raw(`$${"m".repeat(0x8001)}#6d`);
  expect(await gdb.next()).toBe(INVALID);
});

test("the target's description in pieces", async () => {
  const gdb = await GdbLine.open(await machineOf(program(LOOP)));
  let text = "";
  for (;;) {
    const part = await gdb.ask(`qXfer:features:read:csr.xml:${text.length.toString(16)},100`);
    text += part.slice(1);
    if (part[0] === "l") break;
    expect(part.length).toBe(0x101);
  }
  expect(text).toContain('<reg name="mstatus" bitsize="64" regnum="834" type="int"/>');
  expect(await gdb.ask("qXfer:features:read:nothing.xml:0,100")).toBe("E00");
  expect(await gdb.ask("qXfer:features:read:csr.xml:fffff,100")).toBe(INVALID);
  expect(await gdb.ask("qXfer:memory-map:read::0,1000")).toContain(
    '<memory type="rom" start="0x1000" length="0xf000"/>',
  );
});

test("registers: whole file, one by one, and of every feature", async () => {
  const machine = await hello();
  const gdb = await GdbLine.open(machine);
  const file = await gdb.ask("g");
  expect(file.length).toBe(33 * 16);
  expect(file.slice(32 * 16)).toBe("0010000000000000");
  expect(await gdb.register(PC)).toBe(0x1000n);
  expect(await gdb.register(PRIV)).toBe(3n);
  expect(await gdb.register(CSR + 0x300)).toBe(0xa_0000_0000n);
  expect(await gdb.ask("p7fffffff")).toBe(INVALID);
  expect(await gdb.ask("px")).toBe(INVALID);
  // x0 takes anything and stays 0.
  expect(await gdb.ask("P0=0100000000000000")).toBe("OK");
  expect(await gdb.register(0)).toBe(0n);
  expect(await gdb.ask(`P${A0.toString(16)}=efcdab8967452301`)).toBe("OK");
  expect(await gdb.register(A0)).toBe(0x0123_4567_89ab_cdefn);
  expect(await gdb.ask("Pa=01")).toBe(INVALID);
  expect(await gdb.ask("Pa=01=02")).toBe(INVALID);
  // An identity register: mvendorid.
  expect(await gdb.ask(`P${(CSR + 0xf11).toString(16)}=0100000000000000`)).toMatch(/^E\.EROFS/);
});

test("the whole file is written as a difference", async () => {
  const machine = await hello();
  const gdb = await GdbLine.open(machine);
  const file = await gdb.ask("g");
  const other = await machine.client("inspector");
  const cpu = other.cpus[0]!;
  await cpu.get("CORE");
  cpu.edit("a1", 7n);
  const a0At = A0 * 16;
  expect(await gdb.ask(`G${file.slice(0, a0At)}0500000000000000${file.slice(a0At + 16)}`)).toBe("OK");
  // The other's edit is still there, though gdb's file held an older value.
  await cpu.get("CORE");
  expect(cpu.read("a0")).toBe(5n);
  expect(cpu.read("a1")).toBe(7n);
  expect(await gdb.ask("G00")).toBe(INVALID);
  expect(await gdb.ask(`G${file}00`)).toBe(INVALID);
});

test("gdb and another client: different registers merge, the same one conflicts, in both directions", async () => {
  const machine = await hello();
  const gdb = await GdbLine.open(machine);
  await gdb.ask("g");
  const inspector = (await machine.client("inspector")).cpus[0]!;
  await inspector.get("CORE");
  inspector.read("a0");
  inspector.read("a1");
  inspector.edit("a0", 1n);
  expect(await gdb.ask("Pb=0200000000000000")).toBe("OK");
  expect(inspector.read("a1")).toBe(2n);
  expect(await gdb.ask("Pa=0300000000000000")).toMatch(/^E\.ECONFLICT CORE\.a0/);
  // Having read it, gdb may.
  expect(await gdb.register(A0)).toBe(1n);
  expect(await gdb.ask("Pa=0300000000000000")).toBe("OK");
  expect(() => inspector.edit("a0", 4n)).toThrow("ECONFLICT CORE.a0");
  expect(inspector.read("a0")).toBe(3n);
  // One step puts them all: auipc t0 changes neither.
  expect(await gdb.ask("vCont;s:1")).toMatch(/^T05thread:01;20:0410000000000000;/);
  expect(await gdb.register(A0)).toBe(3n);
  expect(await gdb.register(11)).toBe(2n);
});

test("only the owner groups of what gdb asks are fetched", async () => {
  const machine = await hello();
  const gdb = await GdbLine.open(machine);
  await gdb.ask("g");
  await gdb.register(CSR + 0x180);
  const meter = (await machine.meter()).find(({ name }) => name === "gdb")!;
  const asked = Object.entries(meter.groups).filter(([, { requests }]) => requests > 0);
  expect(asked.map(([name]) => name).sort()).toEqual(["CORE", "MMU"]);
});

test("an edit that is not possible keeps the machine where it is, and gdb is told why", async () => {
  const gdb = await GdbLine.open(await hello());
  expect(await gdb.ask("P20=0110000000000000")).toBe("OK");
  for (const packet of ["vCont;c", "vCont;s:1"]) {
    const [, text = ""] = /^O(.*)$/.exec(await gdb.ask(packet)) ?? [];
    expect(Buffer.from(text, "hex").toString()).toContain("EREJECT CORE.pc");
    expect(await gdb.next()).toMatch(/^T05thread:01;20:0110000000000000;/);
  }
  expect(await gdb.ask("P20=0010000000000000")).toBe("OK");
  expect(await gdb.ask("vCont;c")).toBe("W00");
});

test("running to the end, and what a machine that is over answers", async () => {
  const machine = await hello();
  const gdb = await GdbLine.open(machine);
  expect(await gdb.ask("c")).toBe("W00");
  expect(await gdb.ask("?")).toBe("W00");
  const [, text = ""] = /^O(.*)$/.exec(await gdb.ask("c")) ?? [];
  expect(Buffer.from(text, "hex").toString()).toBe("the machine is switched off; reset switches it on again\n");
  expect(await gdb.next()).toBe("W00");
});

test("Ctrl-C stops a machine that runs; one that stands is not disturbed", async () => {
  const machine = await machineOf(program(LOOP));
  const gdb = await GdbLine.open(machine);
  await gdb.raw("\x03");
  expect(gdb.packets).toEqual([]);
  await gdb.send("vCont;c");
  await expect.poll(() => machine.state.kind).toBe("running");
  // So that it has come to the program.
  await expect.poll(() => machine.recentSteps).toBeGreaterThan(6n);
  await gdb.raw("\x03");
  expect(await gdb.next()).toMatch(/^T02thread:01;20:0000008000000000;/);
  // The machine's owner cannot run it while gdb believes that it stands.
  await machine.run();
  expect(machine.state.kind).toBe("stopped");
  await gdb.send("vCont;c");
  expect(await gdb.ask("vCont;c")).toBe("E.the machine runs");
  await gdb.raw("\x03");
  expect(await gdb.next()).toMatch(/^T02/);
});

test("a pause by another client is a stop for gdb, and its hold keeps the machine until it lets go", async () => {
  const machine = await machineOf(program(LOOP));
  const gdb = await GdbLine.open(machine);
  await gdb.send("vCont;c");
  const page = await machine.client("page");
  await page.hold();
  expect(await gdb.next()).toMatch(/^T02/);
  // It does not move while the page holds it, so Ctrl-C finds it standing.
  await gdb.send("vCont;c");
  expect(machine.state.kind).toBe("stopped");
  await gdb.raw("\x03");
  expect(await gdb.next()).toMatch(/^T02/);
  const [, text = ""] = /^O(.*)$/.exec(await gdb.ask("vCont;s:1")) ?? [];
  expect(Buffer.from(text, "hex").toString()).toMatch(/^EBUSY.*held by page/);
  expect(await gdb.next()).toMatch(/^T/);
  await gdb.send("vCont;c");
  await page.release();
  await expect.poll(() => machine.state.kind).toBe("running");
});

test("detach lets the machine run; a line that breaks lets it be as it is", async () => {
  const machine = await machineOf(program(LOOP));
  const first = await GdbLine.open(machine);
  await first.close();
  expect(machine.state.kind).toBe("stopped");
  const second = await GdbLine.open(machine);
  expect(await second.ask("D")).toBe("OK");
  expect(second.ended).toBe("detached");
  expect(machine.state.kind).toBe("running");
  const third = await GdbLine.open(machine);
  expect(machine.state.kind).toBe("stopped");
  await third.close();
  expect(machine.state.kind).toBe("running");
  const fourth = await GdbLine.open(machine);
  await fourth.send("k");
  expect(fourth.ended).toBe("killed");
});

test("memory", async () => {
  const machine = await machineOf(program(LOOP));
  const gdb = await GdbLine.open(machine);
  expect(await gdb.ask("m80000000,4")).toBe("6f000000");
  expect(await gdb.ask("M80000100,3:a1b2c3")).toBe("OK");
  expect(await gdb.ask("m80000100,4")).toBe("a1b2c300");
  expect(await gdb.ask("x80000100,3")).toBe("b\xa1\xb2\xc3");
  expect(await gdb.ask("X80000200,4:}\x03#\x00")).toBe("OK");
  expect(await gdb.ask("m80000200,4")).toBe("7d032300");
  expect(await gdb.ask("X80000000,0:")).toBe("OK");
  expect(await gdb.ask("m0,4")).toBe("E0e");
  // Not more than there is.
  expect((await gdb.ask("m80fffffe,8")).length).toBe(4);
  expect(await gdb.ask("M0,1:00")).toBe("E0e");
  expect(await gdb.ask("M1000,1:00")).toBe("E0e");
  for (const packet of ["m", "m80000000", "m80000000,", "m80000000,4,4", "mx,4", "M80000000,4", "M80000000,2:00"]) {
    expect(await gdb.ask(packet), packet).toBe(INVALID);
  }
  expect(await gdb.ask("qqemu.PhyMemMode")).toBe("0");
  expect(await gdb.ask("Qqemu.PhyMemMode:1")).toBe("OK");
  expect(await gdb.ask("m80000100,3")).toBe("a1b2c3");
});

test("monitor commands", async () => {
  const machine = await hello();
  const gdb = await GdbLine.open(machine);
  const monitor = async (command: string) => {
    let text = "";
    for (let answer = await gdb.ask(monitorPacket(command)); answer !== "OK"; answer = await gdb.next()) {
      expect(answer[0]).toBe("O");
      text += Buffer.from(answer.slice(1), "hex").toString();
    }
    return text;
  };
  expect(await monitor("info registers status")).toBe("STATUS (clean)\n mstatus      0000000a00000000\n");
  await gdb.ask("Pa=0500000000000000");
  expect(await monitor("info registers")).toMatch(/^CORE \(dirty\)\n[^*]* a0 +0000000000000005\*[^*]*$/);
  expect(await monitor("info registers nothing")).toMatch(/^no group nothing; there are CORE FP /);
  expect(await monitor("xp/2xg 0x80000000")).toMatch(/^0000000080000000: 0x[\da-f]{16} 0x[\da-f]{16}\n$/);
  expect(await monitor("x/3b 0x1000")).toBe("0000000000001000: 0x97 0x02 0x00\n");
  expect(await monitor("x/0 0x1000")).toMatch(/^form: x\/NF ADDRESS/);
  expect(await monitor("x/1 0")).toContain("0x0");
  expect(await monitor("info status")).toBe("VM status: paused (created), pc 0x1000, step 0\n");
  expect(await monitor("info sync")).toMatch(/^CPU 0: CORE dirty, FP stale.*\nmain: .*\ngdb: \d+ requests/);
  expect(await monitor("frobnicate")).toBe("unknown command: frobnicate; help lists them\n");
  expect(await monitor("quit")).toContain("unknown command");
  await gdb.ask("vCont;s");
  expect(await monitor("system_reset")).toBe("");
  expect(await monitor("info status")).toBe("VM status: paused (created), pc 0x1000, step 0\n");
  expect(await gdb.ask("qRcmd,xyz")).toBe(INVALID);
});

/** Counts in memory: auipc t0, 1; 1: ld t1, 0(t0); addi t1, t1, 1; sd t1, 0(t0); j 1b. Its first round begins at 0x80000004. */
const COUNTER = program(0x0000_1297, 0x0002_b303, 0x0013_0313, 0x0062_b023, 0xff5f_f06f);

test("breakpoints: where, how often, with a condition; taken out and put back", async () => {
  const machine = await machineOf(COUNTER);
  const gdb = await GdbLine.open(machine);
  const stoppedAt = (low: string) => new RegExp(`^T05thread:01;swbreak:;20:${low}00008000000000;`);
  expect(await gdb.ask("Z0,80000008,4")).toBe("OK");
  expect(await gdb.ask("vCont;c")).toMatch(stoppedAt("08"));
  expect(await gdb.ask("z0,80000008,4")).toBe("OK");
  expect(await gdb.ask("Z0,80000008,4")).toBe("OK");
  expect(await gdb.ask("vCont;c")).toMatch(stoppedAt("08"));
  expect(await gdb.register(6)).toBe(1n);
  // As gdb 13 sends "$t1 == 115".
  expect(await gdb.ask("Z1,8000000c,4;X9,260006164022731327")).toBe("OK");
  expect(await gdb.ask("z0,80000008,4")).toBe("OK");
  expect(await gdb.ask("vCont;c")).toMatch(/^T05thread:01;hwbreak:;20:0c00008000000000;/);
  expect(await gdb.register(6)).toBe(115n);
  // Two conditions: either will do.
  expect(await gdb.ask("Z1,8000000c,4;X9,260006164022801327X9,260006164022781327")).toBe("OK");
  expect(await gdb.ask("vCont;c")).toMatch(/^T05thread:01;hwbreak:;/);
  expect(await gdb.register(6)).toBe(0x78n);
  expect(await gdb.ask("Z0,80000008,4;X1,ff")).toBe(INVALID);
  expect(await gdb.ask("Z9,80000008,4")).toBe("");
  expect(await gdb.ask("Z2,80001000,0")).toBe(INVALID);
  expect(await gdb.ask("z0,80000f00,4")).toBe("OK");
  // Memory shows no trace of them.
  expect(await gdb.ask("m80000008,8")).toBe("1303130023b06200");
  await gdb.close();
  expect((await machine.breakpoints()).length).toBe(0);
});

test("watchpoints stop behind the access, and the step with which gdb gets over it stays there", async () => {
  const gdb = await GdbLine.open(await machineOf(COUNTER));
  expect(await gdb.ask("Z2,80001000,8")).toBe("OK");
  expect(await gdb.ask("vCont;c")).toMatch(/^T05thread:01;watch:80001000;20:1000008000000000;/);
  expect(await gdb.ask("z2,80001000,8")).toBe("OK");
  expect(await gdb.ask("Z0,80000004,4")).toBe("OK");
  expect(await gdb.ask("vCont;c:1")).toMatch(/^T05thread:01;20:1000008000000000;/);
  expect(await gdb.ask("vCont;c")).toMatch(/^T05thread:01;swbreak:;20:0400008000000000;/);
  expect(await gdb.ask("Z3,80001004,1")).toBe("OK");
  expect(await gdb.ask("vCont;c")).toMatch(/^T05thread:01;rwatch:80001004;20:0800008000000000;/);
  // It was not taken out, so this goes on.
  expect(await gdb.ask("Z4,80001000,8")).toBe("OK");
  expect(await gdb.ask("vCont;c")).toMatch(/^T05thread:01;awatch:80001000;20:1000008000000000;/);
});

test("a range of addresses is stepped through as one", async () => {
  const machine = await machineOf(COUNTER);
  const gdb = await GdbLine.open(machine);
  expect(await gdb.ask("Z0,80000004,4")).toBe("OK");
  expect(await gdb.ask("vCont;c")).toMatch(/^T05/);
  expect(await gdb.ask("z0,80000004,4")).toBe("OK");
  expect(await gdb.ask("vCont;r80000004,80000010:1")).toMatch(/^T05thread:01;20:1000008000000000;/);
  const before = machine.recentSteps;
  await gdb.send("vCont;r80000000,80000100:1");
  await expect.poll(() => machine.recentSteps).toBeGreaterThan(before);
  await gdb.raw("\x03");
  expect(await gdb.next()).toMatch(/^T02/);
});

test("the stop points of another client are plain stops for gdb", async () => {
  const machine = await machineOf(COUNTER);
  const gdb = await GdbLine.open(machine);
  await machine.setBreakpoints([{ id: 1, kind: "execute", address: 0x8000_000cn }]);
  expect(await gdb.ask("vCont;c")).toMatch(/^T05thread:01;20:0c00008000000000;/);
});
