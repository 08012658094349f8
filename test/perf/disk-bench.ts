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
const SECTORS = (MIB << 20) / 512;
/** No run should last a tenth of it. */
const PATIENCE_SECONDS = 300;

interface Task {
  readonly name: string;
  /** Moves the whole disk once. */
  readonly command: string;
  /** Sectors that the guest's kernel has read and written then. */
  readonly sectors: readonly [read: number, written: number];
}

const TASKS: readonly Task[] = [
  { name: "read", command: `dd if=/dev/vda of=/dev/null bs=1M count=${MIB}`, sectors: [SECTORS, 0] },
  { name: "write", command: `dd if=/dev/zero of=/dev/vda bs=1M count=${MIB} conv=fsync`, sectors: [0, SECTORS] },
];

/** Sectors that were read and written are fields 3 and 7 of a disk's stat (Linux, Documentation/block/stat.rst). */
const STAT = "set -- $(cat /sys/block/vda/stat)";

/** Between the marks the disk is moved `times` times, each time with nothing known of it before and all of it safe after. */
function script({ command }: Task, times: number): string {
  // Bit 2 keeps the kernel from saying each time what it has dropped.
  const quiet = "echo 4 > /proc/sys/vm/drop_caches";
  const once = `echo 3 > /proc/sys/vm/drop_caches; ${command} 2>/dev/null || break`;
  const work = `for i in $(seq ${times}); do ${once}; done`;
  return `${quiet}; sync; ${STAT}; r=$3 w=$7; printf '\\002'; ${work}; printf '\\003'; ${STAT}; echo $(($3 - r)) $(($7 - w))`;
}

/** MiB a second of a session in one task; from run to run it moves the disk as often as lasts long enough. */
class Pace {
  readonly speeds: number[] = [];
  private times = 1;

  constructor(
    private readonly session: Session,
    private readonly task: Task,
    private readonly seconds: number,
  ) {}

  /** Throws an Error if the guest's kernel has not moved exactly that much. */
  async run(): Promise<void> {
    for (;;) {
      const { times, task } = this;
      const { seconds, result } = await patient(task.name, this.session.run(script(task, times)));
      const expected = task.sectors.map((count) => count * times).join(" ");
      if (result !== expected) throw new Error(`${task.name}: the guest moved "${result}" sectors, not ${expected}`);
      if (seconds >= this.seconds) {
        this.speeds.push((MIB * times) / seconds);
        return;
      }
      this.times = Math.max(times + 1, Math.ceil((times * this.seconds * 1.2) / seconds));
    }
  }
}

async function patient<T>(what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no answer in ${PATIENCE_SECONDS} s`)), PATIENCE_SECONDS * 1000);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

export interface DiskBenchOptions {
  readonly runs: number;
  /** What a run lasts at least. */
  readonly seconds: number;
  readonly cpuTime: boolean;
}

/** Prints MiB a second of each engine, medians of alternating runs, and the ratio of their speeds. */
export async function diskBench(
  root: string,
  createMachine: CreateMachine,
  { runs, seconds, cpuTime }: DiskBenchOptions,
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
      `\nDisk of ${MIB} MiB from beginning to end, raw file: MiB/s, median of ${runs} runs of at least ${seconds} s; ratio to ` +
        "qemu (more is better)",
    );
    print(`${"".padEnd(8)}${"qemu".padStart(10)}${"node".padStart(10)}${"ratio".padStart(10)}`);
    for (const task of TASKS) {
      const paces = sessions.map((session) => new Pace(session, task, seconds));
      for (let run = 0; run < runs; run++) for (const pace of paces) await pace.run();
      const [qemu, vitrine] = paces.map(({ speeds }) => median(speeds)) as [number, number];
      const figures = [qemu.toFixed(0), vitrine.toFixed(0), (vitrine / qemu).toFixed(2)];
      print(`${task.name.padEnd(8)}${figures.map((figure) => figure.padStart(10)).join("")}`);
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
