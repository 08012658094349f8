/** The `vitrine` command as a process: output, exit status, time limit, messages. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { path, program } from "./machines.ts";

const folder = mkdtempSync(join(tmpdir(), "vitrine-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  status: number | null;
  out: string;
  err: string;
}

function vitrine(args: string[], input: string | null = ""): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path("bin/vitrine.mjs"), ...args]);
    let out = "";
    let err = "";
    child.stdout.on("data", (bytes) => (out += bytes));
    child.stderr.on("data", (bytes) => (err += bytes));
    child.on("close", (status) => resolve({ status, out, err }));
    // null: the pipe stays open and silent.
    if (input !== null) child.stdin.end(input);
    child.on("exit", () => child.stdin.destroy());
  });
}

function kernel(name: string, bytes: Uint8Array): string[] {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return ["run", "-bios", "none", "-kernel", file];
}

/** Stores `value` to the test finisher at 0x100000: lui t0,0x100; lui t1; addiw t1; sw t1,0(t0); j . */
function finisher(value: number): Uint8Array {
  const low = (value << 20) >> 20;
  const high = (value - low) >>> 12;
  return program(0x0010_02b7, ((high << 12) | 0x337) >>> 0, ((low << 20) | 0x0003_031b) >>> 0, 0x0062_a023, 0x6f);
}

test("a script piped into the bundled Linux, to its end", async () => {
  const { status, out, err } = await vitrine(
    ["run", "--timeout", "250", "--stats"],
    "echo six=$((2*3)); poweroff -f\n",
  );
  expect(status).toBe(0);
  expect(out).toContain("\nsix=6\r\n");
  const stats = JSON.parse(err.trim().split("\n").at(-1)!);
  expect(Object.keys(stats)).toEqual(["steps", "instructions", "seconds", "mips", "stateHash", "jit", "exit"]);
  expect(stats.exit).toBe(0);
  expect(stats.steps).toBeGreaterThan(10_000_000);
  expect(stats.instructions).toBeLessThanOrEqual(stats.steps);
  expect(stats.stateHash).toMatch(/^[0-9a-f]{16}$/);
});

test("a program's whole output, and status 0", async () => {
  const { status, out } = await vitrine(["run", "-bios", "none", "-kernel", path("public/guests/hello.elf")]);
  expect(out.trimEnd().split(/\r?\n/).at(-1)).toBe("The sum of these numbers is 55.");
  expect(status).toBe(0);
});

test.each([
  ["pass", 0x5555, 0],
  ["fail with code 7", 0x7_3333, 7],
  ["fail with code 256, which a process cannot tell", 0x100_3333, 1],
])("the test finisher: %s", async (name, value, status) => {
  expect((await vitrine(kernel(`${name}.bin`, finisher(value)))).status).toBe(status);
});

test("-no-reboot ends at a reset", async () => {
  const args = kernel("reset.bin", finisher(0x7777));
  expect((await vitrine([...args, "-no-reboot", "--timeout", "250"])).status).toBe(0);
  expect((await vitrine([...args, "--timeout", "0.5"])).status).toBe(124);
});

test("--timeout ends with 124, also when stdin stays open", async () => {
  const { status, err } = await vitrine([...kernel("loop.bin", program(0x6f)), "--timeout", "0.5"], null);
  expect(status).toBe(124);
  expect(err).toContain("vitrine: stopped after 0.5 s (--timeout)");
});

test("--timeout ends a run whose output nobody reads", async () => {
  // lui t0,0x10000; addi t1,x0,'x'; 1: sb t1,0(t0); j 1b
  const args = kernel("chatter.bin", program(0x1000_02b7, 0x0780_0313, 0x0062_8023, 0xffdf_f06f));
  const child = spawn(process.execPath, [path("bin/vitrine.mjs"), ...args, "--timeout", "1"]);
  let err = "";
  child.stderr.on("data", (bytes) => (err += bytes));
  const status = await new Promise((resolve) => child.on("exit", resolve));
  expect({ status, err }).toEqual({ status: 124, err: "vitrine: stopped after 1 s (--timeout)\n" });
  child.stdout.destroy();
});

test("the end of stdin ends nothing", async () => {
  const start = performance.now();
  const { status } = await vitrine([...kernel("wait.bin", program(0x1050_0073, 0x6f)), "--timeout", "1"], "");
  expect(status).toBe(124);
  expect(performance.now() - start).toBeGreaterThan(1000);
});

test.each([
  [["run", "-bios", "none", "-kernel", "/nowhere/k"], 1, "vitrine: kernel: /nowhere/k: there is no such file\n"],
  [["run", "-frobnicate"], 2, "vitrine: unknown option: -frobnicate\n"],
  [["run", "-net", "user"], 2, "vitrine: option is not supported: -net\n"],
  [["walk"], 2, "vitrine: unknown command: walk; vitrine --help lists them\n"],
  [["run", "-m", "8M"], 1, /^vitrine: memory: 8388608 bytes of RAM are not possible; .*\n$/],
])("%j: one line", async (args, status, message) => {
  const outcome = await vitrine(args);
  expect(outcome.err).toMatch(message);
  expect(outcome.err.split("\n").length).toBe(2);
  expect(outcome.status).toBe(status);
});

test("help and version", async () => {
  expect(await vitrine(["--help"])).toMatchObject({ status: 0, err: "" });
  const help = await vitrine(["run", "--help"]);
  expect(help.out).toContain("-kernel FILE");
  expect(help.out).toContain("--timeout SECONDS");
  expect((await vitrine(["--version"])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("a disk file is written in place, and a read-only one is not", async () => {
  const file = join(folder, "disk.img");
  writeFileSync(file, new Uint8Array(1 << 20));
  const disk = (readOnly: string) => [
    ...["run", "--timeout", "250", "-drive", `file=${file},format=raw,if=none,id=d0${readOnly}`],
    ...["-device", "virtio-blk-device,drive=d0,bus=virtio-mmio-bus.0"],
  ];
  const { readFileSync } = await import("node:fs");
  const write = (text: string) => `echo ${text} > /dev/vda; sync; poweroff -f\n`;
  expect((await vitrine(disk(""), write("kept"))).status).toBe(0);
  expect(readFileSync(file).subarray(0, 5).toString()).toBe("kept\n");
  expect((await vitrine(disk(",readonly=on"), write("lost"))).status).toBe(0);
  expect(readFileSync(file).subarray(0, 5).toString()).toBe("kept\n");
  writeFileSync(file, new Uint8Array(1000));
  expect((await vitrine(disk(""))).err).toContain("its size of 1000 bytes is not a multiple of 512");
});
