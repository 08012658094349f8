/** Compiles the modules that the core's translator writes and puts their functions into the core's table. */
import { JIT_BASE, JIT_INSTRUCTIONS, JIT_SLOTS } from "../../spec/abi.ts";
import type { CoreExports, LinkerImports } from "../core-instance.ts";
import type { CheckedJit } from "../machine-options.ts";
import type { LinkedModule } from "../machine-types.ts";

/** Who hears of it. */
export interface LinkerListener {
  notice(text: string): void;
  linked(module: LinkedModule): void;
  /** Physical address of the guest memory at a pointer. */
  addressOf(ptr: number): bigint;
}

/** A core that has been told to compile. */
interface LinkedCore {
  readonly exports: CoreExports;
  readonly table: WebAssembly.Table;
  readonly firstSlot: number;
  /** For the modules: they import what the core exports, by its names. */
  readonly imports: WebAssembly.Imports;
}

/** The function in a slot: that of number `index` in a module. */
export interface SlotCode {
  readonly module: Uint8Array;
  readonly index: number;
}

/** A module on its way into the table. */
interface Job {
  /** From 1 on. */
  readonly number: number;
  readonly slot: number;
  readonly count: number;
  readonly bytes: number;
  readonly steps: bigint;
  readonly instructions: number;
  readonly entries: readonly bigint[];
  readonly started: number;
}

/**
 * Modules export their functions and the host puts them into the table, rather than modules bringing element segments: in Node 20
 * an instance that imports a table lives as long as that table, with 170 KB for one of this size, and each makes the next one slower.
 */
export class JitLinker implements LinkerImports {
  /** Modules that the engine refused. */
  refused = 0;
  /** Host ms from handing over until linked, of all modules. */
  compileMs = 0;
  longestStallMs = 0;
  /** Number of the module to which a slot belongs, linked or not yet; 0: free. */
  private readonly owners = new Uint32Array(JIT_SLOTS);
  /** What lies in each slot, for those who want to look at it. */
  private readonly codes: (SlotCode | null)[] = [];
  private readonly bytes: Uint8Array;
  private readonly counters: DataView;
  private core: LinkedCore | null = null;
  private modules = 0;
  private instructions = 0;

  constructor(
    memory: WebAssembly.Memory,
    private readonly options: CheckedJit | null,
    private readonly listener: LinkerListener,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.bytes = new Uint8Array(memory.buffer);
    this.counters = new DataView(memory.buffer, JIT_BASE);
  }

  /** Makes place in the core's table, once for all, and tells the core. After its init(). */
  configure(exports: CoreExports): void {
    const { table, jitConfigure } = exports;
    if (table === undefined || jitConfigure === undefined) return;
    if (this.options === null) {
      jitConfigure(0, 0, 0, 0);
      return;
    }
    const firstSlot = table.grow(JIT_SLOTS);
    this.core = { exports, table, firstSlot, imports: { core: { ...exports } as WebAssembly.ModuleImports } };
    jitConfigure(1, this.options.threshold, firstSlot, this.options.compile === "sync" ? 1 : 0);
  }

  /** false: everything is interpreted. */
  get isOn(): boolean {
    return this.core !== null;
  }

  /** Slots in use. */
  get slots(): number {
    return this.owners.reduce((sum, owner) => sum + (owner === 0 ? 0 : 1), 0);
  }

  readonly jitLink = (ptr: number, length: number, slot: number, count: number): number => {
    const started = this.now();
    const core = this.ownerOf(slot, count);
    // Engines compile no shared bytes.
    const bytes = this.bytes.slice(ptr >>> 0, (ptr >>> 0) + (length >>> 0));
    const instructions = Number(this.counters.getBigUint64(JIT_INSTRUCTIONS, true));
    const job = {
      ...{ number: ++this.modules, slot, count, bytes: bytes.length, started },
      steps: core.exports.steps(),
      instructions: instructions - this.instructions,
      entries: this.options?.log ? this.entriesOf(core.exports, slot, count) : [],
    };
    this.instructions = instructions;
    for (let index = 0; index < count; index++) {
      this.owners[slot - core.firstSlot + index] = job.number;
      this.codes[slot - core.firstSlot + index] = { module: bytes, index };
    }
    if (this.options?.compile === "sync") {
      try {
        this.link(core, job, new WebAssembly.Module(bytes));
        return 1;
      } catch (error) {
        // The core hears of it when it does not run.
        queueMicrotask(() => this.refuse(core, job, error as Error));
        return 0;
      } finally {
        this.stalled(started);
      }
    }
    // These callbacks come when the stack is empty, so that the core does not run.
    WebAssembly.compile(bytes).then(
      (module) => this.arrive(core, job, module),
      (error) => this.refuse(core, job, error),
    );
    this.stalled(started);
    return 0;
  };

