/** A machine with one hart, no host around it, and a program given as instruction words; for tests of the sync. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CPUS_BASE, MACHINE_BASE, CONTROL_BYTES, RAM_BASE } from "../../../src/spec/abi.ts";
import { CSRS } from "../../../src/spec/riscv64/csrs.ts";
import { REGISTER_TABLES } from "../../../src/spec/riscv64/register-tables.ts";
import {
  type CoreExports,
  type CoreImports,
  createMachineMemory,
  instantiateCore,
} from "../../../src/host/core-instance.ts";
import { CoreSync } from "../../../src/sync/core-sync.ts";
import { CpuRegisters } from "../../../src/sync/cpu-registers.ts";

const wasm = readFileSync(join(import.meta.dirname, "../../../build/core-riscv64.wasm"));
const RAM_BYTES = 16 << 20;

/** Where programs begin: the start of RAM. */
export const START = 0x8000_0000n;

/** A host with an empty terminal and no disks. */
const emptyHost: CoreImports = {
  consoleOut: () => {},
  consoleOutBytes: () => {},
  consoleAvailable: () => 0,
  consoleTake: () => 0,
  blockSectors: () => 0n,
  blockReadOnly: () => 0,
  blockSerial: () => {},
  blockBegin: () => {},
  blockPut: () => {},
  blockStart: () => {},
  blockStatus: () => 0,
  blockGet: () => {},
  blockEnd: () => {},
};

let module: Promise<WebAssembly.Module> | undefined;

export class HartMachine {
  readonly core: CoreExports;
  readonly memory: SharedArrayBuffer;
  readonly sync: CoreSync;
  readonly ram: DataView;

  private constructor(core: CoreExports, memory: SharedArrayBuffer) {
    this.core = core;
    this.memory = memory;
    this.sync = new CoreSync(core, memory, REGISTER_TABLES, 1);
    this.ram = new DataView(memory, RAM_BASE, RAM_BYTES);
  }

  /** After power-on, with `program` at START and pc there; all groups stale. */
  static async create(program: readonly number[] = [], host: Partial<CoreImports> = {}): Promise<HartMachine> {
    const machine = await HartMachine.createUninitialised(host);
    const { core } = machine;
    core.resetMachine();
    core.syncReset(0, 0xffff_ffff);
    machine.write(START, program);
    const cpu = machine.client();
    await cpu.get("CORE");
    cpu.edit("pc", START);
    await cpu.put("CORE");
    await cpu.revert("CORE");
    return machine;
  }

  /** After init(), before anybody has reset it. `host` replaces parts of an empty one. */
  static async createUninitialised(host: Partial<CoreImports> = {}): Promise<HartMachine> {
    module ??= WebAssembly.compile(wasm);
    const memory = createMachineMemory(RAM_BASE + RAM_BYTES);
    const core = await instantiateCore(await module, memory, CPUS_BASE, { ...emptyHost, ...host });
    const machine = new HartMachine(core, memory.buffer as unknown as SharedArrayBuffer);
    core.init(BigInt(RAM_BYTES), 1, 2, 0, 0n, 0n);
    return machine;
  }

  client(): CpuRegisters {
    return new CpuRegisters(
      {
        get: async (cpu, mask) => this.sync.get(cpu, mask),
        put: async (cpu, mask) => this.sync.put(cpu, mask),
        revert: async (cpu, mask) => this.sync.revert(cpu, mask),
      },
      this.memory,
      0,
      REGISTER_TABLES,
    );
  }

  /** Runs `steps` steps from a held machine to a held machine; answers the groups that were put first. */
  run(steps: number): number {
    const { applied } = this.sync.resume();
    this.core.run(this.core.steps() + BigInt(steps));
    this.sync.stop();
    return applied[0]!;
  }

  /** Writes instruction words at physical address `pa`, as a debugger would. */
  write(pa: bigint, words: readonly number[]): void {
    words.forEach((word, n) => {
      this.ram.setUint32(Number(pa - START) + 4 * n, word, true);
    });
    this.core.wrote(pa, 4 * words.length);
  }

  /** Everything on which the future depends, RAM included. */
  stateHash(): bigint {
    return this.core.hashRange(RAM_BASE, RAM_BYTES, this.core.stateHashCore());
  }

  /** Bytes of the register file as the core keeps it. */
  get file(): DataView {
    return new DataView(this.memory, CPUS_BASE, 0x1000);
  }

  /** Count of the machine's own words, to see that nothing there moved. */
  get machineState(): string {
    return Buffer.from(new Uint8Array(this.memory, MACHINE_BASE + CONTROL_BYTES, 0x200)).toString("hex");
  }
}

const number = (csr: string): number => CSRS.find(({ name }) => name === csr)!.number;

// Encodings (The RISC-V Instruction Set Manual, volume I, "RV32/64G Instruction Set Listings").
export const addi = (rd: number, rs1: number, imm: number): number =>
  (((imm & 0xfff) << 20) | (rs1 << 15) | (rd << 7) | 0x13) >>> 0;
export const csrrw = (rd: number, csr: string, rs1: number): number =>
  ((number(csr) << 20) | (rs1 << 15) | (1 << 12) | (rd << 7) | 0x73) >>> 0;
export const ld = (rd: number, rs1: number): number => ((rs1 << 15) | (3 << 12) | (rd << 7) | 0x03) >>> 0;
/** jal x0, by a whole number of instructions. */
export const jump = (words: number): number => {
  const offset = words * 4;
  const bits = ((offset >> 1) & 0x3ff) << 21;
  return (
    (((offset < 0 ? 1 : 0) << 31) | bits | (((offset >> 11) & 1) << 20) | (((offset >> 12) & 0xff) << 12) | 0x6f) >>> 0
  );
};
/** fadd.d with the dynamic rounding mode. */
export const faddD = (rd: number, rs1: number, rs2: number): number =>
  ((1 << 25) | (rs2 << 20) | (rs1 << 15) | (7 << 12) | (rd << 7) | 0x53) >>> 0;
export const lrD = (rd: number, rs1: number): number => ((2 << 27) | (rs1 << 15) | (3 << 12) | (rd << 7) | 0x2f) >>> 0;
export const scD = (rd: number, rs1: number, rs2: number): number =>
  ((3 << 27) | (rs2 << 20) | (rs1 << 15) | (3 << 12) | (rd << 7) | 0x2f) >>> 0;
export const wfi = 0x1050_0073;
