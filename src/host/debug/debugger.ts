/** The debugger of one machine: the stop points of all clients, what becomes of them while the machine moves, and movements. */
import {
  DEBUG_ACCESS,
  DEBUG_CONTROL_WRITE,
  DEBUG_EXECUTE,
  DEBUG_HOST,
  DEBUG_PRIVILEGE,
  DEBUG_TRAP,
  DEBUG_WATCHES,
  WATCH_BREAK,
  WATCH_LOAD,
  WATCH_STORE,
} from "../../spec/abi.ts";
import type { RegisterTables } from "../../spec/slot-layout.ts";
import { type ExpressionContext, parseExpression } from "../../debug/expressions.ts";
import { valueBits, valueText } from "../../debug/log-text.ts";
import type { ConsoleBackend } from "../backends/console.ts";
import type { CoreExports } from "../core-instance.ts";
import type { GuestMemory } from "../guest-memory.ts";
import type { LogLine, StopReason } from "../machine-types.ts";
import { CoreRegisters } from "./core-registers.ts";
import { DebugRecord } from "./debug-record.ts";
import type { DebugTarget } from "./debug-target.ts";
import type { Evaluated, Movement, StopHit, StopPoint, StopPointState, SymbolEntry } from "./debug-types.ts";
import { type Goalpost, type Mover, moverFor, type Stride } from "./movements.ts";
import { ActivePoint, causeBits, isSamePoint, type PointScope } from "./stop-point.ts";
import { VirtualMemory } from "./virtual-memory.ts";

/** The only vCPU so far. */
const CPU = 0;
const ALL_CAUSES = (1n << 64n) - 1n;
/** Lines of log points after which a slice ends, so that clients can keep up. */
const MOST_LINES = 1000;

const REASONS: Readonly<Record<StopPoint["kind"], StopReason>> = {
  execute: "breakpoint",
  watch: "watchpoint",
  register: "register",
  csr: "register",
  trap: "trap",
  privilege: "privilege",
  console: "console",
};

const WATCH_KINDS = { read: WATCH_LOAD, write: WATCH_STORE, access: WATCH_LOAD | WATCH_STORE, change: WATCH_STORE };

/** How the machine stopped for a debugger. */
export interface DebugStop {
  readonly reason: StopReason;
  readonly hits?: readonly StopHit[];
}

export interface DebuggerParts {
  readonly core: CoreExports;
  readonly memory: ArrayBufferLike;
  readonly guest: GuestMemory;
  readonly target: DebugTarget;
  readonly tables: RegisterTables;
  readonly console: ConsoleBackend;
  readonly log: (lines: readonly LogLine[]) => void;
}

export class Debugger {
  readonly virtual: VirtualMemory;
  private readonly record: DebugRecord;
  private readonly registers: CoreRegisters;
  private readonly scope: PointScope;
  private readonly context: ExpressionContext;
  private points: ActivePoint[] = [];
  private symbols = new Map<string, bigint>();
  private mover: Mover | null = null;
  private goalpost: Goalpost | null = null;
  private heldSteps = false;
  /** The core does not have the points as they are now. */
  private outdated = false;
  private watches = 0;
  private stop: DebugStop | null = null;
  private lines: LogLine[] = [];
  /** Console points whose text has been printed since the last look. */
  private readonly printed = new Set<ActivePoint>();

  constructor(private readonly parts: DebuggerParts) {
    const { core, memory, guest, target, tables } = parts;
    const refresh = (cpu: number, group: number): void => core.refreshRegisters(cpu, group);
    const registers = new CoreRegisters(memory, CPU, tables, refresh);
    this.registers = registers;
    this.record = new DebugRecord(memory, CPU);
    this.virtual = new VirtualMemory(memory, core, guest, target, [registers]);
    this.scope = {
      target,
      register: (name) => registers.typeOf(name),
      symbol: (name) => this.symbols.get(name) ?? null,
    };
    this.context = {
      register: (name) => registers.read(name),
      memory: (va, size) => this.virtual.value(va, size, CPU),
      physical: (pa, size) => this.virtual.physicalValue(pa, size),
      hits: 0,
    };
  }

  // --- What clients ask ---

