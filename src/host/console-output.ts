/** Passes the guest's output on in batches, and knows how much of it nobody has taken yet. */
import type { ConsoleBackend } from "./backends/console.ts";

/** With more than this unanswered the machine waits, so that a slow terminal does not fill the host's memory. */
const MOST_UNREAD_BYTES = 1 << 20;

/** What a guest writes to one place, and who hears it. */
export interface OutputStream {
  readonly from: ConsoleBackend;
  /** Who answers with a promise has taken the bytes when it resolves. */
  send(bytes: Uint8Array): void | Promise<void>;
}

export class ConsoleOutput {
  private unread = 0;

  /** `onRoom` is called when a batch has been taken. */
  constructor(
    private readonly streams: readonly OutputStream[],
    private readonly onRoom: () => void,
  ) {}

  get isFull(): boolean {
    return this.unread > MOST_UNREAD_BYTES;
  }

  flush(): void {
    for (const stream of this.streams) this.flushOne(stream);
  }

  private flushOne(stream: OutputStream): void {
    const bytes = stream.from.drain();
    if (bytes === null) return;
    const { length } = bytes;
    this.unread += length;
    const taken = () => {
      const wasFull = this.isFull;
      this.unread -= length;
      if (wasFull) this.onRoom();
    };
    // A listener that fails, at once or later, is a terminal that is gone: it must not hold up the machine.
    new Promise<void>((resolve) => resolve(stream.send(bytes))).then(taken, taken);
  }
}
