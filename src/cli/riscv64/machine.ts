/** The machine that `-M virt` names on the command line. */
export const MACHINE = {
  target: "riscv64",
  machine: "virt",
  cpu: "rv64",
  /** `-bios default`, below public/. */
  firmware: "firmware/opensbi/fw_dynamic.bin",
} as const;