  /** Replaces the points of a client, or throws and changes nothing. */
  setPoints(points: readonly StopPoint[], client: number): StopPointState[] {
    const before = this.points.filter((active) => active.client === client);
    const ids = new Set<number>();
    const made = points.map((point) => {
      try {
        if (ids.has(point.id)) throw new Error("another has the same id");
        ids.add(point.id);
        const known = before.find((active) => active.point.id === point.id && isSamePoint(active.point, point));
        return new ActivePoint(client, point, this.scope, known);
      } catch (error) {
        throw new Error(`stop point ${point.id}: ${(error as Error).message}`);
      }
    });
    const all = [...this.points.filter((active) => active.client !== client), ...made];
    const addresses = all.filter(
      ({ isEnabled, point }) => isEnabled && (point.kind === "execute" || point.kind === "watch"),
    );
    // One place is a movement's.
    if (addresses.length > DEBUG_WATCHES - 1) {
      throw new Error(`${addresses.length} addresses cannot be watched at once, at most ${DEBUG_WATCHES - 1}`);
    }
    this.replace(all);
    return made.map(({ state }) => state);
  }

  removeOf(client: number): void {
    if (this.points.some((active) => active.client === client)) {
      this.replace(this.points.filter((active) => active.client !== client));
    }
  }

  get states(): StopPointState[] {
    return this.points.map(({ state }) => state);
  }

  setSymbols(symbols: readonly SymbolEntry[]): void {
    this.symbols = new Map(symbols.map(({ name, address }) => [name, address]));
  }

  evaluate(text: string, cpu = CPU): Evaluated {
    if (cpu !== CPU) throw new RangeError(`there is no CPU ${cpu}`);
    const { type, evaluate } = parseExpression(text, this.scope);
    const value = evaluate(this.context);
    return { value: valueBits(value), type, text: valueText(value, type) };
  }

  // --- What the machine's commands ask ---

  /** The machine is about to move, as a debugger said: what lies here has been seen. */
  leaveHere(): void {
    this.record.pass(this.parts.core.steps(), this.registers.pc);
  }

  /** Events and interrupts are held until end(). */
  holdEvents(): void {
    this.heldSteps = true;
  }

  /** Throws an Error that says what is wrong with the movement. */
  begin(movement: Movement): void {
    const { registers } = this;
    const { target } = this.parts;
    const instruction = (): Uint8Array => this.instruction();
    this.mover = moverFor(movement, { registers, target, instruction }, this.scope, this.context);
    this.outdated = true;
  }

  /** The machine stands: a movement is over, reached or not. */
  end(): void {
    if (this.mover !== null) this.outdated = true;
    this.mover = null;
    this.heldSteps = false;
    this.record.held = false;
    this.goalpost = null;
    this.flushLog();
  }

  /** The core has been reset or replaced. */
  lost(): void {
    this.outdated = true;
    this.record.take();
  }

  // --- What the run loop asks ---

  /** To be called when the machine begins to move. Answers whether it stops at once. */
  start(): boolean {
    this.stop = null;
    this.install();
    this.record.held = this.heldSteps;
    if (this.mover !== null) this.stride(() => (this.mover as Mover).next());
    for (const active of this.points) {
      if (active.point.kind === "register") active.lastValue = this.registers.read(active.point.name);
    }
    return this.stop !== null;
  }

  /** Brings the core up to date with the points, if they have changed. */
  install(): void {
    if (!this.outdated) return;
    this.outdated = false;
    const { core } = this.parts;
    const used: { kinds: number; first: bigint; last: bigint }[] = [];
    for (const { isEnabled, point } of this.points) {
      if (!isEnabled) continue;
      if (point.kind === "execute") used.push({ kinds: WATCH_BREAK, first: point.address, last: point.address });
      else if (point.kind === "watch") {
        used.push({
          kinds: WATCH_KINDS[point.access],
          first: point.address,
          last: point.address + BigInt(point.size) - 1n,
        });
      }
    }
    if (this.goalpost !== null) {
      used.push({ kinds: WATCH_BREAK, first: this.goalpost.address, last: this.goalpost.address });
    }
    for (const [index, { kinds, first, last }] of used.entries()) core.setDebugWatch(CPU, index, kinds, first, last);
    for (let index = used.length; index < this.watches; index++) core.setDebugWatch(CPU, index, 0, 0n, 0n);
    this.watches = used.length;
    core.debugWatchesChanged(CPU);
    this.setInterests();
  }

  /** The machine must be run step by step. */
  get isStepping(): boolean {
    return (this.mover !== null && this.goalpost === null) || this.points.some(isRegisterPoint);
  }

