/** The command is killed while its guest writes to an overlay: all that the guest was told is safe is there, and nothing else. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openDisks } from "../../src/host/backends/open-disks.ts";
import { nodePlatform } from "../../src/worker/node-adapter.ts";
import { path, PROMPT } from "../boot/machines.ts";
import { randomNumbers } from "./faulty-store.ts";
import { contentOf } from "./sector-content.ts";

const KILLS = 20;
const SECTORS = 16384;
/** Of a record: three blocks of the guest's, so that it can be torn. */
const RECORD_BYTES = 3 * 4096;
const folder = mkdtempSync(join(tmpdir(), "vitrine-killed-"));
const [image, overlay] = [join(folder, "image"), join(folder, "changes")];
afterAll(() => rmSync(folder, { recursive: true }));

const recordOf = (n: number): Uint8Array =>
  new TextEncoder().encode(`record ${n}\n`.repeat(RECORD_BYTES / 8)).subarray(0, RECORD_BYTES);

/** Writes records from `first` on without end, and says of each that it is safe when fsync has returned. */
const writeRecords = (first: number): string =>
  `i=${first}; while true; do yes record $i | head -c ${RECORD_BYTES} | ` +
  "dd of=/dev/vda bs=4096 seek=$((3*i)) conv=fsync 2>/dev/null && echo safe $i.; i=$((i+1)); done\n";

/** Kills a machine `delay` ms after it has told of `count` records; answers the last one that it has told of. */
async function killInTheMiddle(first: number, count: number, delay: number): Promise<number> {
  const drive = `file=${image},overlay=${overlay},if=none,id=d`;
  const args = [path("bin/vitrine.mjs"), "run", "-drive", drive, "-device", "virtio-blk-device,drive=d"];
  const child = spawn(process.execPath, args);
  let [out, err] = ["", ""];
  const safe = () => Number([...out.matchAll(/^safe (\d+)\.\r$/gm)].at(-1)?.[1] ?? -1);
  const end = once(child, "close");
  child.stderr.on("data", (bytes) => (err += bytes));
  await new Promise<void>((resolve) => {
    let isReady = false;
    child.stdout.on("data", (bytes) => {
      out += bytes;
      if (!isReady && out.includes(PROMPT)) {
        isReady = true;
        child.stdin.write(writeRecords(first));
      }
      if (safe() >= first + count) resolve();
    });
    child.once("close", () => resolve());
  });
  await new Promise((resolve) => setTimeout(resolve, delay));
  child.kill("SIGKILL");
  const [status, signal] = await end;
  expect([status, signal]).toEqual([null, "SIGKILL"]);
  expect(err).not.toContain("vitrine: ");
  return safe();
}

test(`${KILLS} times`, async () => {
  const random = randomNumbers(31);
  const base = contentOf(0, SECTORS, 0);
  writeFileSync(image, base);
  const content = base.slice();
  let next = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const safe = await killInTheMiddle(next, 1 + random(12), random(60));
    expect(safe).toBeGreaterThan(next);
    for (; next <= safe; next++) content.set(recordOf(next), next * RECORD_BYTES);
    const [disk] = await openDisks([{ image, overlay }], nodePlatform);
    const found = await disk!.read(0n, SECTORS * 512);
    await disk!.close();
    // The record after that had been begun, perhaps: each of its sectors is as before or as it was to be.
    for (let at = next * RECORD_BYTES; at < (next + 1) * RECORD_BYTES; at += 512) {
      const sector = found.subarray(at, at + 512);
      const written = recordOf(next)
        .subarray(at - next * RECORD_BYTES)
        .subarray(0, 512);
      if (Buffer.compare(sector, written) === 0) content.set(written, at);
    }
    expect(Buffer.compare(found, content)).toBe(0);
  }
  expect(Buffer.compare(readFileSync(image), base)).toBe(0);
});
