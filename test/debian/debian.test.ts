/**
 * Debian from its own disk: it is whole, its programs work, what it wrote is there after another boot; its modules drive screen,
 * input, shared folder and ports. Times go to build/debian/report.json.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runTool } from "../../src/cli/images/run-tool.ts";
import type { Machine } from "../../src/worker/node.ts";
import { path } from "../boot/machines.ts";
import { ConsoleReader } from "../screen/console-reader.ts";
import { type BootedDebian, bootDebian, powerOff, prepareDebian } from "./built-debian.ts";

const seconds: Record<string, number> = {};
const SLOW = { timeout: 120_000, interval: 200 };

/** Prints what the pointers of the guest tell: type, code and value of each event. */
const EVENTS = `
import glob, struct

def device(name):
    for path in glob.glob("/sys/class/input/event*/device/name"):
        if open(path).read().strip() == name:
            return open("/dev/input/" + path.split("/")[4], "rb", buffering=0)

mouse, tablet = device("Vitrine mouse"), device("Vitrine tablet")
print("ready", flush=True)
for file, count in (mouse, 7), (tablet, 4):
    for _ in range(count):
        print(*struct.unpack("llHHi", file.read(24))[2:])
print("over")
`;

const PROGRAM = '#include <stdio.h>\\nint main(void) { printf("%d %s\\\\n", 6 * 7, __VERSION__); }\\n';

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  seconds[what] = Number(((performance.now() - began) / 1000).toFixed(1));
  return result;
}

type MachinePort = ReturnType<Machine["port"]>;

/** What the guest sends through a port from now on. */
function received(port: MachinePort): () => Buffer {
  const parts: Uint8Array[] = [];
  port.onData((bytes) => void parts.push(bytes));
  return () => Buffer.concat(parts);
}

beforeAll(() => timed("image built, if it was not there", async () => prepareDebian()), 2 * 3_600_000);

afterAll(() => {
  const report = {
    date: new Date().toISOString(),
    host: `${cpus()[0]?.model}, ${cpus().length} processors, Node ${process.version}`,
    seconds,
  };
  writeFileSync(path("build/debian/report.json"), `${JSON.stringify(report, null, 2)}\n`);
  process.stderr.write(`${JSON.stringify(report)}\n`);
});

