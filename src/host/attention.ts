/** The attention word: clients that are about to send a message raise it, so that a busy machine comes to read it. */
import { CONTROL_ATTENTION } from "../spec/abi.ts";

/** A client that raised the word but sent nothing for so long is gone. */
const PATIENCE_MS = 50;

export class Attention {
  private lastMessage = 0;

  /** `control`: the control words of the machine. */
  constructor(private readonly control: Int32Array) {}

  /** A client's half: a message follows. */
  static raise(control: Int32Array): void {
    Atomics.add(control, CONTROL_ATTENTION >> 2, 1);
  }

  /** The handler's half: the message has come. The word may have been reset in between, and is never negative. */
  lower(): void {
    this.lastMessage = performance.now();
    for (;;) {
      const count = Atomics.load(this.control, CONTROL_ATTENTION >> 2);
      if (count <= 0) return;
      if (Atomics.compareExchange(this.control, CONTROL_ATTENTION >> 2, count, count - 1) === count) return;
    }
  }

  get raised(): boolean {
    return Atomics.load(this.control, CONTROL_ATTENTION >> 2) > 0;
  }

  /** Lets messages in until all that were announced have come, or none has for 50 ms. */
  async settle(yieldToEvents: () => Promise<void>): Promise<void> {
    const since = performance.now();
    while (this.raised) {
      if (performance.now() - Math.max(since, this.lastMessage) > PATIENCE_MS) {
        Atomics.store(this.control, CONTROL_ATTENTION >> 2, 0);
        return;
      }
      await yieldToEvents();
    }
  }
}
