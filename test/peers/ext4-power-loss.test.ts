/** Linux writes to an ext4 file system and the power fails: fsck finds it sound, and every file that the guest made safe is whole. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { memoryDisk } from "../../src/host/backends/memory-disk.ts";
import { openOverlay } from "../../src/host/backends/overlay.ts";
import { createInlineMachine } from "../../src/worker/inline.ts";
import { nodePlatform } from "../../src/worker/node-adapter.ts";
import { bundled, PROMPT, Transcript } from "../boot/machines.ts";
import { FaultyStore, randomNumbers } from "../disk/faulty-store.ts";

const LOSSES = 200;
const MIB = 32;
const folder = mkdtempSync(join(tmpdir(), "vitrine-ext4-"));
afterAll(() => rmSync(folder, { recursive: true }));

const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };

/** Files of 1 to 40 KiB whose content follows from their number; every third is made safe, every fourth goes away again. */
const LOAD = [
  "mount -t ext4 /dev/vda /mnt && n=0",
  "content() { yes file-$1-of-the-load | head -c $((1024 + $1 * 7919 % 40960)); }",
  "while :; do n=$((n+1)); content $n > /mnt/f$n; [ $((n % 4)) = 0 ] && rm /mnt/f$((n-2));" +
    " [ $((n % 3)) = 0 ] && sync && echo safe-''$n; [ $((n % 11)) = 0 ] && mv /mnt/f$n /mnt/g$n;" +
    " [ $n -gt 40 ] && rm -f /mnt/[fg]$((n-40)); done",
].join("; ");

function contentOf(number: number): Buffer {
  return Buffer.alloc(1024 + ((number * 7919) % 40960), `file-${number}-of-the-load\n`);
}

/** Numbers of files that are there under either name once file `last` and all before are safe, and no later ones are known. */
function keptAfter(last: number): number[] {
  const kept: number[] = [];
  // What comes next may remove these already: f(n-2) at every fourth, and whatever is 40 older.
  for (let n = Math.max(1, last - 30); n <= last; n++) if ((n + 2) % 4 !== 0) kept.push(n);
  return kept;
}

test(`${LOSSES} power losses`, async () => {
  const image = join(folder, "empty.ext4");
  execFileSync("mke2fs", ["-q", "-t", "ext4", "-J", "size=4", image, `${MIB}M`], { env });
  const content = readFileSync(image);
  const base = () => memoryDisk("empty.ext4", content, true);
  const random = randomNumbers(31);
  const store = new FaultyStore();
  const machine = await createInlineMachine(
    { ...bundled("linux"), memory: 64 << 20, disks: [{ image: new Uint8Array(content), overlay: "changes" }] },
    undefined,
    { ...nodePlatform, openStore: async () => store },
  );
  const transcript = new Transcript(machine);
  await machine.run();
  await transcript.shows(PROMPT);
  await machine.console.write(`${LOAD}\n`);
  await transcript.shows("safe-3\r\n");
  let losses = 0;
  let left = 0;
  let files = 0;
  const done = new Promise<void>((resolve, reject) => {
    store.onMoment = async () => {
      if (losses >= LOSSES || left-- > 0) return;
      left = random(40);
      const safe = Number([...transcript.text.matchAll(/^safe-(\d+)\r$/gm)].at(-1)?.[1]);
      try {
        files += await expectSound(store.crashed(random), safe);
      } catch (error) {
        store.onMoment = async () => {};
        reject(error);
      }
      if (++losses === LOSSES) resolve();
    };
  });
  await done;
  await machine.dispose();
  expect(files).toBeGreaterThan(10 * LOSSES);

  /** Answers how many files were compared. */
  async function expectSound(overlay: Uint8Array, safe: number): Promise<number> {
    const disk = await openOverlay(base(), new FaultyStore(overlay));
    const lost = join(folder, "lost.ext4");
    writeFileSync(lost, await disk.read(0n, MIB << 20));
    // What a kernel does when it mounts it; then nothing may be left to mend.
    spawnSync("e2fsck", ["-y", "-E", "journal_only", lost], { env });
    const { status, stdout } = spawnSync("e2fsck", ["-fn", lost], { env, encoding: "utf8" });
    if (status !== 0) expect.fail(`fsck after file ${safe}, status ${status}: ${stdout}`);
    const numbers = keptAfter(safe);
    const out = join(folder, "file");
    const commands = numbers.flatMap((n) => [`dump /f${n} ${out}-${n}`, `dump /g${n} ${out}-${n}`]);
    for (const n of numbers) rmSync(`${out}-${n}`, { force: true });
    writeFileSync(join(folder, "commands"), `${commands.join("\n")}\n`);
    spawnSync("debugfs", ["-f", join(folder, "commands"), lost], { env });
    for (const n of numbers) {
      if (!readFileSync(`${out}-${n}`).equals(contentOf(n))) expect.fail(`file ${n} is not whole; ${safe} is safe`);
    }
    return numbers.length;
  }
});
