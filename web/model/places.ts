/** Addresses that somebody wants to see: one panel asks, another one shows. */
import type { AddressKind } from "./guest-memory.ts";
import { Store } from "./store.ts";

/** A wish; a later one for the same address is a new wish. */
export interface Place {
  readonly address: bigint;
  readonly kind: AddressKind;
  /** An address in the statement that is meant, where it is another one: a call lies in front of where it returns to. */
  readonly within?: bigint;
  /** The instructions are meant, even where a source is on show. */
  readonly asInstructions?: boolean;
}

export class Places {
  readonly code = new Store<Place | null>(null);
  readonly data = new Store<Place | null>(null);

  showCode(address: bigint, kind: AddressKind = "virtual", more: Pick<Place, "within" | "asInstructions"> = {}): void {
    this.code.set({ address, kind, ...more });
  }

  showData(address: bigint, kind: AddressKind = "virtual"): void {
    this.data.set({ address, kind });
  }
}
