/** The guest's console between the machine of the moment and the terminal that shows it. */
import type { MachineConsole } from "../../src/worker/page.ts";

type OutputListener = (bytes: Uint8Array) => void | Promise<void>;

/** So much of what the guest has printed is kept for a terminal that is opened later. */
const KEPT_BYTES = 256 << 10;

export class ConsoleModel {
  /** The guest's latest output, at most KEPT_BYTES and one piece. */
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
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
      this.#keep(bytes);
      // The machine waits for promises when too much is not yet shown.
      return Promise.all([...this.#outputListeners].map((listener) => listener(bytes))).then(() => {});
    });
    this.#tellSize();
  }

  /** The guest's bytes, in order, from what is kept of the past on. Answers a function that ends this. */
  onOutput(listener: OutputListener): () => void {
    for (const bytes of this.#kept) void listener(bytes);
    this.#outputListeners.add(listener);
    return () => this.#outputListeners.delete(listener);
  }

  /** Hears that what was shown belongs to a machine that is gone. */
  onClear(listener: () => void): () => void {
    this.#clearListeners.add(listener);
    return () => this.#clearListeners.delete(listener);
  }

  clear(): void {
    this.#kept = [];
    this.#keptBytes = 0;
    for (const listener of this.#clearListeners) listener();
  }

  /** The machine has become another one, which believes in a terminal of another size. */
  replaced(): void {
    this.clear();
    this.#tellSize();
  }

  /** As replaced(), and the terminal of the machine before had shown `text`. */
  replacedAt(text: Uint8Array): void {
    this.clear();
    this.#keep(text);
    for (const listener of this.#outputListeners) void listener(text);
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

  #keep(bytes: Uint8Array): void {
    this.#kept.push(bytes);
    this.#keptBytes += bytes.length;
    while (this.#keptBytes > KEPT_BYTES && this.#kept.length > 1) {
      this.#keptBytes -= (this.#kept.shift() as Uint8Array).length;
    }
  }

  #tellSize(): void {
    this.#machine?.resize(this.#columns, this.#rows).catch(() => {});
  }
}
