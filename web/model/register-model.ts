/** The registers of one vCPU as the page shows them: unfolded groups, pending edits, what changed since the last stop. */

import { GROUP_BITS, type GroupName } from "../../src/spec/register-table.ts";
import type { GroupSlot } from "../../src/spec/slot-layout.ts";
import type { CpuRegisters } from "../../src/sync/cpu-registers.ts";
import { SyncError } from "../../src/sync/errors.ts";
import type { GroupState } from "../../src/sync/slots.ts";
import { DEFAULT_HZ, LiveRegisters, type RegisterSource } from "./live-registers.ts";
import { Store } from "./store.ts";

/** One group, its lists in the order of its registers. */
export interface GroupView {
  readonly state: GroupState;
  /** null: nothing has been fetched yet. */
  readonly values: readonly bigint[] | null;
  /** Edited and not yet applied. */
  readonly edited: readonly boolean[];
  /** Other than at the stop before this one. Nothing is marked while the machine runs. */
  readonly changed: readonly boolean[];
}

/** An edit that the core has made legal: what was written, and what is read. */
export interface Legalised {
  readonly written: bigint;
  readonly read: bigint;
}

/** Why an edit or a put was refused, by the names of the registers. */
export type RegisterErrors = ReadonlyMap<string, string>;

const UNKNOWN: GroupView = { state: "stale", values: null, edited: [], changed: [] };
const NONE_LEGALISED: ReadonlyMap<string, Legalised> = new Map();
const NO_ERRORS: RegisterErrors = new Map();

/** What an inspector looks at first. */
const FIRST_OPEN: readonly GroupName[] = ["CORE", "PRIV", "STATUS", "TRAP"];

/** Groups to unfold at first: those stored, as far as such groups are defined. */
export function groupsToOpen(stored: readonly string[] | null): readonly GroupName[] {
  if (stored === null) return FIRST_OPEN;
  return stored.filter((name): name is GroupName => Object.hasOwn(GROUP_BITS, name));
}

export class RegisterModel {
  /** Groups that the CPU has; empty while there is no machine. */
  readonly groups = new Store<readonly GroupSlot[]>([]);
  readonly open: Store<ReadonlySet<GroupName>>;
  readonly errors = new Store<RegisterErrors>(NO_ERRORS);
  /** Edits of the latest put that read otherwise than they were written, by the names of the registers. */
  readonly legalised = new Store<ReadonlyMap<string, Legalised>>(NONE_LEGALISED);
  /** Publications a second while the machine runs, 1 to 60. */
  readonly hz = new Store(DEFAULT_HZ);
  /** Names of registers that are shown above all groups. */
  readonly pinned = new Store<readonly string[]>([]);
  /** Groups that are fetched though they are folded, such as those of pinned registers. */
  #besides: ReadonlySet<GroupName> = new Set();
  /** How many groups hold edits that the core has not seen. */
  readonly dirtyGroups = new Store(0);
  /** Name of the current privilege at the last stop, or null. */
  readonly privilege = new Store<string | null>(null);
  /** Where the standing machine goes on, pending edits included, as far as that has been fetched. */
  readonly pc = new Store<bigint | null>(null);
  /** Another number when a register of the standing machine has been edited, put or reverted, by whomever. */
  readonly edits = new Store(0);
  readonly #views = new Map<GroupName, Store<GroupView>>();
  /** Values at the stop before the present one. */
  #earlier = new Map<GroupName, readonly bigint[]>();
  /** The same for the stop at which a machine stays if its move is refused. */
  #earlierStill = this.#earlier;
  #cpu: CpuRegisters | null = null;
  #live: LiveRegisters | null = null;
  #moving = false;
  #fetching = false;

  constructor(open: Iterable<GroupName>) {
    this.open = new Store<ReadonlySet<GroupName>>(new Set(open));
  }

