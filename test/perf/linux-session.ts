/** A guest with a shell that runs the suite: one command at a time, timed between its marks by the host's clock. */
import type { ImageSource, Machine, MachineOptions } from "../../src/worker/node.ts";
import { type CreateMachine, KernelWatch, type Measured, promptWatch, runUntil } from "./measure.ts";

/** The bundled Linux with the suite in its initial RAM disk. */
export interface LinuxGuest<Image extends ImageSource = ImageSource> {
  readonly firmware: Image;
  readonly kernel: Image;
  readonly initrd: Image;
  readonly append: string;
  readonly memory: number;
  /** What the guest prints when it is ready. */
  readonly prompt: string;
  /** Lines for the shell when it is ready. */
  readonly setUp?: readonly string[];
  /** A disk, or none: what is in it, or the path of an image that the guest writes to. */
  readonly disk?: Image | string | undefined;
}

export interface Session {
  /** Types a line and waits for the marks of what it runs. */
  run(command: string): Promise<Measured>;
  close(): Promise<void>;
}

/** Time in ms by which marks are told apart: the host's clock, or what a process has used of its processors. */
export type Clock = () => number;

export const hostClock: Clock = () => performance.now();

/** Pairs the lines that are typed with the marks that come back. */
export class MarkedConsole {
  constructor(private readonly clock: Clock = hostClock) {}

  #watch: { readonly kernel: KernelWatch; readonly done: (measured: Measured) => void } | null = null;

  take(bytes: Uint8Array): void {
    const watch = this.#watch;
    if (watch === null || !watch.kernel.take(bytes, this.clock())) return;
    this.#watch = null;
    watch.done(watch.kernel.measured);
  }

  async run(command: string, type: (line: string) => void): Promise<Measured> {
    const measured = await new Promise<Measured>((done) => {
      this.#watch = { kernel: new KernelWatch(), done };
      type(`${command}\n`);
    });
    if (measured.result.includes("failed:")) throw new Error(`${command}: ${measured.result}`);
    return measured;
  }
}

/** Follows the host's clock, as qemu does. */
function options({ prompt: _, setUp: _setUp, disk, ...images }: LinuxGuest, jit: boolean | undefined): MachineOptions {
  const disks = disk === undefined ? {} : { disks: [{ image: disk }] };
  return {
    target: "riscv64",
    clock: "realtime",
    console: "virtio",
    ...images,
    ...disks,
    ...(jit === undefined ? {} : { jit }),
  };
}

/** Boots a machine of Vitrine to its prompt. `jit`: as the machine's option, or its default. */
export async function startVitrine(
  createMachine: CreateMachine,
  guest: LinuxGuest,
  jit?: boolean,
  clock?: Clock,
): Promise<Session> {
  const vm: Machine = await createMachine(options(guest, jit));
  const marked = new MarkedConsole(clock);
  await runUntil(vm, promptWatch(guest.prompt));
  vm.console.onData((bytes) => marked.take(bytes));
  for (const line of guest.setUp ?? []) await vm.console.write(`${line}\n`);
  const stopped = vm.waitForStop().then(({ reason }) => {
    throw new Error(`The machine stopped: ${reason}`);
  });
  stopped.catch(() => {});
  return {
    run: (command) => Promise.race([marked.run(command, (line) => void vm.console.write(line)), stopped]),
    close: () => vm.dispose(),
  };
}
