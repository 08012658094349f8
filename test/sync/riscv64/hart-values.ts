/** What tests of the sync look at on the real hart: register files as the core and as clients have them, random values. */
import { CPU_REGISTERS, CPUS_BASE } from "../../../src/spec/abi.ts";
import { REGISTER_TABLES } from "../../../src/spec/riscv64/register-tables.ts";
import { slotLayout } from "../../../src/spec/slot-layout.ts";
import type { CpuRegisters } from "../../../src/sync/cpu-registers.ts";
import { RegisterBytes } from "../../../src/sync/register-bytes.ts";
import { addi, type HartMachine, jump } from "./hart-machine.ts";

export const layout = slotLayout(REGISTER_TABLES);
export const slots = new Map(layout.registers.map((slot) => [slot.row.name, slot]));
/** Adds 1 to x5, then to x6, for ever. */
export const LOOP = [addi(5, 5, 1), addi(6, 6, 1), jump(-2)];

/** A register in the core's register file, past the sync. */
export function inCore(of: HartMachine, name: string): bigint {
  return new RegisterBytes(of.memory, CPUS_BASE + CPU_REGISTERS).value(slots.get(name)!);
}

/** Values of all registers, by names. */
export const everything = (client: CpuRegisters): Record<string, bigint> =>
  Object.fromEntries(
    client.groups.flatMap(({ row }) => {
      const values = client.readGroup(row.name);
      return client.groups.find((group) => group.row === row)!.registers.map((slot, n) => [slot.row.name, values[n]!]);
    }),
  );

/** Pseudo-random bits that repeat (xorshift64*). */
export function random(seed: bigint): () => bigint {
  let state = seed;
  return () => {
    state ^= state >> 12n;
    state = BigInt.asUintN(64, state ^ (state << 25n));
    state ^= state >> 27n;
    return BigInt.asUintN(64, state * 0x2545f4914f6cdd1dn);
  };
}
