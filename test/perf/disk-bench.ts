/** How fast a guest reads and writes its disk, one sector after another, beside qemu with an image of the same content. */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundledLinux } from "./linux-guest.ts";
import { type Session, startVitrine } from "./linux-session.ts";
import type { CreateMachine } from "./measure.ts";
import { median } from "./statistics.ts";
import { startQemu } from "./suite-engines.ts";

const MIB = 256;

/** Between the marks; what the guest knows of the disk is forgotten before, and what it wrote is safe after. */
const marked = (work: string): string =>
  `sync; echo 3 > /proc/sys/vm/drop_caches; printf '\\002'; ${work} 2>/dev/null && printf done; printf '\\003\\n'`;
const TASKS: readonly (readonly [name: string, command: string])[] = [
  ["read", marked(`dd if=/dev/vda of=/dev/null bs=1M count=${MIB}`)],
  ["write", marked(`dd if=/dev/zero of=/dev/vda bs=1M count=${MIB} conv=fsync`)],
];

export interface DiskBenchOptions {
  readonly runs: number;
  readonly cpuTime: boolean;
}

/** Prints MiB a second of each engine, medians of alternating runs, and the ratio of their speeds. */
export async function diskBench(
  root: string,
  createMachine: CreateMachine,
  { runs, cpuTime }: DiskBenchOptions,
  print: (line: string) => void,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-bench-disk-"));
  const sessions: Session[] = [];
  try {
    const guest = (name: string) => ({ ...bundledLinux(root), disk: makeImage(join(folder, name)) });
    const clock = (): number => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    };
    sessions.push(await startQemu(guest("qemu.img"), cpuTime));
    sessions.push(await startVitrine(createMachine, guest("vitrine.img"), undefined, cpuTime ? clock : undefined));
    print(
      `\nDisk of ${MIB} MiB from beginning to end, raw file: MiB/s, median of ${runs}; ratio to qemu (more is better)`,
    );
    print(`${"".padEnd(8)}${"qemu".padStart(10)}${"node".padStart(10)}${"ratio".padStart(10)}`);
    for (const [name, command] of TASKS) {
      const speeds = sessions.map((): number[] => []);
      for (let run = 0; run < runs; run++) {
        for (const [n, session] of sessions.entries()) {
          const { seconds, result } = await session.run(command);
          if (result !== "done") throw new Error(`${name}: the guest says "${result}"`);
          speeds[n]!.push(MIB / seconds);
        }
      }
      const [qemu, vitrine] = speeds.map(median) as [number, number];
      const ratio = (vitrine / qemu).toFixed(2);
      print(`${name.padEnd(8)}${qemu.toFixed(0).padStart(10)}${vitrine.toFixed(0).padStart(10)}${ratio.padStart(10)}`);
    }
  } finally {
    for (const session of sessions) await session.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Neither sparse nor all alike. */
function makeImage(path: string): string {
  const part = new Uint32Array((1 << 20) / 4);
  const file = openSync(path, "w");
  for (let n = 0; n < MIB; n++) {
    part.forEach((_, at) => {
      part[at] = Math.imul(at + 1, 0x9e37_79b1) ^ n;
    });
    writeSync(file, new Uint8Array(part.buffer));
  }
  closeSync(file);
  return path;
}
