/** Addresses that somebody wants to see: one panel asks, another one shows. */
import type { AddressKind } from "./guest-memory.ts";
import { Store } from "./store.ts";

/** A wish; a later one for the same address is a new wish. */
export interface Place {
  readonly address: bigint;
  readonly kind: AddressKind;
}

export class Places {
  readonly code = new Store<Place | null>(null);
  readonly data = new Store<Place | null>(null);

  showCode(address: bigint, kind: AddressKind = "virtual"): void {
    this.code.set({ address, kind });
  }

  showData(address: bigint, kind: AddressKind = "virtual"): void {
    this.data.set({ address, kind });
  }
}
