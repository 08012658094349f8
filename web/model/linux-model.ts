/** Processes of a running Linux, read from its memory by the offsets that lie beside its image. Nothing rather than something wrong. */
import type { BundledGuest } from "./bundled-guests.ts";
import { type GuestMemory, holeAt } from "./guest-memory.ts";
import { Store } from "./store.ts";
import type { SymbolTable } from "./symbol-model.ts";

/** The file of offsets: where fields lie in the kernel's structures. */
interface Offsets {
  readonly kernel: string;
  readonly structs: Readonly<Record<string, { size: number; fields: Readonly<Record<string, FieldPlace>> }>>;
  readonly constants: Readonly<Record<string, number>>;
}
interface FieldPlace {
  readonly offset: number;
  readonly size: number;
}

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  /** In words. */
  readonly state: string;
  readonly current: boolean;
  /** It has no address space of its own. */
  readonly kernelThread: boolean;
  /** Address of its task_struct. */
  readonly task: bigint;
  /** Virtual ns that it has run in user mode and in the kernel. */
  readonly userNs: bigint;
  readonly systemNs: bigint;
  /** Where it goes on in the kernel, unless it is the current one. */
  readonly resumesAt: bigint | null;
  /** Registers of its user program as they were when it entered the kernel. */
  readonly userRegisters: readonly { readonly name: string; readonly value: bigint }[];
}

export type LinuxView =
  | { readonly kind: "none"; readonly why: string }
  | { readonly kind: "processes"; readonly list: readonly Process[]; readonly kernel: string };

const NONE: LinuxView = { kind: "none", why: "This machine runs no Linux whose structures are known." };
/** More than that is a list that has lost its end. */
const MOST_PROCESSES = 4096;

export class LinuxModel {
  #offsets: Offsets | null = null;
  #table: SymbolTable | null = null;
  /** Name and pid of the current process at the latest stop, as in "init (1)". */
  readonly current = new Store<string | null>(null);

  constructor(private readonly memory: GuestMemory) {}

  clear(): void {
    this.#offsets = null;
    this.#table = null;
    this.current.set(null);
  }

  /** Loads the offsets of a guest that has any. */
  async load(guest: BundledGuest): Promise<void> {
    this.clear();
    if (guest.offsets === undefined) return;
    const response = await fetch(new URL(guest.offsets, document.baseURI));
    if (response.ok) this.#offsets = await response.json();
  }

  set symbols(table: SymbolTable | null) {
    this.#table = table;
  }

  /** The processes as they stand now. */
  async processes(): Promise<LinuxView> {
    const reader = this.#reader();
    if (reader === null) return NONE;
    try {
      const current = await reader.current();
      const first = await reader.process(reader.firstTask, current);
      const list = [first];
      for (let task = await reader.next(first.task); task !== first.task; task = await reader.next(task)) {
        if (list.length >= MOST_PROCESSES) throw new Error("the list of processes has no end");
        list.push(await reader.process(task, current));
      }
      list.sort((a, b) => a.pid - b.pid);
      return { kind: "processes", list, kernel: reader.offsets.kernel };
    } catch (error) {
      return { kind: "none", why: `The kernel’s processes cannot be read here: ${(error as Error).message}.` };
    }
  }

  /** Looks who is current, for those who watch it. */
  async refresh(): Promise<void> {
    const reader = this.#reader();
    if (reader === null) return this.current.set(null);
    try {
      const { name, pid } = await reader.process(await reader.current(), 0n);
      this.current.set(`${name} (${pid})`);
    } catch {
      this.current.set(null);
    }
  }

  #reader(): TaskReader | null {
    const [offsets, table] = [this.#offsets, this.#table];
    const init = table?.find("init_task")?.address;
    const queues = table?.find("runqueues")?.address;
    const cpuOffsets = table?.find("__per_cpu_offset")?.address;
    if (offsets === null || init === undefined || queues === undefined || cpuOffsets === undefined) return null;
    return new TaskReader(this.memory, offsets, init, queues, cpuOffsets);
  }
}

class TaskReader {
  constructor(
    private readonly memory: GuestMemory,
    readonly offsets: Offsets,
    readonly firstTask: bigint,
    private readonly queues: bigint,
    private readonly cpuOffsets: bigint,
  ) {}

