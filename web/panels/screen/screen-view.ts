/** The guest's picture in a canvas: paints what has changed, scales it, and turns what happens on it into keys and pointer. */
import { KEY_CODES } from "../../../src/spec/evdev.ts";
import type { ScreenModel, ScreenScale } from "../../model/screen-model.ts";
import { MouseGrab } from "./mouse-grab.ts";

type Frame = Parameters<Parameters<ScreenModel["onFrame"]>[0]>[0];

/** Buttons of the DOM (bits: primary, secondary, auxiliary) are in the order of the guest's: left, right, middle. */
const BUTTONS = 7;
/** Of a wheel event in pixels: a notch. */
const NOTCH_PIXELS = 100;
const LINE_PIXELS = 40;
/** Kept in the text field, so that a touch screen's keyboard has something to delete. */
const SENTINEL = " ";

const META_KEYS = new Set(["MetaLeft", "MetaRight"]);

export interface ScreenParts {
  /** Scrolls when the picture is larger. */
  readonly frame: HTMLElement;
  readonly picture: HTMLCanvasElement;
  readonly pointer: HTMLCanvasElement;
  /** Has the focus when keys are the guest's. */
  readonly keyboard: HTMLTextAreaElement;
}

export interface ScreenEvents {
  /** The chord that gives the keyboard back to the page. */
  readonly onLeave: () => void;
  /** Something was typed on a keyboard that tells characters only. */
  readonly onTyped: () => void;
  /** The guest's mouse has the browser's pointer, or no longer. */
  readonly onGrab: (grabbed: boolean) => void;
  readonly onRefusal: () => void;
}

export class ScreenView {
  readonly #observer = new ResizeObserver(() => this.#layOut());
  readonly #listening = new AbortController();
  readonly #endFrames: () => void;
  readonly #mouse: MouseGrab;
  #scale: ScreenScale = "fit";
  /** CSS pixels for one of the guest's. */
  #factor = 1;
  #cursor: Frame["cursor"] = { x: 0, y: 0, shape: null };
  /** Parts of notches that the wheel has turned. */
  #turned = { x: 0, y: 0 };

  constructor(
    private readonly parts: ScreenParts,
    private readonly model: ScreenModel,
    private readonly events: ScreenEvents,
  ) {
    this.#observer.observe(parts.frame);
    this.#endFrames = model.onFrame((frame) => this.#paintSoon(frame));
    const { onGrab, onRefusal } = events;
    const onMove = (dx: number, dy: number, buttons: number): void => model.moveMouse({ dx, dy, buttons });
    this.#mouse = new MouseGrab(parts.picture, { onMove, onGrab, onRefusal }, this.#listening.signal);
    this.#hearKeys();
    this.#hearPointer();
  }

  set scale(scale: ScreenScale) {
    this.#scale = scale;
    this.#layOut();
  }

  focus(): void {
    this.parts.keyboard.focus({ preventScroll: true });
  }

  dispose(): void {
    this.#endFrames();
    this.#observer.disconnect();
    this.#listening.abort();
    this.model.releaseKeys();
  }

