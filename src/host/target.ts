/** What the host must know of a target: how its board is laid out and how a machine of it starts. */
import type { InstructionSet } from "../spec/instruction-table.ts";
import type { Board } from "../spec/memory-map.ts";
import type { RegisterTables } from "../spec/slot-layout.ts";
import type { DebugTarget } from "./debug/debug-target.ts";
import type { LoadedImage } from "./images.ts";
import type { Placement, RamRange } from "./placement.ts";

export interface BootRequest {
  readonly ramBytes: number;
  readonly cpuCount: number;
  readonly firmware: LoadedImage | null;
  readonly kernel: LoadedImage | null;
  readonly initrd: LoadedImage | null;
  /** In the place of the target's own description of the machine. */
  readonly deviceTree: LoadedImage | null;
  /** Kernel command line. */
  readonly append: string;
  /** There is something in the first bank of flash, which is to be started. */
  readonly hasFlash: boolean;
  /** From which the boot seed of the kernel's random numbers comes. */
  readonly seed: bigint;
}

/** Memory as it is when the CPU starts. */
export interface BootPlan {
  readonly rom: Uint8Array;
  readonly placements: readonly Placement[];
  /** One of the placements. */
  readonly deviceTree: Placement;
  /** Physical address of the HTIF word `tohost`, or null. */
  readonly htifAddress: bigint | null;
}

export interface HostTarget {
  readonly ramStart: bigint;
  readonly romStart: bigint;
  readonly romBytes: bigint;
  /** Address of the first bank of flash; the others follow. */
  readonly flashStart: bigint;
  /** Address of the first instruction after reset. */
  readonly resetPc: bigint;
  /** Slots of the virtio bus; devices without an address take the last free one. */
  readonly virtioSlots: number;
  readonly board: Board;
  readonly registers: RegisterTables;
  readonly instructions: InstructionSet;
  readonly debug: DebugTarget;
  /** Throws an Error that names image and field if something is wrong with an image or does not fit. */
  planBoot(request: BootRequest): BootPlan;
}

/** RAM of a machine with `ramBytes` bytes. */
export function ramRange(target: HostTarget, ramBytes: number): RamRange {
  return { start: target.ramStart, bytes: BigInt(ramBytes) };
}

/** The target of this name; throws an Error if there is none. */
export async function loadTarget(name: string): Promise<HostTarget> {
  const unknown = `There is no target "${name}".`;
  if (!/^[a-z0-9]+$/.test(name)) throw new Error(unknown);
  let module: { target: HostTarget };
  try {
    module = await import(`./${name}/target.ts`);
  } catch (error) {
    throw new Error(`${unknown} (${(error as Error).message})`);
  }
  return module.target;
}
