/** A text as a list of lines, of which only those in view exist: number, breakpoint, current line. Keys go through it. */
import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from "react";

export interface SourceLinesProps {
  readonly lines: readonly string[];
  /** Lines to which instructions belong. */
  readonly code: ReadonlySet<number>;
  /** Lines with a breakpoint. */
  readonly marked: ReadonlySet<number>;
  readonly current: number | null;
  /** Its line is brought into view whenever it is another object. */
  readonly focus: { readonly line: number };
  readonly selected: number | null;
  readonly label: string;
  readonly onSelect: (line: number) => void;
  readonly onToggle: (line: number) => void;
}

const ROW = 20;
/** Rows drawn beyond the view. */
const SPARE = 8;

export function SourceLines(props: SourceLinesProps) {
  const { lines, code, marked, current, focus, selected, label, onSelect, onToggle } = props;
  const frame = useRef<HTMLDivElement>(null);
  const id = useId();
  const [view, setView] = useState({ top: 0, rows: 60 });
  const kept = useRef(0);
  /** Brought into view already: a list that is shown again has its effects again. */
  const shown = useRef<SourceLinesProps["focus"] | null>(null);

  useLayoutEffect(() => {
    const list = frame.current;
    if (list === null || shown.current === focus) return;
    shown.current = focus;
    const y = (focus.line - 1) * ROW;
    const isSeen = y >= list.scrollTop + ROW && y + 3 * ROW <= list.scrollTop + list.clientHeight;
    if (!isSeen) list.scrollTop = y - list.clientHeight / 3;
    kept.current = list.scrollTop;
    setView(seen(list));
  }, [focus]);
  useEffect(() => {
    const list = frame.current;
    if (list === null) return;
    // Moved to another place of the page, an element forgets how far it was scrolled.
    const observer = new ResizeObserver(() => {
      if (list.clientHeight === 0) return;
      if (list.scrollTop === 0) list.scrollTop = kept.current;
      setView(seen(list));
    });
    observer.observe(list);
    return () => observer.disconnect();
  }, []);

  const scrolled = (): void => {
    const list = frame.current;
    if (list === null || list.clientHeight === 0) return;
    kept.current = list.scrollTop;
    setView(seen(list));
  };
  const key = (event: KeyboardEvent): void => {
    const at = selected ?? current ?? 1;
    const targets: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + Math.max(1, view.rows - 2),
      PageUp: at - Math.max(1, view.rows - 2),
      Home: 1,
      End: lines.length,
    };
    const target = targets[event.key];
    if (target !== undefined) {
      event.preventDefault();
      const line = Math.min(lines.length, Math.max(1, target));
      onSelect(line);
      const list = frame.current as HTMLDivElement;
      const y = (line - 1) * ROW;
      if (y < list.scrollTop) list.scrollTop = y;
      else if (y + ROW > list.scrollTop + list.clientHeight) list.scrollTop = y + ROW - list.clientHeight;
    } else if ((event.key === "Enter" || event.key === " ") && selected !== null) {
      event.preventDefault();
      onToggle(selected);
    }
  };

  const first = Math.max(0, view.top - SPARE);
  const end = Math.min(lines.length, view.top + view.rows + SPARE);
  const digits = String(lines.length).length;
  return (
    <div
      className="source-list"
      ref={frame}
      role="listbox"
      tabIndex={0}
      aria-label={label}
      aria-activedescendant={selected === null || selected <= first || selected > end ? undefined : `${id}-${selected}`}
      onScroll={scrolled}
      onKeyDown={key}
    >
      <div role="presentation" style={{ height: first * ROW }} />
      {lines.slice(first, end).map((text, n) => {
        const line = first + n + 1;
        const isCurrent = line === current;
        return (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys
          <div
            key={line}
            id={`${id}-${line}`}
            className={isCurrent ? "source-line source-current" : "source-line"}
            role="option"
            tabIndex={-1}
            aria-selected={line === selected}
            aria-setsize={lines.length}
            aria-posinset={line}
            data-line={line}
            onClick={() => onSelect(line)}
            onDoubleClick={() => onToggle(line)}
          >
            {/* biome-ignore lint/a11y/noStaticElementInteractions: Enter and a button do the same */}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the same */}
            <span
              className={code.has(line) ? "source-point source-has-code" : "source-point"}
              title={code.has(line) ? "Breakpoint here (Enter)" : undefined}
              onClick={(event) => {
                event.stopPropagation();
                onSelect(line);
                onToggle(line);
              }}
            >
              {marked.has(line) && (
                <>
                  <span aria-hidden="true">●</span>
                  <span className="spoken">breakpoint</span>
                </>
              )}
            </span>
            <span className="source-pc">
              {isCurrent && <span title="The next instruction is in this line">▶</span>}
            </span>
            <span className="source-number" style={{ width: `${digits}ch` }}>
              {line}
            </span>
            <span className="source-text">{text}</span>
          </div>
        );
      })}
      <div role="presentation" style={{ height: (lines.length - end) * ROW }} />
    </div>
  );
}

function seen(list: HTMLElement) {
  return { top: Math.floor(list.scrollTop / ROW), rows: Math.ceil(list.clientHeight / ROW) + 1 };
}
