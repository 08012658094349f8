/** The machine that `-M virt` names on the command line. */
import { virtBoard } from "../../spec/riscv64/virt-board.ts";

export const MACHINE = {
  target: "riscv64",
  machine: "virt",
  cpu: "rv64",
  virtioSlots: virtBoard.devices.filter(({ type }) => type === "virtio/mmio").length,
  /** `-bios default`, below public/. */
  firmware: "firmware/opensbi/fw_dynamic.bin",
  /** A line of `-d int`, as the debugger's log text: cause, where from, value, privilege entered. */
  trapLine:
    "int: cause {$priv == 3 ? $mcause : $scause:x}, pc {$priv == 3 ? $mepc : $sepc:x}, " +
    "value {$priv == 3 ? $mtval : $stval:x}, to {$pc:x} in mode {$priv:d}",
  /** The same machine in qemu. */
  emulator: { program: "qemu-system-riscv64", args: ["-M", "virt", "-nographic", "-no-reboot"] },
  debian: { architecture: "riscv64", kernelPackage: "linux-image-riscv64" },
} as const;
