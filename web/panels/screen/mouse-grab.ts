/** A guest's mouse, which only knows how far it was moved: the browser locks its pointer for it; a touch moves it as on a touchpad. */

export interface MouseEvents {
  /** So many of the guest's pixels, right and down; buttons as bits in the guest's order. */
  readonly onMove: (dx: number, dy: number, buttons: number) => void;
  /** The pointer is the guest's from now on, or the page's again. */
  readonly onGrab: (grabbed: boolean) => void;
  readonly onRefusal: () => void;
}

/** A touch that was moved no further is a click. */
const TAP_PIXELS = 6;
const FIRST_BUTTON = 1;

export class MouseGrab {
  #grabbed = false;
  /** The press that took the pointer is none of the guest's. */
  #isFirstPress = false;
  /** Parts of the guest's pixels that are not told yet, or were told too early. */
  #rest = { x: 0, y: 0 };
  /** Where the touch was last, and how far it has come. */
  #touch = { x: 0, y: 0, moved: 0 };

  constructor(
    private readonly element: HTMLElement,
    private readonly events: MouseEvents,
    signal: AbortSignal,
  ) {
    document.addEventListener("pointerlockchange", () => this.#lockChanged(), { signal });
    document.addEventListener("pointerlockerror", () => events.onRefusal(), { signal });
    signal.addEventListener("abort", () => this.release());
  }

  release(): void {
    if (document.pointerLockElement === this.element) document.exitPointerLock();
  }

  /** A pointer was pressed, moved or released on the element. `factor`: pixels of the page for one of the guest's. */
  hear(event: PointerEvent, factor: number, buttons: number): void {
    if (event.pointerType === "touch") this.#hearTouch(event, factor);
    else if (this.#grabbed) this.#hearMouse(event, factor, buttons);
    else if (event.type === "pointerdown") this.#grab();
  }

  #grab(): void {
    this.#isFirstPress = true;
    // A refusal is told by an event in every browser, by the promise only in some.
    Promise.resolve(this.element.requestPointerLock()).catch(() => {});
  }

  #lockChanged(): void {
    const grabbed = document.pointerLockElement === this.element;
    if (grabbed === this.#grabbed) return;
    this.#grabbed = grabbed;
    // No button stays down when the pointer goes.
    if (!grabbed) this.events.onMove(0, 0, 0);
    this.events.onGrab(grabbed);
  }

  #hearMouse(event: PointerEvent, factor: number, buttons: number): void {
    if (buttons === 0) this.#isFirstPress = false;
    this.#move(event.movementX / factor, event.movementY / factor, this.#isFirstPress ? 0 : buttons);
  }

  #hearTouch({ type, clientX: x, clientY: y }: PointerEvent, factor: number): void {
    const [dx, dy] = [x - this.#touch.x, y - this.#touch.y];
    const isStart = type === "pointerdown";
    this.#touch = { x, y, moved: isStart ? 0 : this.#touch.moved + Math.abs(dx) + Math.abs(dy) };
    if (type === "pointermove") this.#move(dx / factor, dy / factor, 0);
    if (type !== "pointerup" || this.#touch.moved > TAP_PIXELS) return;
    this.events.onMove(0, 0, FIRST_BUTTON);
    this.events.onMove(0, 0, 0);
  }

  #move(right: number, down: number, buttons: number): void {
    const [x, y] = [this.#rest.x + right, this.#rest.y + down];
    const [dx, dy] = [Math.round(x), Math.round(y)];
    this.#rest = { x: x - dx, y: y - dy };
    this.events.onMove(dx, dy, buttons);
  }
}
