// The core of this target: what its host may call.
export {
  init,
  resetMachine,
  virtualNow,
  idleDeadline,
  skip,
  rebase,
  exitCode,
  takeStop,
  setSemihosting,
  wrote,
} from "../../machine/lifecycle";
export { run } from "../../machine/run-loop";
export * from "../../machine/snapshot";
export { steps } from "../../machine/clock";
export { hashRange, stateHashCore } from "../../machine/state-hash";
export { deviceValue } from "../../generated/device-state";
export {
  configureDevice,
  configureFlash,
  consoleInput,
  consoleResize,
  inputReport,
  inputWaiting,
  screenResize,
  showScreen,
} from "../../generated/board";
export { cachedTranslation, refreshRegisters, setHtif, translateVa } from "./inspect";
export { debugWatchesChanged, setDebugWatch } from "../../mmu/breakpoints";
export * from "../../sync/sync";
export { jitConfigure } from "../../jit/compile";
export { jitEntry, jitSlotAt } from "../../jit/inspect";
export { jitFailed, jitLinked } from "../../jit/module";
export { runInsn } from "./translate/runtime";
// Exported so that it stays a function of its own, outside the inner loop.
export { executeOther } from "../../generated/instructions";
