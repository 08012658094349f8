/** The guest's console between the machine of the moment and the terminal that shows it. */
import type { MachineConsole } from "../../src/worker/page.ts";

type OutputListener = (bytes: Uint8Array) => void | Promise<void>;

export class ConsoleModel {
  readonly #outputListeners = new Set<OutputListener>();
  readonly #clearListeners = new Set<() => void>();
  #machine: MachineConsole | null = null;
  #columns = 80;
  #rows = 24;

  /** Joins the console of a new machine, or of none. */
  connect(machine: MachineConsole | null): void {
    this.#machine = machine;
    machine?.onData((bytes) => {
      if (machine !== this.#machine) return;
      // The machine waits for promises when too much is not yet shown.
      return Promise.all([...this.#outputListeners].map((listener) => listener(bytes))).then(() => {});
    });
    this.#tellSize();
  }

  /** The guest's bytes, in order. Answers a function that ends this. */
  onOutput(listener: OutputListener): () => void {
    this.#outputListeners.add(listener);
    return () => this.#outputListeners.delete(listener);
  }

  /** Hears that what was shown belongs to a machine that is gone. */
  onClear(listener: () => void): () => void {
    this.#clearListeners.add(listener);
    return () => this.#clearListeners.delete(listener);
  }

  clear(): void {
    for (const listener of this.#clearListeners) listener();
  }

  /** The machine has become another one, which believes in a terminal of another size. */
  replaced(): void {
    this.clear();
    this.#tellSize();
  }

  /** Keys or pasted text. Without a machine nobody reads them. */
  write(data: Uint8Array | string): void {
    // A machine that dies meanwhile says so by its state.
    this.#machine?.write(data).catch(() => {});
  }

  /** Size of the terminal in characters. */
  resize(columns: number, rows: number): void {
    this.#columns = columns;
    this.#rows = rows;
    this.#tellSize();
  }

  #tellSize(): void {
    this.#machine?.resize(this.#columns, this.#rows).catch(() => {});
  }
}
