/** One of several users of a machine: a page, a script, a debugger. Each holds, reads and edits for itself. */
import type { GroupName } from "../spec/register-table.ts";
import type { GroupSlot } from "../spec/slot-layout.ts";
import type { CpuRegisters } from "../sync/cpu-registers.ts";
import { SyncError } from "../sync/errors.ts";
import type { SyncMask } from "../sync/group-masks.ts";
import { DebuggerClient } from "./debugger-client.ts";
import type { CpuEdit, MachineState, MachineWorkerApi, NumberedState, StepOptions } from "./machine-api.ts";

/** Samples that may be spoilt in a row, each by another client's in between. */
const SAMPLE_ATTEMPTS = 50;

/** What a machine gives its clients. */
export interface ClientParts {
  readonly id: number;
  readonly name: string;
  call<T>(make: (api: MachineWorkerApi) => Promise<T>): Promise<T>;
  accept(state: NumberedState): MachineState;
  /** Registers of each vCPU, with a view of their own on what has been read. */
  registers(): readonly CpuRegisters[];
}

/** Registers of several groups as they were at one instruction boundary. */
export interface Sample {
  /** Count of resumes. */
  readonly epoch: number;
  /** Retired instructions of the vCPU. */
  readonly instret: bigint;
  /** Values of each group, in the order of its registers. */
  readonly groups: ReadonlyMap<GroupName, readonly bigint[]>;
}

export class MachineClient extends DebuggerClient {
  readonly name: string;
  /** The registers of each vCPU. */
  readonly cpus: readonly CpuRegisters[];
  protected readonly asking: ClientParts;

  constructor(private readonly parts: ClientParts) {
    super();
    this.name = parts.name;
    this.cpus = parts.registers();
    this.asking = parts;
  }

  /** Resolves when the machine runs, or at once while another client holds it. Throws if a pending edit is rejected. */
  async run(): Promise<MachineState> {
    return this.command((api) => api.run(this.parts.id));
  }

  /** Stops at the next boundary; the machine stands until this client runs it. */
  pause(): Promise<MachineState> {
    return this.command((api) => api.pause(this.parts.id));
  }

  /** Executes `count` attempted instructions. Throws EBUSY while another client holds the machine. */
  step(count = 1, options: StepOptions = {}): Promise<MachineState> {
    return this.command((api) => api.step(count, this.parts.id, options));
  }

  /** Stops at the next boundary; the machine moves on when every hold of every client is released. Holds are counted. */
  hold(): Promise<MachineState> {
    return this.command((api) => api.hold(this.parts.id));
  }

  /** Gives one hold back. Throws, and keeps it, if the machine would move on and a pending edit is rejected. */
  release(): Promise<MachineState> {
    return this.command((api) => api.release(this.parts.id));
  }

  /**
   * Changes registers of a machine that runs, which stands for no longer than that takes; of one that is held it puts them at
   * once. All edits are applied or none.
   * @returns bitmap of the groups that were put, of each vCPU
   */
  editAndGo(edits: readonly CpuEdit[]): Promise<{ readonly applied: readonly number[] }> {
    return this.parts.call((api) => api.editAndGo(edits, this.parts.id));
  }

  /** One consistent cut of a vCPU, running or not. Edited registers of a held machine show their pending values. */
  async sample(mask: SyncMask, cpu = 0): Promise<Sample> {
    const registers = this.registersOf(cpu);
    const bits = registers.mask(mask);
    const groups = groupsIn(registers, bits);
    for (let attempt = 0; attempt < SAMPLE_ATTEMPTS; attempt++) {
      const { kept, epoch, instret } = await registers.get(bits);
      // Edits that nobody has put carry the stamp of the copy beneath them.
      const copied = groups.filter(({ row }) => ((kept >>> row.bit) & 1) === 0);
      registers.takeCut(copied);
      if (copied.length > 0 && !registers.isOneCut(copied)) continue;
      const stamp = copied[0] === undefined ? { epoch, instret } : registers.takenStamp(copied[0].row.name);
      // Not from the slots again: the next publication may have come.
      const values = ({ row }: GroupSlot): readonly bigint[] =>
        (kept >>> row.bit) & 1 ? registers.readGroup(row.name) : registers.takenGroup(row.name);
      return { ...stamp, groups: new Map(groups.map((group) => [group.row.name, values(group)])) };
    }
    throw new SyncError("EBUSY", { sentence: "other clients sample faster than this one can read" });
  }

  /** Has groups of a vCPU published `hz` times a second (0 to 10,000) while the machine runs, and whenever it stops. */
  async subscribe(mask: SyncMask, hz: number, cpu = 0): Promise<Subscription> {
    const bits = this.registersOf(cpu).mask(mask);
    const number = await this.parts.call((api) => api.subscribe(cpu, bits, hz, this.parts.id));
    const registers = this.parts.registers()[cpu] as CpuRegisters;
    return new Subscription(registers, groupsIn(registers, bits), () =>
      this.parts.call((api) => api.unsubscribe(number)),
    );
  }

  /** Ends this client: its holds and subscriptions are given back. */
  async close(): Promise<void> {
    await this.command((api) => api.closeClient(this.parts.id));
  }

  private registersOf(cpu: number): CpuRegisters {
    const registers = this.cpus[cpu];
    if (registers === undefined) throw new SyncError("EINVAL", { sentence: `there is no CPU ${cpu}` });
    return registers;
  }

  private async command(make: (api: MachineWorkerApi) => Promise<NumberedState>): Promise<MachineState> {
    return this.parts.accept(await this.parts.call(make));
  }
}

/** Registers that the worker publishes by itself: read from the slots, without a message, as often as one likes. */
export class Subscription {
  constructor(
    private readonly registers: CpuRegisters,
    private readonly subscribed: readonly GroupSlot[],
    /** Ends it. */
    readonly end: () => Promise<void>,
  ) {}

  /** Takes over the latest cut. False, with nothing allocated, if no register differs from what is known. */
  update(): boolean {
    return this.registers.takeCut(this.subscribed);
  }

  /** Values of a group at the cut taken last, in the order of its registers; the same array while they are the same. */
  values(name: GroupName): readonly bigint[] {
    return this.registers.takenGroup(name);
  }

  /** Epoch and retired instructions of the cut taken last. */
  get stamp(): { readonly epoch: number; readonly instret: bigint } {
    return this.registers.takenStamp((this.subscribed[0] as GroupSlot).row.name);
  }
}

function groupsIn(registers: CpuRegisters, bits: number): GroupSlot[] {
  return registers.groups.filter(({ row }) => ((bits >>> row.bit) & 1) === 1);
}
