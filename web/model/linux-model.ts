/** Processes of a running Linux, read from its memory. Its layout comes from a file beside its image, or from the kernel itself. */
import type { LinuxTarget } from "../../src/spec/linux-target.ts";
import type { SpaceChoice } from "../../src/worker/page.ts";
import type { BundledGuest } from "./bundled-guests.ts";
import {
  findSymbols,
  imageRanges,
  type Kernel,
  type KernelLayout,
  type KernelSource,
  loadLinuxTarget,
  readLayout,
  readRelease,
} from "./linux-kernel.ts";
import { endOfSwitch, type FlowOf, loadFlow, type SwitchingKernel, switchText } from "./linux-switch.ts";
import { type Process, type ProcessDetails, type ReadKernel, type RegisterValue, TaskReader } from "./linux-tasks.ts";
import { Store } from "./store.ts";
import type { SymbolTable } from "./symbol-model.ts";

export type { Process, ProcessDetails, RegisterValue } from "./linux-tasks.ts";

export type LinuxView =
  | { readonly kind: "none"; readonly why: string }
  | { readonly kind: "processes"; readonly list: readonly Process[]; readonly kernel: string };

/** What it needs of a machine. */
export interface LinuxSource extends KernelSource {
  addressSpace(cpu?: number, of?: SpaceChoice): Promise<bigint>;
  translate(va: bigint, options?: { readonly space?: bigint }): Promise<{ readonly pa: bigint | null }>;
  evaluate(expression: string): Promise<{ readonly value: bigint }>;
}

/** A kernel as it is now, and what reads it. */
interface Opened extends SwitchingKernel {
  readonly machine: LinuxSource;
  readonly space: bigint;
  readonly reader: TaskReader;
}

const NONE: LinuxView = { kind: "none", why: "This machine runs no Linux whose structures are known." };
const PAGE = 4096n;

export class LinuxModel {
  /** Name and pid of the current process at the latest stop, as in "init (1)". */
  readonly current = new Store<string | null>(null);
  /** Address at which a switch to another task is complete; null: there is no Linux, or not yet, of which that is known. */
  readonly switchedAt = new Store<bigint | null>(null);
  /** The switch that the machine stands at, in words; null: it stands elsewhere. */
  readonly switched = new Store<string | null>(null);
  #machine: LinuxSource | null = null;
  #target: LinuxTarget | null = null;
  #flow: FlowOf | null = null;
  /** Which stop is the latest: answers about others come too late. */
  #stop = 0;
  /** Of the file beside the image. */
  #layout: KernelLayout | null = null;
  #symbols: SymbolTable | null = null;
  /** What was found in memory. */
  #found: Kernel | null = null;
  /** Mapped images in which there was no kernel that describes itself, and what it lacks: no need to search them again. */
  #barren: { readonly images: string; readonly why: string | null } = { images: "", why: null };
  #search: Promise<Kernel | null> | null = null;

  /** `onSymbols` hears of a kernel's symbols that were found in its memory. */
  constructor(private readonly onSymbols: (symbols: SymbolTable) => void = () => {}) {}

