/**
 * The disk that `vitrine images build debian` makes, with Debian's own kernel and initrd. It is built the first time;
 * VITRINE_DEBIAN names one that is there already. Times go to build/debian/report.json.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Machine } from "../../src/worker/node.ts";
import { library, path } from "../boot/machines.ts";
import { GuestShell } from "./guest-shell.ts";

const disk = process.env.VITRINE_DEBIAN ?? path("build/debian/debian.ext4");
const overlay = path("build/debian/test.overlay");
const seconds: Record<string, number> = {};

const PROGRAM = '#include <stdio.h>\\nint main(void) { printf("%d %s\\\\n", 6 * 7, __VERSION__); }\\n';

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  seconds[what] = Number(((performance.now() - began) / 1000).toFixed(1));
  return result;
}

/** As the command line has it: the disk is not changed, what the guest writes goes to the overlay. */
async function bootDebian(): Promise<{ machine: Machine; shell: GuestShell }> {
  const { createMachine } = await library();
  const { parseRunOptions } = await import(path("lib/cli/run-options.js"));
  const { machineFromOptions } = await import(path("lib/cli/machine-from-options.js"));
  const options = parseRunOptions([
    ...["-m", "1G", "-kernel", `${disk}.kernel`, "-initrd", `${disk}.initrd`],
    ...["-append", "root=/dev/vda rw console=ttyS0"],
    ...["-drive", `file=${disk},format=raw,if=none,id=d0,overlay=${overlay}`, "-device", "virtio-blk-device,drive=d0"],
  ]);
  const machine: Machine = await createMachine(await machineFromOptions(options, false));
  const shell = new GuestShell(machine, "# ");
  await machine.run();
  await shell.shows("root@debian:~# ");
  // Without an editor for the line, which would echo it with control sequences.
  await shell.type("exec sh");
  await shell.shows("# ", shell.text.length);
  return { machine, shell };
}

async function powerOff(machine: Machine, shell: GuestShell): Promise<void> {
  await shell.type("systemctl poweroff");
  expect((await machine.waitForStop()).reason).toBe("poweroff");
  await machine.dispose();
}

beforeAll(async () => {
  mkdirSync(path("build/debian"), { recursive: true });
  rmSync(overlay, { force: true });
  if (existsSync(disk)) return;
  await timed("image built", async () => {
    const { status } = spawnSync(
      process.execPath,
      [path("bin/vitrine.mjs"), "images", "build", "debian", "--out", disk],
      {
        stdio: ["ignore", "inherit", "inherit"],
      },
    );
    if (status !== 0) throw new Error(`vitrine images build debian ended with status ${status}`);
  });
}, 2 * 3_600_000);

afterAll(() => {
  const report = {
    date: new Date().toISOString(),
    host: `${cpus()[0]?.model}, ${cpus().length} processors, Node ${process.version}`,
    seconds,
  };
  writeFileSync(path("build/debian/report.json"), `${JSON.stringify(report, null, 2)}\n`);
  process.stderr.write(`${JSON.stringify(report)}\n`);
});

test("Debian boots from its disk, is installed and whole, its programs run, and what it wrote is there after another boot", async () => {
  const { machine, shell } = await timed("boot to login", bootDebian);
  const prints = async (what: string, line: string, output: string | RegExp): Promise<void> => {
    const [printed, status] = await timed(what, () => shell.run(line));
    expect({ line, printed, status }).toEqual({
      line,
      printed: typeof output === "string" ? output : expect.stringMatching(output),
      status: 0,
    });
  };
  await prints("systemctl", "systemctl is-system-running --wait", "running\n");
  await prints("dpkg --audit", "dpkg --audit", "");
  await prints("dpkg -l", "dpkg -l | sed -n '6,$ s/ .*//p' | sort -u", "ii\n");
  await prints("dpkg --verify", "dpkg --verify", "");
  await prints("gcc", `printf '%b' '${PROGRAM}' > a.c; gcc -O2 -o a a.c && ./a`, /^42 \d+\.\d+\.\d+\n$/);
  await prints("python3", "python3 -c 'import sqlite3, ssl, json; print(sum(range(1000)))'", "499500\n");
  await prints("lua5.4", "lua5.4 -e 'print(2^53 | 0)'", "9007199254740992\n");
  await prints(
    "sqlite3",
    "sqlite3 kept.db 'create table t (a); insert into t values (6 * 7); select a from t'",
    "42\n",
  );
  await prints("git", "git init -q repository && git -C repository rev-parse --is-inside-work-tree", "true\n");
  await prints(
    "gdb",
    "gdb -q -batch -ex 'break main' -ex run -ex 'info symbol $pc' ./a",
    /\nmain( \+ \d+)? in section \.text/,
  );
  await powerOff(machine, shell);

  const again = await timed("second boot to login", bootDebian);
  expect(await again.shell.run("sqlite3 kept.db 'select a from t'; ./a | cut -c1-2")).toEqual(["42\n42\n", 0]);
  await powerOff(again.machine, again.shell);
});
