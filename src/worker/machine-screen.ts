/** The guest's screen, keyboard and pointer, as a machine's user has them. */
import { readPixels } from "../host/screen-pixels.ts";
import {
  ABSOLUTE_MAX,
  BUTTONS,
  EV_ABS,
  EV_KEY,
  EV_REL,
  EV_SYN,
  KEY_LEFT_SHIFT,
  keyOfCharacter,
  REL_HWHEEL,
  REL_WHEEL,
  REL_X,
  REL_Y,
} from "../spec/evdev.ts";
import type {
  InputDevice,
  InputEvent,
  MachineWorkerApi,
  Rectangle,
  ScreenCursor,
  ScreenPicture,
  ScreenUpdate,
} from "./machine-api.ts";

/** The screen as it is now, and what of it is new. */
export interface ScreenFrame {
  /** Of the picture that the guest shows, in pixels; 0: it shows none. */
  readonly width: number;
  readonly height: number;
  /** null: at most the pointer is new. */
  readonly damage: Rectangle | null;
  readonly cursor: ScreenCursor;
  /** Pixels of the damage, RGBA, row by row. */
  pixels(): Uint8ClampedArray<ArrayBuffer>;
}

/** A listener may return a promise: the next frame comes when it is fulfilled. */
export type FrameListener = (frame: ScreenFrame) => void | Promise<void>;

/** Where a pointer is, in parts of the screen (0 to 1), and which of its buttons are down (bits: left, right, middle). */
export interface PointerState {
  readonly x: number;
  readonly y: number;
  readonly buttons: number;
}

/** How far a mouse was moved since it was last told, in its own steps (right and down are positive), and its buttons as above. */
export interface MouseState {
  readonly dx: number;
  readonly dy: number;
  readonly buttons: number;
}

/** The devices that point. */
export type PointerDevice = Exclude<InputDevice, "keyboard">;

export interface InputTime {
  /** The event arrives exactly at that step; a RangeError if that is over. */
  readonly atStep?: bigint;
}

/** Ends a report. */
const END: InputEvent = [EV_SYN, 0, 0];
/** Eight events each at most. */
const KEYS_AT_ONCE = 8;

type Call = <T>(make: (api: MachineWorkerApi) => Promise<T>) => Promise<T>;

export class MachineScreen {
  /** The machine's memory, or null where it cannot be shared: frames bring their pixels along then. */
  memory: SharedArrayBuffer | null = null;
  private readonly listeners = new Set<FrameListener>();
  /** Which are down (bits), of each device. */
  private readonly buttons: Record<PointerDevice, number> = { tablet: 0, mouse: 0 };

  constructor(private readonly call: Call) {}

