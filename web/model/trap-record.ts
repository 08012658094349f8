/** Traps as they happen: a log point at every trap prints the target's trap registers, and its lines are read back here. */
import type { RegisterRow } from "../../src/spec/register-table.ts";
import type { GroupSlot } from "../../src/spec/slot-layout.ts";
import type { LogLine } from "../../src/worker/page.ts";
import type { DebugModel } from "./debug-model.ts";
import type { RegisterModel } from "./register-model.ts";
import { Store } from "./store.ts";

export interface TrapEvent {
  readonly steps: bigint;
  /** In words. */
  readonly cause: string;
  readonly interrupt: boolean;
  /** Name of the privilege that handles it. */
  readonly to: string;
  /** Where it happened. */
  readonly pc: bigint;
  /** What the target notes beside it, such as the address of a page fault. */
  readonly value: bigint;
}

/** Begins each line of the record; nobody types it. */
export const TRAP_MARK = "\u0001trap";

/** The registers that describe a trap, of the operating system's group or the firmware's. */
interface TrapRegisters {
  readonly cause: RegisterRow;
  readonly pc: RegisterRow;
  readonly value: RegisterRow;
}

export class TrapRecord {
  /** Number of the log point; null: nothing is recorded. */
  readonly point = new Store<number | null>(null);

  constructor(
    private readonly registers: RegisterModel,
    private readonly debug: DebugModel,
  ) {
    // Whoever removes the point among the others ends the record.
    debug.points.subscribe(() => {
      const id = this.point.get();
      if (id !== null && !debug.points.get().some((point) => point.id === id)) this.point.set(null);
    });
  }

  /** Answers why not, or null. */
  async start(): Promise<string | null> {
    const groups = this.registers.groups.get();
    const names = this.#names(groups);
    if (names === null) return "This machine does not say which registers describe a trap.";
    const log = [TRAP_MARK, ...names.map((name) => `{${name}}`)].join(" ");
    const refusal = await this.debug.add({ kind: "trap", exceptions: "all", interrupts: "all", log });
    if (refusal === null) this.point.set(this.debug.points.get().at(-1)?.id ?? null);
    return refusal;
  }

  async stop(): Promise<void> {
    const id = this.point.get();
    this.point.set(null);
    if (id !== null) await this.debug.remove(id);
  }

  /** The traps among printed lines, the latest last. */
  eventsOf(lines: readonly LogLine[]): readonly TrapEvent[] {
    const groups = this.registers.groups.get();
    const privileges = privilegeRow(groups)?.fields?.[0]?.values ?? {};
    const firmware = Math.max(...Object.keys(privileges).map(Number));
    const [own, machine] = [trapRegisters(groups, "TRAP"), trapRegisters(groups, "MTRAP")];
    if (own === null || machine === null) return [];
    return lines.flatMap(({ text, steps }) => {
      const [mark, ...words] = text.split(" ");
      if (mark !== TRAP_MARK || words.length !== 7 || !words.every((word) => /^0x[0-9a-f]+$/.test(word))) return [];
      const values = words.map(BigInt);
      const privilege = Number(values[0]);
      const isFirmware = privilege === firmware;
      const { cause } = isFirmware ? machine : own;
      const at = isFirmware ? 4 : 1;
      const code = values[at] as bigint;
      const event: TrapEvent = {
        steps,
        cause: cause.meaning?.(code) ?? `cause ${code}`,
        interrupt: code >> BigInt(cause.bits - 1) === 1n,
        to: privileges[privilege] ?? String(privilege),
        pc: values[at + 1] as bigint,
        value: values[at + 2] as bigint,
      };
      return [event];
    });
  }

  #names(groups: readonly GroupSlot[]): readonly string[] | null {
    const privilege = privilegeRow(groups)?.name;
    const [own, machine] = [trapRegisters(groups, "TRAP"), trapRegisters(groups, "MTRAP")];
    if (privilege === undefined || own === null || machine === null) return null;
    const of = ({ cause, pc, value }: TrapRegisters) => [cause.name, pc.name, value.name];
    return [privilege, ...of(own), ...of(machine)];
  }
}

function privilegeRow(groups: readonly GroupSlot[]): RegisterRow | undefined {
  return groups.find(({ row }) => row.name === "PRIV")?.registers[0]?.row;
}

/** By what the target's table says of them. */
function trapRegisters(groups: readonly GroupSlot[], name: "TRAP" | "MTRAP"): TrapRegisters | null {
  const rows = groups.find(({ row }) => row.name === name)?.registers.map(({ row }) => row) ?? [];
  const cause = rows.find(({ meaning }) => meaning !== undefined);
  const pc = rows.find(({ doc }) => /exception program counter/i.test(doc));
  const value = rows.find(({ doc }) => /trap value/i.test(doc));
  return cause === undefined || pc === undefined || value === undefined ? null : { cause, pc, value };
}
