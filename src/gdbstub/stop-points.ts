/**
 * gdb's breakpoints and watchpoints (packets Z and z). gdb takes all of them out at each stop and puts them back before it goes
 * on: what has been taken out leaves the machine only when that moves on without it.
 */
import type { StopHit, StopPoint, StoppedState } from "../worker/machine-api.ts";
import { conditionOf } from "./agent-expression.ts";
import type { DebuggerClient } from "./debugged-machine.ts";
import { bytesOfHex, countOfHex, numberOfHex } from "./hex.ts";
import { InvalidPacket } from "./reply.ts";

/** Types of Z: software and hardware breakpoint; write, read and access watchpoint. */
export type PointType = 0 | 1 | 2 | 3 | 4;

export interface InsertedPoint {
  readonly id: number;
  readonly type: PointType;
  readonly address: bigint;
  /** Bytes watched; of a breakpoint the length of the instruction, which does not matter here. */
  readonly kind: number;
  /** Of a breakpoint: it stops only if this is not 0. */
  readonly condition: string | null;
}

/** More bytes than this are no watchpoint. */
const LARGEST_WATCH = 0x1000;
const ACCESS = ["write", "read", "access"] as const;

export class StopPoints {
  private readonly points = new Map<string, InsertedPoint>();
  private readonly removed = new Set<string>();
  private nextId = 1;
  /** The watchpoint at which the machine stands. */
  private latestWatch: string | null = null;
  /** The machine's number of this client, known once it has set a point. */
  private client: number | null = null;

  /** `registerName`: of a register that an agent expression names by gdb's number. */
  constructor(
    private readonly machine: Pick<DebuggerClient, "setBreakpoints">,
    private readonly registerName: (number: number) => string | null,
  ) {}

  /** `text` begins behind Z. Null: a type that does not exist. Throws InvalidPacket, or the machine's own error. */
  async insert(text: string): Promise<true | null> {
    const parsed = this.parse(text);
    if (parsed === null) return null;
    const { key, type, address, kind, conditions } = parsed;
    const known = this.points.get(key);
    if (known !== undefined && known.condition === conditions) {
      this.removed.delete(key);
      return true;
    }
    const point: InsertedPoint = { id: this.nextId++, type, address, kind, condition: conditions };
    const before = new Map(this.points);
    for (const gone of this.removed) this.points.delete(gone);
    this.points.set(key, point);
    try {
      await this.apply();
      this.removed.clear();
      return true;
    } catch (error) {
      // The machine has kept the list that it had.
      this.points.clear();
      for (const [name, old] of before) this.points.set(name, old);
      throw error;
    }
  }

  /** `text` begins behind z. What is not there is removed already. */
  remove(text: string): true | null {
    const parsed = this.parse(text);
    if (parsed === null) return null;
    if (this.points.has(parsed.key)) this.removed.add(parsed.key);
    return true;
  }

  /** The machine is to move on: what was removed and not put back leaves it. */
  async settle(): Promise<void> {
    if (this.removed.size === 0) return;
    for (const key of this.removed) this.points.delete(key);
    this.removed.clear();
    await this.apply();
  }

  /** Takes all stop points of gdb's away. */
  async clear(): Promise<void> {
    for (const key of this.points.keys()) this.removed.add(key);
    await this.settle();
  }

  /**
   * A watchpoint stops the machine after the access. gdb expects some targets to stop before it, takes the watchpoint out and makes
   * one step: that step has been made already. Asked once, when the machine is to move on.
   */
  stepsOverWatch(): boolean {
    const { latestWatch } = this;
    this.latestWatch = null;
    return latestWatch !== null && (this.removed.has(latestWatch) || !this.points.has(latestWatch));
  }

  /** Which of gdb's points a stop is about. */
  reached({ hits = [] }: StoppedState): { readonly point: InsertedPoint; readonly hit: StopHit } | null {
    for (const hit of hits) {
      if (hit.client !== this.client) continue;
      const [key, point] = [...this.points].find(([, { id }]) => id === hit.id) ?? [];
      if (key === undefined || point === undefined) continue;
      this.latestWatch = point.type >= 2 ? key : null;
      return { point, hit };
    }
    this.latestWatch = null;
    return null;
  }

  private async apply(): Promise<void> {
    const list = [...this.points.values()].map(stopPointOf);
    const states = await this.machine.setBreakpoints(list);
    this.client ??= states[0]?.client ?? null;
  }

  private parse(text: string) {
    const [head = "", ...rest] = text.split(";");
    const [, digit, ...operands] = /^(.),([^,]*),([^,]*)$/.exec(head) ?? [];
    if (digit === undefined) throw new InvalidPacket(text);
    if (!/^[0-4]$/.test(digit)) return null;
    const type = Number(digit) as PointType;
    const address = numberOfHex(operands[0] ?? "");
    const kind = countOfHex(operands[1] ?? "");
    if (address === null || kind === null) throw new InvalidPacket(text);
    if (type >= 2 && (kind === 0 || kind > LARGEST_WATCH || address + BigInt(kind) > 1n << 64n)) {
      throw new InvalidPacket(text);
    }
    const conditions = type < 2 ? this.parseConditions(rest) : null;
    return { key: `${type},${address},${type < 2 ? 0 : kind}`, type, address, kind, conditions };
  }

  /** ";Xlength,bytecode" for each condition (GDB manual, "Packets", Z0): the point stops if one of them is not 0. */
  private parseConditions(parts: readonly string[]): string | null {
    const conditions: string[] = [];
    for (const part of parts.filter((candidate) => candidate !== "")) {
      // gdb writes further conditions behind the first without a semicolon.
      for (const written of part.split(/(?=X)/)) {
        const [, length = "", code = ""] = /^X([\da-fA-F]+),([\da-fA-F]+)$/.exec(written) ?? [];
        const bytes = bytesOfHex(code);
        if (bytes === null || bytes.length === 0 || countOfHex(length) !== bytes.length) throw new InvalidPacket(part);
        conditions.push(conditionOf(bytes, this.registerName));
      }
    }
    if (conditions.length === 0) return null;
    return conditions.map((condition) => `(${condition})`).join(" || ");
  }
}

function stopPointOf({ id, type, address, kind, condition }: InsertedPoint): StopPoint {
  if (type >= 2) return { id, kind: "watch", address, size: kind, access: ACCESS[type - 2] as (typeof ACCESS)[number] };
  return condition === null ? { id, kind: "execute", address } : { id, kind: "execute", address, condition };
}
