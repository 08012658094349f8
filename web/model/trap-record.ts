/** Traps and changes of privilege as they happen: log points print the target's trap registers, and their lines are read back here. */
import type { RegisterRow } from "../../src/spec/register-table.ts";
import type { GroupSlot } from "../../src/spec/slot-layout.ts";
import type { LogLine } from "../../src/worker/page.ts";
import type { DebugModel } from "./debug-model.ts";
import type { RegisterModel } from "./register-model.ts";
import { Store } from "./store.ts";

export interface TrapEvent {
  readonly steps: bigint;
  readonly kind: "exception" | "interrupt" | "return";
  /** In words. */
  readonly cause: string;
  /** The privilege that handles it, or that is returned to: its name, and its place among all, lowest first. */
  readonly to: string;
  readonly rank: number;
  /** Where it happened; of a return where it goes on. */
  readonly pc: bigint;
  /** What the target notes beside it, such as the address of a page fault. */
  readonly value: bigint;
}

/** Begins each line of the record; nobody types it. */
export const TRAP_MARK = "\u0001trap";
/** The same, where the privilege has changed: by a return, unless a trap has done it at the same step. */
const RETURN_MARK = `${TRAP_MARK}-return`;

/** The registers that describe a trap, of the operating system's group or the firmware's. */
interface TrapRegisters {
  readonly cause: RegisterRow;
  readonly pc: RegisterRow;
  readonly value: RegisterRow;
}

export class TrapRecord {
  /** Numbers of the log points; none: nothing is recorded. */
  readonly points = new Store<readonly number[]>([]);

  constructor(
    private readonly registers: RegisterModel,
    private readonly debug: DebugModel,
  ) {
    // Whoever removes one of the points among the others ends the record.
    debug.points.subscribe(() => {
      const there = debug.points.get().map(({ id }) => id);
      if (this.points.get().some((id) => !there.includes(id))) void this.stop();
    });
  }

  /** Answers why not, or null. */
  async start(): Promise<string | null> {
    const groups = this.registers.groups.get();
    const names = this.#names(groups);
    if (names === null) return "This machine does not say which registers describe a trap.";
    const log = (mark: string, of: readonly string[]): string => [mark, ...of.map((name) => `{${name}}`)].join(" ");
    const refusal =
      (await this.debug.add({ kind: "trap", exceptions: "all", interrupts: "all", log: log(TRAP_MARK, names) })) ??
      (await this.debug.add({ kind: "privilege", log: log(RETURN_MARK, [names[0] as string, "pc"]) }));
    const isOwn = ({ log: text }: { readonly log?: string }): boolean => text?.startsWith(TRAP_MARK) ?? false;
    this.points.set(
      this.debug.points
        .get()
        .filter(isOwn)
        .map(({ id }) => id),
    );
    if (refusal !== null) await this.stop();
    return refusal;
  }

  async stop(): Promise<void> {
    const points = this.points.get();
    this.points.set([]);
    for (const id of points) await this.debug.remove(id);
  }

  /** The traps among printed lines, the latest last. */
  eventsOf(lines: readonly LogLine[]): readonly TrapEvent[] {
    const groups = this.registers.groups.get();
    const privileges = privilegeRow(groups)?.fields?.[0]?.values ?? {};
    const firmware = Math.max(...Object.keys(privileges).map(Number));
    const [own, machine] = [trapRegisters(groups, "TRAP"), trapRegisters(groups, "MTRAP")];
    if (own === null || machine === null) return [];
    const ranks = Object.keys(privileges).map(Number);
    const target = (privilege: number) => ({
      to: privileges[privilege] ?? String(privilege),
      rank: ranks.filter((rank) => rank < privilege).length,
    });
    const traps = new Set(lines.filter(({ text }) => text.startsWith(`${TRAP_MARK} `)).map(({ steps }) => steps));
    return lines.flatMap(({ text, steps }): TrapEvent[] => {
      const [mark, ...words] = text.split(" ");
      if (!words.every((word) => /^0x[0-9a-f]+$/.test(word))) return [];
      const values = words.map(BigInt);
      const privilege = Number(values[0]);
      if (mark === RETURN_MARK && words.length === 2 && !traps.has(steps)) {
        const { to, rank } = target(privilege);
        return [{ steps, kind: "return", cause: `return to ${to}-mode`, to, rank, pc: values[1] as bigint, value: 0n }];
      }
      if (mark !== TRAP_MARK || words.length !== 7) return [];
      const { cause } = privilege === firmware ? machine : own;
      const at = privilege === firmware ? 4 : 1;
      const code = values[at] as bigint;
      const event: TrapEvent = {
        steps,
        kind: code >> BigInt(cause.bits - 1) === 1n ? "interrupt" : "exception",
        cause: cause.meaning?.(code) ?? `cause ${code}`,
        ...target(privilege),
        pc: values[at + 1] as bigint,
        value: values[at + 2] as bigint,
      };
      return [event];
    });
  }

  /** Names of the privileges, lowest first. */
  get privileges(): readonly string[] {
    return Object.values(privilegeRow(this.registers.groups.get())?.fields?.[0]?.values ?? {});
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
