/** What panels ask of address translation. */
import type { AddressOptions, AddressRange, PageTable, TranslateOptions, Translation } from "../../src/worker/page.ts";
import { Store } from "./store.ts";

export type { AddressRange, PageTable, TableEntry, Translation, WalkLevel } from "../../src/worker/page.ts";

/** What it needs of a machine. */
export interface SpaceSource {
  translate(va: bigint, options: TranslateOptions): Promise<Translation>;
  addressRanges(options: AddressOptions): Promise<readonly AddressRange[]>;
  pageTable(path: readonly number[], options: AddressOptions): Promise<PageTable | null>;
  addressSpace(): Promise<bigint>;
}

/** An address space by its number, and whose it is, as in "init (1)". */
export interface NamedSpace {
  readonly name: string;
  readonly space: bigint;
}

export class AddressSpace {
  /** The one to look at; null: that in which the machine is. */
  readonly chosen = new Store<NamedSpace | null>(null);
  /** How often somebody has asked to look again: what is shown of a running machine is as of the last look. */
  readonly looks = new Store(0);
  readonly #names = new Map<bigint, string>();
  #machine: SpaceSource | null = null;

  attach(machine: SpaceSource | null): void {
    this.#machine = machine;
    this.#names.clear();
    this.chosen.set(null);
  }

  lookAgain(): void {
    this.looks.set(this.looks.get() + 1);
  }

  choose(space: NamedSpace | null): void {
    if (space !== null) this.name(space.space, space.name);
    this.chosen.set(space);
  }

  /** Whose it is, for those who only have its number. */
  name(space: bigint, name: string): void {
    this.#names.set(space, name);
  }

  nameOf(space: bigint): string | null {
    return this.#names.get(space) ?? null;
  }

  /** That in which the machine stands, by its name if it has one here; null where addresses are physical. */
  async present(): Promise<NamedSpace | null> {
    if (this.#machine === null) return null;
    const [space, { scheme }] = await Promise.all([this.#machine.addressSpace(), this.#machine.translate(0n, {})]);
    return scheme === "bare" ? null : { space, name: this.nameOf(space) ?? "the present one" };
  }

  async translate(va: bigint, access: "load" | "store" | "fetch"): Promise<Translation> {
    if (this.#machine === null) throw new Error("There is no machine.");
    return this.#machine.translate(va, { access, ...this.#options() });
  }

  async ranges(): Promise<readonly AddressRange[]> {
    if (this.#machine === null) throw new Error("There is no machine.");
    return this.#machine.addressRanges(this.#options());
  }

  /** The table to which the entries of these indices lead, the root's first; null: there is none. */
  async table(path: readonly number[]): Promise<PageTable | null> {
    if (this.#machine === null) throw new Error("There is no machine.");
    return this.#machine.pageTable(path, this.#options());
  }

  #options(): AddressOptions {
    const chosen = this.chosen.get();
    return chosen === null ? {} : { space: chosen.space };
  }
}
