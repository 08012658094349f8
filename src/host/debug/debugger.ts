/** The debugger of one machine: the stop points of all clients, what becomes of them while the machine moves, and movements. */
import type { InterruptState } from "../board-state.ts";
import {
  DEBUG_ACCESS,
  DEBUG_CONTROL_WRITE,
  DEBUG_EXECUTE,
  DEBUG_HOST,
  DEBUG_PRIVILEGE,
  DEBUG_TRAP,
  WATCH_BREAK,
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
import type { Evaluated, Movement, StopHit, StopPoint, SymbolEntry } from "./debug-types.ts";
import { type Goalpost, type Mover, moverFor, type Stride } from "./movements.ts";
import type { ActivePoint, PointScope } from "./stop-point.ts";
import { StopPointList } from "./stop-point-list.ts";
import { VirtualMemory } from "./virtual-memory.ts";

/** The only vCPU so far. */
const CPU = 0;
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
  readonly points: StopPointList;
  private readonly record: DebugRecord;
  private readonly registers: CoreRegisters;
  private readonly scope: PointScope;
  private readonly context: ExpressionContext;
  private symbols = new Map<string, bigint>();
  private mover: Mover | null = null;
  private goalpost: Goalpost | null = null;
  private heldSteps = false;
  /** The core does not have the points as they are now. */
  private outdated = false;
  private watches = 0;
  /** Addresses of the breakpoints that the core has. */
  private breaks: ReadonlySet<bigint> = new Set();
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
    this.points = new StopPointList(this.scope, () => this.pointsChanged());
    this.context = {
      register: (name) => registers.read(name),
      memory: (va, size) => this.virtual.value(va, size, CPU),
      physical: (pa, size) => this.virtual.physicalValue(pa, size),
      hits: 0,
    };
  }

  // --- What clients ask ---

  setSymbols(symbols: readonly SymbolEntry[]): void {
    this.symbols = new Map(symbols.map(({ name, address }) => [name, address]));
  }

  /** The CPU's interrupts, by falling priority. */
  interrupts(): readonly InterruptState[] {
    return this.parts.target.interrupts(this.registers);
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
    this.readRegisters();
    return this.stop !== null;
  }

  /** Brings the core up to date with the points, if they have changed. */
  install(): void {
    if (!this.outdated) return;
    this.outdated = false;
    const { core } = this.parts;
    const { ranges } = this.points;
    const breaks = new Set(ranges.filter(({ kinds }) => (kinds & WATCH_BREAK) !== 0).map(({ first }) => first));
    const gone = [...this.breaks].some((address) => !breaks.has(address));
    this.breaks = breaks;
    // Goalposts come and go too often for code to be compiled anew.
    if (this.goalpost !== null) {
      ranges.push({ kinds: WATCH_BREAK, first: this.goalpost.address, last: this.goalpost.address });
    }
    for (const [index, { kinds, first, last }] of ranges.entries()) core.setDebugWatch(CPU, index, kinds, first, last);
    for (let index = ranges.length; index < this.watches; index++) core.setDebugWatch(CPU, index, 0, 0n, 0n);
    this.watches = ranges.length;
    core.debugWatchesChanged(CPU, gone ? 1 : 0);
    this.record.setInterests(this.points.interests(this.mover?.hearsTraps === true && this.goalpost === null));
  }

  /** The machine must be run step by step. */
  get isStepping(): boolean {
    return (this.mover !== null && this.goalpost === null) || this.points.watchesRegisters;
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
      this.reach(hits, (active) => active.wantsTrap(trap), { trap });
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
    for (const active of this.points.enabled) {
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

  private pointsChanged(): void {
    this.outdated = true;
    this.readRegisters();
    const listening = this.points.enabled.filter(({ matcher }) => matcher !== null);
    this.parts.console.onOutput = listening.length === 0 ? null : (bytes) => this.hear(listening, bytes);
  }

  /** A change of a register counts from here on. */
  private readRegisters(): void {
    for (const active of this.points.enabled) {
      if (active.point.kind === "register") active.lastValue = this.registers.read(active.point.name);
    }
  }

  private hear(listening: readonly ActivePoint[], bytes: Uint8Array): void {
    for (const active of listening) {
      if (active.matcher?.take(bytes)) this.printed.add(active);
    }
    if (this.printed.size > 0) this.record.raise();
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
    const wants = ({ point }: ActivePoint): boolean =>
      point.kind === "execute" && point.address === pc && this.isSpace(point.space);
    this.reach(hits, wants, {});
    const { goalpost } = this;
    if (goalpost === null || goalpost.address !== pc || !this.isSpace(goalpost.space)) return false;
    return (
      goalpost.stackFrom === undefined || this.registers.read(this.parts.target.stackPointer) >= goalpost.stackFrom
    );
  }

  /** Whether the CPU is in an address space; undefined: in any. */
  private isSpace(wanted: bigint | undefined): boolean {
    return wanted === undefined || wanted === this.parts.target.addressSpace(this.registers);
  }

  private judgeAccess(hits: StopHit[]): void {
    const { kinds, access } = this.record.access;
    const wants = (active: ActivePoint): boolean =>
      active.wantsAccess(kinds, access) && active.point.kind === "watch" && this.isSpace(active.point.space);
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
    for (const active of this.points.enabled) {
      if (!wants(active)) continue;
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
    this.points.removeTemporary(hits);
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
