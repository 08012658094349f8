/** What the client half of the sync asks of the worker's half. */

/** Answer of a get. Masks are bitmaps of groups. */
export interface Fetched {
  /** Groups copied from the core by this call (a clean one is not copied again). */
  readonly fetched: number;
  /** Groups that hold edits and were therefore not fetched. */
  readonly kept: number;
  /** Count of resumes before this cut. */
  readonly epoch: number;
  /** Instructions retired at this cut. */
  readonly instret: bigint;
}

export interface SyncTransport {
  /** Copies these groups into the slots. Rejects with a SyncError, as the next two do. */
  get(cpu: number, mask: number): Promise<Fetched>;
  /** Applies pending edits of these groups: all, or none. */
  put(cpu: number, mask: number): Promise<{ readonly applied: number }>;
  /** Forgets pending edits of these groups. */
  revert(cpu: number, mask: number): Promise<{ readonly dropped: number }>;
  /** Where the client sees a copy of the slots only: sends on what it has written there. */
  readonly edited?: (cpu: number, edits: readonly RegisterEdit[], blind: boolean) => void;
  /** The same for what the client wants to be published at stops. */
  readonly wanted?: (cpu: number, mask: number) => void;
}

/** A new value for a register, or for the bits of its owner that a view shows. */
export interface RegisterEdit {
  readonly name: string;
  readonly value: bigint;
}
