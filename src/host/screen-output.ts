/** Tells whoever watches the guest's screen what has changed, and no more before that has been taken: a slow page misses frames. */
import type { ScreenBackend } from "./backends/screen.ts";
import type { MachineListener } from "./machine-types.ts";

export class ScreenOutput {
  private watching: { readonly copies: boolean } | null = null;
  private underWay = false;

  constructor(
    private readonly screen: ScreenBackend,
    private readonly listener: MachineListener,
  ) {}

  /** Somebody watches from now on, beginning with the whole screen, or nobody does. `copies`: updates bring the pixels along. */
  watch(on: boolean, copies: boolean): void {
    this.watching = on ? { copies } : null;
    this.screen.touchAll();
    this.flush();
  }

  flush(): void {
    if (this.watching === null || this.underWay || !this.screen.isChanged) return;
    this.underWay = true;
    const update = this.screen.takeUpdate(this.watching.copies);
    const taken = () => {
      this.underWay = false;
      this.flush();
    };
    // A listener that fails has lost a frame; the next one comes all the same.
    new Promise<void>((resolve) => resolve(this.listener({ kind: "screen", update }))).then(taken, taken);
  }
}
