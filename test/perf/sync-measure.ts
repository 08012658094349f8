/** What the bench of the register sync measures, in a page and in Node alike: round trips, and what sampling costs a busy guest. */
import type { Machine, MachineOptions } from "../../src/worker/node.ts";
import type { SyncMask } from "../../src/sync/group-masks.ts";

type CreateMachine = (options: MachineOptions) => Promise<Machine>;

export interface RoundTrip {
  readonly p50: number;
  readonly p99: number;
}

export interface SyncFigures {
  /** Milliseconds, by state of the machine and mask. */
  readonly roundTrips: Record<string, Record<string, RoundTrip>>;
  /** Slow-down of a busy guest, 0.01 being one per cent, by rate and mask. */
  readonly slowDown: Record<string, Record<string, number>>;
}

const MASKS = ["CORE", "RUNTIME", "RESET", "FULL"] as const;
const REQUESTS = 250;
const WARM_UP = 20;
const PAIRS = 10;
const PART_MS = 400;

/** addi x5,x5,1; addi x6,x6,1; xor x7,x5,x6; j -12 */
const BUSY = Uint32Array.of(0x00128293, 0x00130313, 0x0062c3b3, 0xff5ff06f);
/** wfi; j -4 */
const IDLE = Uint32Array.of(0x10500073, 0xffdff06f);

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function open(create: CreateMachine, program: Uint32Array): Promise<Machine> {
  return create({ target: "riscv64", memory: 16 << 20, kernel: new Uint8Array(program.buffer), paced: true });
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** Gets from the main thread, each by itself: right after an answer the worker still listens, which would flatter the figure. */
async function roundTrip(machine: Machine, mask: SyncMask): Promise<RoundTrip> {
  const [cpu] = machine.cpus;
  if (cpu === undefined) throw new Error("a machine without a CPU");
  const times: number[] = [];
  for (let n = 0; n < REQUESTS + WARM_UP; n++) {
    const start = performance.now();
    await cpu.get(mask);
    if (n >= WARM_UP) times.push(performance.now() - start);
    await wait(1 + (n % 3));
  }
  times.sort((a, b) => a - b);
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

/** Steps a millisecond over some time. */
async function speed(machine: Machine): Promise<number> {
  const from = machine.recentSteps;
  const start = performance.now();
  await wait(PART_MS);
  return Number(machine.recentSteps - from) / (performance.now() - start);
}

/** Median, over alternating pairs, of what is missing from the speed without sampling. */
async function slowDown(machine: Machine, mask: SyncMask, hz: number): Promise<number> {
  const losses: number[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const measured: number[] = [];
    for (const sampled of pair % 2 === 0 ? [false, true] : [true, false]) {
      const live = sampled ? await machine.subscribe(mask, hz) : null;
      await wait(20);
      measured[sampled ? 1 : 0] = await speed(machine);
      await live?.end();
    }
    losses.push(1 - (measured[1] ?? 0) / (measured[0] ?? 1));
  }
  losses.sort((a, b) => a - b);
  return ((losses[PAIRS / 2 - 1] ?? 0) + (losses[PAIRS / 2] ?? 0)) / 2;
}

export async function measureSync(create: CreateMachine): Promise<SyncFigures> {
  const roundTrips: SyncFigures["roundTrips"] = {};
  const slow: SyncFigures["slowDown"] = {};
  const idle = await open(create, IDLE);
  await idle.run();
  const busy = await open(create, BUSY);
  const machines = { paused: busy, idle, busy };
  for (const [state, machine] of Object.entries(machines)) {
    if (state === "busy") {
      await machine.run();
      await wait(500);
    }
    const rows: Record<string, RoundTrip> = {};
    for (const mask of MASKS) rows[mask] = await roundTrip(machine, mask);
    roundTrips[state] = rows;
  }
  await idle.dispose();
  for (const hz of [60, 1000]) {
    const rows: Record<string, number> = {};
    for (const mask of MASKS) rows[mask] = await slowDown(busy, mask, hz);
    slow[`${hz} Hz`] = rows;
  }
  await busy.dispose();
  return { roundTrips, slowDown: slow };
}
