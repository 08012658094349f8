// Runs one of the privileged test programs in Vitrine.
import { createInlineMachine, type MachineOptions } from "../../src/worker/node.ts";
import suite from "./programs.json" with { type: "json" };

export interface ElfRun {
  /** What the program wrote to the UART. */
  readonly output: string;
  /** Exit code of the machine: 0 pass, sifive_test's code, or 124 when it did not end in time. */
  readonly exitCode: number;
  readonly steps: number;
  /** Those of them that ran in compiled code. */
  readonly compiledSteps: number;
}

export interface ElfOptions {
  /** Content of a disk on virtio-mmio bus 0. */
  readonly disk?: Uint8Array;
  /** Host seconds after which the machine is stopped. Default 30. */
  readonly seconds?: number;
  /** As the machine's option. */
  readonly jit?: MachineOptions["jit"];
}

const memory = Number.parseInt(suite.machine[suite.machine.indexOf("-m") + 1]!, 10) << 20;

/** Runs the ELF file without firmware, from reset until the program ends the machine. */
export async function runElf(path: string, options: ElfOptions = {}): Promise<ElfRun> {
  const { disk, seconds = 30, jit = true } = options;
  const disks = disk === undefined ? [] : [{ image: disk, slot: 0 }];
  const vm = await createInlineMachine({
    target: "riscv64",
    memory,
    kernel: path,
    clock: "icount",
    paced: false,
    disks,
    jit,
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const decoder = new TextDecoder();
    let output = "";
    vm.console.onData((bytes) => {
      output += decoder.decode(bytes, { stream: true });
    });
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), seconds * 1000);
    });
    await vm.run();
    const stop = await Promise.race([vm.waitForStop(), late]);
    const { steps, jit: compiled } = await vm.statistics();
    const exitCode = stop === undefined ? 124 : (stop.exitCode ?? -1);
    return { output, exitCode, steps: Number(steps), compiledSteps: Number(compiled?.compiledSteps ?? 0n) };
  } finally {
    clearTimeout(timer);
    await vm.dispose();
  }
}
