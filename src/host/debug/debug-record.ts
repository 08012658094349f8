/** The host's end of the record in which the core says what has happened for a debugger (wasm-core/machine/debug-record.ts). */
import {
  CPU_STRIDE,
  CPUS_BASE,
  DEBUG_ACCESS_AFTER,
  DEBUG_ACCESS_BEFORE,
  DEBUG_ACCESS_KINDS,
  DEBUG_ACCESS_KNOWN,
  DEBUG_ACCESS_SIZE,
  DEBUG_ACCESS_VA,
  DEBUG_CONTROL,
  DEBUG_CONTROL_AFTER,
  DEBUG_CONTROL_BEFORE,
  DEBUG_CONTROL_BITS,
  DEBUG_CONTROLS,
  DEBUG_EXCEPTIONS,
  DEBUG_HELD,
  DEBUG_HOST,
  DEBUG_INTERRUPTS,
  DEBUG_PASSED_PC,
  DEBUG_PASSED_STEP,
  DEBUG_PENDING,
  DEBUG_PRIVILEGE_FROM,
  DEBUG_PRIVILEGE_TO,
  DEBUG_PRIVILEGES,
  DEBUG_RECORD,
  DEBUG_RECORD_BYTES,
  DEBUG_TRAP_CAUSE,
  DEBUG_TRAP_INTERRUPT,
  DEBUG_TRAP_PC,
  DEBUG_TRAP_VALUE,
  WATCH_STORE,
} from "../../spec/abi.ts";
import type { StopHit } from "./debug-types.ts";

/** What the core is to record. */
export interface Interests {
  /** A bit for each cause. */
  readonly exceptions: bigint;
  readonly interrupts: bigint;
  readonly privileges: boolean;
  /** Numbers of control registers. */
  readonly controls: readonly number[];
}

/** The access that was recorded, with what the core knows of its kinds. */
export interface RecordedAccess {
  readonly kinds: number;
  readonly access: NonNullable<StopHit["access"]>;
}

export class DebugRecord {
  private readonly view: DataView;
  private readonly base: number;

  constructor(memory: ArrayBufferLike, cpu: number) {
    this.view = new DataView(memory);
    this.base = CPUS_BASE + cpu * CPU_STRIDE + DEBUG_RECORD;
  }

  setInterests({ exceptions, interrupts, privileges, controls }: Interests): void {
    this.setLong(DEBUG_EXCEPTIONS, exceptions);
    this.setLong(DEBUG_INTERRUPTS, interrupts);
    this.setWord(DEBUG_PRIVILEGES, privileges ? 1 : 0);
    this.setWord(DEBUG_CONTROLS, controls.length > 0 ? 1 : 0);
    const bits = new Uint8Array(
      this.view.buffer,
      this.base + DEBUG_CONTROL_BITS,
      DEBUG_RECORD_BYTES - DEBUG_CONTROL_BITS,
    );
    bits.fill(0);
    for (const number of controls) bits[number >> 3] |= 1 << (number & 7);
  }

  /** Events and interrupts are held, or no longer. */
  set held(held: boolean) {
    this.setWord(DEBUG_HELD, held ? 1 : 0);
  }

  /** Breakpoints at `pc` do not stop the vCPU at step `step`: it stands there already. */
  pass(step: bigint, pc: bigint): void {
    this.setLong(DEBUG_PASSED_STEP, step);
    this.setLong(DEBUG_PASSED_PC, pc);
  }

  /** What has happened (DEBUG_EXECUTE and so on), which the core then forgets. */
  take(): number {
    const pending = this.word(DEBUG_PENDING);
    this.setWord(DEBUG_PENDING, 0);
    return pending;
  }

  /** To be called while the core runs, from one of its calls: it returns as soon as the instruction is complete. */
  raise(): void {
    this.setWord(DEBUG_PENDING, this.word(DEBUG_PENDING) | DEBUG_HOST);
  }

  get access(): RecordedAccess {
    const kinds = this.word(DEBUG_ACCESS_KINDS);
    const size = this.word(DEBUG_ACCESS_SIZE);
    const known = this.word(DEBUG_ACCESS_KNOWN) === size && size > 0;
    return {
      kinds,
      access: {
        type: kinds & WATCH_STORE ? "write" : "read",
        address: this.long(DEBUG_ACCESS_VA),
        size,
        ...(known && { before: this.long(DEBUG_ACCESS_BEFORE), after: this.long(DEBUG_ACCESS_AFTER) }),
      },
    };
  }

  get control(): { readonly number: number; readonly before: bigint; readonly after: bigint } {
    return {
      number: this.word(DEBUG_CONTROL),
      before: this.long(DEBUG_CONTROL_BEFORE),
      after: this.long(DEBUG_CONTROL_AFTER),
    };
  }

  get trap(): NonNullable<StopHit["trap"]> {
    return {
      interrupt: this.word(DEBUG_TRAP_INTERRUPT) === 1,
      cause: this.word(DEBUG_TRAP_CAUSE),
      pc: this.long(DEBUG_TRAP_PC),
      value: this.long(DEBUG_TRAP_VALUE),
    };
  }

  get privilege(): NonNullable<StopHit["privilege"]> {
    return { from: this.word(DEBUG_PRIVILEGE_FROM), to: this.word(DEBUG_PRIVILEGE_TO) };
  }

  private word(offset: number): number {
    return this.view.getUint32(this.base + offset, true);
  }

  private setWord(offset: number, value: number): void {
    this.view.setUint32(this.base + offset, value, true);
  }

  private long(offset: number): bigint {
    return this.view.getBigUint64(this.base + offset, true);
  }

  private setLong(offset: number, value: bigint): void {
    this.view.setBigUint64(this.base + offset, value, true);
  }
}
