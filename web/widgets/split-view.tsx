/** Parts beside or above each other, with borders between them that can be dragged, or moved by the arrow keys. */
import { type CSSProperties, Fragment, type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from "react";

export interface SplitPart {
  readonly key: string;
  /** What is in it, for those who do not see the border beside it. */
  readonly name: string;
  readonly content: ReactNode;
}

export interface SplitViewProps {
  readonly direction: "row" | "column";
  readonly parts: readonly SplitPart[];
  /** Part of the whole that each takes; their sum is 1. */
  readonly sizes: readonly number[];
  /** No part becomes smaller than this. */
  readonly least: number;
  readonly onChange: (sizes: readonly number[]) => void;
}

const KEY_STEP = 0.02;

export function SplitView({ direction, parts, sizes, least, onChange }: SplitViewProps) {
  const frame = useRef<HTMLDivElement>(null);
  const tracks = sizes.map((size) => `minmax(0, ${size}fr)`).join(" 5px ");
  const style = { [direction === "row" ? "gridTemplateColumns" : "gridTemplateRows"]: tracks } as CSSProperties;

  /** Moves the border after part `index` so that the part before it takes `wanted`. */
  const move = (index: number, wanted: number): void => {
    const both = (sizes[index] as number) + (sizes[index + 1] as number);
    const size = Math.min(both - least, Math.max(least, wanted));
    onChange(sizes.map((old, n) => (n === index ? size : n === index + 1 ? both - size : old)));
  };
  const drag = (index: number) => (event: PointerEvent<HTMLHRElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId) || frame.current === null) return;
    const box = frame.current.getBoundingClientRect();
    const at = direction === "row" ? (event.clientX - box.left) / box.width : (event.clientY - box.top) / box.height;
    move(index, at - sizes.slice(0, index).reduce((sum, size) => sum + size, 0));
  };
  const key = (index: number) => (event: KeyboardEvent) => {
    const size = sizes[index] as number;
    const [less, more] = direction === "row" ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
    const targets: Record<string, number> = { [less]: size - KEY_STEP, [more]: size + KEY_STEP, Home: 0, End: 1 };
    const wanted = targets[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    move(index, wanted);
  };

  return (
    <div className={`split split-${direction}`} ref={frame} style={style}>
      {parts.map(({ key: id, name, content }, index) => (
        <Fragment key={id}>
          {content}
          {index + 1 < parts.length && (
            <hr
              className="split-border"
              tabIndex={0}
              aria-orientation={direction === "row" ? "vertical" : "horizontal"}
              aria-label={`Border between ${name} and ${parts[index + 1]?.name}`}
              aria-valuenow={Math.round((sizes[index] as number) * 100)}
              aria-valuemin={Math.round(least * 100)}
              aria-valuemax={100}
              onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
              onPointerMove={drag(index)}
              onKeyDown={key(index)}
            />
          )}
        </Fragment>
      ))}
    </div>
  );
}
