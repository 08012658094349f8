/** Saves and loads one machine, standing or moving: both happen between two instructions, and a load as a whole or not at all. */
import type { ConsoleOutput } from "../console-output.ts";
import type { Stop } from "../run-loop.ts";
import { takeDisks } from "./disk-state.ts";
import { packSections, type Section } from "./file.ts";
import { type JudgedSnapshot, judgeSnapshot, putState, type SnapshotMachine, takeState } from "./machine-snapshot.ts";

const ALL_GROUPS = 0xffff_ffff;

/** What a load needs of the machine's commands. */
export interface SnapshotOwner {
  readonly isMoving: boolean;
  /** How the machine stands. Throws if it is dead. */
  readonly standing: Stop;
  /** The machine has been replaced by one that stands so. */
  stand(stop: Stop): void;
}

export class Snapshots {
  constructor(
    private readonly machine: SnapshotMachine,
    private readonly owner: SnapshotOwner,
    private readonly output: ConsoleOutput,
  ) {}

  /** Loads and saves that look at the disks come one after another. */
  private last: Promise<unknown> = Promise.resolve();

  /**
   * The machine as a file. Pending edits of registers are put first; throws, and saves nothing, if one is rejected. A moving
   * machine waits at a boundary until its disks and shared folders have answered, then goes on.
   */
  async save(): Promise<Uint8Array> {
    return packSections(await this.exclusive(() => this.take()));
  }

  private async take(): Promise<Section[]> {
    const { machine, owner } = this;
    const { blocks, devices, loop, sync } = machine;
    for (;;) {
      const standing = owner.isMoving ? null : owner.standing;
      if (standing === null) {
        const taken: { sections: Section[]; error?: unknown }[] = [];
        await loop.atBoundary(async () => {
          try {
            await Promise.all([blocks.settled(), devices.shares.settled()]);
            taken.push({ sections: takeState(machine, { reason: "pause" }, await takeDisks(machine.disks)) });
          } catch (error) {
            taken.push({ sections: [], error });
          }
          return null;
        });
        const [result] = taken;
        if (result?.error !== undefined) throw result.error;
        if (result !== undefined) return result.sections;
      } else {
        const disks = await this.atRest(() => takeDisks(machine.disks));
        if (disks === null) continue;
        sync.apply();
        return takeState(machine, owner.standing, disks);
      }
    }
  }

  /**
   * Lets disks and shared folders of a standing machine come to rest and looks at them. null: somebody has started the machine meanwhile, so that
   * what was seen may be over.
   */
  private async atRest<T>(look: () => Promise<T>): Promise<T | null> {
    const { blocks, devices } = this.machine;
    await Promise.all([blocks.settled(), devices.shares.settled()]);
    const { begun } = blocks;
    const seen = await look();
    const rests = blocks.allAnswered && devices.shares.allServed && blocks.begun === begun;
    return this.owner.isMoving || !rests ? null : seen;
  }

  /**
   * Replaces the machine by the one that `file` holds. Throws an Error that says what is wrong with the file, and nothing has
   * changed. Pending edits of registers are dropped: answers in which groups of each vCPU (bitmaps). A machine that runs goes on
   * running, as the other.
   */
  load(file: Uint8Array): Promise<{ readonly dropped: readonly number[] }> {
    // Nobody can change what has been judged.
    const copy = new Uint8Array(file);
    return this.exclusive(async () => {
      const judged = await judgeSnapshot(this.machine, copy);
      try {
        return await this.loadJudged(judged);
      } catch (error) {
        judged.disks.drop();
        throw error;
      }
    });
  }

  private async loadJudged(judged: JudgedSnapshot): Promise<{ readonly dropped: readonly number[] }> {
    const { owner } = this;
    const { blocks, loop } = this.machine;
    const { reason } = judged.stop;
    const isOff = reason === "poweroff" || reason === "failure";
    for (;;) {
      if (!owner.isMoving) {
        // A dead machine stays dead.
        void owner.standing;
        if ((await this.atRest(async () => judged.disks.check().then(() => true))) === null) continue;
        const dropped = this.put(judged);
        owner.stand(judged.stop);
        return { dropped };
      }
      let dropped: number[] = [];
      let refusal: unknown;
      const visited = await loop.atBoundary(async (goal) => {
        try {
          await blocks.settled();
          await judged.disks.check();
        } catch (error) {
          refusal = error;
          return null;
        }
        dropped = this.put(judged);
        if (isOff) return judged.stop;
        // Steps that are counted in the old machine's mean nothing in this one.
        return goal.kind === "steps" ? { reason: "step" } : null;
      });
      if (refusal !== undefined) throw refusal;
      if (visited) return { dropped };
    }
  }

  private exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => {});
    return result;
  }

  private put(judged: JudgedSnapshot): number[] {
    const { machine } = this;
    this.output.flush();
    putState(machine, judged);
    return Array.from({ length: machine.cpuCount }, (_, cpu) => {
      machine.core.syncReset(cpu, ALL_GROUPS);
      return machine.sync.droppedByReset(cpu);
    });
  }
}
