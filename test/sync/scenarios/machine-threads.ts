/** A whole machine in a thread of its own, and its clients in this one: T17, T18, T33, T36, T38, T39. */
import { Attention } from "../../../src/host/attention.ts";
import type { MachineOptions } from "../../../src/worker/machine-api.ts";
import type { Machine as Client } from "../../../src/worker/machine-client.ts";
import { errorOf, must, mustBe } from "./must.ts";

/** How the scenarios get at machines, and at the death of a machine's thread. */
export interface MachineHost {
  create(options: MachineOptions): Promise<Client>;
  kill(machine: Client): Promise<void>;
}

const addi = (rd: number, rs1: number, imm: number): number =>
  (((imm & 0xfff) << 20) | (rs1 << 15) | (rd << 7) | 0x13) >>> 0;
/** j back by so many instructions */
const back = (count: number): number =>
  ((1 << 31) | (((-4 * count) & 0x7fe) << 20) | (1 << 20) | (0xff << 12) | 0x6f) >>> 0;
const WFI = 0x1050_0073;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until it is so: a busy host takes its time. Throws `otherwise` after a minute. */
async function until(isSo: () => boolean | Promise<boolean>, otherwise: string): Promise<void> {
  for (const end = performance.now() + 60_000; !(await isSo()); await wait(5)) {
    must(performance.now() < end, otherwise);
  }
}

function open(host: MachineHost, ...program: readonly number[]): Promise<Client> {
  const kernel = new Uint8Array(Uint32Array.from(program).buffer);
  return host.create({ target: "riscv64", memory: 16 << 20, kernel, paced: true });
}

/** x5 and x6 count together, and are equal at two boundaries of three. */
const COUNTING = [addi(5, 0, 0), addi(6, 0, 0), addi(5, 5, 1), addi(6, 6, 1), back(2)];

async function samplesOfPairs(host: MachineHost): Promise<void> {
  const machine = await open(host, ...COUNTING);
  await machine.step(8);
  await machine.run();
  const live = await machine.subscribe(["CORE", "COUNT"], 500);
  let cuts = 0;
  for (const end = performance.now() + 120_000; cuts < 50 && performance.now() < end; ) {
    const sample = await machine.sample(["CORE", "COUNT"]);
    const check = (core: readonly bigint[], instret: bigint): void => {
      mustBe([core[4], core[5]], [(instret - 6n) / 3n, (instret - 7n) / 3n], `x5 and x6 after ${instret}`);
    };
    check(sample.groups.get("CORE")!, sample.instret);
    if (!live.update()) continue;
    cuts++;
    mustBe(live.values("COUNT")[1], live.stamp.instret, "minstret");
    check(live.values("CORE"), live.stamp.instret);
  }
  mustBe(cuts, 50, "cuts published");
  await machine.dispose();
}

/** lui x8,0x10000 (256 Mi rounds); 1: add x5,x5,x8; addi x8,x8,-1; bnez x8,1b; then sifive_test: lui x9,0x100; lui x10,5; addi x10,x10,0x555; sw x10,(x9) */
const SUMMING = [
  0x1000_0437, 0x0082_82b3, 0xfff4_0413, 0xfe04_1ce3, 0x0010_04b7, 0x0000_5537, 0x5555_0513, 0x00a4_a023, 0x0000_006f,
];

async function storm(host: MachineHost): Promise<void> {
  const run = async (disturb: (machine: Client) => Promise<void>): Promise<unknown[]> => {
    const machine = await open(host, ...SUMMING);
    await machine.run();
    const stopped = machine.waitForStop();
    await disturb(machine);
    const { reason, steps, pc } = await stopped;
    await machine.cpus[0]!.get("FULL");
    const end = [reason, steps, pc, machine.cpus[0]!.read("x5"), await machine.stateHash()];
    await machine.dispose();
    return end;
  };
  const calm = await run(async () => {});
  mustBe(calm[0], "poweroff");
  const times: number[] = [];
  const stormy = await run(async (machine) => {
    while (machine.state.kind === "running") {
      const start = performance.now();
      await machine.cpus[0]!.get("FULL");
      times.push(performance.now() - start);
    }
  });
  mustBe(stormy, calm, "result of a run under a storm of gets");
  // The slowest ones tell more of the host than of the machine.
  const usual = times.sort((a, b) => a - b)[times.length >> 1] as number;
  must(times.length > 10 && usual < 500, `${times.length} gets, each of ${usual} ms`);
}

