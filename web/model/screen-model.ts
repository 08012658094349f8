/** The guest's screen between the machine of the moment and the panel that shows it, with keyboard and pointer. */
import type {
  FrameListener,
  InputDevice,
  Machine,
  MouseState,
  PointerDevice,
  PointerState,
  ScreenFrame,
} from "../../src/worker/page.ts";
import { Store } from "./store.ts";

/** absent: the machine has no screen, or there is none; dark: the guest has not set it up. */
export type ScreenState =
  | { readonly kind: "absent" | "dark" }
  | { readonly kind: "shown"; readonly width: number; readonly height: number };

/** fit: as large as there is room; whole: the largest whole multiple for which there is; actual: pixel by pixel. */
export type ScreenScale = "fit" | "whole" | "actual";

export class ScreenModel {
  readonly state = new Store<ScreenState>({ kind: "absent" });
  readonly inputs = new Store<readonly InputDevice[]>([]);
  readonly scale = new Store<ScreenScale>("fit");
  #machine: Machine | null = null;
  readonly #listeners = new Set<FrameListener>();
  /** Ends the present machine's frames. */
  #end: (() => void) | null = null;
  /** Keys that are down, by their evdev codes. */
  readonly #held = new Set<number>();

  /** Joins the screen of a new machine, or of none. */
  connect(machine: Machine | null): void {
    this.#end?.();
    this.#end = null;
    this.#held.clear();
    this.#machine = machine;
    this.inputs.set(machine?.info.inputs ?? []);
    this.state.set({ kind: machine?.info.screen ? "dark" : "absent" });
    this.#listen();
  }

  /** Hears frames of whatever machine there is, each after the one before has been dealt with. Answers a function that ends this. */
  onFrame(listener: FrameListener): () => void {
    this.#listeners.add(listener);
    this.#end?.();
    this.#end = null;
    this.#listen();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#end?.();
      this.#end = null;
    };
  }

  /** A key, by its evdev code, goes down or up. */
  key(code: number, down: boolean): void {
    if (down === this.#held.has(code)) return;
    if (down) this.#held.add(code);
    else this.#held.delete(code);
    if (this.#has("keyboard")) this.#send((machine) => machine.screen.key(code, down));
  }

  /** No key is down any more: what happens to the keyboard from now on is not seen here. */
  releaseKeys(): void {
    for (const code of [...this.#held]) this.key(code, false);
  }

  /** Presses and releases a key. */
  press(code: number): void {
    this.key(code, true);
    this.key(code, false);
  }

  type(text: string): void {
    if (this.#has("keyboard")) this.#send((machine) => machine.screen.type(text));
  }

  /** What the pointer is to the guest: of two devices the tablet, which needs nothing of the page. */
  get pointer(): PointerDevice | null {
    if (this.#has("tablet")) return "tablet";
    return this.#has("mouse") ? "mouse" : null;
  }

  point(state: PointerState): void {
    if (this.pointer === "tablet") this.#send((machine) => machine.screen.pointer(state));
  }

  moveMouse(state: MouseState): void {
    if (this.pointer === "mouse") this.#send((machine) => machine.screen.mouse(state));
  }

  turnWheel(horizontal: number, vertical: number): void {
    const { pointer } = this;
    if (pointer !== null) this.#send((machine) => machine.screen.wheel(horizontal, vertical, {}, pointer));
  }

  #has(device: InputDevice): boolean {
    return this.inputs.get().includes(device);
  }

  /** A machine that dies meanwhile says so by its state. */
  #send(send: (machine: Machine) => Promise<void>): void {
    if (this.#machine !== null) send(this.#machine).catch(() => {});
  }

  #listen(): void {
    const machine = this.#machine;
    if (machine === null || this.#listeners.size === 0 || machine.info.screen === null) return;
    this.#end = machine.screen.onFrame((frame) => {
      if (machine === this.#machine) return this.#show(frame);
    });
  }

  async #show(frame: ScreenFrame): Promise<void> {
    const { width, height } = frame;
    const before = this.state.get();
    const isSame = before.kind === "shown" && before.width === width && before.height === height;
    if (width === 0) this.state.set({ kind: "dark" });
    else if (!isSame) this.state.set({ kind: "shown", width, height });
    await Promise.all([...this.#listeners].map((listener) => listener(frame)));
  }
}
