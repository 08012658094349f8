/** Two panels side by side with a border between them that can be dragged, or moved by the arrow keys. */
import { type CSSProperties, type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from "react";

export interface SplitViewProps {
  readonly left: ReactNode;
  readonly right: ReactNode;
  /** Part of the width that the left panel takes, in percent. */
  readonly percent: number;
  readonly onChange: (percent: number) => void;
  /** What the border separates, for those who do not see it. */
  readonly label: string;
}

const LEAST = 20;
const MOST = 75;
const KEY_STEP = 2;

export function SplitView({ left, right, percent, onChange, label }: SplitViewProps) {
  const frame = useRef<HTMLDivElement>(null);
  const move = (wanted: number): void => onChange(Math.min(MOST, Math.max(LEAST, wanted)));

  const drag = (event: PointerEvent<HTMLHRElement>): void => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId) || frame.current === null) return;
    const { left: start, width } = frame.current.getBoundingClientRect();
    move(((event.clientX - start) / width) * 100);
  };
  const key = (event: KeyboardEvent): void => {
    const targets: Record<string, number> = {
      ArrowLeft: percent - KEY_STEP,
      ArrowRight: percent + KEY_STEP,
      Home: LEAST,
      End: MOST,
    };
    const wanted = targets[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    move(wanted);
  };

  return (
    <div className="split" ref={frame} style={{ "--split": `${percent}%` } as CSSProperties}>
      {left}
      <hr
        className="split-border"
        tabIndex={0}
        aria-orientation="vertical"
        aria-label={label}
        aria-valuenow={Math.round(percent)}
        aria-valuemin={LEAST}
        aria-valuemax={MOST}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={drag}
        onKeyDown={key}
      />
      {right}
    </div>
  );
}
