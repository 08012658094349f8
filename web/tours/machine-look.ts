/** What a tour sees of the page's machine. */
import type { MachineModel } from "../model/machine-model.ts";
import type { Look, Notes } from "./tour.ts";

/** So much of what the guest has printed is enough for any tour. */
const KEPT_CHARACTERS = 1 << 16;

/** Collects what the guest of the moment prints. */
export class Printed {
  text = "";
  #decoder = new TextDecoder();
  readonly #ends: readonly (() => void)[];

  constructor(console: MachineModel["console"]) {
    this.#ends = [
      console.onOutput((bytes) => {
        this.text = (this.text + this.#decoder.decode(bytes, { stream: true })).slice(-KEPT_CHARACTERS);
      }),
      console.onClear(() => {
        this.text = "";
        this.#decoder = new TextDecoder();
      }),
    ];
  }

  end(): void {
    for (const end of this.#ends) end();
  }
}

/** null: it does not stand. */
export function lookAt(machine: MachineModel, printed: string, notes: Notes): Look | null {
  const view = machine.view.get();
  if (view.kind !== "stopped") return null;
  const { registers, debug, symbols, space } = machine;
  const value = async (expression: string): Promise<bigint | null> => {
    const result = await machine.evaluate(expression);
    return result.kind === "value" ? result.value.value : null;
  };
  return {
    value,
    holds: async (expression) => ((await value(expression)) ?? 0n) !== 0n,
    symbolAt: (address) => symbols.table.get()?.text(address) ?? null,
    async translate(va, access) {
      const { pa, fault } = await space.translate(va, access);
      return pa === null || fault !== null ? null : { pa };
    },
    trap: view.hits?.find(({ trap }) => trap !== undefined)?.trap ?? null,
    exitCode: view.exitCode ?? null,
    steps: view.steps,
    pc: view.pc,
    watched: debug.points.get().flatMap((point) => (point.kind === "watch" ? [point.address] : [])),
    shown: (register) => registers.valueOf(register),
    pending: registers.dirtyGroups.get() > 0,
    unfolded: registers.open.get(),
    printed,
    notes,
  };
}