test("Debian boots from its disk, is installed and whole, and its programs run", async () => {
  const debian = await timed("boot to login", bootDebian);
  const prints = async (what: string, line: string, output: string | RegExp): Promise<void> => {
    const [printed, status] = await timed(what, () => debian.shell.run(line));
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
  expect(await powerOff(debian)).toBe("poweroff");
});

describe("booted again, with a screen, keyboard, tablet and mouse, a shared folder and ports", () => {
  const reader = ConsoleReader.ofBundledKernel();
  let folder: string;
  let debian: BootedDebian;
  /** Files in the shared folder, by their names. */
  const files: Record<string, Buffer> = {
    "big.bin": randomBytes(3_000_001),
    empty: Buffer.alloc(0),
    "sub/folder/ä name.txt": Buffer.from("text\n"),
    "events.py": Buffer.from(EVENTS),
  };
  const run = async (line: string): Promise<string> => {
    const [printed, status] = await debian.shell.run(line);
    expect({ line, printed, status }).toEqual({ line, printed, status: 0 });
    return printed;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "vitrine-shared-"));
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    symlinkSync("/etc/hostname", join(folder, "link"));
    await runTool("mkfifo", [join(folder, "fifo")]);
    debian = await timed("second boot to login", () =>
      bootDebian([
        ...["-device", "virtio-gpu-device,xres=800,yres=600", "-device", "virtio-keyboard-device"],
        ...["-device", "virtio-tablet-device", "-device", "virtio-mouse-device"],
        ...["-virtfs", `local,path=${folder},mount_tag=shared`],
        ...["-device", "virtio-serial-device", ...["a", "b", "c"].flatMap((id) => ["-chardev", `null,id=${id}`])],
        ...["-device", "virtconsole,chardev=a", "-device", "virtconsole,chardev=b"],
        ...["-device", "virtserialport,chardev=c,name=org.example.log"],
      ]),
    );
    // What drivers say when udev has loaded them is none of the output of later commands.
    await debian.shell.run("dmesg -n 1; udevadm settle; until [ -e /dev/fb0 ]; do sleep 1; done");
    await debian.shell.run("mount -t 9p -o trans=virtio,version=9p2000.L shared /mnt");
  }, 3_600_000);

  afterAll(async () => {
    rmSync(folder, { recursive: true });
    expect(await powerOff(debian)).toBe("poweroff");
  }, 600_000);

  test("what sqlite3 and gcc wrote is there", async () => {
    expect(await run("sqlite3 kept.db 'select a from t'; ./a | cut -c1-2")).toBe("42\n42\n");
  });

  test("virtio_gpu reads the EDID and fbcon draws the console, where the keyboard types", async () => {
    const connector = "/sys/class/drm/card0-Virtual-1";
    expect(await run(`cat /sys/class/graphics/fb0/virtual_size; cat ${connector}/modes | sort -u`)).toBe(
      "800,600\n640x480\n800x600\n",
    );
    expect(await run(`head -c 20 ${connector}/edid | od -An -v -tx1`)).toBe(
      " 00 ff ff ff ff ff ff 00 5a 92 01 00 00 00 00 00\n ff 24 01 04\n",
    );
    const { screen } = debian.machine;
    const lines = async () => reader.lines(await screen.capture()).filter((line) => line !== "");
    const prompt = /^root@debian:~# \?$/;
    await expect.poll(async () => (await lines()).at(-1), SLOW).toMatch(prompt);
    await screen.type("clear; tty; uname -sm | tr a-z A-Z\n");
    await expect.poll(async () => (await lines()).slice(0, 2), SLOW).toEqual(["/dev/tty1", "LINUX RISCV64"]);
    await expect.poll(async () => (await lines()).at(-1), SLOW).toMatch(prompt);
    // The whole picture, at one of the moments when the cursor is there or not.
    const hash = (await run("md5sum < /dev/fb0")).slice(0, 32);
    await expect
      .poll(async () => {
        const bytes = Buffer.from((await screen.capture()).rgba).swap32();
        for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(bytes.readUInt32LE(at) >>> 8, at);
        return createHash("md5").update(bytes).digest("hex");
      }, SLOW)
      .toBe(hash);
  });

  test("mouse and tablet are evdev's, and neither is a joystick", async () => {
    expect(await run("ls /dev/input | grep -c js || true")).toBe("0\n");
    const { shell, machine } = debian;
    const from = shell.text.length;
    await shell.type("python3 /mnt/events.py");
    await shell.shows("ready", from);
    await machine.screen.mouse({ dx: 5, dy: -3, buttons: 0 });
    await machine.screen.mouse({ dx: 0, dy: 0, buttons: 1 });
    await machine.screen.wheel(0, 1, {}, "mouse");
    await machine.screen.pointer({ x: 0.5, y: 1, buttons: 2 });
    await shell.shows("over\r\n", from);
    const end = "0 0 0";
    expect([...shell.text.slice(from).matchAll(/^\d+ \d+ -?\d+/gm)].map(([event]) => event)).toEqual([
      ...["2 0 5", "2 1 -3", end, "1 272 1", end, "2 8 1", end],
      ...["3 0 16384", "3 1 32767", "1 273 1", end],
    ]);
  });

  test("9p mounts the shared folder: files compare by content, nothing can be written, no FIFO is there", async () => {
    const sums = Object.entries(files).map(
      ([name, content]) => `${createHash("sha256").update(content).digest("hex")}  ./${name}\n`,
    );
    const list = "cd /mnt; find . -type f -print0 | sort -z | xargs -0 sha256sum; cd";
    expect((await timed("shared files compared", () => run(list))).split("\n").sort()).toEqual(
      sums.join("").split("\n").sort(),
    );
    expect(await run("ls /mnt | sort | tr '\\n' ' '; readlink /mnt/link; cat /mnt/link")).toBe(
      "big.bin empty events.py link sub /etc/hostname\ndebian\n",
    );
    const refused = "Read-only file system";
    expect(
      await run("touch /mnt/new 2>&1 || true; rm /mnt/empty 2>&1 || true; ls /mnt/../mnt/new 2>&1 || true"),
    ).toMatch(new RegExp(`${refused}\n.*${refused}\n.*No such file or directory\n$`));
    await run("umount /mnt");
  });

  test("the console device's ports: a login on hvc0, a terminal on hvc1, bytes through a port with a name", async () => {
    const [login, terminal, port] = [0, 1, "org.example.log"].map((which) => debian.machine.port(which)) as [
      MachinePort,
      MachinePort,
      MachinePort,
    ];
    const [said, shown, written] = [login, terminal, port].map(received) as [() => Buffer, () => Buffer, () => Buffer];
    // Who has not logged in yet hears nothing.
    const ask = async () => {
      await login.write("echo $((6 * 7)) on $(tty)\n");
      return said().toString();
    };
    await expect.poll(ask, { ...SLOW, interval: 1000 }).toContain("42 on /dev/hvc0");
    await terminal.write("to the guest\n");
    expect(await run("exec 3<>/dev/hvc1; echo from the guest >&3; head -n 1 <&3; exec 3>&-")).toBe("to the guest\n");
    await expect.poll(() => shown().toString(), SLOW).toContain("from the guest\r\n");
    const bytes = randomBytes(100_000);
    const copy = run("exec 3<>/dev/virtio-ports/org.example.log; head -c 100000 <&3 > got; cat got >&3; exec 3>&-");
    await port.write(bytes);
    await copy;
    await expect.poll(() => written().length, SLOW).toBe(bytes.length);
    expect(written().equals(bytes)).toBe(true);
  });
});
