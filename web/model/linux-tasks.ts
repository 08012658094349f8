/** Tasks of a running Linux as its memory has them. What cannot be so is an error: nothing is shown rather than something wrong. */
import type { FieldPlace, StructLayout } from "../../src/debug/btf.ts";
import type { LinuxTarget, SavedRegister } from "../../src/spec/linux-target.ts";
import type { Kernel } from "./linux-kernel.ts";

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
}

export interface RegisterValue {
  readonly name: string;
  readonly value: bigint;
  /** Where the kernel keeps it. */
  readonly address: bigint;
}

/** What is read of a process only when somebody wants to see it. */
export interface ProcessDetails {
  /** Registers of its program as they were when it entered the kernel; none: it is a thread of the kernel. */
  readonly user: readonly RegisterValue[];
  /** Registers that the switch to another process has saved; none: it is the current one. */
  readonly kernel: readonly RegisterValue[];
  /** Where its program goes on. */
  readonly programAt: bigint | null;
  /** Virtual address of its root page table; null: it has none of its own. */
  readonly rootTable: bigint | null;
}

/** Bytes of the kernel's memory. Throws an Error where there are none. */
export type ReadKernel = (va: bigint, length: number) => Promise<Uint8Array>;

/** More than that is a list that has lost its end. */
const MOST_PROCESSES = 4096;
/** PID_MAX_LIMIT of a 64-bit kernel (include/linux/threads.h). */
const MOST_PID = 1 << 22;
const KERNEL_HALF = 1n << 63n;
/** What a 64-bit kernel has as its smallest and largest kernel stack. */
const STACKS = [4096, 1 << 20] as const;

export class TaskReader {
  private readonly firstTask: bigint;

  /** Throws an Error if the kernel's symbols or structures do not say enough. */
  constructor(
    private readonly read: ReadKernel,
    private readonly kernel: Kernel,
    private readonly target: LinuxTarget,
  ) {
    this.firstTask = this.symbol("init_task");
  }

  /** All processes by ascending number. */
  async processes(): Promise<Process[]> {
    const current = await this.current();
    const list: Process[] = [];
    let task = this.firstTask;
    do {
      if (list.length >= MOST_PROCESSES) throw new Error("the list of processes has no end");
      list.push(await this.process(task, current));
      task = await this.next(task);
    } while (task !== this.firstTask);
    const pids = new Set(list.map(({ pid }) => pid));
    if (pids.size !== list.length) throw new Error("two processes bear the same number");
    return list.sort((a, b) => a.pid - b.pid);
  }

  /** Name and number of the process whose task the first CPU executes. */
  async currentProcess(): Promise<{ readonly name: string; readonly pid: number }> {
    await this.checkFirst();
    const task = await this.current();
    return { name: await this.name(task), pid: await this.pid(task) };
  }

  /** The task whose task_struct lies at `task`, as in "init (1)" or "worker (thread 45 of 42)". */
  async taskText(task: bigint): Promise<string> {
    const [name, pid] = [await this.name(task), await this.pid(task)];
    const process = await this.pid(await this.field(task, "task_struct", "group_leader"));
    return pid === process ? `${name} (${pid})` : `${name} (thread ${pid} of ${process})`;
  }

  async details(process: Process): Promise<ProcessDetails> {
    const { task, current, kernelThread } = process;
    const thread = task + BigInt(this.place("task_struct", "thread").offset);
    const kernel = current ? [] : await this.registers(thread, "thread_struct", this.target.switchFrame);
    if (kernelThread) return { user: [], kernel, programAt: null, rootTable: null };
    const { THREAD_SIZE = 0 } = this.kernel.layout.constants;
    const stack = await this.field(task, "task_struct", "stack");
    if (stack < KERNEL_HALF || THREAD_SIZE < STACKS[0] || THREAD_SIZE > STACKS[1]) {
      throw new Error("the place of its kernel stack is not known");
    }
    const { size } = this.struct("pt_regs");
    const { stackAlignment } = this.target;
    const frame = stack + BigInt(THREAD_SIZE - Math.ceil(size / stackAlignment) * stackAlignment);
    const user = await this.registers(frame, "pt_regs", this.target.userFrame);
    const mm = await this.field(task, "task_struct", "mm");
    return {
      user,
      kernel,
      programAt: user.find(({ name }) => name === this.target.userResume)?.value ?? null,
      rootTable: await this.field(mm, "mm_struct", "pgd"),
    };
  }

  /** What the kernel has put at `at` when a trap has entered it. */
  trapFrame(at: bigint): Promise<readonly RegisterValue[]> {
    return this.registers(at, "pt_regs", this.target.userFrame);
  }