  /** Resolves when the frame is painted, which is when the browser paints: nobody sees more. */
  #paintSoon(frame: Frame): Promise<void> {
    return new Promise((resolve) => {
      requestAnimationFrame(() => {
        this.#paint(frame);
        resolve();
      });
    });
  }

  #paint(frame: Frame): void {
    const { picture } = this.parts;
    const { width, height, damage, cursor } = frame;
    if (picture.width !== width || picture.height !== height) {
      picture.width = width;
      picture.height = height;
      this.#layOut();
    }
    if (damage !== null && damage.width > 0) {
      const pixels = new ImageData(frame.pixels(), damage.width, damage.height);
      picture.getContext("2d", { alpha: false })?.putImageData(pixels, damage.x, damage.y);
    }
    if (cursor !== this.#cursor) this.#setCursor(cursor);
  }

  #setCursor(cursor: Frame["cursor"]): void {
    const { pointer, picture } = this.parts;
    const { shape } = cursor;
    if (shape !== null && shape !== this.#cursor.shape) {
      const rgba = new Uint8ClampedArray(shape.rgba);
      pointer.getContext("2d")?.putImageData(new ImageData(rgba, pointer.width, pointer.height), 0, 0);
    }
    this.#cursor = cursor;
    pointer.hidden = shape === null;
    // Two pointers would be one too many; only a tablet's is where the guest's is.
    picture.style.cursor = shape !== null && this.model.pointer === "tablet" ? "none" : "";
    this.#placePointer();
  }

  #placePointer(): void {
    const { x, y, shape } = this.#cursor;
    if (shape === null) return;
    const [left, top] = [x - shape.hotX, y - shape.hotY].map((place) => place * this.#factor);
    this.parts.pointer.style.transform = `translate(${left}px, ${top}px) scale(${this.#factor})`;
  }

  #layOut(): void {
    const { frame, picture } = this.parts;
    const { width, height } = picture;
    // A hidden panel has no size; what it had before stays.
    if (width === 0 || height === 0 || frame.clientWidth === 0) return;
    const dots = window.devicePixelRatio;
    const fit = Math.min(frame.clientWidth / width, frame.clientHeight / height);
    if (this.#scale === "fit") this.#factor = fit;
    else if (this.#scale === "actual") this.#factor = 1;
    else this.#factor = Math.max(1, Math.floor(fit * dots)) / dots;
    picture.style.width = `${width * this.#factor}px`;
    picture.style.height = `${height * this.#factor}px`;
    const isWhole = Number.isInteger(this.#factor * dots);
    picture.style.imageRendering = isWhole ? "pixelated" : "auto";
    this.#placePointer();
  }

  #hearKeys(): void {
    const { keyboard } = this.parts;
    const { signal } = this.#listening;
    keyboard.value = SENTINEL;
    keyboard.addEventListener("keydown", (event) => this.#key(event, true), { signal });
    keyboard.addEventListener("keyup", (event) => this.#key(event, false), { signal });
    keyboard.addEventListener("blur", () => this.model.releaseKeys(), { signal });
    keyboard.addEventListener(
      "paste",
      (event) => {
        event.preventDefault();
        this.model.type(event.clipboardData?.getData("text/plain") ?? "");
      },
      { signal },
    );
    // Keyboards of touch screens say what was typed, not which key was pressed.
    keyboard.addEventListener("input", (event) => this.#typed(event as InputEvent), { signal });
  }

  #key(event: KeyboardEvent, down: boolean): void {
    if (event.key === "F6" && event.ctrlKey) {
      event.preventDefault();
      if (!down) return;
      this.#mouse.release();
      this.events.onLeave();
      return;
    }
    const code = KEY_CODES.get(event.code);
    if (code === undefined || event.isComposing) return;
    event.preventDefault();
    // The guest repeats keys by itself.
    if (!event.repeat) this.model.key(code, down);
    // macOS does not tell of keys that go up while Command is down.
    if (!down && META_KEYS.has(event.code)) this.model.releaseKeys();
  }

  #typed(event: InputEvent): void {
    const { keyboard } = this.parts;
    if (event.isComposing) return;
    if (event.inputType === "deleteContentBackward") this.model.type("\b");
    else if (event.inputType === "insertLineBreak") this.model.type("\n");
    else this.model.type(keyboard.value.replace(SENTINEL, ""));
    keyboard.value = SENTINEL;
    this.events.onTyped();
  }

  #hearPointer(): void {
    const { picture } = this.parts;
    const { signal } = this.#listening;
    const point = (event: PointerEvent): void => this.#point(event);
    picture.addEventListener("pointermove", point, { signal });
    picture.addEventListener(
      "pointerdown",
      (event) => {
        // A locked pointer cannot be captured, and needs not to be.
        if (document.pointerLockElement === null) picture.setPointerCapture(event.pointerId);
        // A touch must not bring the keyboard up each time: there is a button for that.
        if (event.pointerType !== "touch") this.focus();
        event.preventDefault();
        this.#point(event);
      },
      { signal },
    );
    picture.addEventListener("pointerup", point, { signal });
    picture.addEventListener("pointercancel", point, { signal });
    // Else the mouse takes the focus away from the text field.
    picture.addEventListener("mousedown", (event) => event.preventDefault(), { signal });
    picture.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
    picture.addEventListener("wheel", (event) => this.#wheel(event), { signal, passive: false });
  }

  #point(event: PointerEvent): void {
    if (this.model.pointer === "mouse") {
      this.#mouse.hear(event, this.#factor, event.buttons & BUTTONS);
      return;
    }
    const { left, top, width, height } = this.parts.picture.getBoundingClientRect();
    if (width === 0 || height === 0) return;
    const [x, y] = [(event.clientX - left) / width, (event.clientY - top) / height];
    this.model.point({ x, y, buttons: event.buttons & BUTTONS });
  }

  #wheel(event: WheelEvent): void {
    // Where nobody takes it, the page scrolls.
    const { pointer } = this.model;
    if (pointer === null || (pointer === "mouse" && document.pointerLockElement !== this.parts.picture)) return;
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE_PIXELS;
    this.#turned.x += (event.deltaX * unit) / NOTCH_PIXELS;
    this.#turned.y += (event.deltaY * unit) / NOTCH_PIXELS;
    const [x, y] = [Math.trunc(this.#turned.x), Math.trunc(this.#turned.y)];
    if (x === 0 && y === 0) return;
    this.#turned = { x: this.#turned.x - x, y: this.#turned.y - y };
    // Down on a page is negative on a wheel.
    this.model.turnWheel(x, -y);
  }
}