  /** The registers of another machine, or of none. */
  attach(source: RegisterSource | null): void {
    const cpu = source?.cpus[0] ?? null;
    this.#cpu = cpu;
    this.#live = source === null ? null : new LiveRegisters(source);
    this.#moving = false;
    this.#earlier = new Map();
    this.errors.set(NO_ERRORS);
    this.legalised.set(NONE_LEGALISED);
    this.dirtyGroups.set(0);
    this.privilege.set(null);
    for (const view of this.#views.values()) view.set(UNKNOWN);
    this.groups.set(cpu?.groups ?? []);
    void this.#want();
  }

  view(name: GroupName): Store<GroupView> {
    let view = this.#views.get(name);
    if (view === undefined) {
      view = new Store(UNKNOWN);
      this.#views.set(name, view);
    }
    return view;
  }

  /** Unfolds or folds a group. What is folded is neither fetched nor published, unless something else shows it. */
  async toggle(name: GroupName): Promise<void> {
    const open = new Set(this.open.get());
    if (!open.delete(name)) open.add(name);
    await this.unfold(open);
  }

  /** Unfolds these groups, and folds all others. */
  async unfold(names: Iterable<GroupName>): Promise<void> {
    this.open.set(new Set(names));
    await this.#changed();
  }

  /** Groups to fetch besides the unfolded ones. */
  async showBesides(names: ReadonlySet<GroupName>): Promise<void> {
    if (names.size === this.#besides.size && [...names].every((name) => this.#besides.has(name))) return;
    this.#besides = names;
    await this.#changed();
  }

  togglePin(name: string): void {
    const pinned = this.pinned.get();
    this.pinned.set(pinned.includes(name) ? pinned.filter((other) => other !== name) : [...pinned, name]);
  }

  async setHz(hz: number): Promise<void> {
    this.hz.set(hz);
    await this.#want();
  }

  /** The machine is about to move: what is shown now is what later values are compared with. */
  moves(): void {
    if (this.#moving) return;
    this.#moving = true;
    this.#earlierStill = this.#earlier;
    this.#earlier = new Map();
    for (const { row } of this.groups.get()) {
      const { values } = this.view(row.name).get();
      if (values !== null && this.#isShown(row.name)) this.#earlier.set(row.name, values);
    }
    this.errors.set(NO_ERRORS);
    this.legalised.set(NONE_LEGALISED);
    this.#show(false);
  }

  /** Shows the latest cut of the moving machine: no message, and nothing is allocated if it is the one on show. */
  sample(): void {
    if (this.#moving) this.#show(this.#live?.update() ?? false);
  }

  /** The machine stands. `afresh`: it is another one than before, so that there is nothing to compare with. */
  async stands(afresh: boolean): Promise<void> {
    this.#moving = false;
    if (afresh) this.#earlier = new Map();
    // What is wanted has been published with the stop.
    this.#show(false);
    await this.fetch();
  }

  /** The machine is gone: what was last known stays on show, but nothing of it is true any more. */
  lost(): void {
    for (const view of this.#views.values()) view.set({ ...view.get(), state: "stale", edited: NONE, changed: NONE });
    this.dirtyGroups.set(0);
    this.errors.set(NO_ERRORS);
    this.privilege.set(null);
  }

  /** Has the unfolded groups of the standing machine fetched, and shows them. */
  async fetch(): Promise<void> {
    const cpu = this.#cpu;
    if (cpu === null || this.#fetching) return;
    this.#fetching = true;
    const mask = this.#mask(cpu);
    try {
      await cpu.get(mask);
    } catch {
      // The machine is gone; its state says so, and what was last known stays on show.
      return;
    } finally {
      this.#fetching = false;
    }
    if (cpu !== this.#cpu) return;
    this.#show(false);
    // Unfolded meanwhile, or stopped meanwhile.
    if (mask !== this.#mask(cpu)) await this.fetch();
  }

  /** Names of the groups with edits that the core has not seen. */
  get dirtyNames(): readonly GroupName[] {
    const cpu = this.#cpu;
    return cpu?.groups.filter(({ row }) => cpu.state(row.name) === "dirty").map(({ row }) => row.name) ?? [];
  }

  /** Whether the slots of the standing machine hold something else than what is shown, such as another client's edits. */
  get hasNews(): boolean {
    const cpu = this.#cpu;
    if (cpu === null || this.#moving) return false;
    return cpu.groups.some(({ row: { name } }) => {
      const { state, values } = this.view(name).get();
      return cpu.state(name) !== state || (values !== null && this.#isShown(name) && cpu.readGroup(name) !== values);
    });
  }

  /** Shows what the slots of the standing machine hold now, other clients' edits included. */
  refresh(): void {
    this.#show(false);
    this.edits.set(this.edits.get() + 1);
  }

  /** Changes a register of the standing machine. Answers why not, or null. The core sees it at the next apply or run. */
  async edit(name: string, value: bigint): Promise<string | null> {
    const cpu = this.#cpu;
    if (cpu === null) return "There is no machine.";
    try {
      const group = cpu.row(name).group;
      if (cpu.state(group) === "stale") await cpu.get(group);
      cpu.edit(name, value);
    } catch (error) {
      return errorText(error);
    }
    this.#forgive(name);
    this.refresh();
    return null;
  }

  /** Value of a register of the standing machine as it is shown, or null: no such register, or not fetched. */
  valueOf(name: string): bigint | null {
    try {
      return this.#cpu?.read(name) ?? null;
    } catch {
      return null;
    }
  }

  /** Makes an address the next to be executed, at once. Answers why not, or null. */
  async setPc(address: bigint): Promise<string | null> {
    const pc = pcName(this.groups.get());
    if (pc === undefined) return "There is no machine.";
    const refusal = await this.edit(pc, address);
    if (refusal !== null) return refusal;
    await this.put("CORE");
    return this.errors.get().get(pc) ?? null;
  }

  /** Numbers of the exceptions by which programs call for help, by the words that the target has for causes. */
  systemCallCauses(): readonly number[] {
    return Array.from({ length: 32 }, (_, cause) => cause).filter((cause) =>
      /environment call from U|system call/.test(this.causeText(false, cause)),
    );
  }

  /** Name of the register that holds the root of the page tables, or null. */
  addressSpaceRegister(): string | null {
    return this.groups.get().find(({ row }) => row.name === "MMU")?.registers[0]?.row.name ?? null;
  }

  /** An expression that is true of a CPU which waits for an interrupt; null: the target does not say. */
  waitingExpression(): string | null {
    for (const { row } of this.groups.get().find(({ row }) => row.name === "RUN")?.registers ?? []) {
      for (const { lsb, width, values } of row.fields ?? []) {
        const state = Object.entries(values ?? {}).find(([, word]) => word === "waiting")?.[0];
        if (state !== undefined) return `(${row.name} >> ${lsb} & ${2 ** width - 1}) == ${state}`;
      }
    }
    return null;
  }

  /** A privilege by the name that the target gives to it. */
  privilegeName(number: number): string {
    return privilegeField(this.groups.get())?.values?.[number] ?? String(number);
  }

  /** All privileges by number and name. */
  privileges(): readonly (readonly [number: string, name: string])[] {
    return Object.entries(privilegeField(this.groups.get())?.values ?? {});
  }

  /** The exceptions or interrupts that have names. */
  causes(interrupts: boolean): readonly { readonly cause: number; readonly name: string }[] {
    return Array.from({ length: 64 }, (_, cause) => ({ cause, name: this.causeText(interrupts, cause) })).filter(
      ({ name }) => !/^(?:exception|interrupt) \d+$/.test(name),
    );
  }

  /** A trap's cause in words, as the target's cause register has it: interrupts have the highest bit set. */
  causeText(interrupt: boolean, cause: number): string {
    const traps = this.groups.get().find(({ row }) => row.name === "TRAP");
    const row = traps?.registers.find((slot) => slot.row.meaning !== undefined)?.row;
    const value = BigInt(cause) | (interrupt && row !== undefined ? 1n << BigInt(row.bits - 1) : 0n);
    return row?.meaning?.(value) ?? `${interrupt ? "interrupt" : "exception"} ${cause}`;
  }

  /** Puts all edits. A rejection stays with the register that it names, whose edit remains for correction. */
  async apply(): Promise<void> {
    await this.put("FULL");
  }

  /** The same for one group or a set of them. What the core has made legal is noted. */
  async put(mask: GroupName | "FULL"): Promise<void> {
    const cpu = this.#cpu;
    if (cpu === null) return;
    const written = cpu.groups
      .flatMap(({ registers }) => registers)
      .filter(({ row }) => cpu.isEdited(row.name))
      .map(({ row: { name } }) => ({ name, written: cpu.read(name) }));
    try {
      await cpu.put(mask);
      this.errors.set(NO_ERRORS);
      const edits = written
        .filter(({ name }) => !cpu.isEdited(name))
        .map(({ name, written }) => [name, { written, read: cpu.read(name) }] as const);
      this.legalised.set(new Map(edits.filter(([, { written, read }]) => written !== read)));
    } catch (error) {
      this.refuse(error);
    }
    this.refresh();
  }

  /** What a client can say of a group besides its registers. */
  about(name: GroupName): { readonly epoch: number; readonly instret: bigint; readonly wanted: boolean } | null {
    const cpu = this.#cpu;
    if (cpu === null) return null;
    return { ...cpu.stamp(name), wanted: (this.#mask(cpu) & cpu.mask([name])) !== 0 };
  }

  /** Fetches one group anew, folded or not; edits of it stay. */
  async get(name: GroupName): Promise<void> {
    try {
      await this.#cpu?.get([name]);
    } catch {
      // The machine is gone; its state says so.
    }
    this.#show(false);
  }

  /** Drops all edits, or those of one group, and shows what the core holds. */
  async revert(mask: GroupName | "FULL" = "FULL"): Promise<void> {
    const cpu = this.#cpu;
    if (cpu === null) return;
    try {
      await cpu.revert(mask);
      this.errors.set(NO_ERRORS);
    } catch (error) {
      this.refuse(error);
    }
    await this.fetch();
    this.refresh();
  }

  /** Notes a refusal at the register that it names. Answers the sentence. */
  refuse(error: unknown): string {
    const text = errorText(error);
    if (this.#moving) {
      this.#moving = false;
      this.#earlier = this.#earlierStill;
      this.refresh();
    }
    if (error instanceof SyncError && error.register !== undefined) {
      this.errors.set(new Map(this.errors.get()).set(error.register, text));
      const group = this.#cpu?.row(error.register).group;
      if (group !== undefined && !this.open.get().has(group)) void this.toggle(group);
    }
    return text;
  }

  /** `live`: the moving machine has published something new. */
  #show(live: boolean): void {
    const cpu = this.#cpu;
    if (cpu === null) return;
    let dirty = 0;
    for (const group of cpu.groups) {
      const { name } = group.row;
      const state = cpu.state(name);
      if (state === "dirty") dirty++;
      if (this.#isShown(name)) this.#showGroup(cpu, group, state, live);
      else this.#showState(name, state);
    }
    this.dirtyGroups.set(dirty);
    this.privilege.set(this.#moving ? null : privilegeOf(cpu));
    const pc = pcName(cpu.groups);
    this.pc.set(this.#moving || pc === undefined || cpu.state("CORE") === "stale" ? null : cpu.read(pc));
  }

  #showGroup(cpu: CpuRegisters, group: GroupSlot, state: GroupState, live: boolean): void {
    const { name, bit } = group.row;
    const view = this.view(name);
    const known = view.get();
    let { values } = known;
    if (live) values = this.#live?.values(name, bit) ?? values;
    else if (!this.#moving && (values !== null || state !== "stale" || cpu.stamp(name).epoch !== 0)) {
      values = cpu.readGroup(name);
    }
    if (values === null) return;
    const edited = state === "dirty" ? group.registers.map(({ row }) => cpu.isEdited(row.name)) : NONE;
    const earlier = this.#moving ? undefined : this.#earlier.get(name);
    const changed = earlier === undefined ? NONE : values.map((value, index) => value !== earlier[index]);
    if (
      values === known.values &&
      state === known.state &&
      sameFlags(edited, known.edited) &&
      sameFlags(changed, known.changed)
    ) {
      return;
    }
    view.set({ state, values, edited, changed });
  }

  #showState(name: GroupName, state: GroupState): void {
    const view = this.view(name);
    if (view.get().state !== state) view.set({ ...view.get(), state });
  }

  #forgive(name: string): void {
    if (!this.errors.get().has(name)) return;
    const errors = new Map(this.errors.get());
    errors.delete(name);
    this.errors.set(errors);
  }

  /** Unfolded groups, and the privilege for the status line. */
  #mask(cpu: CpuRegisters): number {
    const wanted = cpu.groups.filter(({ row }) => row.name === "PRIV" || this.#isShown(row.name));
    return wanted.reduce((mask, { row }) => mask | (1 << row.bit), 0) >>> 0;
  }

  async #want(): Promise<void> {
    const cpu = this.#cpu;
    if (cpu === null) return;
    const mask = this.#mask(cpu);
    cpu.want(mask);
    await this.#live?.want(mask, this.hz.get());
  }

  #isShown(name: GroupName): boolean {
    return this.open.get().has(name) || this.#besides.has(name);
  }

  async #changed(): Promise<void> {
    await this.#want();
    if (this.#moving) this.sample();
    else await this.fetch();
  }
}

const NONE: readonly boolean[] = [];

function sameFlags(a: readonly boolean[], b: readonly boolean[]): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every((flag, index) => flag === b[index]);
}

function pcName(groups: readonly GroupSlot[]): string | undefined {
  const core = groups.find(({ row }) => row.name === "CORE");
  return core?.registers.find(({ row }) => row.format === "pc")?.row.name;
}

function privilegeField(groups: readonly GroupSlot[]) {
  return groups.find(({ row }) => row.name === "PRIV")?.registers[0]?.row.fields?.[0];
}

/** The name that the target gives to the present value of its privilege register, if it has one. */
function privilegeOf(cpu: CpuRegisters): string | null {
  const field = privilegeField(cpu.groups);
  return field?.values?.[Number(cpu.readGroup("PRIV")[0])] ?? null;
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