  /** A machine of a guest, or none. */
  async attach(machine: LinuxSource | null, guest: BundledGuest | null = null): Promise<void> {
    this.#machine = machine;
    this.#target = null;
    this.#flow = null;
    this.#layout = null;
    this.#symbols = null;
    this.#found = null;
    this.#barren = { images: "", why: null };
    this.#search = null;
    this.moves();
    this.switchedAt.set(null);
    if (machine === null || guest === null) return;
    const [target, flow] = await Promise.all([loadLinuxTarget(guest.target), loadFlow(guest.target)]);
    const response = guest.offsets === undefined ? null : await fetch(new URL(guest.offsets, document.baseURI));
    const layout: KernelLayout | null = response?.ok ? await response.json() : null;
    if (machine !== this.#machine) return;
    this.#target = target;
    this.#flow = flow;
    this.#layout = layout;
  }

  /** Names of the guest's addresses, once they are known. */
  set symbols(table: SymbolTable | null) {
    this.#symbols = table;
  }

  /** The processes as they stand now. While a kernel runs a list may not hold together: it is read so often before that is said. */
  async processes(attempts = 3): Promise<LinuxView> {
    try {
      const opened = await this.#open();
      if (opened === null) return NONE;
      return { kind: "processes", list: await opened.reader.processes(), kernel: opened.kernel.layout.kernel };
    } catch (error) {
      if (attempts > 1) return this.processes(attempts - 1);
      return { kind: "none", why: `The kernel’s processes cannot be read here: ${(error as Error).message}.` };
    }
  }

  /** Registers and page tables of a process. Throws an Error that says why they cannot be read. */
  async details(process: Process): Promise<ProcessDetails & { readonly space: bigint | null }> {
    const opened = await this.#open();
    if (opened === null) throw new Error("there is no Linux any more");
    const details = await opened.reader.details(process);
    const { machine, space } = opened;
    const { pa } = details.rootTable === null ? { pa: null } : await machine.translate(details.rootTable, { space });
    return { ...details, space: pa === null ? null : await machine.addressSpace(0, pa) };
  }

  /**
   * Registers of what was interrupted by a trap, whose handler goes on at `pc` with this stack pointer; null: that is no handler,
   * or nothing is known of it.
   */
  async trapFrame(pc: bigint, stackPointer: bigint): Promise<readonly RegisterValue[] | null> {
    const name = this.#target?.trapEntry;
    const symbols = this.#symbols ?? this.#found?.symbols;
    if (name === undefined || symbols?.at(pc)?.symbol.name !== name) return null;
    try {
      return (await (await this.#open())?.reader.trapFrame(stackPointer)) ?? null;
    } catch {
      return null;
    }
  }

  /** What was said of the latest stop is over. */
  moves(): void {
    this.#stop++;
    this.current.set(null);
    this.switched.set(null);
  }

  /** Looks who is current where the machine stands, and whether it is at a switch, for those who watch it. */
  async refresh(pc: bigint | null = null): Promise<void> {
    const stop = ++this.#stop;
    // Who it is about is asked for below.
    this.switched.set(pc !== null && pc === this.switchedAt.get() ? "Process switch" : null);
    let [current, switched]: (string | null)[] = [null, null];
    let at: bigint | null = null;
    try {
      const opened = await this.#open();
      if (opened !== null) {
        const process = await opened.reader.currentProcess();
        current = `${process.name} (${process.pid})`;
        at = await endOfSwitch(opened);
        if (pc !== null && pc === at) switched = await switchText(opened);
      }
    } catch {
      // Of what cannot be read nothing is said.
    }
    if (stop !== this.#stop) return;
    this.current.set(current);
    this.switchedAt.set(at);
    this.switched.set(switched);
  }

  /** Whether there is a Linux whose switches are known, and where they end. */
  async lookForSwitch(): Promise<bigint | null> {
    const machine = this.#machine;
    let at: bigint | null = null;
    try {
      const opened = await this.#open();
      await opened?.reader.checkFirst();
      at = opened === null ? null : await endOfSwitch(opened);
    } catch {
      // Its code is not there: it has not begun, or is no more.
    }
    if (machine === this.#machine) this.switchedAt.set(at);
    return at;
  }

  async #open(): Promise<Opened | null> {
    const [machine, target, flowOf] = [this.#machine, this.#target, this.#flow];
    if (machine === null || target === null || flowOf === null) return null;
    // The kernel's own addresses, whatever mode the machine is in.
    const space = await machine.addressSpace(0, "tables");
    const kernel = await this.#kernel(machine, space);
    if (kernel === null || machine !== this.#machine) return null;
    const read = reading(machine, space);
    return { machine, target, flowOf, space, kernel, read, reader: new TaskReader(read, kernel, target) };
  }

  async #kernel(machine: LinuxSource, space: bigint): Promise<Kernel | null> {
    if (this.#layout !== null) {
      return this.#symbols === null ? null : { symbols: this.#symbols, layout: this.#layout };
    }
    if (this.#found !== null && (await isThere(machine, this.#found, space))) return this.#found;
    this.#found = null;
    this.#search ??= this.#find(machine, space).finally(() => {
      this.#search = null;
    });
    return this.#search;
  }

  async #find(machine: LinuxSource, space: bigint): Promise<Kernel | null> {
    const images = imageRanges(await machine.addressRanges({ space }));
    const name = images.join();
    if (name === this.#barren.images && this.#barren.why !== null) throw new Error(this.#barren.why);
    if (images.length === 0 || name === this.#barren.images) return null;
    const own = await findSymbols(machine, images, space);
    const known = this.#symbols;
    const symbols = own === null || known === null ? (own ?? known) : own.with(known);
    if (machine !== this.#machine) return null;
    this.#barren = { images: name, why: null };
    if (own !== null) this.onSymbols(own);
    if (symbols === null) return null;
    try {
      const layout = await readLayout(machine, symbols, space);
      this.#barren = { images: "", why: null };
      this.#found = { symbols, layout };
      return this.#found;
    } catch (error) {
      this.#barren = { images: name, why: (error as Error).message };
      throw error;
    }
  }
}

/** A reset, or a snapshot of another machine, takes a kernel away. */
async function isThere(machine: LinuxSource, { symbols, layout }: Kernel, space: bigint): Promise<boolean> {
  const release = await readRelease(machine, symbols, space).catch(() => null);
  return release === layout.kernel;
}

/** Reads by page, each once: the structures lie close together. */
function reading(machine: LinuxSource, space: bigint): ReadKernel {
  const pages = new Map<bigint, Promise<Uint8Array>>();
  const page = (address: bigint): Promise<Uint8Array> => {
    const known = pages.get(address);
    if (known !== undefined) return known;
    const fresh = machine.readVirtual(address, Number(PAGE), { space });
    pages.set(address, fresh);
    return fresh;
  };
  return async (va, length) => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const here = BigInt.asUintN(64, va) + BigInt(at);
      const within = Number(here % PAGE);
      const part = Math.min(Number(PAGE) - within, length - at);
      bytes.set((await page(here - BigInt(within))).subarray(within, within + part), at);
      at += part;
    }
    return bytes;
  };
}
