/** The kernel of a running Linux: its symbols and the layout of its structures, from files beside its image or from its own memory. */
import type { StructLayout } from "../../src/debug/btf.ts";
import type { LinuxTarget } from "../../src/spec/linux-target.ts";
import type { AddressOptions, AddressRange } from "../../src/worker/page.ts";
import { parse, tableOf } from "./parsing.ts";
import type { SymbolTable } from "./symbol-model.ts";

/** Where members lie in the kernel's structures, and what its constants are. */
export interface KernelLayout {
  /** Its release, as `uname -r` prints it. */
  readonly kernel: string;
  readonly structs: Readonly<Record<string, StructLayout>>;
  readonly constants: Readonly<Record<string, number>>;
}

export interface Kernel {
  readonly symbols: SymbolTable;
  readonly layout: KernelLayout;
}

/** What it needs of a machine. */
export interface KernelSource {
  readVirtual(va: bigint, length: number, options?: AddressOptions): Promise<Uint8Array>;
  addressRanges(options?: AddressOptions): Promise<readonly AddressRange[]>;
}

/** A 64-bit kernel's image lies in the last 2 GiB of the addresses, so that its code can be reached by signed 32-bit offsets. */
const IMAGE_SPACE = (1n << 64n) - (1n << 31n);
const LEAST_IMAGE = 1n << 20n;
const MOST_IMAGE = 128n << 20n;
/** Bytes that are read at once, so that a running machine is held only shortly. */
const CHUNK = 4 << 20;
const MOST_BTF = 64n << 20n;

const STRUCTS = ["task_struct", "thread_struct", "pt_regs", "mm_struct", "rq"] as const;
/** As large as a thread's stack. */
const THREAD = "thread_union";
/** include/linux/sched.h: the same in every kernel that has task_struct.__state, which is the name since 5.14. */
const STATES = {
  TASK_INTERRUPTIBLE: 0x1,
  TASK_UNINTERRUPTIBLE: 0x2,
  __TASK_STOPPED: 0x4,
  __TASK_TRACED: 0x8,
  EXIT_ZOMBIE: 0x20,
  TASK_DEAD: 0x80,
  TASK_NOLOAD: 0x400,
};

export async function loadLinuxTarget(target: string): Promise<LinuxTarget> {
  const module: { LINUX_TARGET: LinuxTarget } = await import(`../../src/spec/${target}/linux-target.ts`);
  return module.LINUX_TARGET;
}

/** What of the mapped addresses may be a kernel's image: `[first, end)`, ascending. */
export function imageRanges(ranges: readonly AddressRange[]): readonly (readonly [bigint, bigint])[] {
  const images: [bigint, bigint][] = [];
  for (const { va, bytes, user } of ranges) {
    if (va < IMAGE_SPACE || user) continue;
    const last = images.at(-1);
    if (last !== undefined && last[1] === va) last[1] += bytes;
    else images.push([va, va + bytes]);
  }
  return images.filter(([first, end]) => end - first >= LEAST_IMAGE && end - first <= MOST_IMAGE);
}

/** The symbols that a kernel keeps in its memory; null: there is none, or it keeps none. */
export async function findSymbols(
  machine: KernelSource,
  images: readonly (readonly [bigint, bigint])[],
  space: bigint,
): Promise<SymbolTable | null> {
  for (const [first, end] of images) {
    const bytes = await readAll(machine, first, Number(end - first), space);
    const found = await parse("kallsyms", { address: first, bytes }, [bytes.buffer]);
    if (found !== null) return tableOf(found);
  }
  return null;
}

/** The layout of the structures of a kernel that carries its types with it. Throws an Error that says what is missing. */
export async function readLayout(machine: KernelSource, symbols: SymbolTable, space: bigint): Promise<KernelLayout> {
  const address = (name: string): bigint => addressOf(symbols, name);
  const [start, end] = [address("__start_BTF"), address("__stop_BTF")];
  if (end <= start || end - start > MOST_BTF) throw new Error("the kernel carries no types (BTF)");
  const bytes = await readAll(machine, start, Number(end - start), space);
  const found = await parse("structs", { bytes, names: [...STRUCTS, THREAD] }, [bytes.buffer]);
  const struct = (name: string): StructLayout => {
    const layout = found[name];
    if (layout === undefined) throw new Error(`the kernel's types (BTF) have no ${name}`);
    return layout;
  };
  const tasks = struct("task_struct");
  const init = symbols.find("init_task");
  if (init !== null && init.size > 0 && init.size < tasks.size) {
    throw new Error("the kernel's types (BTF) are not those of its data");
  }
  return {
    kernel: await readRelease(machine, symbols, space),
    structs: Object.fromEntries(STRUCTS.map((name) => [name, struct(name)])),
    constants: {
      ...STATES,
      THREAD_SIZE: found[THREAD]?.size ?? Number(address("__end_init_stack") - address("init_stack")),
    },
  };
}

/** "6.12.1" of the kernel's "Linux version 6.12.1 (…". Throws an Error if that is not there. */
export async function readRelease(machine: KernelSource, symbols: SymbolTable, space: bigint): Promise<string> {
  const banner = addressOf(symbols, "linux_banner");
  const text = new TextDecoder().decode(await machine.readVirtual(banner, 80, { space }));
  const release = /^Linux version (\S{1,64})/.exec(text)?.[1];
  if (release === undefined) throw new Error("no kernel has started yet");
  return release;
}

function addressOf(symbols: SymbolTable, name: string): bigint {
  const symbol = symbols.find(name);
  if (symbol === null) throw new Error(`the kernel has no symbol ${name}`);
  return symbol.address;
}

async function readAll(machine: KernelSource, first: bigint, length: number, space: bigint) {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += CHUNK) {
    bytes.set(await machine.readVirtual(first + BigInt(at), Math.min(CHUNK, length - at), { space }), at);
  }
  return bytes;
}
