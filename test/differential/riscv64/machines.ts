/** Runs a program on QEMU and in Vitrine; each leaves its records in RAM. */

import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInlineMachine, type MachineOptions, type MachineState } from "../../../src/worker/node.ts";
import type { AccessedDirty } from "./cases.ts";
import { CODE, CONTEXT, CONTEXT_FIELDS, INDEX, RAM_BYTES, RECORDS, RECORDS_END } from "./layout.ts";
import type { Program } from "./program.ts";

type ReadMemory = (address: bigint, length: number) => Uint8Array | Promise<Uint8Array>;

const QEMU = "qemu-system-riscv64";
const READ_BYTES = 1 << 20;

/** All that the guest has written from INDEX on. */
async function records(read: ReadMemory): Promise<BigUint64Array> {
  const context = await read(CONTEXT, 512);
  const end = new DataView(context.buffer, context.byteOffset).getBigUint64(CONTEXT_FIELDS.out * 8, true);
  if (end < RECORDS || end > RECORDS_END) throw new Error(`records end at ${end.toString(16)}`);
  const bytes = new Uint8Array(Number(end - INDEX));
  for (let at = 0; at < bytes.length; at += READ_BYTES) {
    bytes.set(await read(INDEX + BigInt(at), Math.min(READ_BYTES, bytes.length - at)), at);
  }
  return new BigUint64Array(bytes.buffer);
}

/** QEMU's version line; fails with the installation command when it is missing. */
export function qemuVersion(): string {
  const run = spawnSync(QEMU, ["--version"], { encoding: "utf8" });
  if (run.error) {
    throw new Error(
      `${QEMU} is missing. With bookworm-backports among the apt sources: ` +
        "apt-get -t bookworm-backports install qemu-system-misc",
    );
  }
  return run.stdout.split("\n")[0].trim();
}

/** The CPU of the privileged programs; without Svadu, QEMU always updates accessed and dirty bits itself. */
export function qemuCpu(accessedDirty: AccessedDirty): string {
  const model = readFileSync(join(import.meta.dirname, "../../privileged/qemu-cpu.txt"), "utf8").trim();
  return accessedDirty === "either" ? model : model.replace("svade=on", "svade=off").replace("svadu=on", "svadu=off");
}

/** Records of QEMU; its RAM is a file. */
export async function runOnQemu(program: Program, accessedDirty: AccessedDirty): Promise<BigUint64Array> {
  const scratch = mkdtempSync(join(tmpdir(), "differential-"));
  try {
    const [elf, ram] = [join(scratch, "program.elf"), join(scratch, "ram")];
    writeFileSync(elf, program.elf);
    const megabytes = `${RAM_BYTES >> 20}M`;
    const machine = ["-M", "virt,memory-backend=ram", "-m", megabytes, "-smp", "1", "-bios", "none", "-nographic"];
    const backend = ["-object", `memory-backend-file,id=ram,size=${megabytes},mem-path=${ram},share=on`];
    const args = [...machine, ...backend, "-no-reboot", "-cpu", qemuCpu(accessedDirty), "-kernel", elf];
    const run = spawnSync(QEMU, args, { encoding: "utf8", timeout: 120_000, input: "" });
    if (run.error || run.status !== 0 || run.stderr) {
      throw new Error(`QEMU: ${run.error?.message ?? `exit ${run.status}`} ${run.stderr}${run.stdout}`);
    }
    const file = openSync(ram, "r");
    try {
      return await records((address, length) => {
        const bytes = new Uint8Array(length);
        readSync(file, bytes, 0, length, Number(address - CODE));
        return bytes;
      });
    } finally {
      closeSync(file);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function untilEnd(step: () => Promise<MachineState>): Promise<void> {
  for (;;) {
    const state = await step();
    if (state.kind !== "stopped" || state.reason !== "step") return;
  }
}

/** Records of Vitrine, of an inline machine. With `slice` it is stopped after each so many steps. */
export async function runInVitrine(
  program: Program,
  { slice, jit = true }: { slice?: () => number; jit?: MachineOptions["jit"] } = {},
): Promise<BigUint64Array> {
  const vm = await createInlineMachine({
    target: "riscv64",
    memory: RAM_BYTES,
    kernel: program.elf,
    clock: "icount",
    paced: false,
    jit,
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), 120_000);
    });
    if (slice === undefined) await vm.run();
    else await untilEnd(() => vm.step(slice()));
    const stop = await Promise.race([vm.waitForStop(), late]);
    if (stop?.exitCode !== 0)
      throw new Error(`Vitrine: ${stop === undefined ? "no end in 120 s" : JSON.stringify(stop.reason)}`);
    return await records((address, length) => vm.readMemory(address, length));
  } finally {
    clearTimeout(timer);
    await vm.dispose();
  }
}