  /** The task, or of a thread the leader of its process. */
  private async current(): Promise<bigint> {
    const base = await this.number(this.symbol("__per_cpu_offset"), 8);
    const queue = BigInt.asUintN(64, this.symbol("runqueues") + base);
    const task = await this.field(queue, "rq", "curr");
    if (task === 0n) throw new Error("the scheduler has not begun");
    return this.field(task, "task_struct", "group_leader");
  }

  /** The list leads there and back. */
  private async next(task: bigint): Promise<bigint> {
    const { offset } = this.place("task_struct", "tasks");
    const link = BigInt.asUintN(64, task + BigInt(offset));
    const next = await this.number(link, 8);
    if (next < KERNEL_HALF || (await this.number(next + 8n, 8)) !== link) {
      throw new Error(`the list of processes breaks off behind 0x${task.toString(16)}`);
    }
    return BigInt.asUintN(64, next - BigInt(offset));
  }

  /** Throws an Error unless a kernel has started. */
  async checkFirst(): Promise<void> {
    if ((await this.pid(this.firstTask)) === 0 && (await this.name(this.firstTask)).startsWith("swapper")) return;
    throw new Error("no kernel has started yet");
  }

  private async process(task: bigint, current: bigint): Promise<Process> {
    if (task === this.firstTask) await this.checkFirst();
    const field = (name: string) => this.field(task, "task_struct", name);
    const pid = await this.pid(task);
    const isCurrent = task === current;
    const { resume, switchFrame } = this.target;
    const thread = task + BigInt(this.place("task_struct", "thread").offset);
    const saved = switchFrame.filter(({ register }) => register === resume);
    const [resumed] = isCurrent ? [] : await this.registers(thread, "thread_struct", saved);
    return {
      pid,
      parent: await this.pid(await field("parent")),
      name: await this.name(task),
      state: stateText(
        Number(await field("__state")),
        Number(await field("exit_state")),
        isCurrent,
        this.kernel.layout.constants,
      ),
      current: isCurrent,
      kernelThread: (await field("mm")) === 0n,
      task,
      userNs: await field("utime"),
      systemNs: await field("stime"),
      resumesAt: resumed?.value ?? null,
    };
  }

  private async pid(task: bigint): Promise<number> {
    const pid = Number(await this.field(task, "task_struct", "pid"));
    if (pid > MOST_PID) throw new Error(`there is no process at 0x${task.toString(16)}`);
    return pid;
  }

  private async name(task: bigint): Promise<string> {
    const { offset, size } = this.place("task_struct", "comm");
    const bytes = await this.read(task + BigInt(offset), size);
    const end = bytes.indexOf(0);
    if (end < 0) throw new Error(`the name of the process at 0x${task.toString(16)} has no end`);
    return new TextDecoder().decode(bytes.subarray(0, end));
  }

  private async registers(
    base: bigint,
    struct: string,
    saved: readonly SavedRegister[],
  ): Promise<readonly RegisterValue[]> {
    const bytes = await this.read(base, this.struct(struct).size);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // A file of offsets need not know all members.
    const known = saved.filter(({ member }) => this.struct(struct).fields[member] !== undefined);
    return known.map(({ register, member, index = 0 }) => {
      const { offset, size } = this.place(struct, member);
      if (8 * index + 8 > size) throw new Error(`${struct}.${member} is too small`);
      const at = offset + 8 * index;
      return { name: register, value: view.getBigUint64(at, true), address: BigInt.asUintN(64, base + BigInt(at)) };
    });
  }

  private field(address: bigint, struct: string, name: string): Promise<bigint> {
    const { offset, size } = this.place(struct, name);
    if (address < KERNEL_HALF) throw new Error(`0x${address.toString(16)} is no address of a ${struct}`);
    return this.number(address + BigInt(offset), size);
  }

  private async number(address: bigint, size: number): Promise<bigint> {
    if (size < 1 || size > 8) throw new Error(`a number of ${size} bytes is not known`);
    const bytes = await this.read(address, size);
    return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  private struct(name: string): StructLayout {
    const layout = this.kernel.layout.structs[name];
    if (layout === undefined) throw new Error(`nothing says what ${name} is like`);
    return layout;
  }

  private place(struct: string, name: string): FieldPlace {
    const place = this.struct(struct).fields[name];
    if (place === undefined) throw new Error(`nothing says where ${struct}.${name} lies`);
    return place;
  }

  private symbol(name: string): bigint {
    const symbol = this.kernel.symbols.find(name);
    if (symbol === null) throw new Error(`the kernel has no symbol ${name}`);
    return symbol.address;
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