async function waiting(host: MachineHost): Promise<void> {
  const machine = await open(host, WFI, back(1));
  await machine.run();
  await until(async () => (await machine.sample("RUN")).groups.get("RUN")![0] === 1n, "it does not wait");
  const { steps } = await machine.statistics();
  for (let n = 0; n < 20; n++) {
    const { groups } = await machine.sample(["RUN", "CORE"]);
    mustBe([groups.get("RUN")![0], groups.get("CORE")!.at(-1)], [1n, 0x8000_0004n], "runstate and pc");
  }
  mustBe([(await machine.statistics()).steps, machine.state.kind], [steps, "running"]);
  await machine.dispose();
}

async function death(host: MachineHost): Promise<void> {
  const machine = await open(host, ...COUNTING);
  const [cpu] = machine.cpus;
  await cpu!.get("CORE");
  cpu!.edit("x7", 7n);
  const answer = errorOf(() =>
    machine.waitForStop().then(() => cpu!.get("FULL").then(() => machine.step(1_000_000_000))),
  );
  await host.kill(machine);
  must((await answer) !== "no error", "a call outlived its worker");
  mustBe([cpu!.state("CORE"), cpu!.isEdited("x7"), machine.state.kind], ["stale", false, "dead"]);
  must((await errorOf(() => cpu!.get("CORE"))) !== "no error", "a get of a dead machine");
}

async function holds(host: MachineHost): Promise<void> {
  const machine = await open(host, ...COUNTING);
  const gdb = await machine.client("gdb");
  await machine.run();
  await Promise.all([machine.hold(), gdb.hold()]);
  const { steps } = await machine.statistics();
  await machine.release();
  await wait(30);
  mustBe([(await machine.statistics()).steps, machine.state.kind], [steps, "stopped"], "held by gdb");
  await gdb.release();
  const goesOn = async () => (await machine.statistics()).steps > steps && machine.state.kind === "running";
  await until(goesOn, "released by all, it stands");
  // An edit of the running machine is one call.
  mustBe((await machine.editAndGo([{ cpu: 0, name: "x7", value: 77n }])).applied, [1]);
  mustBe((await machine.sample("CORE")).groups.get("CORE")![6], 77n);
  await machine.dispose();
}

async function vanished(host: MachineHost): Promise<void> {
  const machine = await open(host, ...COUNTING);
  await machine.run();
  await until(() => machine.recentSteps > 0n, "it does not run");
  // A client announces a message and is gone.
  Attention.raise((machine as unknown as { control: Int32Array }).control);
  await wait(150);
  const before = machine.recentSteps;
  await until(() => machine.recentSteps > before, "the machine still waits for a client that is gone");
  await machine.dispose();
}

export const MACHINE_THREADS: Readonly<Record<string, (host: MachineHost) => Promise<void>>> = {
  "T17 a storm of gets at full rate: the program's result is that of an undisturbed run": storm,
  "T18 samples and subscriptions are one cut each: x5 and x6 never part": samplesOfPairs,
  "T33 a waiting CPU publishes without waking": waiting,
  "T36 the worker dies with groups dirty: calls reject, slots become stale": death,
  "T38 two clients hold; one releases: the machine does not move": holds,
  "T39 a client vanishes between attention and message: the machine goes on": vanished,
};

/** Those that need no memory in common. */
export const WITHOUT_SHARING = Object.keys(MACHINE_THREADS).filter((name) => !/^T(33|39)/.test(name));
