/** What panels ask of address translation. */
import type { AddressRange, Translation } from "../../src/worker/page.ts";

export type { AddressRange, Translation, WalkLevel } from "../../src/worker/page.ts";

/** What it needs of a machine. */
export interface SpaceSource {
  translate(va: bigint, options: { readonly access: "load" | "store" | "fetch" }): Promise<Translation>;
  addressRanges(): Promise<readonly AddressRange[]>;
}

export class AddressSpace {
  #machine: SpaceSource | null = null;

  attach(machine: SpaceSource | null): void {
    this.#machine = machine;
  }

  async translate(va: bigint, access: "load" | "store" | "fetch"): Promise<Translation> {
    if (this.#machine === null) throw new Error("There is no machine.");
    return this.#machine.translate(va, { access });
  }

  async ranges(): Promise<readonly AddressRange[]> {
    if (this.#machine === null) throw new Error("There is no machine.");
    return this.#machine.addressRanges();
  }
}
