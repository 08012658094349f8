/** What the command offers to debuggers and graders, as processes: gdb's port, monitor, logs, device trees, `vitrine test`. */
import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { TcpGdb } from "../gdb/tcp-gdb.ts";
import { path, program } from "./machines.ts";

const folder = mkdtempSync(join(tmpdir(), "vitrine-debug-"));
afterAll(() => rmSync(folder, { recursive: true }));

const guest = (name: string) => ["-m", "64M", "-bios", "none", "-kernel", path(`public/guests/${name}.elf`)];

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  out: string;
  err: string;
}

function start(args: string[], cwd?: string): Started {
  const child = spawn(process.execPath, [path("bin/vitrine.mjs"), ...args], cwd === undefined ? {} : { cwd });
  const started: Started = {
    child,
    ended: new Promise((resolve) => child.on("close", resolve)),
    out: "",
    err: "",
  };
  child.stdout.on("data", (bytes) => (started.out += bytes));
  child.stderr.on("data", (bytes) => (started.err += bytes));
  return started;
}

async function finished(args: string[], input = "", cwd?: string) {
  const run = start(args, cwd);
  run.child.stdin?.end(input);
  const status = await run.ended;
  return { status, out: run.out, err: run.err };
}

/** A gdb at the port that the command has said it has. */
async function attach(run: Started): Promise<TcpGdb> {
  await expect.poll(() => run.err).toMatch(/gdb may come to 127\.0\.0\.1 port \d+/);
  return TcpGdb.open(Number(/port (\d+)/.exec(run.err)?.[1]));
}

test("gdb through a machine's thread: it stands, steps, reads, says what is not there, and hears of the end", async () => {
  const run = start(["run", "-S", "-gdb", "tcp::0", ...guest("hello")]);
  const gdb = await attach(run);
  expect(await gdb.ask("?")).toMatch(/^T05thread:01;20:0010000000000000;/);
  expect(await gdb.ask("m80000000,4")).toBe("f32240f1");
  // No memory: a number, since gdb takes words for bytes here.
  expect(await gdb.ask("m0,4")).toBe("E0e");
  expect(await gdb.ask("x0,4")).toBe("E0e");
  expect(await gdb.ask("M0,1:00")).toBe("E0e");
  expect(await gdb.ask("vCont;s:1")).toMatch(/^T05thread:01;20:0410000000000000;/);
  expect(await gdb.ask("Z0,80000220,4")).toBe("OK");
  expect(await gdb.ask("vCont;c")).toMatch(/^T05thread:01;swbreak:;20:2002008000000000;/);
  expect(await gdb.ask("vCont;c")).toBe("W00");
  await gdb.ended;
  expect(await run.ended).toBe(0);
  expect(run.out).toContain("The sum of these numbers is 55.");
});

test("kill ends the run", async () => {
  const run = start(["run", "-S", "-gdb", "tcp::0", ...guest("hello")]);
  const gdb = await attach(run);
  gdb.send("k");
  await gdb.ended;
  expect(await run.ended).toBe(0);
  expect(run.err).toContain("vitrine: ended by gdb\n");
});

test("another interface only by its address, with a warning", async () => {
  const run = start(["run", "-S", "-gdb", "tcp:0.0.0.0:0", "--timeout", "1", ...guest("hello")]);
  expect(await run.ended).toBe(124);
  expect(run.err).toMatch(/warning: whoever reaches 0\.0\.0\.0 port \d+ can read and change this machine/);
});

test("monitor on stdio: starts, saves, loads and ends a machine, with its console in a file", async () => {
  const [console, snapshot] = [join(folder, "console.txt"), join(folder, "a.snapshot")];
  const { status, out } = await finished(
    ["run", "-S", "-serial", `file:${console}`, "-monitor", "stdio", ...guest("hello")],
    `info status\nsavevm ${snapshot}\ninfo registers PRIV\nloadvm ${snapshot}\nscreendump a.ppm\nscreendump\nfrobnicate\ncont\n`,
  );
  expect(status).toBe(0);
  expect(out).toContain("VM status: paused (created), pc 0x1000, step 0\n");
  expect(out).toContain("PRIV (clean)\n priv         3\n");
  expect(out).toContain("screendump: the guest shows no picture\n");
  expect(out).toContain("the name of a file is missing\n");
  expect(out).toContain("unknown command: frobnicate; help lists them\n");
  expect(readFileSync(console, "utf8")).toContain("The sum of these numbers is 55.");
  expect(readFileSync(snapshot).length).toBeGreaterThan(1000);
  const quit = await finished(["run", "-S", "-serial", "null", "-monitor", "stdio", ...guest("hello")], "quit\n");
  expect(quit.status).toBe(0);
});

test("-d logs each trap with its step, and resets", async () => {
  const log = join(folder, "int.log");
  const { status } = await finished(["run", "-d", "int,cpu_reset", "-D", log, ...guest("timer")]);
  expect(status).toBe(0);
  const lines = readFileSync(log, "utf8").trimEnd().split("\n");
  expect(lines[0]).toBe("cpu_reset: step 0");
  expect(lines.length).toBe(11);
  expect(lines[1]).toMatch(/^int: cause 0x8000000000000007, pc 0x800002f\w, value 0x0, to 0x\w+ in mode 3, step \d+$/);
});

