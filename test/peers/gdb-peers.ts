/** The same gdb, with the same commands, on a machine of `vitrine run` and on one of native qemu. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { path } from "../boot/machines.ts";

/** What both are: a bare-metal program, or options of their own. */
export interface PeerMachine {
  readonly options: readonly string[];
  /** The ELF file that gdb reads. */
  readonly symbols: string | null;
}

export function bareMetal(program: string): PeerMachine {
  const elf = path(`public/guests/${program}.elf`);
  return { options: ["-m", "64M", "-bios", "none", "-kernel", elf], symbols: elf };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** What gdb prints on stdout. It connects again until the machine is there. */
export async function onVitrine(machine: PeerMachine, commands: readonly string[]): Promise<string> {
  const port = await freePort();
  const run = [path("bin/vitrine.mjs"), "run", "-S", "-gdb", `tcp::${port}`, "-serial", "null", ...machine.options];
  return withGdb(spawn(process.execPath, run, { stdio: "ignore" }), port, machine, commands);
}

export async function onQemu(machine: PeerMachine, commands: readonly string[]): Promise<string> {
  const port = await freePort();
  // Of the two ways to update accessed and dirty bits, that of qemu's plain rv64.
  const cpu = readFileSync(path("test/privileged/qemu-cpu.txt"), "utf8").trim().replace("svade=on", "svade=off");
  const run = ["-M", "virt", "-cpu", cpu, "-S", "-gdb", `tcp:127.0.0.1:${port}`, "-display", "none", "-serial", "null"];
  return withGdb(
    spawn("qemu-system-riscv64", [...run, "-monitor", "none", ...machine.options], { stdio: "ignore" }),
    port,
    machine,
    commands,
  );
}

async function withGdb(
  target: ChildProcess,
  port: number,
  machine: PeerMachine,
  commands: readonly string[],
): Promise<string> {
  const ended = new Promise((resolve) => target.once("close", resolve));
  try {
    return await printedByGdb(port, machine, commands);
  } finally {
    target.kill();
    await ended;
  }
}

/** What gdb prints on stdout, without what names the server. */
export async function printedByGdb(
  port: number,
  { symbols }: PeerMachine,
  commands: readonly string[],
): Promise<string> {
  const settings = [
    "set width 0",
    "set height 0",
    "set confirm off",
    "set tcp connect-timeout 60",
    "set remotetimeout 120",
  ];
  const all = [...settings, "set architecture riscv:rv64", `target remote 127.0.0.1:${port}`, ...commands, "kill"];
  const args = ["-batch", "-nx", ...all.flatMap((command) => ["-ex", command])];
  const gdb = spawn("gdb-multiarch", symbols === null ? args : [...args, symbols]);
  gdb.stdin?.end();
  let text = "";
  gdb.stdout?.on("data", (bytes) => (text += bytes));
  gdb.stderr?.resume();
  await new Promise((resolve) => gdb.once("close", resolve));
  return (
    text
      // The boot ROM is known to be one.
      .replaceAll(/^Note: automatically using hardware breakpoints for read-only addresses\.\n/gm, "")
      .replaceAll(/Inferior 1 \(.*?\)/g, "Inferior 1")
      .replaceAll(/Thread \S+ \(.*?\)/g, "Thread")
      .replaceAll(/^The target architecture is set to .*\n/gm, "")
  );
}