  /**
   * Hears what changes on the screen, beginning with all of it; answers a function that ends this. Several listeners get the same
   * frames, and a late one has the whole screen sent to all.
   */
  onFrame(listener: FrameListener): () => void {
    this.listeners.add(listener);
    this.watch(true);
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.watch(false);
    };
  }

  /** The whole screen at an instruction boundary. */
  capture(): Promise<ScreenPicture> {
    return this.call((api) => api.captureScreen());
  }

  /**
   * The screen has another size, as if another monitor were there: a guest that cares gives its picture that size (Linux's driver
   * tells its programs). Both sides are multiples of 8 from 64 to 4088, for at most 8,388,608 pixels; a RangeError otherwise.
   */
  resize(width: number, height: number, { atStep }: InputTime = {}): Promise<void> {
    return this.call((api) => api.screenResize(width, height, atStep));
  }

  /** A key, by its evdev code (KEY_A is 30), goes down or up. */
  key(code: number, down: boolean, time: InputTime = {}): Promise<void> {
    return this.report("keyboard", [[EV_KEY, code, down ? 1 : 0]], time);
  }

  /**
   * Presses the keys that type `text` on a US keyboard, as fast as the guest takes them; characters that it has no key for are
   * left out. A machine that stands takes nothing: this waits then.
   */
  async type(text: string): Promise<void> {
    const keys = [...text.replaceAll("\r\n", "\n").replaceAll("\r", "\n")]
      .map(keyOfCharacter)
      .filter((key) => key !== null);
    for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) {
      const events = keys.slice(at, at + KEYS_AT_ONCE).flatMap(({ code, shift }): InputEvent[] => {
        const press: InputEvent[] = [[EV_KEY, code, 1], END, [EV_KEY, code, 0], END];
        return shift ? [[EV_KEY, KEY_LEFT_SHIFT, 1], END, ...press, [EV_KEY, KEY_LEFT_SHIFT, 0], END] : press;
      });
      await this.call((api) => api.inputReport("keyboard", events));
      // The keyboard keeps no more than so much; a guest that is not there takes nothing, and nothing waits for it.
      await this.call((api) => api.inputTaken("keyboard"));
    }
  }

  /** The pointer of the tablet is there, and its buttons are like this. */
  pointer({ x, y, buttons }: PointerState, time: InputTime = {}): Promise<void> {
    const place = (part: number): number => Math.round(Math.min(1, Math.max(0, part)) * ABSOLUTE_MAX);
    const events: InputEvent[] = [
      [EV_ABS, 0, place(x)],
      [EV_ABS, 1, place(y)],
    ];
    return this.report("tablet", [...events, ...this.pressed("tablet", buttons)], time);
  }

  /** The mouse moves, and its buttons are like this. */
  mouse({ dx, dy, buttons }: MouseState, time: InputTime = {}): Promise<void> {
    const events: InputEvent[] = [
      [EV_REL, REL_X, dx],
      [EV_REL, REL_Y, dy],
    ];
    const moves = events.filter(([, , steps]) => steps !== 0);
    return this.report("mouse", [...moves, ...this.pressed("mouse", buttons)], time);
  }

  /** The wheels of the tablet, or of the mouse, turn by so many notches: right and up are positive. */
  wheel(horizontal: number, vertical: number, time: InputTime = {}, device: PointerDevice = "tablet"): Promise<void> {
    const turns: InputEvent[] = [
      [EV_REL, REL_HWHEEL, horizontal],
      [EV_REL, REL_WHEEL, vertical],
    ];
    return this.report(
      device,
      turns.filter(([, , notches]) => notches !== 0),
      time,
    );
  }

  /** Any events, which become one report. Throws a RangeError if the machine has no such device. */
  report(device: InputDevice, events: readonly InputEvent[], { atStep }: InputTime = {}): Promise<void> {
    return this.call((api) => api.inputReport(device, [...events, END], atStep));
  }

  /** For the machine: an update from its worker. */
  hear(update: ScreenUpdate): void | Promise<void> {
    const { memory } = this;
    const { width, height, damage, source, cursor } = update;
    const frame: ScreenFrame = {
      ...{ width, height, damage, cursor },
      pixels: () => {
        if (update.pixels !== null) return update.pixels as Uint8ClampedArray<ArrayBuffer>;
        if (memory === null || damage === null) return new Uint8ClampedArray(0);
        return readPixels(memory, source, damage, false);
      },
    };
    const answers = [...this.listeners].map((listener) => listener(frame));
    if (answers.some((answer) => answer instanceof Promise)) return Promise.all(answers).then(() => {});
  }

  /** Events of the buttons that are not as they were. */
  private pressed(device: PointerDevice, buttons: number): InputEvent[] {
    const before = this.buttons[device];
    this.buttons[device] = buttons;
    return BUTTONS.flatMap((code, bit): InputEvent[] => {
      const down = (buttons >> bit) & 1;
      return down === ((before >> bit) & 1) ? [] : [[EV_KEY, code, down]];
    });
  }

  private watch(on: boolean): void {
    // A machine that dies meanwhile says so by its state.
    this.call((api) => api.watchScreen(on, this.memory === null)).catch(() => {});
  }
}
