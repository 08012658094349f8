/** Equips a machine's board once, and switches the machine off and on with its images in place. */
import type { CoreSync } from "../sync/core-sync.ts";
import type { MachineParts } from "./machine-parts.ts";
import { virtioDevices } from "./virtio-slots.ts";

const ALL_GROUPS = 0xffff_ffff;
/** Images are written in parts of so many bytes. */
const PART_BYTES = 8 << 20;

export class PowerSwitch {
  /** The machine has been on before: there are a memory to clear and edits to drop. */
  private wasOn = false;

  /** `restarted` is called when memory and registers are as at the first instruction. */
  constructor(
    private readonly parts: MachineParts,
    private readonly sync: CoreSync,
    private readonly restarted: () => void,
  ) {}

  /** Gives the core what does not change while the machine lives. Throws an Error that names the device it refuses. */
  configure(): void {
    const { core, options, checked, cpuCount, linker, target, devices } = this.parts;
    const { memory, shift, paced, rtcBaseNs, seed } = checked;
    core.init(BigInt(memory), cpuCount, shift, paced ? 1 : 0, rtcBaseNs, seed);
    linker.configure(core);
    core.setSemihosting(options.semihosting ? 1 : 0);
    for (const { name, slot, kind, disk } of virtioDevices(options, target.virtioSlots)) {
      if (!core.configureDevice(slot, kind, disk)) throw new Error(`${name}: the board refuses it in slot ${slot}`);
    }
    devices.configure(core);
  }

  /** RAM is zero but for the images, and the CPU stands at the reset address. */
  cycle(): void {
    const { core, boot, guest, blocks, devices, listener, target, checked, cpuCount } = this.parts;
    if (this.wasOn) listener({ kind: "reset", steps: core.steps() });
    blocks.forgetAll();
    devices.shares.forgetAll();
    // New memory is zero; to write that would take all of it from the host.
    if (this.wasOn) guest.clearRam();
    guest.writeRom(boot.rom);
    for (const { pa, bytes } of boot.placements) {
      for (let at = 0; at < bytes.length; at += PART_BYTES) {
        guest.write(pa + BigInt(at), bytes.subarray(at, at + PART_BYTES));
      }
    }
    guest.isAsImages = true;
    // Whatever was decoded is gone.
    core.wrote(target.ramStart, checked.memory);
    core.resetMachine();
    for (let cpu = 0; cpu < cpuCount; cpu++) {
      core.syncReset(cpu, ALL_GROUPS);
      // What a new machine drops is nobody's edit.
      if (this.wasOn) this.reportDropped(cpu, this.sync.droppedByReset(cpu));
    }
    const { htifAddress } = boot;
    if (htifAddress !== null && !core.setHtif(htifAddress)) {
      throw new RangeError(`kernel: the symbol tohost (0x${htifAddress.toString(16)}) lies outside RAM`);
    }
    this.wasOn = true;
    this.restarted();
  }

  private reportDropped(cpu: number, mask: number): void {
    const { target, listener } = this.parts;
    const groups = target.registers.groups.filter(({ bit }) => (mask >>> bit) & 1).map(({ name }) => name);
    if (groups.length === 0) return;
    listener({ kind: "notice", text: `reset: CPU ${cpu}'s pending edits of ${groups.join(", ")} are dropped` });
  }
}
