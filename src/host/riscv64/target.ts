/** This target as the host sees it. */
import { INSTRUCTION_SET } from "../../spec/riscv64/instruction-set.ts";
import { REGISTER_TABLES } from "../../spec/riscv64/register-tables.ts";
import { virtBoard } from "../../spec/riscv64/virt-board.ts";
import { debugTarget } from "./debug-target.ts";
import type { HostTarget } from "../target.ts";
import { FLASH_START, planVirtBoot } from "./virt-boot.ts";

const { rom, ram, devices } = virtBoard;

export const target: HostTarget = {
  ramStart: BigInt(ram.base),
  romStart: BigInt(rom.base),
  romBytes: BigInt(rom.size ?? 0),
  flashStart: FLASH_START,
  resetPc: BigInt(rom.base),
  virtioSlots: devices.filter(({ type }) => type === "virtio/mmio").length,
  board: virtBoard,
  registers: REGISTER_TABLES,
  instructions: INSTRUCTION_SET,
  debug: debugTarget,
  planBoot: planVirtBoot,
};