  readonly jitRelease = (slot: number, count: number): void => {
    const { table, firstSlot } = this.ownerOf(slot, count);
    for (let i = slot; i < slot + count; i++) {
      this.owners[i - firstSlot] = 0;
      this.codes[i - firstSlot] = null;
      table.set(i, null);
    }
  };

  /** The code in the slot that is entered at the guest code at `ptr`, or null if that is interpreted. */
  codeAt(ptr: number): SlotCode | null {
    const { core } = this;
    const slot = core?.exports.jitSlotAt?.(ptr) ?? 0;
    return core === null || slot === 0 ? null : (this.codes[slot - core.firstSlot] ?? null);
  }

  /** All that lies in slots, and physical addresses at which it is entered. */
  *regions(): Generator<{ readonly code: SlotCode; readonly entry: bigint }> {
    const { core } = this;
    if (core === null) return;
    for (const [index, code] of this.codes.entries()) {
      if (!code) continue;
      const ptr = (core.exports.jitEntry?.(core.firstSlot + index) ?? 0) >>> 0;
      if (ptr !== 0) yield { code, entry: this.listener.addressOf(ptr) };
    }
  }

  /** What is on its way comes to nothing. */
  close(): void {
    this.core = null;
  }

  private arrive(core: LinkedCore, job: Job, module: WebAssembly.Module): void {
    if (this.core === null) return;
    const started = this.now();
    try {
      this.link(core, job, module);
    } catch (error) {
      this.refuse(core, job, error as Error);
      return;
    }
    for (const [slot, count] of this.runsOf(core, job)) core.exports.jitLinked?.(slot, count);
    this.stalled(started);
  }

  /** Fills the slots that are still the module's. */
  private link(core: LinkedCore, job: Job, module: WebAssembly.Module): void {
    const runs = this.runsOf(core, job);
    if (runs.length === 0) return;
    const { exports } = new WebAssembly.Instance(module, core.imports);
    for (const [slot, count] of runs) {
      for (let i = slot; i < slot + count; i++) core.table.set(i, functionOf(exports, `${i - job.slot}`));
    }
    const ms = this.now() - job.started;
    this.compileMs += ms;
    if (this.options?.log) {
      const { number, steps, entries, instructions, bytes } = job;
      this.listener.linked({ number: number - 1, steps, entries, instructions, bytes, ms });
    }
  }

  private refuse(core: LinkedCore, job: Job, error: Error): void {
    if (this.core === null) return;
    this.refused++;
    if (this.refused === 1)
      this.listener.notice(`jit: a module was refused, its code is interpreted: ${error.message}`);
    for (const [slot, count] of this.runsOf(core, job)) core.exports.jitFailed?.(slot, count);
  }

  /** First slot and length of each run of slots that still belong to the module: others were released, and may be another's. */
  private runsOf({ firstSlot }: LinkedCore, { number, slot, count }: Job): [number, number][] {
    const runs: [number, number][] = [];
    for (let i = slot; i < slot + count; i++) {
      if (this.owners[i - firstSlot] !== number) continue;
      const last = runs.at(-1);
      if (last !== undefined && last[0] + last[1] === i) last[1]++;
      else runs.push([i, 1]);
    }
    return runs;
  }

  private entriesOf(core: CoreExports, slot: number, count: number): bigint[] {
    const pointers = Array.from({ length: count }, (_, i) => (core.jitEntry?.(slot + i) ?? 0) >>> 0);
    return pointers.filter((ptr) => ptr !== 0).map((ptr) => this.listener.addressOf(ptr));
  }

  private ownerOf(slot: number, count: number): LinkedCore {
    const { core } = this;
    if (core === null) throw new Error("jit: the core compiles, though it was not told to");
    if (slot < core.firstSlot || slot + count > core.firstSlot + JIT_SLOTS) {
      throw new RangeError(`jit: slots ${slot} to ${slot + count - 1} are not for compiled code`);
    }
    return core;
  }

  private stalled(started: number): void {
    this.longestStallMs = Math.max(this.longestStallMs, this.now() - started);
  }
}

function functionOf(exports: WebAssembly.Exports, name: string): WebAssembly.ExportValue {
  const found = exports[name];
  if (typeof found !== "function") throw new Error(`it exports no function "${name}"`);
  return found;
}
