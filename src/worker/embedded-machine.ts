/** What a page can ask of a `<vitrine-machine>` in it, besides what every element has. */
import type { MachineState } from "./machine-api.ts";
import type { Machine } from "./machine-client.ts";

/** Before there is a machine, or why there is none; then the machine's. */
export type EmbeddedState =
  | { readonly kind: "none" }
  | { readonly kind: "failed"; readonly message: string }
  | MachineState;

/**
 * The element dispatches "machinestate" (a CustomEvent whose detail is an EmbeddedState) at each change, and "machineoutput"
 * (detail: Uint8Array) for what the guest prints.
 */
export interface EmbeddedMachine {
  /** null: not started, or no more. */
  readonly machine: Machine | null;
  readonly state: EmbeddedState;
  /** Opens the machine that the attributes name and runs it; the one before is gone. Throws an Error that says what is wrong. */
  start(): Promise<Machine>;
  /** Goes on, after start(). Problems are shown in the element. */
  run(): Promise<void>;
  /** Stops at the next instruction boundary. */
  pause(): Promise<void>;
  /** Switches it off and on again. */
  reset(): Promise<void>;
}
