/** `vitrine run --save-at-exit` and `--load`: a machine goes on in another process. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { path } from "./machines.ts";

const folder = mkdtempSync(join(tmpdir(), "vitrine-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs it to its end; `heard` is told what it has printed so far. */
function vitrine(
  args: string[],
  input = "",
  heard: (out: string, child: ChildProcess) => void = () => {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path("bin/vitrine.mjs"), "run", ...args]);
    let out = "";
    let err = "";
    child.stdout.on("data", (bytes) => {
      out += bytes;
      heard(out, child);
    });
    child.stderr.on("data", (bytes) => (err += bytes));
    child.on("close", (status) => resolve({ status, out, err }));
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

test("Linux is saved when it is told to end, and obeys in another process", async () => {
  const file = join(folder, "linux.snapshot");
  const saved = await vitrine(["--save-at-exit", file], "x=$((6*7)); echo s''et\n", (out, child) => {
    if (out.includes("\nset\r\n")) child.kill("SIGTERM");
  });
  expect(saved.status).toBe(128 + 15);
  expect(readdirSync(folder)).toEqual(["linux.snapshot"]);
  const loaded = await vitrine(["--timeout", "250", "--load", file], "echo x=$x; poweroff -f\n");
  expect(loaded.out).toContain("\nx=42\r\n");
  // It goes on; it does not start.
  expect(loaded.out).not.toContain("Linux version");
  expect(loaded.status).toBe(0);
  const other = await vitrine(["-m", "32M", "--load", file]);
  expect(other.err).toBe(
    "vitrine: the snapshot is of another machine: its memory is 256 MiB, this machine's is 32 MiB\n",
  );
  expect(other.status).toBe(1);
});

test("what is saved when its time is over goes on in another process", async () => {
  // It never ends by itself.
  const hang = ["-bios", "none", "-kernel", path("public/guests/hang.elf"), "--timeout", "0.3"];
  const file = join(folder, "hang.snapshot");
  expect((await vitrine([...hang, "--save-at-exit", file])).status).toBe(124);
  expect(await vitrine([...hang, "--load", file])).toMatchObject({
    status: 124,
    err: "vitrine: stopped after 0.3 s (--timeout)\n",
  });
});

test("files that cannot be loaded or written are named", async () => {
  const hello = ["-bios", "none", "-kernel", path("public/guests/hello.elf")];
  expect((await vitrine([...hello, "--load", join(folder, "none")])).err).toMatch(/^vitrine: --load \S+none: ENOENT/);
  const text = join(folder, "text");
  writeFileSync(text, "not a snapshot, but long enough");
  expect(await vitrine([...hello, "--load", text])).toMatchObject({
    status: 1,
    err: "vitrine: this is not a snapshot of a Vitrine machine\n",
  });
  const off = join(folder, "off");
  expect((await vitrine([...hello, "--save-at-exit", off])).status).toBe(0);
  expect((await vitrine([...hello, "--load", off])).err).toBe(
    "vitrine: the machine is switched off; reset switches it on again\n",
  );
  const before = readFileSync(off);
  const failed = await vitrine([...hello, "--save-at-exit", join(folder, "none", "off")]);
  expect(failed).toMatchObject({ status: 1 });
  expect(failed.err).toMatch(/^vitrine: --save-at-exit \S+: ENOENT/);
  expect(readFileSync(off).equals(before)).toBe(true);
});
