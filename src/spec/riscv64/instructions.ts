/**
 * All instructions of this CPU: RVA22U64 and RVA22S64 with Zicond, Zbc, Zawrs and Zcb besides. Sources are the chapters of
 * "The RISC-V Instruction Set Manual", volumes I (unprivileged) and II (privileged), version 20240411.
 */

import type { InsnRow } from "../instruction-table.ts";
import { COMPRESSED_INSTRUCTIONS } from "./instructions-compressed.ts";
import { FLOAT_INSTRUCTIONS } from "./instructions-float.ts";
import { INTEGER_INSTRUCTIONS } from "./instructions-integer.ts";
import { MEMORY_INSTRUCTIONS } from "./instructions-memory.ts";
import { SYSTEM_INSTRUCTIONS } from "./instructions-system.ts";

export const INSTRUCTIONS: readonly InsnRow[] = [
  ...INTEGER_INSTRUCTIONS,
  ...MEMORY_INSTRUCTIONS,
  ...FLOAT_INSTRUCTIONS,
  ...SYSTEM_INSTRUCTIONS,
  ...COMPRESSED_INSTRUCTIONS,
];
