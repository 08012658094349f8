/** The page's one reader: at a steady pace, if there is something new, what is shown is read afresh in the next frame. */

/** How a reader waits; replaced in tests. */
export interface Frames {
  /** Calls back after `ms`, unless the answered function is called before. */
  delay(ms: number, callback: () => void): () => void;
  /** Calls back in the next frame, unless the answered function is called before; a hidden page has none. */
  frame(callback: () => void): () => void;
  /** Milliseconds since some moment. */
  now(): number;
}

export const browserFrames: Frames = {
  delay(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  frame(callback) {
    const frame = requestAnimationFrame(callback);
    return () => cancelAnimationFrame(frame);
  },
  now: () => performance.now(),
};

export class FrameReader {
  #cancelDelay: () => void = () => {};
  #cancelFrame: () => void = () => {};

  /** `isDue` says whether there is something to read: a frame for nothing costs more than the question. */
  constructor(
    private readonly frames: Frames,
    private readonly isDue: () => boolean,
    private readonly read: () => void,
  ) {}

  /** Asks again and again from now on, `pace` ms after it has asked. */
  start(pace: () => number): void {
    this.stop();
    const ask = (): void => {
      const isDue = this.isDue();
      this.#cancelDelay = this.frames.delay(pace(), ask);
      if (!isDue) return;
      this.#cancelFrame();
      this.#cancelFrame = this.frames.frame(this.read);
    };
    this.#cancelDelay = this.frames.delay(pace(), ask);
  }

  stop(): void {
    this.#cancelDelay();
    this.#cancelFrame();
  }
}
