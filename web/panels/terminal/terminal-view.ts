/** xterm.js in an element: the guest's bytes in, keys and size out. */
import { FitAddon } from "@xterm/addon-fit";
import { type ITheme, Terminal } from "@xterm/xterm";

export interface TerminalEvents {
  /** Keys and pasted text; bytes where a mouse report is no text. */
  readonly onInput: (data: string | Uint8Array) => void;
  readonly onResize: (columns: number, rows: number) => void;
  /** The chord that gives the keyboard back to the page. */
  readonly onLeave: () => void;
}

const FONT =
  'ui-monospace, "Cascadia Mono", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace';
const SCROLLBACK_LINES = 5000;

export class TerminalView {
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #observer: ResizeObserver;

  constructor(
    private readonly element: HTMLElement,
    theme: ITheme,
    events: TerminalEvents,
  ) {
    const terminal = new Terminal({
      fontFamily: FONT,
      fontSize: 13,
      lineHeight: 1.2,
      scrollback: SCROLLBACK_LINES,
      cursorBlink: false,
      macOptionIsMeta: true,
      theme,
    });
    this.#terminal = terminal;
    terminal.loadAddon(this.#fit);
    terminal.open(element);
    void this.#drawByGraphicsCard();
    terminal.onData(events.onInput);
    terminal.onBinary((data) => events.onInput(Uint8Array.from(data, (letter) => letter.charCodeAt(0))));
    terminal.onResize(({ cols, rows }) => events.onResize(cols, rows));
    terminal.attachCustomKeyEventHandler((event) => {
      // Terminals' own key for it, for which no guest has a code.
      if (event.ctrlKey && event.shiftKey && event.code === "KeyC") {
        event.preventDefault();
        if (event.type === "keydown" && terminal.hasSelection()) document.execCommand("copy");
        return false;
      }
      if (event.key !== "F6" || !event.ctrlKey) return true;
      event.preventDefault();
      if (event.type === "keydown") events.onLeave();
      return false;
    });
    this.#observer = new ResizeObserver(() => this.#resize());
    this.#observer.observe(element);
    events.onResize(terminal.cols, terminal.rows);
  }

  set theme(theme: ITheme) {
    this.#terminal.options.theme = theme;
  }

  set screenReader(on: boolean) {
    this.#terminal.options.screenReaderMode = on;
  }

  /** Resolves when the bytes are part of the screen. */
  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#terminal.write(bytes, resolve));
  }

  /** Empty screen, no history, all modes as at the start. */
  reset(): void {
    this.#terminal.reset();
  }

  focus(): void {
    this.#terminal.focus();
  }

  dispose(): void {
    this.#observer.disconnect();
    this.#terminal.dispose();
  }

  #resize(): void {
    // A hidden panel has no size; what it had before stays.
    if (this.element.clientWidth > 0 && this.element.clientHeight > 0) this.#fit.fit();
  }

  /** Otherwise, and if the card fails later, plain elements draw. */
  async #drawByGraphicsCard(): Promise<void> {
    if (!hasGraphicsCard()) return;
    try {
      const { WebglAddon } = await import("@xterm/addon-webgl");
      const addon = new WebglAddon();
      addon.onContextLoss(() => addon.dispose());
      this.#terminal.loadAddon(addon);
    } catch {
      // Not to be had after all.
    }
  }
}

/** WebGL that the processor emulates is slower than plain elements. */
function hasGraphicsCard(): boolean {
  const probe = document.createElement("canvas").getContext("webgl2", { failIfMajorPerformanceCaveat: true });
  if (probe === null) return false;
  const names = probe.getExtension("WEBGL_debug_renderer_info");
  const renderer = names === null ? "" : String(probe.getParameter(names.UNMASKED_RENDERER_WEBGL));
  probe.getExtension("WEBGL_lose_context")?.loseContext();
  return !/swiftshader|llvmpipe|softpipe|software|basic render/i.test(renderer);
}
