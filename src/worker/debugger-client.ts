/** What each client of a machine may ask of its debugger. */
import { ExpressionError } from "../debug/expressions.ts";
import { packSymbols } from "../debug/packed-symbols.ts";
import type { ClientParts } from "./client.ts";
import type {
  AddressOptions,
  AddressRange,
  Evaluated,
  MachineState,
  MachineWorkerApi,
  Movement,
  PageTable,
  SpaceChoice,
  StopPoint,
  StopPointState,
  SymbolEntry,
  TranslateOptions,
  Translation,
} from "./machine-api.ts";

export abstract class DebuggerClient {
  /** As whom it asks, and how. */
  protected abstract readonly asking: Pick<ClientParts, "id" | "call" | "accept">;

  /**
   * Replaces all stop points of this client, also while the machine runs. Those that stay the same keep their counts. Throws an
   * Error that names the id and what is wrong, and nothing has changed.
   */
  setBreakpoints(points: readonly StopPoint[]): Promise<readonly StopPointState[]> {
    return this.ask((api) => api.setBreakpoints(points, this.asking.id));
  }

  /** Stop points of all clients. */
  breakpoints(): Promise<readonly StopPointState[]> {
    return this.ask((api) => api.breakpoints());
  }

  /** Moves the machine on and answers how it stands then. Throws EBUSY while another client holds it. */
  async move(movement: Movement): Promise<MachineState> {
    return this.asking.accept(await this.ask((api) => api.move(movement, this.asking.id)));
  }

  /** Names for the expressions of all clients, instead of those before. */
  setSymbols(symbols: readonly SymbolEntry[]): Promise<void> {
    return this.ask((api) => api.setSymbols(packSymbols(symbols)));
  }

  /** Value of an expression (docs/debugging.md). Throws an ExpressionError that has the place of the fault. */
  evaluate(expression: string, cpu = 0): Promise<Evaluated> {
    return this.ask((api) => api.evaluate(expression, cpu));
  }

  /** An address space of a CPU, as an opaque number. A bigint stands for the space whose root table lies at that physical address. */
  addressSpace(cpu = 0, of: SpaceChoice = "present"): Promise<bigint> {
    return this.ask((api) => api.addressSpace(cpu, of));
  }

  /** A copy of `length` (at most 16 MiB) bytes. Throws a RangeError that names the first address that has none, and why. */
  readVirtual(va: bigint, length: number, options: AddressOptions = {}): Promise<Uint8Array> {
    return this.ask((api) => api.readVirtual(va, length, options));
  }

  /** Writes all of it or, with a RangeError, nothing. What pages permit does not matter. */
  writeVirtual(va: bigint, bytes: Uint8Array, options: AddressOptions = {}): Promise<void> {
    return this.ask((api) => api.writeVirtual(va, bytes, options));
  }

  /** How a virtual address becomes a physical one, entry by entry, or why not. */
  translate(va: bigint, options: TranslateOptions = {}): Promise<Translation> {
    return this.ask((api) => api.translate(va, options));
  }

  /** What the page tables map, by ascending address. */
  addressRanges(options: AddressOptions = {}): Promise<readonly AddressRange[]> {
    return this.ask((api) => api.addressRanges(options));
  }

  /** A page table, named by the indices of the entries that lead to it; null: there is none. */
  pageTable(path: readonly number[], options: AddressOptions = {}): Promise<PageTable | null> {
    return this.ask((api) => api.pageTable(path, options));
  }

  private async ask<T>(make: (api: MachineWorkerApi) => Promise<T>): Promise<T> {
    try {
      return await this.asking.call(make);
    } catch (error) {
      throw ExpressionError.revive(error);
    }
  }
}