  /** run() has returned REASON_DEBUG. Answers whether the machine stops. */
  judge(): boolean {
    const pending = this.record.take();
    const hits: StopHit[] = [];
    const wasStepping = this.mover !== null && this.goalpost === null;
    let arrived = false;
    if (pending & DEBUG_EXECUTE) {
      arrived = this.judgeBreakpoint(hits);
      this.leaveHere();
    }
    if (pending & DEBUG_ACCESS) this.judgeAccess(hits);
    if (pending & DEBUG_CONTROL_WRITE) this.judgeControl(hits);
    if (pending & DEBUG_TRAP) {
      const { trap } = this.record;
      this.reach(hits, ({ point }) => point.kind === "trap" && isWanted(point, trap), { trap });
    }
    if (pending & DEBUG_PRIVILEGE) {
      const { privilege } = this.record;
      const wants = ({ point }: ActivePoint) =>
        point.kind === "privilege" && (point.to === undefined || point.to === privilege.to);
      this.reach(hits, wants, { privilege });
    }
    if (pending & DEBUG_HOST) {
      this.reach(hits, (active) => this.printed.has(active), {});
      this.printed.clear();
    }
    if (this.stopFor(hits)) return true;
    const { mover } = this;
    if (mover === null) return false;
    if (arrived) this.stride(() => mover.next());
    else if (wasStepping && pending & DEBUG_TRAP && mover.hearsTraps)
      this.stride(() => mover.trapped(this.record.trap));
    return this.stop !== null;
  }

  /** A step has been executed where isStepping. Answers whether the machine stops. */
  stepped(): boolean {
    const hits: StopHit[] = [];
    for (const active of this.points) {
      const { point } = active;
      if (point.kind !== "register") continue;
      const after = this.registers.read(point.name);
      const before = active.lastValue;
      active.lastValue = after;
      if (after === before) continue;
      this.reach(hits, (other) => other === active, { register: { name: point.name, before, after } });
    }
    if (this.stopFor(hits)) return true;
    const { mover } = this;
    if (mover !== null && this.goalpost === null) this.stride(() => mover.next());
    return this.stop !== null;
  }

  takeStop(): DebugStop | null {
    const { stop } = this;
    this.stop = null;
    return stop;
  }

  get isLogFull(): boolean {
    return this.lines.length >= MOST_LINES;
  }

  flushLog(): void {
    if (this.lines.length > 0) this.parts.log(this.lines.splice(0));
  }

  // --- Details ---

  private replace(points: ActivePoint[]): void {
    this.points = points;
    for (const active of points) {
      if (active.point.kind === "register") active.lastValue = this.registers.read(active.point.name);
    }
    const listening = points.filter(({ matcher, isEnabled }) => matcher !== null && isEnabled);
    this.parts.console.onOutput = listening.length === 0 ? null : (bytes) => this.hear(listening, bytes);
    this.outdated = true;
  }

  private hear(listening: readonly ActivePoint[], bytes: Uint8Array): void {
    for (const active of listening) {
      if (active.matcher?.take(bytes)) this.printed.add(active);
    }
    if (this.printed.size > 0) this.record.raise();
  }

  private setInterests(): void {
    const enabled = this.points.filter(({ isEnabled }) => isEnabled).map(({ point }) => point);
    const hearsAll = this.mover?.hearsTraps === true && this.goalpost === null;
    let exceptions = hearsAll ? ALL_CAUSES : 0n;
    let interrupts = exceptions;
    const controls = new Set<number>();
    for (const point of enabled) {
      if (point.kind === "trap") {
        exceptions |= causeBits(point.exceptions);
        interrupts |= causeBits(point.interrupts);
      } else if (point.kind === "csr") {
        for (const number of this.parts.target.controlNumbers(point.name)) controls.add(number);
      }
    }
    const privileges = enabled.some(({ kind }) => kind === "privilege");
    this.record.setInterests({ exceptions, interrupts, privileges, controls: [...controls] });
  }

  private replaceGoalpost(goalpost: Goalpost | null): void {
    this.goalpost = goalpost;
    this.outdated = true;
    this.install();
  }

