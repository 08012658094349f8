/** Passes the guest's output on in batches, and knows how much of it nobody has taken yet. */
import type { ConsoleBackend } from "./backends/console.ts";
import type { MachineListener } from "./machine-types.ts";

/** With more than this unanswered the machine waits, so that a slow terminal does not fill the host's memory. */
const MOST_UNREAD_BYTES = 1 << 20;

export class ConsoleOutput {
  private unread = 0;

  /** `onRoom` is called when a batch has been taken. */
  constructor(
    private readonly console: ConsoleBackend,
    private readonly listener: MachineListener,
    private readonly onRoom: () => void,
  ) {}

  get isFull(): boolean {
    return this.unread > MOST_UNREAD_BYTES;
  }

  flush(): void {
    const bytes = this.console.drain();
    if (bytes === null) return;
    const { length } = bytes;
    this.unread += length;
    const taken = () => {
      const wasFull = this.isFull;
      this.unread -= length;
      if (wasFull) this.onRoom();
    };
    // A listener that fails, at once or later, is a terminal that is gone: it must not hold up the machine.
    new Promise<void>((resolve) => resolve(this.listener({ kind: "console", bytes }))).then(taken, taken);
  }
}