  /** Address of the task that the first CPU executes. */
  async current(): Promise<bigint> {
    const base = await this.#number(this.cpuOffsets, 8);
    const task = await this.#field(BigInt.asUintN(64, this.queues + base), "rq", "curr");
    if (task === 0n) throw new Error("the scheduler has not begun");
    return task;
  }

  async next(task: bigint): Promise<bigint> {
    const link = await this.#field(task, "task_struct", "tasks");
    return BigInt.asUintN(64, link - BigInt(this.#place("task_struct", "tasks").offset));
  }

  async process(task: bigint, current: bigint): Promise<Process> {
    const field = (name: string) => this.#field(task, "task_struct", name);
    const pid = Number(await field("pid"));
    const name = await this.#name(task);
    if (task === this.firstTask && (pid !== 0 || !name.startsWith("swapper")))
      throw new Error("no kernel has started yet");
    const isCurrent = task === current;
    const kernelThread = (await field("mm")) === 0n;
    const thread = task + BigInt(this.#place("task_struct", "thread").offset);
    return {
      pid,
      parent: Number(await this.#field(await field("parent"), "task_struct", "pid")),
      name,
      state: stateText(
        Number(await field("__state")),
        Number(await field("exit_state")),
        isCurrent,
        this.offsets.constants,
      ),
      current: isCurrent,
      kernelThread,
      task,
      userNs: await field("utime"),
      systemNs: await field("stime"),
      resumesAt: isCurrent ? null : await this.#number(thread + BigInt(this.#place("thread_struct", "ra").offset), 8),
      userRegisters: kernelThread ? [] : await this.#userRegisters(await field("stack")),
    };
  }

  /** They lie at the top of the kernel's stack of the process. */
  async #userRegisters(stack: bigint): Promise<{ name: string; value: bigint }[]> {
    const struct = this.offsets.structs.pt_regs;
    const top = stack + BigInt(this.offsets.constants.THREAD_SIZE ?? 0);
    if (struct === undefined || stack === 0n) return [];
    const registers = [];
    for (const [name, { offset, size }] of Object.entries(struct.fields)) {
      registers.push({ name, value: await this.#number(top - BigInt(struct.size) + BigInt(offset), size) });
    }
    return registers;
  }

  async #name(task: bigint): Promise<string> {
    const { offset, size } = this.#place("task_struct", "comm");
    const bytes = await this.#bytes(task + BigInt(offset), size);
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(bytes.subarray(0, end < 0 ? size : end));
  }

  #field(address: bigint, struct: string, name: string): Promise<bigint> {
    const { offset, size } = this.#place(struct, name);
    // Of a list's head the first word is what leads on.
    return this.#number(address + BigInt(offset), Math.min(size, 8));
  }

  #place(struct: string, name: string): FieldPlace {
    const place = this.offsets.structs[struct]?.fields[name];
    if (place === undefined) throw new Error(`nothing says where ${struct}.${name} lies`);
    return place;
  }

  async #number(address: bigint, size: number): Promise<bigint> {
    const bytes = await this.#bytes(address, size);
    return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  async #bytes(address: bigint, size: number): Promise<Uint8Array> {
    const part = await this.memory.read(address, size, "virtual");
    const why = holeAt(part, 0) ?? holeAt(part, size - 1);
    if (why !== null) throw new Error(why);
    return part.bytes;
  }
}

function stateText(state: number, exit: number, current: boolean, constants: Readonly<Record<string, number>>): string {
  const has = (name: string): boolean => ((state & (constants[name] ?? 0)) | 0) !== 0;
  if ((exit & (constants.EXIT_ZOMBIE ?? 0)) !== 0) return "zombie";
  if (exit !== 0 || has("TASK_DEAD")) return "dead";
  if (state === 0) return current ? "running" : "ready";
  if (has("__TASK_STOPPED")) return "stopped";
  if (has("__TASK_TRACED")) return "traced";
  if (has("TASK_UNINTERRUPTIBLE")) return has("TASK_NOLOAD") ? "idle" : "waiting";
  return has("TASK_INTERRUPTIBLE") ? "sleeping" : "other";
}
