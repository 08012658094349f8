/** Measurements that a page and Node have in common: a kernel between its marks, a boot to its prompt. */
import type { ImageSource, Machine, MachineOptions } from "../../src/worker/node.ts";

/** Marks that a kernel prints around its work (test/perf/kernels/frame.c). */
export const BEGIN = 2;
export const END = 3;
const LINE_FEED = 10;

export interface Boot<Image extends ImageSource = ImageSource> {
  readonly firmware: Image;
  readonly kernel: Image;
  readonly initrd?: Image;
  readonly append: string;
  readonly memory: number;
  /** What the guest prints when it is ready. */
  readonly prompt: string;
  /** A disk, whose changes are forgotten; on the host it may be a file's path. */
  readonly disk?: Image | string;
  /** The console is the UART, not virtio. */
  readonly uart?: boolean;
}

export interface Measured {
  readonly seconds: number;
  /** What the kernel printed after its work: its checksum. */
  readonly result: string;
}

/** Collects a kernel's output from its first mark to the end of the line behind its last. */
export class KernelWatch {
  #begin: number | null = null;
  #end: number | null = null;
  #text = "";
  #complete = false;

  /** Bytes as they arrive at host time `now` (ms); answers true when the result is complete. */
  take(bytes: Uint8Array, now: number): boolean {
    for (const byte of bytes) {
      if (this.#complete) break;
      if (byte === BEGIN) this.#begin = now;
      else if (byte === END) this.#end = now;
      else if (this.#begin !== null || this.#end !== null) {
        this.#text += String.fromCharCode(byte);
        this.#complete = this.#end !== null && byte === LINE_FEED;
      }
    }
    return this.#complete;
  }

  /** `seconds` of the host between the marks; what was printed between and behind them. */
  get measured(): Measured {
    return { seconds: ((this.#end ?? 0) - (this.#begin ?? 0)) / 1000, result: this.#text.trim() };
  }
}

const KERNEL_OPTIONS = { target: "riscv64", memory: 128 << 20, clock: "icount", paced: false } as const;

/** Answers true once the text has been seen in the bytes so far. */
export function promptWatch(prompt: string): (bytes: Uint8Array) => boolean {
  const decoder = new TextDecoder();
  let tail = "";
  return (bytes) => {
    tail = (tail + decoder.decode(bytes, { stream: true })).slice(-4096);
    return tail.includes(prompt);
  };
}

/** Starts a machine and waits until `take` is content with what it printed. */
export async function runUntil(vm: Machine, take: (bytes: Uint8Array) => boolean): Promise<void> {
  const done = new Promise<void>((resolve) => {
    vm.console.onData((bytes) => {
      if (take(bytes)) resolve();
    });
  });
  await vm.run();
  // Output that was on its way when the machine stopped still counts.
  const stopped = vm.waitForStop().then(async ({ reason, steps }) => {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    throw new Error(`The machine stopped before it was done: ${reason} after ${steps} steps`);
  });
  stopped.catch(() => {});
  await Promise.race([done, stopped]);
}

export function bootOptions({ prompt: _, disk, uart = false, ...images }: Boot): MachineOptions {
  const disks = disk === undefined ? [] : [{ image: disk, snapshot: true }];
  return { target: "riscv64", clock: "icount", paced: false, console: uart ? "uart" : "virtio", disks, ...images };
}

export type CreateMachine = (options: MachineOptions) => Promise<Machine>;

export async function measureKernel(createMachine: CreateMachine, elf: ImageSource): Promise<Measured> {
  const vm = await createMachine({ ...KERNEL_OPTIONS, kernel: elf });
  const watch = new KernelWatch();
  await runUntil(vm, (bytes) => watch.take(bytes, performance.now()));
  await vm.dispose();
  return watch.measured;
}

/** Time from run() to the prompt: the images are in the machine by then, as they are in qemu's files. */
export async function measureBoot(createMachine: CreateMachine, boot: Boot): Promise<number> {
  const vm = await createMachine(bootOptions(boot));
  const start = performance.now();
  await runUntil(vm, promptWatch(boot.prompt));
  const seconds = (performance.now() - start) / 1000;
  await vm.dispose();
  return seconds;
}
