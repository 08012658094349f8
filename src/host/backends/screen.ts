/** The host end of the guest's screen: where its picture lies, what of it has changed, and the pointer. Pixels stay where they are. */
import type { Rectangle, ScreenCursor, ScreenPixels, ScreenUpdate } from "../machine-types.ts";
import { hasAlpha, readPixels } from "../screen-pixels.ts";

/** Width and height of a pointer's picture. */
const CURSOR_PIXELS = 64;

/** The picture on the screen: address of the first pixel in the machine's memory, bytes from row to row, virtio-gpu format. */
interface Scanout extends ScreenPixels {
  readonly width: number;
  readonly height: number;
}

const NOTHING: Scanout = { ptr: 0, stride: 0, width: 0, height: 0, format: 0 };

export class ScreenBackend {
  private scanout = NOTHING;
  private damage: Rectangle | null = null;
  private cursor: ScreenCursor = { x: 0, y: 0, shape: null };
  /** The scanout or the cursor has changed since the last update. */
  private hasNews = false;

  constructor(private readonly memory: ArrayBufferLike) {}

  get size(): { readonly width: number; readonly height: number } {
    const { width, height } = this.scanout;
    return { width, height };
  }

  /** Whether takeUpdate() would bring something new. */
  get isChanged(): boolean {
    return this.hasNews || this.damage !== null;
  }

  /** The screen shows another picture from now on; width 0: none. */
  show(ptr: number, stride: number, width: number, height: number, format: number): void {
    this.scanout = width === 0 ? NOTHING : { ptr: ptr >>> 0, stride, width, height, format };
    this.hasNews = true;
    this.touchAll();
  }

  /** Part of the picture has changed. */
  touch(x: number, y: number, width: number, height: number): void {
    this.damage = union(this.damage, { x, y, width, height });
  }

  touchAll(): void {
    const { width, height } = this.scanout;
    this.damage = width === 0 ? null : { x: 0, y: 0, width, height };
    this.hasNews = true;
  }

  /** The pointer has another picture, at `ptr` (0: none). */
  setCursor(ptr: number, format: number, hotX: number, hotY: number): void {
    const place = { x: 0, y: 0, width: CURSOR_PIXELS, height: CURSOR_PIXELS };
    const source = { ptr: ptr >>> 0, stride: CURSOR_PIXELS * 4, format };
    const shape =
      ptr === 0
        ? null
        : { rgba: readPixels(this.memory, source, place, hasAlpha(format)), hotX: hotX | 0, hotY: hotY | 0 };
    this.cursor = { ...this.cursor, shape };
    this.hasNews = true;
  }

  moveCursor(x: number, y: number): void {
    this.cursor = { ...this.cursor, x: x | 0, y: y | 0 };
    this.hasNews = true;
  }

  /** All that has changed since the last call. `copies`: with the changed pixels themselves. */
  takeUpdate(copies: boolean): ScreenUpdate {
    const { scanout, damage, cursor } = this;
    this.damage = null;
    this.hasNews = false;
    const pixels = copies && damage !== null ? readPixels(this.memory, scanout, damage, false) : null;
    const { ptr, stride, format } = scanout;
    return { ...this.size, damage, source: { ptr, stride, format }, pixels, cursor };
  }

  /** The whole picture, RGBA, row by row. */
  capture(): Uint8ClampedArray {
    return readPixels(this.memory, this.scanout, { x: 0, y: 0, ...this.size }, false);
  }
}

function union(a: Rectangle | null, b: Rectangle): Rectangle {
  if (a === null) return b;
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  const right = Math.max(a.x + a.width, b.x + b.width);
  const bottom = Math.max(a.y + a.height, b.y + b.height);
  return { x, y, width: right - x, height: bottom - y };
}
