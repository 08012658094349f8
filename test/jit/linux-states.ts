/** The bundled Linux, its boot and a workload typed at exact steps, twice: compiled and interpreted. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { Machine } from "../../src/host/machine.ts";
import type { JitOptions, MachineOptions } from "../../src/host/machine-types.ts";
import { nodePlatform } from "../../src/worker/node-adapter.ts";
import { bundled, path } from "../boot/machines.ts";
import { Random } from "../differential/random.ts";

/** A little beyond the workload's end. */
const LAST = 200_000_000;
const COUNTS = 20;

/** Typed lines, with the steps at which they arrive. */
const TYPED: readonly (readonly [number, string])[] = [
  [60_000_000, "i=0; while [ $i -lt 300 ]; do i=$((i+1)); done; echo loop $i\n"],
  [80_000_000, "for f in /proc/[0-9]*; do cat $f/stat; done | md5sum; ls -lR /bin | sort | wc -l\n"],
  [110_000_000, "dd if=/dev/zero bs=4096 count=64 2>/dev/null | gzip -c | md5sum; (sleep 0.1; echo slept) & wait\n"],
  [150_000_000, "awk 'BEGIN { for (i = 1; i < 2000; i++) s += i / 7; printf \"%.9f\\n\", s }'; echo d''one\n"],
];

const core = WebAssembly.compile(readFileSync(path("build/core-riscv64.wasm")));

async function linux(jit: false | JitOptions) {
  let text = "";
  const decoder = new TextDecoder();
  const options: MachineOptions = { ...bundled("linux"), jit };
  const machine = await Machine.create(options, core, nodePlatform, (event) => {
    if (event.kind === "console") text += decoder.decode(event.bytes, { stream: true });
  });
  for (const [step, line] of TYPED) machine.consoleWrite(new TextEncoder().encode(line), BigInt(step));
  return { machine, shown: () => text };
}

/** Expects equal states at 20 random counts of steps; answers which share of the steps ran compiled. */
export async function expectSameStates(seed: number, jit: JitOptions): Promise<number> {
  const random = new Random(seed);
  const stops = Array.from({ length: COUNTS - 1 }, () => random.between(1, LAST - 1)).sort((a, b) => a - b);
  stops.push(LAST);
  console.log(`seed ${seed}, steps ${stops.join(" ")}`);
  const interpreted = await linux(false);
  const compiled = await linux(jit);
  try {
    for (const stop of stops) {
      const states: unknown[] = [];
      for (const { machine } of [interpreted, compiled]) {
        const { state } = await machine.control.step(stop - Number(machine.statistics().steps));
        states.push({ state, hash: machine.stateHash() });
      }
      expect(states[1], `seed ${seed}, at step ${stop}`).toEqual(states[0]);
    }
    expect(compiled.shown()).toBe(interpreted.shown());
    expect(compiled.shown()).toMatch(/loop 300\r\n.*slept\r\n.*285571\.428571429\r\ndone\r\n/s);
    const { steps, jit: counts } = compiled.machine.statistics();
    const share = Number(counts!.compiledSteps) / Number(steps);
    console.log(`${(share * 100).toFixed(1)} % of ${steps} steps compiled, ${counts!.translated} regions`);
    return share;
  } finally {
    for (const { machine } of [interpreted, compiled]) await machine.dispose();
  }
}