test("a device tree is written, and taken back", async () => {
  const tree = join(folder, "virt.dtb");
  const dumped = await finished(["run", "-M", `virt,dumpdtb=${tree}`, ...guest("hello")]);
  expect(dumped).toEqual({ status: 0, out: "", err: "" });
  expect(readFileSync(tree).readUInt32BE(0)).toBe(0xd00d_feed);
  const { status, out } = await finished(["run", "-dtb", tree, ...guest("hello")]);
  expect(status).toBe(0);
  expect(out).toContain("The sum of these numbers is 55.");
  const bad = await finished(["run", "-dtb", path("package.json"), ...guest("hello")]);
  expect(bad.err).toMatch(/^vitrine: device tree \S+package\.json: not a device tree blob\n$/);
});

/** A bare-metal program of these instructions as an ELF file at the start of RAM. */
function elf(...insns: number[]): Uint8Array {
  const code = program(...insns);
  const file = new Uint8Array(120 + code.length);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 243, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, 0x8000_0000n, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, 1, true);
  view.setUint32(68, 5, true);
  view.setBigUint64(72, 120n, true);
  view.setBigUint64(80, 0x8000_0000n, true);
  view.setBigUint64(88, 0x8000_0000n, true);
  view.setBigUint64(96, BigInt(code.length), true);
  view.setBigUint64(104, BigInt(code.length), true);
  view.setBigUint64(112, 4n, true);
  file.set(code, 120);
  return file;
}

test("a folder of programs: TAP, JUnit, what passes and why the rest fails", async () => {
  const programs = mkdtempSync(join(folder, "programs-"));
  const put = (name: string, content: Uint8Array | string) => writeFileSync(join(programs, name), content);
  const hello = path("public/guests/hello.elf");
  const { out: printed } = await finished(["run", "-bios", "none", "-kernel", hello]);
  copyFileSync(hello, join(programs, "hello.elf"));
  put("hello.expected", printed.replaceAll("\r\n", "\n"));
  copyFileSync(hello, join(programs, "differs.elf"));
  put("differs.expected", printed.replaceAll("\r\n", "\n").replace("squared 49", "squared 50"));
  // li a0, 7 (SYS_READC); the call; lui t0, 0x10000 (the UART); sb a0, 0(t0); li a0, 0x18 (SYS_EXIT); no block: exit 1
  const readc = [0x0070_0513, 0x01f0_1013, 0x0010_0073, 0x4070_5013, 0x1000_02b7, 0x00a2_8023];
  // lui t1, 0x100; lui t2, 5; addi t2, t2, 0x555; sw t2, 0(t1): the test finisher, pass
  const pass = [0x0010_0337, 0x0000_53b7, 0x5553_8393, 0x0073_2023, 0x6f];
  put("echo", elf(...readc, ...pass));
  put("echo.in", "k");
  put("echo.expected", "k");
  put("fails", elf(0x0010_0337, 0x0007_33b7, 0x3333_8393, 0x0073_2023, 0x6f));
  put("loops", elf(0x6f));
  put("waits", elf(0x1050_0073, 0x6f));
  put("readme.txt", "no program");
  const { status, out, err } = await finished(
    ["test", "--max-steps", "1_000_000", "--jobs", "2", programs],
    "",
    folder,
  );
  expect(err).toBe("");
  expect(status).toBe(1);
  expect(out.split("\n").filter((line) => /^(TAP|1\.\.|ok|not ok| {2}message)/.test(line))).toEqual([
    "TAP version 14",
    "1..6",
    "not ok 1 - differs.elf",
    '  message: "output differs from what is expected in line 10: \\"s1 = 7, squared 49\\" instead of \\"s1 = 7, squared 50\\""',
    "ok 2 - echo",
    "not ok 3 - fails",
    '  message: "exit code 7"',
    "ok 4 - hello.elf",
    "not ok 5 - loops",
    '  message: "not over after 1000000 steps (--max-steps), pc 0x80000000"',
    "not ok 6 - waits",
    expect.stringMatching(/^ {2}message: "waits for an interrupt that cannot come, after \d+ steps, pc 0x\w+"$/),
  ]);
  const junit = readFileSync(join(folder, "vitrine-junit.xml"), "utf8");
  expect(junit).toMatch(/<testsuites tests="6" failures="4" errors="0" time="[\d.]+">/);
  expect(junit).toContain('<failure message="exit code 7"/>');
});

test("all pass: status 0; no programs, no folder: words", async () => {
  const ending = join(folder, "ending");
  mkdirSync(ending);
  for (const name of ["fault", "hello", "processes", "timer"]) {
    copyFileSync(path(`public/guests/${name}.elf`), join(ending, `${name}.elf`));
  }
  const all = await finished(["test", "--junit", "none", ending]);
  expect(all.out).toBe(
    "TAP version 14\n1..4\nok 1 - fault.elf\nok 2 - hello.elf\nok 3 - processes.elf\nok 4 - timer.elf\n",
  );
  expect(all.status).toBe(0);
  expect(await finished(["test", path("docs")])).toMatchObject({
    status: 1,
    err: expect.stringContaining("holds no ELF file"),
  });
  expect(await finished(["test", "/nowhere"])).toMatchObject({
    status: 1,
    err: "vitrine: /nowhere: there is no such folder\n",
  });
  expect(await finished(["test"])).toMatchObject({ status: 2 });
  expect(await finished(["test", "--max-steps", "0", "."])).toMatchObject({ status: 2 });
});
