/** The page's one reader: at a steady pace, and only when a frame is drawn, everything shown is read afresh. */

/** How a reader waits; replaced in tests. */
export interface Frames {
  /** Calls back at the first frame after `ms`; a hidden page draws none. Answers a function that calls it off. */
  after(ms: number, callback: () => void): () => void;
  /** Milliseconds since some moment. */
  now(): number;
}

export const browserFrames: Frames = {
  after(ms, callback) {
    let frame = 0;
    const timer = setTimeout(() => {
      frame = requestAnimationFrame(callback);
    }, ms);
    return () => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
    };
  },
  now: () => performance.now(),
};

export class FrameReader {
  #cancel: (() => void) | null = null;

  constructor(
    private readonly frames: Frames,
    private readonly read: () => void,
  ) {}

  /** Reads every `ms` from now on. */
  start(ms: number): void {
    this.stop();
    const next = (): void => {
      this.#cancel = this.frames.after(ms, () => {
        next();
        this.read();
      });
    };
    next();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
