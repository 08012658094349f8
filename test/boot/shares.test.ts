/** The bundled Linux with a shared folder and ports: what it reads, that runs repeat, and that a snapshot goes on. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type * as NodeApi from "../../src/worker/node.ts";
import type { Machine, MachineOptions } from "../../src/worker/node.ts";
import { bundled, library, PROMPT, Transcript } from "./machines.ts";

const root = mkdtempSync(join(tmpdir(), "vitrine-shares-"));
const secret = join(root, "secret");
let api: typeof NodeApi;
let options: MachineOptions;
const machines: Machine[] = [];
let booted: Uint8Array | null = null;

beforeAll(async () => {
  api = await library();
  for (const name of ["shared/docs", "written"]) mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, "shared/docs/hello.txt"), "Hello from outside\n");
  writeFileSync(
    join(root, "shared/large"),
    Uint8Array.from({ length: 300_000 }, (_, n) => (n * 7) & 0xff),
  );
  writeFileSync(secret, "secret");
  symlinkSync("../../secret", join(root, "shared/docs/link"));
  execFileSync("mkfifo", [join(root, "shared/fifo")]);
  // Times are part of what the guest sees.
  for (const name of ["shared", "shared/docs", "shared/large", "shared/docs/hello.txt", "written"]) {
    utimesSync(join(root, name), 1_700_000_000, 1_700_000_000);
  }
  options = {
    ...bundled("linux"),
    shares: [
      { tag: "files", folder: join(root, "shared") },
      { tag: "written", folder: join(root, "written"), readOnly: false },
    ],
    ports: [{ name: "org.example.log" }, { name: "org.example.talk" }],
  };
});

afterAll(async () => {
  for (const machine of machines) await machine.dispose();
  rmSync(root, { recursive: true, force: true });
});

/** A machine at the prompt: the first boots, the others begin with what it saved there. */
async function atPrompt(): Promise<{ machine: Machine; transcript: Transcript }> {
  const machine = await api.createMachine(options);
  machines.push(machine);
  const transcript = new Transcript(machine);
  if (booted === null) {
    // No line that is typed here is broken in two.
    await machine.console.resize(400, 50);
    await machine.run();
    await transcript.shows(PROMPT);
    await machine.pause();
    booted = await machine.save();
  } else {
    await machine.load(booted);
  }
  return { machine, transcript };
}

/** Types a line at the prompt and answers what comes before the next. */
async function shell(machine: Machine, transcript: Transcript, line: string): Promise<string> {
  const from = transcript.text.length;
  await machine.console.write(`${line}\n`);
  await transcript.shows(PROMPT, from);
  const [, ...lines] = transcript.text.slice(from).replaceAll("\r", "").split("\n");
  return lines.slice(0, -1).join("\n");
}

const MOUNT = "mkdir -p /m /w; mount -t 9p -o trans=virtio,version=9p2000.L,ro files /m && ls -A1 /m /m/docs";

test("a guest reads what is shared, and its links lead nowhere but inside itself", async () => {
  const { machine, transcript } = await atPrompt();
  await machine.run();
  const run = (line: string) => shell(machine, transcript, line);
  expect(await run(MOUNT)).toBe("/m:\ndocs\nlarge\n\n/m/docs:\nhello.txt\nlink");
  expect(
    await run("cat /m/docs/hello.txt; readlink /m/docs/link; cat /m/docs/link /m/../secret 2>&1 | grep -c secret"),
  ).toBe("Hello from outside\n../../secret\n1");
  const sum = execFileSync("md5sum", [join(root, "shared/large")], { encoding: "utf8" }).split(" ")[0];
  expect(await run("md5sum < /m/large")).toBe(`${sum}  -`);
  expect(await run("(echo x > /m/new) 2>/dev/null || echo refused")).toBe("refused");

  // A file stays open, and where it was read to, over a snapshot that another machine loads.
  expect(await run("exec 3< /m/docs/hello.txt; head -c 5 <&3; echo")).toBe("Hello");
  await machine.pause();
  const file = await machine.save();
  const other = await atPrompt();
  await other.machine.load(file);
  expect(await other.machine.stateHash()).toBe(await machine.stateHash());
  await machine.run();
  await other.machine.run();
  expect(await shell(other.machine, other.transcript, "cat <&3; cat /m/docs/hello.txt")).toBe(
    " from outside\nHello from outside",
  );

  // One that may be written to.
  expect(
    await run(
      "mount -t 9p -o trans=virtio,version=9p2000.L written /w && echo text > /w/a && mv /w/a /w/b && cat /w/b",
    ),
  ).toBe("text");
  expect(execFileSync("cat", [join(root, "written/b")], { encoding: "utf8" })).toBe("text\n");
});

test("ports carry what is written to them, by name", async () => {
  const { machine, transcript } = await atPrompt();
  const heard: string[] = [];
  machine.port("org.example.log").onData((bytes) => void heard.push(new TextDecoder().decode(bytes)));
  await machine.port("org.example.talk").write("a question\n");
  await machine.run();
  const run = (line: string) => shell(machine, transcript, line);
  // Without udev a port's number is its device's.
  await run(
    "cd /sys/class/virtio-ports; for p in *; do mknod /dev/$(cat $p/name) c $(tr : ' ' < $p/dev); done; cd; clear",
  );
  expect(await run("head -n 1 < /dev/org.example.talk; echo an answer > /dev/org.example.log")).toBe("a question");
  await expect.poll(() => heard.join("")).toBe("an answer\n");
  expect(machine.info.ports).toEqual([
    { number: 1, name: "org.example.log" },
    { number: 2, name: "org.example.talk" },
  ]);
  expect(() => machine.port("org.example.none")).toThrow("the machine has no port org.example.none");
});

test("runs repeat", async () => {
  const hashes: string[] = [];
  for (const _ of [0, 1]) {
    const { machine } = await atPrompt();
    await machine.console.write(`${MOUNT}; md5sum /m/large\n`);
    await machine.step(20_000_000);
    hashes.push(await machine.stateHash());
  }
  expect(hashes[0]).toBe(hashes[1]);
});

test.each<[string, Partial<MachineOptions>, string]>([
  [
    "a folder that is not there",
    { shares: [{ tag: "a", folder: "/none" }] },
    "shared folder a: /none: there is no such folder",
  ],
  ["a tag that cannot be", { shares: [{ tag: "a b", folder: root }] }, 'shares: "a b" is not a tag'],
  [
    "two of a tag",
    {
      shares: [
        { tag: "a", folder: root },
        { tag: "a", folder: root },
      ],
    },
    'shares: there is a second "a"',
  ],
  ["too many ports", { ports: Array.from({ length: 8 }, () => ({})) }, "ports: a machine has 8 ports at most"],
  [
    "flash of another size",
    { flash: [{ image: new Uint8Array(512) }] },
    "flash 0: its image has 512 bytes; it must have 33554432",
  ],
])("%s is refused", async (_, more, message) => {
  await expect(api.createMachine({ ...bundled("hello"), ...more })).rejects.toThrow(message);
});
