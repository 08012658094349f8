/** The machine's screen, with its keyboard and pointer; says so when there is nothing to see. */
import { useEffect, useRef, useState } from "react";
import { download } from "../../model/download.ts";
import { fileWord } from "../../model/export-files.ts";
import type { MachineModel } from "../../model/machine-model.ts";
import type { ScreenScale } from "../../model/screen-model.ts";
import { Button } from "../../widgets/button.tsx";
import { type TouchKey, TouchKeys } from "../../widgets/touch-keys.tsx";
import { useStore } from "../../widgets/use-store.ts";
import { ScreenView } from "./screen-view.ts";
import "./screen.css";

export interface ScreenPanelProps {
  readonly machine: Pick<MachineModel, "screen" | "guest">;
}

const SCALES: readonly (readonly [ScreenScale, string])[] = [
  ["fit", "Fit"],
  ["whole", "Whole pixels"],
  ["actual", "1:1"],
];

/** Their evdev codes. */
const TOUCH_CODES: Readonly<Record<TouchKey, number>> = {
  Escape: 1,
  Tab: 15,
  Up: 103,
  Down: 108,
  Left: 105,
  Right: 106,
};

const CURSOR_PIXELS = 64;
const KEY_LEFT_CTRL = 29;

/** Who has the browser's pointer where the guest's is a mouse; refused: the browser does not give it away. */
type Grab = "page" | "guest" | "refused";

export function ScreenPanel({ machine: { screen, guest } }: ScreenPanelProps) {
  const state = useStore(screen.state);
  const scale = useStore(screen.scale);
  const inputs = useStore(screen.inputs);
  const stage = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const picture = useRef<HTMLCanvasElement>(null);
  const pointer = useRef<HTMLCanvasElement>(null);
  const keyboard = useRef<HTMLTextAreaElement>(null);
  const exit = useRef<HTMLParagraphElement>(null);
  const view = useRef<ScreenView | null>(null);
  const [control, setControl] = useState(false);
  const [grab, setGrab] = useState<Grab>("page");
  const shown = state.kind === "shown";
  const hasKeys = inputs.includes("keyboard");

  useEffect(() => {
    const parts = [frame.current, picture.current, pointer.current, keyboard.current] as const;
    const [frameElement, pictureElement, pointerElement, keyboardElement] = parts;
    if (frameElement === null || pictureElement === null || pointerElement === null || keyboardElement === null) return;
    const made = new ScreenView(
      { frame: frameElement, picture: pictureElement, pointer: pointerElement, keyboard: keyboardElement },
      screen,
      {
        onLeave: () => {
          if (document.fullscreenElement !== null) void document.exitFullscreen();
          exit.current?.focus();
        },
        onTyped: () => {
          setControl(false);
          screen.key(KEY_LEFT_CTRL, false);
        },
        onGrab: (grabbed) => setGrab(grabbed ? "guest" : "page"),
        onRefusal: () => setGrab("refused"),
      },
    );
    made.scale = screen.scale.get();
    view.current = made;
    return () => {
      made.dispose();
      view.current = null;
    };
  }, [screen]);

  useEffect(() => {
    if (view.current !== null) view.current.scale = scale;
  }, [scale]);

  const fill = async (): Promise<void> => {
    // A browser that refuses leaves everything as it is.
    await stage.current?.requestFullscreen().catch(() => {});
    view.current?.focus();
    // Escape is the guest's as well, where the browser can give it away.
    const { keyboard: keys } = navigator as { keyboard?: { lock?: (codes: readonly string[]) => Promise<void> } };
    if (document.fullscreenElement !== null) await keys?.lock?.(["Escape"]).catch(() => {});
  };
  const savePicture = (png: Blob | null): void => {
    if (png !== null) download(`vitrine-${fileWord(guest.get()?.id ?? "")}-screen.png`, png);
  };
  const hold = (down: boolean): void => {
    setControl(down);
    screen.key(KEY_LEFT_CTRL, down);
  };
  const press = (key: TouchKey): void => {
    screen.press(TOUCH_CODES[key]);
    if (control) hold(false);
  };

  return (
    <section className="panel screen takes-keys" aria-label="Screen">
      <header className="panel-header">
        <h2>Screen</h2>
        <p className="panel-hint" ref={exit} tabIndex={-1}>
          {shown && <Hint hasKeys={inputs.includes("keyboard")} grab={screen.pointer === "mouse" ? grab : null} />}
        </p>
        {shown && (
          <>
            <select
              className="field"
              aria-label="Scale"
              value={scale}
              onChange={(event) => screen.scale.set(event.target.value as ScreenScale)}
            >
              {SCALES.map(([name, word]) => (
                <option key={name} value={name}>
                  {word}
                </option>
              ))}
            </select>
            <Button onClick={() => picture.current?.toBlob(savePicture)} title="Save the picture as a PNG file">
              Save picture
            </Button>
            <Button onClick={() => void fill()}>Full screen</Button>
          </>
        )}
      </header>
      {state.kind === "absent" && (
        <p className="panel-empty">
          This machine has no screen: it prints to the terminal. Among the machines, “Linux with a screen” has one.
        </p>
      )}
      {state.kind === "dark" && (
        <p className="panel-empty" role="status">
          The screen is dark: the guest shows nothing on it, or not yet.
        </p>
      )}
      <div className="screen-stage" ref={stage} hidden={!shown}>
        <div className="screen-field">
          <textarea
            ref={keyboard}
            className="screen-keyboard"
            aria-label="Keyboard of the machine"
            autoCapitalize="off"
            autoComplete="off"
            autoCorrect="off"
            spellCheck={false}
          />
          <div className="screen-frame" ref={frame}>
            <div className="screen-sheet">
              <canvas
                ref={picture}
                width={0}
                height={0}
                role="img"
                aria-label={shown ? `Picture of the guest, ${state.width} by ${state.height} pixels` : "No picture"}
              />
              <canvas ref={pointer} className="screen-pointer" width={CURSOR_PIXELS} height={CURSOR_PIXELS} hidden />
            </div>
          </div>
        </div>
        {hasKeys && (
          <TouchKeys label="Keys for the screen" control={control} onControl={hold} onPress={press}>
            <button type="button" onClick={() => view.current?.focus()}>
              Keyboard
            </button>
          </TouchKeys>
        )}
      </div>
    </section>
  );
}

/** How keyboard and pointer come back to the page. `grab`: whose the pointer is where the guest's is a mouse, else null. */
function Hint({ hasKeys, grab }: { readonly hasKeys: boolean; readonly grab: Grab | null }) {
  return (
    <>
      {grab !== null && <span className="screen-by-touch">Drag moves the guest's mouse, a tap clicks</span>}
      <span className="screen-by-hand">
        {grab === "refused" && "The browser does not give its pointer to the guest's mouse"}
        {grab === "page" && "A click on the picture gives the pointer to the guest's mouse"}
        {grab === "guest" && (
          <>
            <kbd>Esc</kbd> gives the pointer back to the page{hasKeys && ", "}
          </>
        )}
        {hasKeys && (grab === "guest" || grab === null) && (
          <>
            <kbd>Ctrl</kbd> <kbd>F6</kbd> {grab === null ? "gives the keyboard back to the page" : "the keyboard too"}
          </>
        )}
      </span>
    </>
  );
}
