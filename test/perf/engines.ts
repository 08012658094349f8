/** What the bench measures: native qemu, Vitrine in Node and Vitrine in Chromium, each driven from outside by the host's clock. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Complaint } from "../../scripts/paths.mjs";
import type { BenchPage } from "./browser-page.ts";
import {
  type Boot,
  type CreateMachine,
  KernelWatch,
  type Measured,
  measureBoot,
  measureKernel,
  promptWatch,
} from "./measure.ts";

export interface Engine {
  readonly name: string;
  /** Version and flags, for the report. */
  readonly version: string;
  /** Host seconds between the kernel's marks. */
  kernel(elf: Uint8Array): Promise<Measured>;
  /** Host seconds from the start, images in memory, to the prompt. */
  boot(boot: Boot<Uint8Array>): Promise<number>;
  close(): Promise<void>;
}

export const QEMU = "qemu-system-riscv64";
const QEMU_KERNEL = ["-M", "virt", "-m", "128M", "-smp", "1", "-bios", "none", "-nographic", "-no-reboot"];

const UART_CONSOLE = ["-serial", "stdio", "-monitor", "none"];
const VIRTIO_CONSOLE = [
  ...["-serial", "null", "-monitor", "none", "-chardev", "stdio,id=c"],
  ...["-device", "virtio-serial-device", "-device", "virtconsole,chardev=c"],
];
const qemuDisk = (file: string): string[] => [
  ...["-drive", `file=${file},format=raw,if=none,id=d0,snapshot=on`, "-device", "virtio-blk-device,drive=d0"],
];

/** The first line of its --version; throws with the command that installs it. */
export function qemuVersion(): string {
  const { error, stdout } = spawnSync(QEMU, ["--version"], { encoding: "utf8" });
  if (error) throw new Complaint(`${QEMU} is missing: apt-get install -t bookworm-backports qemu-system-misc`);
  return stdout.split("\n")[0] ?? "";
}

/** Native qemu in system mode. */
export function qemuEngine(): Engine {
  const version = qemuVersion();
  const folder = mkdtempSync(join(tmpdir(), "vitrine-bench-"));
  const run = (args: string[], take: (bytes: Uint8Array) => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const child: ChildProcess = spawn(QEMU, args, { stdio: ["pipe", "pipe", "inherit"] });
      child.stdout?.on("data", (bytes: Uint8Array) => {
        if (!take(bytes)) return;
        child.kill("SIGKILL");
        resolve();
      });
      child.on("error", reject);
      child.on("exit", () => reject(new Error(`${QEMU} ended early`)));
    });
  return {
    name: "qemu",
    version: `${version}; ${QEMU_KERNEL.join(" ")}`,
    kernel: async (elf) => {
      const file = join(folder, "kernel.elf");
      writeFileSync(file, elf);
      const watch = new KernelWatch();
      await run([...QEMU_KERNEL, "-kernel", file], (bytes) => watch.take(bytes, performance.now()));
      return watch.measured;
    },
    boot: async ({ firmware, kernel, initrd, append, memory, prompt, disk, uart = false }) => {
      const put = (name: string, image: Uint8Array | string): string => {
        if (typeof image === "string") return image;
        writeFileSync(join(folder, name), image);
        return join(folder, name);
      };
      const args = [
        ...["-M", "virt", "-m", `${memory >> 20}M`, "-smp", "1", "-display", "none", "-append", append],
        ...["-bios", put("firmware", firmware), "-kernel", put("kernel", kernel)],
        ...(initrd === undefined ? [] : ["-initrd", put("initrd", initrd)]),
        ...(uart ? UART_CONSOLE : VIRTIO_CONSOLE),
        ...(disk === undefined ? [] : qemuDisk(put("disk", disk))),
      ];
      const seen = promptWatch(prompt);
      const start = performance.now();
      await run(args, seen);
      return (performance.now() - start) / 1000;
    },
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

export function nodeEngine(createMachine: CreateMachine): Engine {
  return {
    name: "node",
    version: `Node ${process.version}, V8 ${process.versions.v8}, no flags`,
    kernel: (elf) => measureKernel(createMachine, elf),
    boot: (boot) => measureBoot(createMachine, boot),
    close: async () => {},
  };
}

export function chromiumEngine(page: BenchPage): Engine {
  return {
    name: "chromium",
    version: page.version,
    kernel: (elf) => page.kernel(elf),
    boot: (boot) => page.boot(boot),
    close: () => page.close(),
  };
}
