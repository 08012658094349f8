/** The instruction-set extensions that this CPU has, as its device tree names them (RVA22 and what it has beyond it). */

export const ISA_BASE = "rv64i";

/**
 * In the order of the ISA string (unprivileged manual, "ISA Extension Naming Conventions"). Svadu without Svade: firmware
 * turns menvcfg.ADUE on, and the hardware updates A and D bits.
 */
export const ISA_EXTENSIONS: readonly string[] = [
  ...["i", "m", "a", "f", "d", "c"],
  ...["zic64b", "zicbom", "zicbop", "zicboz", "ziccamoa", "ziccif", "zicclsm", "ziccrse", "zicntr", "zicond", "zicsr"],
  ...["zifencei", "zihintpause", "zihpm", "zmmul", "za64rs", "zaamo", "zalrsc", "zawrs", "zfhmin"],
  ...["zca", "zcb", "zcd", "zba", "zbb", "zbc", "zbs", "zkt"],
  ...["ssccptr", "sscounterenw", "sstc", "sstvala", "sstvecd", "ssu64xl"],
  ...["svadu", "svbare", "svinval", "svnapot", "svpbmt"],
];

/** Bytes of the blocks that the cache-block operations work on (Zic64b). */
export const CACHE_BLOCK_BYTES = 64;

/** The largest page-table scheme; it implies the smaller ones. */
export const MMU_TYPE = "riscv,sv57";

/** `riscv,isa`: "rv64", the single letters, then the other names, separated by underscores. */
export function isaString(extensions: readonly string[] = ISA_EXTENSIONS): string {
  const letters = extensions.filter((name) => name.length === 1).join("");
  return [ISA_BASE.slice(0, -1) + letters, ...extensions.filter((name) => name.length > 1)].join("_");
}
