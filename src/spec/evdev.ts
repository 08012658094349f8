/** Keys, buttons and axes by the numbers that Linux's evdev and virtio-input have for them (linux/input-event-codes.h). */

export const EV_SYN = 0x00;
export const EV_KEY = 0x01;
export const EV_REL = 0x02;
export const EV_ABS = 0x03;

export const REL_X = 0x00;
export const REL_Y = 0x01;
export const REL_HWHEEL = 0x06;
export const REL_WHEEL = 0x08;

/** Where the axes of a tablet end; they begin at 0. */
export const ABSOLUTE_MAX = 0x7fff;

/** BTN_LEFT, BTN_RIGHT and BTN_MIDDLE. */
export const BUTTONS: readonly number[] = [0x110, 0x111, 0x112];

/** Keys in the order of their numbers, from KEY_ESC (1) on, by the names that the UI Events standard has for their places. */
const FROM_ESCAPE =
  "Escape Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal Backspace Tab " +
  "KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight Enter ControlLeft " +
  "KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote Backquote ShiftLeft Backslash " +
  "KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash ShiftRight NumpadMultiply AltLeft Space CapsLock " +
  "F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NumLock ScrollLock Numpad7 Numpad8 Numpad9 NumpadSubtract " +
  "Numpad4 Numpad5 Numpad6 NumpadAdd Numpad1 Numpad2 Numpad3 Numpad0 NumpadDecimal";

/** The others. */
const APART: Readonly<Record<string, number>> = {
  IntlBackslash: 86,
  F11: 87,
  F12: 88,
  IntlRo: 89,
  Convert: 92,
  KanaMode: 93,
  NonConvert: 94,
  NumpadEnter: 96,
  ControlRight: 97,
  NumpadDivide: 98,
  PrintScreen: 99,
  AltRight: 100,
  Home: 102,
  ArrowUp: 103,
  PageUp: 104,
  ArrowLeft: 105,
  ArrowRight: 106,
  End: 107,
  ArrowDown: 108,
  PageDown: 109,
  Insert: 110,
  Delete: 111,
  AudioVolumeMute: 113,
  AudioVolumeDown: 114,
  AudioVolumeUp: 115,
  NumpadEqual: 117,
  Pause: 119,
  NumpadComma: 121,
  Lang1: 122,
  Lang2: 123,
  IntlYen: 124,
  MetaLeft: 125,
  MetaRight: 126,
  ContextMenu: 127,
};

/** Number of a key by the place that it has on the keyboard (KeyboardEvent.code). */
export const KEY_CODES: ReadonlyMap<string, number> = new Map([
  ...FROM_ESCAPE.split(" ").map((place, index) => [place, index + 1] as const),
  ...Object.entries(APART),
]);

export const KEY_LEFT_SHIFT = 42;

/** Keys that type characters on a US keyboard, those without and with Shift, beside each other; numbers as `CHARACTER_KEYS` has them. */
const PLAIN = "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./";
const SHIFTED = '~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?';
const CHARACTER_KEYS = [
  ...[41, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 43],
  ...[30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53],
];
const WHITE: Readonly<Record<string, number>> = { " ": 57, "\n": 28, "\t": 15, "\b": 14, "\x1b": 1 };

/** The key that types a character on a US keyboard, or null. */
export function keyOfCharacter(character: string): { readonly code: number; readonly shift: boolean } | null {
  const white = WHITE[character];
  if (white !== undefined) return { code: white, shift: false };
  for (const [row, shift] of [[PLAIN, false] as const, [SHIFTED, true] as const]) {
    const code = character.length === 1 ? CHARACTER_KEYS[row.indexOf(character)] : undefined;
    if (code !== undefined) return { code, shift };
  }
  return null;
}
