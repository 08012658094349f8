/** The engines of the suite's table: guests with a shell, and plain wasm beside them. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { QEMU, qemuVersion } from "./engines.ts";
import { type Clock, hostClock, type LinuxGuest, MarkedConsole, type Session, startVitrine } from "./linux-session.ts";
import { type CreateMachine, type Measured, promptWatch } from "./measure.ts";
import { openPlainWasm } from "./plain-wasm.ts";
import { commandOf, type SuiteKernel, suiteKernels, wasmIndex } from "./suite-kernels.ts";

export interface SuiteEngine {
  readonly name: string;
  /** Version and flags, for the report. */
  readonly version: string;
  /** A run lasts so much of what the runs of others do: plain wasm has neither devices nor timers that disturb it. */
  readonly share: number;
  runs(kernel: SuiteKernel): boolean;
  run(kernel: SuiteKernel, repetitions: number): Promise<Measured>;
  close(): Promise<void>;
}

export interface SuiteMode {
  /** As the machine's option; undefined: its default. */
  readonly jit: boolean | undefined;
  /** Time is what a process uses of its processors, all its threads together: for hosts that are busy with other things. */
  readonly cpuTime: boolean;
}

const ownCpuTime: Clock = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Of another process, by proc_pid_stat(5): fields 14 and 15 count hundredths of a second. */
function cpuTimeOf(pid: number): Clock {
  return () => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  };
}

/** Of a guest for riscv64 with a shell: all kernels. */
export function shellEngine(name: string, version: string, session: Session): SuiteEngine {
  return {
    name,
    version,
    share: 1,
    runs: () => true,
    run: (kernel, repetitions) => session.run(commandOf(kernel, repetitions)),
    close: () => session.close(),
  };
}

export async function vitrineInNode(
  createMachine: CreateMachine,
  guest: LinuxGuest,
  { jit, cpuTime }: SuiteMode,
): Promise<SuiteEngine> {
  const mode = jit === false ? ", interpreter only" : "";
  const version = `Vitrine${mode} in Node ${process.version}, V8 ${process.versions.v8}, no flags`;
  return shellEngine("node", version, await startVitrine(createMachine, guest, jit, cpuTime ? ownCpuTime : hostClock));
}

export async function plainWasmInNode({ cpuTime }: SuiteMode): Promise<SuiteEngine> {
  const kernels = suiteKernels();
  const run = await openPlainWasm(
    readFileSync(join(import.meta.dirname, "suite", "suite.wasm")),
    cpuTime ? ownCpuTime : hostClock,
  );
  return {
    name: "wasm",
    version: `the same C as plain wasm in Node ${process.version} (clang 19 -O2)`,
    share: 0.25,
    runs: (kernel) => wasmIndex(kernels, kernel) >= 0,
    run: (kernel, repetitions) => run(wasmIndex(kernels, kernel), repetitions),
    close: async () => {},
  };
}

/** Native qemu with the guest's kernel and files. */
export async function qemuSuite(guest: LinuxGuest<Uint8Array>, { cpuTime }: SuiteMode): Promise<SuiteEngine> {
  return shellEngine("qemu", `${qemuVersion()}; ${qemuFlags(guest).join(" ")}`, await startQemu(guest, cpuTime));
}

/** One CPU, clock of the host. */
function qemuFlags({ memory }: LinuxGuest<Uint8Array>): string[] {
  return `-M virt -m ${memory >> 20}M -smp 1 -display none -serial null -monitor none`.split(" ");
}

/** Boots a machine of qemu to its prompt. */
export async function startQemu(guest: LinuxGuest<Uint8Array>, cpuTime: boolean): Promise<Session> {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-bench-"));
  const put = (name: string, bytes: Uint8Array): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const console = "-chardev stdio,id=c -device virtio-serial-device -device virtconsole,chardev=c".split(" ");
  const disk = guest.disk && [
    "-drive",
    `file=${typeof guest.disk === "string" ? guest.disk : put("disk", guest.disk)},format=raw,if=none,id=d`,
    "-device",
    "virtio-blk-device,drive=d",
  ];
  const images = ["-bios", put("firmware", guest.firmware), "-kernel", put("kernel", guest.kernel)];
  const rest = ["-initrd", put("initrd", guest.initrd), "-append", guest.append];
  const child: ChildProcess = spawn(QEMU, [...qemuFlags(guest), ...console, ...(disk ?? []), ...images, ...rest], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<never>((_, reject) => {
    child.on("error", reject);
    child.on("exit", () => reject(new Error(`${QEMU} ended early`)));
  });
  ended.catch(() => {});
  const seen = promptWatch(guest.prompt);
  await Promise.race([
    new Promise<void>((resolve) => child.stdout?.on("data", (bytes: Uint8Array) => seen(bytes) && resolve())),
    ended,
  ]);
  const marked = new MarkedConsole(cpuTime && child.pid !== undefined ? cpuTimeOf(child.pid) : hostClock);
  child.stdout?.on("data", (bytes: Uint8Array) => marked.take(bytes));
  for (const line of guest.setUp ?? []) child.stdin?.write(`${line}\n`);
  return {
    run: (command) => Promise.race([marked.run(command, (line) => void child.stdin?.write(line)), ended]),
    close: async () => {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
