/** What a look at page tables finds: the entries of a walk, of a table, and ranges that are mapped alike. */

export type AccessKind = "load" | "store" | "fetch";

/** One entry of a page table on the way of a walk. */
export interface WalkLevel {
  /** Counted down to 0, whose entries map the smallest pages. */
  readonly level: number;
  /** Physical address of the entry, and its number in its table. */
  readonly entryAddress: bigint;
  readonly index: number;
  readonly entry: bigint;
  /** Names of the bits that are set. */
  readonly flags: readonly string[];
  /** Physical address that it holds: of the next table, or of the page. */
  readonly pa: bigint;
  readonly leaf: boolean;
  /** Why memory protection keeps the entry from being read; absent: it may be. */
  readonly unreadable?: string;
}

/** The way from a virtual address to a physical one. */
export interface PageWalk {
  /** Name of the translation scheme; "bare" when addresses are physical. */
  readonly scheme: string;
  readonly pa: bigint | null;
  /** Bytes of the page that maps it; 0 if none does. */
  readonly pageBytes: bigint;
  readonly levels: readonly WalkLevel[];
  /** Exception that the access would raise, and why in words; null if it is allowed. */
  readonly fault: { readonly cause: number; readonly why: string } | null;
}

/** A page table of an address space. */
export interface PageTable {
  readonly scheme: string;
  /** As in WalkLevel. */
  readonly level: number;
  /** Physical address. */
  readonly address: bigint;
  /** Entries that are not 0, by ascending index. */
  readonly entries: readonly TableEntry[];
}

export interface TableEntry extends WalkLevel {
  /** First virtual address that the entry is about, and how many bytes from there. */
  readonly va: bigint;
  readonly bytes: bigint;
  /** Why no walk gets past it; null: it is valid. */
  readonly invalid: string | null;
}

/** Neighbouring pages that are mapped alike. */
export interface AddressRange {
  readonly va: bigint;
  readonly bytes: bigint;
  /** Physical address of the first byte; the others follow it. */
  readonly pa: bigint;
  readonly read: boolean;
  readonly write: boolean;
  readonly execute: boolean;
  /** User mode may access it. */
  readonly user: boolean;
  readonly global: boolean;
  readonly pageBytes: bigint;
}
