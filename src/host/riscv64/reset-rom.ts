/** The boot ROM's first instructions, as QEMU's `virt` has them, and what they hand to the firmware. */

/** Start of struct fw_dynamic_info (OpenSBI, docs/firmware/fw_dynamic.md), behind the code and its two addresses. */
const DYNAMIC_INFO_OFFSET = 0x28;
const DYNAMIC_INFO_MAGIC = 0x4942_534fn;
const DYNAMIC_INFO_VERSION = 2n;
const NEXT_MODE_SUPERVISOR = 1n;
/** Loads a0 = mhartid, a1 = device tree, a2 = fw_dynamic_info, and jumps to the start address. */
const CODE = [
  0x00000297, // auipc t0, 0
  0x02828613, // addi  a2, t0, 0x28
  0xf1402573, // csrr  a0, mhartid
  0x0202b583, // ld    a1, 32(t0)
  0x0182b283, // ld    t0, 24(t0)
  0x00028067, // jr    t0
];

/** Content of the ROM; all addresses are guest physical ones, `next` is where the firmware goes on. */
export function resetRom(start: bigint, deviceTree: bigint, next: bigint): Uint8Array {
  const rom = new Uint8Array(DYNAMIC_INFO_OFFSET + 48);
  const view = new DataView(rom.buffer);
  CODE.forEach((insn, i) => {
    view.setUint32(i * 4, insn, true);
  });
  view.setBigUint64(0x18, start, true);
  view.setBigUint64(0x20, deviceTree, true);
  // magic, version, next_addr, next_mode, options, boot_hart
  [DYNAMIC_INFO_MAGIC, DYNAMIC_INFO_VERSION, next, NEXT_MODE_SUPERVISOR, 0n, 0n].forEach((word, i) => {
    view.setBigUint64(DYNAMIC_INFO_OFFSET + i * 8, word, true);
  });
  return rom;
}
