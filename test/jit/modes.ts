/** Values of the machine's option `jit` for tests that run in both ways. */
import type { MachineOptions } from "../../src/host/machine-types.ts";

/** All code is compiled, at once, when it comes to be executed again. */
export const COMPILED = { threshold: 1, compile: "sync" } as const satisfies MachineOptions["jit"];

export const MODES = [
  { how: "interpreted", jit: false },
  { how: "compiled", jit: COMPILED },
] as const;
