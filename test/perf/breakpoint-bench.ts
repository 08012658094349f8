/** What breakpoints that are never reached cost: a busy Linux with and without them, in Node. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Machine } from "../../src/worker/node.ts";
import { bundledLinux } from "./linux-guest.ts";
import { type CreateMachine, promptWatch, runUntil } from "./measure.ts";
import { median } from "./statistics.ts";

/** Functions of the kernel that a busy shell does not call, all over its code. */
const COLD = [
  ...["machine_restart", "free_initmem", "die", "oops_enter", "__warn", "emergency_restart", "kernel_restart"],
  ...["kernel_halt", "do_syslog", "oom_kill_process", "out_of_memory", "do_swap_page", "ksys_sync", "do_coredump"],
  ...["uart_suspend_port", "device_shutdown", "panic", "dump_stack", "do_mount_root", "mount_root"],
];
const SETTLE_MS = 500;
const PART_MS = 2000;
/** System calls without end; work that starts programs differs far more from one second to the next. */
const WORK = "cat /dev/zero > /dev/null\n";

/** Prints the median, over `pairs` alternating pairs, of what is missing from the speed without breakpoints. */
export async function breakpointBench(
  root: string,
  createMachine: CreateMachine,
  pairs: number,
  print: (line: string) => void,
): Promise<void> {
  const { prompt, ...images } = bundledLinux(root);
  const points = addressesOf(root, COLD).map((address, index) => ({
    kind: "execute" as const,
    id: index + 1,
    address,
  }));
  const vm = await createMachine({ target: "riscv64", clock: "realtime", console: "virtio", ...images });
  try {
    await runUntil(vm, promptWatch(prompt));
    await vm.console.write(WORK);
    await wait(5000);
    const losses: number[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      const speeds: [number, number] = [0, 0];
      for (const which of pair % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        await vm.setBreakpoints(which === 1 ? points : []);
        await wait(SETTLE_MS);
        speeds[which] = await speed(vm);
      }
      losses.push(1 - speeds[1] / speeds[0]);
    }
    const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
    print(
      `\nA busy Linux in Node loses ${percent(median(losses))} by ${points.length} breakpoints in code that is not reached (median of ${pairs} alternating pairs of ${PART_MS / 1000} s, ${percent(Math.min(...losses))} to ${percent(Math.max(...losses))})`,
    );
  } finally {
    await vm.dispose();
  }
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Steps a millisecond. */
async function speed(vm: Machine): Promise<number> {
  const from = vm.recentSteps;
  const start = performance.now();
  await wait(PART_MS);
  return Number(vm.recentSteps - from) / (performance.now() - start);
}

function addressesOf(root: string, names: readonly string[]): bigint[] {
  const [linux] = JSON.parse(readFileSync(join(root, "public", "guests", "index.json"), "utf8"));
  const lines = gunzipSync(readFileSync(join(root, "public", linux.symbols)))
    .toString("latin1")
    .split("\n");
  const known = new Map(lines.map((line) => line.split(" ")).map(([address, , name]) => [name, address]));
  return names.map((name) => {
    const address = known.get(name);
    if (address === undefined) throw new Error(`the bundled kernel has no function ${name}`);
    return BigInt(`0x${address}`);
  });
}