  /** Goes on with the movement, or ends it. */
  private stride(next: () => Stride): void {
    const mover = this.mover as Mover;
    let stride: Stride;
    try {
      stride = next();
    } catch {
      // An expression that cannot be evaluated any more: nobody knows whether its end is reached.
      stride = null;
    }
    if (stride === null) {
      this.stop = { reason: mover.reason };
      return;
    }
    const goalpost = stride === "step" ? null : stride;
    if (goalpost !== this.goalpost) this.replaceGoalpost(goalpost);
    this.record.held = mover.held && goalpost === null;
  }

  private judgeBreakpoint(hits: StopHit[]): boolean {
    const { pc } = this.registers;
    let space: bigint | null = null;
    const isHere = (wanted: bigint | undefined): boolean => {
      if (wanted === undefined) return true;
      space ??= this.parts.target.addressSpace(this.registers);
      return space === wanted;
    };
    this.reach(hits, ({ point }) => point.kind === "execute" && point.address === pc && isHere(point.space), {});
    const { goalpost } = this;
    if (goalpost === null || goalpost.address !== pc || !isHere(goalpost.space)) return false;
    return (
      goalpost.stackFrom === undefined || this.registers.read(this.parts.target.stackPointer) >= goalpost.stackFrom
    );
  }

  private judgeAccess(hits: StopHit[]): void {
    const { kinds, access } = this.record.access;
    const last = access.address + BigInt(access.size) - 1n;
    const wants = ({ point }: ActivePoint): boolean => {
      if (point.kind !== "watch" || !(WATCH_KINDS[point.access] & kinds)) return false;
      const end = point.address + BigInt(point.size) - 1n;
      if (access.address > end || last < point.address) return false;
      if (point.space !== undefined && point.space !== this.parts.target.addressSpace(this.registers)) return false;
      return point.access !== "change" || hasChanged(access, point.address, end);
    };
    this.reach(hits, wants, { access });
  }

  private judgeControl(hits: StopHit[]): void {
    const { number, before, after } = this.record.control;
    const { target } = this.parts;
    const wants = ({ point }: ActivePoint) =>
      point.kind === "csr" && target.controlNumbers(point.name).includes(number);
    this.reach(hits, wants, { register: { name: target.controlName(number), before, after } });
  }

  /** Has all enabled points that `wants` names reached. */
  private reach(hits: StopHit[], wants: (active: ActivePoint) => boolean, about: Partial<StopHit>): void {
    for (const active of this.points) {
      if (!active.isEnabled || !wants(active)) continue;
      const outcome = active.reach(this.context, about);
      if (outcome === null) continue;
      if ("hit" in outcome) hits.push(outcome.hit);
      else {
        const { client, point } = active;
        this.lines.push({ client, id: point.id, steps: this.parts.core.steps(), text: outcome.log });
      }
    }
  }

  private stopFor(hits: readonly StopHit[]): boolean {
    if (hits.length === 0) return false;
    this.stop = { reason: REASONS[hits[0].kind], hits };
    const isOver = ({ client, point }: ActivePoint): boolean =>
      point.temporary === true && hits.some((hit) => hit.client === client && hit.id === point.id);
    if (this.points.some(isOver)) this.replace(this.points.filter((active) => !isOver(active)));
    return true;
  }

  /** Bytes of the instruction at the program counter, as far as they can be read. */
  private instruction(): Uint8Array {
    for (let length = this.parts.target.longestInstruction; length > 0; length--) {
      try {
        return this.virtual.read(this.registers.pc, length, { cpu: CPU });
      } catch {
        // Its end may lie in a page that is not there.
      }
    }
    return new Uint8Array(0);
  }
}

function isRegisterPoint({ point, isEnabled }: ActivePoint): boolean {
  return point.kind === "register" && isEnabled;
}

function isWanted(point: Extract<StopPoint, { kind: "trap" }>, trap: NonNullable<StopHit["trap"]>): boolean {
  return ((causeBits(trap.interrupt ? point.interrupts : point.exceptions) >> BigInt(trap.cause)) & 1n) === 1n;
}

/** Whether a write has changed one of the bytes from `first` to `last`. Where the values are not known, it may have. */
function hasChanged(
  { address, size, before, after }: NonNullable<StopHit["access"]>,
  first: bigint,
  last: bigint,
): boolean {
  if (before === undefined || after === undefined) return true;
  for (let i = 0n; i < BigInt(size); i++) {
    const byte = address + i;
    if (byte >= first && byte <= last && ((before ^ after) >> (8n * i)) & 0xffn) return true;
  }
  return false;
}
