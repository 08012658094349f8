/**
 * The bench of the register sync: what a bitmap of groups costs, in the core, as a round trip from the main thread and in speed
 * of a busy guest, beside "levels" that always transfer all registers.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { coreImports } from "../../src/host/core-imports.ts";
import { createMachineMemory, instantiateCore } from "../../src/host/core-instance.ts";
import { ConsoleBackend } from "../../src/host/backends/console.ts";
import { BlockRequests } from "../../src/host/block-requests.ts";
import { CPUS_BASE, RAM_BASE } from "../../src/spec/abi.ts";
import { syncMasks } from "../../src/spec/register-table.ts";
import { REGISTER_TABLES } from "../../src/spec/riscv64/register-tables.ts";
import { slotLayout } from "../../src/spec/slot-layout.ts";
import type { BenchPage } from "./browser-page.ts";
import type { CreateMachine } from "./measure.ts";
import { measureSync, type SyncFigures } from "./sync-measure.ts";

const RAM_BYTES = 16 << 20;
const ROUNDS = 20_000;

/** ns in the core for a fetch of every group in `mask`, none of them elided. */
async function coreTimes(root: string, masks: Record<string, number>): Promise<Record<string, number>> {
  const memory = createMachineMemory(RAM_BASE + RAM_BYTES);
  const wasm = await WebAssembly.compile(readFileSync(join(root, "build", "core-riscv64.wasm")));
  const blocks = new BlockRequests(
    [],
    () => {},
    () => {},
  );
  const core = await instantiateCore(wasm, memory, CPUS_BASE, coreImports(memory, new ConsoleBackend(), [], blocks));
  core.init(BigInt(RAM_BYTES), 1, 2, 0, 0n, 0n);
  core.resetMachine();
  core.syncReset(0, 0xffff_ffff);
  // Of a running vCPU each get is a copy.
  core.syncResume();
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(masks).map((name) => [name, []]));
  for (let round = 0; round < 7; round++) {
    for (const [name, mask] of Object.entries(masks)) {
      const start = performance.now();
      for (let n = 0; n < ROUNDS; n++) core.syncGet(0, mask);
      times[name]?.push(((performance.now() - start) * 1e6) / ROUNDS);
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, list]) => [name, list.sort((a, b) => a - b)[3] ?? 0]));
}

export async function syncBench(
  root: string,
  createMachine: CreateMachine,
  page: BenchPage,
  print: (line: string) => void,
): Promise<void> {
  const { runtime, reset, full } = syncMasks(REGISTER_TABLES.groups);
  const masks = { CORE: 1, RUNTIME: runtime, RESET: reset, FULL: full };
  const ns = await coreTimes(root, masks);
  const { groups } = slotLayout(REGISTER_TABLES);
  const bytes = (mask: number): number =>
    groups.reduce(
      (sum, group, bit) =>
        group && (mask >>> bit) & 1 ? sum + group.registers.reduce((all, slot) => all + slot.bytes, 0) : sum,
      0,
    );
  print("\nRegister sync. A level always transfers what FULL does; the bitmap what was asked for.");
  print(`${"mask".padEnd(10)}${"bytes".padStart(8)}${"ns in core".padStart(12)}${"of levels".padStart(12)}`);
  for (const [name, mask] of Object.entries(masks)) {
    const share = (ns[name] ?? 0) / (ns.FULL ?? 1);
    print(
      `${name.padEnd(10)}${String(bytes(mask)).padStart(8)}${(ns[name] ?? 0).toFixed(0).padStart(12)}${`${(share * 100).toFixed(0)} %`.padStart(12)}`,
    );
  }
  print(`CORE is ${((ns.FULL ?? 0) / (ns.CORE ?? 1)).toFixed(1)} times cheaper in the core than FULL (goal: 4).`);
  report("node", await measureSync(createMachine), print);
  report("chromium", await page.sync(), print);
}

function report(engine: string, { roundTrips, slowDown }: SyncFigures, print: (line: string) => void): void {
  print(`\n${engine}: round trip of a get from the main thread, ms (goal for a busy machine: p50 0.25, p99 3)`);
  print(
    `${"mask".padEnd(10)}${Object.keys(roundTrips)
      .map((state) => `${state} p50`.padStart(13) + "p99".padStart(8))
      .join("")}`,
  );
  for (const mask of Object.keys(Object.values(roundTrips)[0] ?? {})) {
    const cells = Object.values(roundTrips).map((rows) => {
      const { p50, p99 } = rows[mask] ?? { p50: Number.NaN, p99: Number.NaN };
      return p50.toFixed(3).padStart(13) + p99.toFixed(3).padStart(8);
    });
    print(`${mask.padEnd(10)}${cells.join("")}`);
  }
  print(
    `${engine}: slow-down of a busy guest by publishing (goal for RUNTIME: 1 % at 60 Hz, 5 % at 1000 Hz; FULL is what levels cost)`,
  );
  print(
    `${"mask".padEnd(10)}${Object.keys(slowDown)
      .map((rate) => rate.padStart(12))
      .join("")}`,
  );
  for (const mask of Object.keys(Object.values(slowDown)[0] ?? {})) {
    const cells = Object.values(slowDown).map((rows) => `${((rows[mask] ?? 0) * 100).toFixed(2)} %`.padStart(12));
    print(`${mask.padEnd(10)}${cells.join("")}`);
  }
}
