/** How long guests take from nothing to their prompt, in each engine, runs alternating. */
import { existsSync, readFileSync } from "node:fs";
import { at } from "../../scripts/paths.mjs";
import type { Engine } from "./engines.ts";
import { bundledLinux } from "./linux-guest.ts";
import type { Boot } from "./measure.ts";
import { programDisk, USERLAND_PROMPT } from "./program-disk.ts";
import { median } from "./statistics.ts";

const GIB = 1 << 30;

type BootTimes = readonly [name: string, boot: () => Promise<number>][];

/** `engines`: what the others are compared with comes first. `bootCold` is the browser's with an empty cache. */
export async function bootBench(
  root: string,
  engines: readonly Engine[],
  bootCold: (boot: Boot<Uint8Array>) => Promise<number>,
  runs: number,
  print: (line: string) => void,
): Promise<void> {
  const linux = bundledLinux(root);
  print("\nBundled Linux to its prompt, images in memory (qemu: from the start of its process)");
  await compare(timesOf(engines, linux), runs, print);

  print("\nA disk of 64 MiB with busybox, python3, lua5.4 and sqlite3 as root file system, to its prompt");
  print("(Chromium: from the first request, nothing in its cache, the disk behind HTTP)");
  const { initrd: _, ...kernel } = linux;
  const append = `${linux.append} root=/dev/vda ro init=/sbin/init`;
  const userland = { ...kernel, append, disk: await programDisk(), prompt: USERLAND_PROMPT };
  const native = engines.filter(({ name }) => name !== "chromium");
  await compare([...timesOf(native, userland), ["chromium", () => bootCold(userland)]], runs, print);

  const disk = process.env.VITRINE_DEBIAN ?? at("build", "debian", "debian.ext4");
  if (!existsSync(disk)) {
    print(`\nDebian is left out: ${disk} is not there (npm run test:debian builds it, VITRINE_DEBIAN names another)`);
    return;
  }
  print("\nDebian from its disk to its login");
  const debian: Boot<Uint8Array> = {
    firmware: linux.firmware,
    kernel: readFileSync(`${disk}.kernel`),
    initrd: readFileSync(`${disk}.initrd`),
    append: "root=/dev/vda rw console=ttyS0",
    memory: GIB,
    prompt: "root@debian:~# ",
    disk,
    uart: true,
  };
  await compare(timesOf(native, debian), runs, print);
}

function timesOf(engines: readonly Engine[], boot: Boot<Uint8Array>): BootTimes {
  return engines.map((engine) => [engine.name, () => engine.boot(boot)] as const);
}

/** Medians, and how many times the first one's. */
async function compare(times: BootTimes, runs: number, print: (line: string) => void): Promise<void> {
  const seconds = times.map((): number[] => []);
  for (let run = 0; run < runs; run++) {
    for (const [index, [, boot]] of times.entries()) seconds[index]!.push(await boot());
  }
  const medians = seconds.map(median);
  for (const [index, [name]] of times.entries()) {
    const [time, ratio] = [medians[index]!, medians[index]! / medians[0]!];
    print(`${name.padEnd(12)}${time.toFixed(2).padStart(8)} s${ratio.toFixed(2).padStart(8)} times qemu's time`);
  }
}
