/** The process of a machine is killed while its guest writes: what the guest was told is safe is there, and the lock is no hindrance. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openDisks } from "../../src/host/backends/open-disks.ts";
import { nodePlatform } from "../../src/worker/node-adapter.ts";
import { path } from "../boot/machines.ts";
import { DiskModel } from "./disk-model.ts";
import { type Random, randomNumbers } from "./faulty-store.ts";
import { contentOf } from "./sector-content.ts";
import { SECTORS, writesOf } from "./write-load.ts";

/** On a host with ten times as much to do. */
vi.setConfig({ testTimeout: 300_000 });

const KILLS = 20;
const folder = mkdtempSync(join(tmpdir(), "vitrine-killed-"));
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  await build({
    configFile: false,
    logLevel: "silent",
    ssr: { noExternal: true },
    build: { ssr: path("test/disk/write-load-process.ts"), outDir: join(folder, "program"), minify: false },
  });
});

/** Kills a process that has written some rounds; answers the last one of which it has told that it is safe. */
async function killInTheMiddle(args: readonly string[], rounds: number, delay: number): Promise<number> {
  const [program] = readdirSync(join(folder, "program")).filter((name) => name.endsWith("js"));
  const child = spawn(process.execPath, [join(folder, "program", program!), ...args]);
  let [out, err] = ["", ""];
  const end = once(child, "close");
  child.stderr.on("data", (bytes) => (err += bytes));
  await new Promise<void>((resolve) => {
    child.stdout.on("data", (bytes) => {
      out += bytes;
      if (out.split("\n").length > rounds) resolve();
    });
    child.once("close", () => resolve());
  });
  await new Promise((resolve) => setTimeout(resolve, delay));
  child.kill("SIGKILL");
  const [status, signal] = await end;
  expect([status, signal, err]).toEqual([null, "SIGKILL", ""]);
  // The last line may be half of one.
  return Number(out.split("\n").at(-2));
}

async function killAgainAndAgain(name: string, overlay: string, random: Random, kills: number): Promise<void> {
  const image = join(folder, name);
  writeFileSync(image, contentOf(0, SECTORS, 0));
  const core = path("build/core-riscv64.wasm");
  const model = new DiskModel(SECTORS);
  let tag = 1;
  for (let kill = 0; kill < kills; kill++) {
    const safe = await killInTheMiddle([image, overlay, String(tag), core], 1 + random(12), random(25));
    expect(safe).toBeGreaterThanOrEqual(tag);
    for (; tag <= safe; tag++) for (const [sector, count] of writesOf(tag)) model.write(sector, count, tag);
    model.endFlush(model.beginFlush());
    // The round after that had begun, perhaps; none beyond.
    for (const [sector, count] of writesOf(tag)) model.write(sector, count, tag);
    const [disk] = await openDisks([{ image, ...(overlay && { overlay }) }], nodePlatform);
    model.restart(await model.verify(disk!));
    await disk!.close();
    tag++;
  }
}

test(`${KILLS} times`, async () => {
  await Promise.all([
    killAgainAndAgain("under.img", join(folder, "changes"), randomNumbers(21), KILLS / 2),
    killAgainAndAgain("written.img", "", randomNumbers(22), KILLS / 2),
  ]);
});
