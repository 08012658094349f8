/** Lines of instructions as a list to scroll and to walk through by keys; arrows of branches beside them. */
import { type KeyboardEvent, memo, useCallback, useEffect, useLayoutEffect, useMemo, useRef } from "react";
import { type Arrow, arrowsOf, type Line } from "../../model/disassembly.ts";

export interface CodeListProps {
  readonly lines: readonly Line[];
  readonly pc: bigint | null;
  /** Brought into view when it changes. */
  readonly focus: bigint | null;
  readonly selected: bigint | null;
  readonly label: string;
  readonly hasPoint: (address: bigint) => boolean;
  readonly onSelect: (address: bigint) => void;
  readonly onToggle: (address: bigint) => void;
  /** The target of a branch is to be shown. */
  readonly onFollow: (address: bigint) => void;
  /** The list was scrolled to near its end: this address should be in the middle. */
  readonly onEdge: (address: bigint) => void;
}

const ROW = 20;
const LANES = 5;
const LANE = 7;
/** Arrows over more lines are not drawn. */
const LONGEST = 60;
/** Rows from an end at which the list goes on. */
const EDGE_ROWS = 12;

export function CodeList(props: CodeListProps) {
  const { lines, pc, focus, selected, label, hasPoint, onSelect, onToggle, onFollow, onEdge } = props;
  const frame = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => rowsOf(lines), [lines]);
  const arrows = useMemo(() => arrowsOf(lines, LANES, LONGEST), [lines]);
  /** Which address was at the top of the view, and how far above it: it stays there when the window moves. */
  const top = useRef<{ address: bigint; offset: number } | null>(null);
  const focused = useRef<bigint | null>(null);

  const note = useCallback((): void => {
    const list = frame.current;
    if (list === null) return;
    const row = Math.floor(list.scrollTop / ROW);
    const line = rows.lineAt[Math.min(row, rows.lineAt.length - 1)];
    const address = line === undefined ? undefined : lines[line]?.address;
    const start = address === undefined ? undefined : rows.rowOf.get(address);
    top.current =
      address === undefined || start === undefined ? null : { address, offset: list.scrollTop - start * ROW };
  }, [rows, lines]);

  useLayoutEffect(() => {
    const list = frame.current;
    if (list === null) return;
    const kept = top.current;
    const index = kept === null ? undefined : rows.rowOf.get(kept.address);
    if (kept !== null && index !== undefined) list.scrollTop = index * ROW + kept.offset;
    if (focus === null || focus === focused.current) return;
    const at = rows.rowOf.get(focus);
    if (at === undefined) return;
    focused.current = focus;
    const y = at * ROW;
    const isSeen = y >= list.scrollTop + ROW && y + 3 * ROW <= list.scrollTop + list.clientHeight;
    if (!isSeen) list.scrollTop = y - list.clientHeight / 3;
    note();
  }, [rows, focus, note]);

  // Moved to another place of the page, an element forgets how far it was scrolled.
  useEffect(() => {
    const list = frame.current;
    if (list === null) return;
    const observer = new ResizeObserver(() => {
      const kept = top.current;
      const row = kept === null ? undefined : rows.rowOf.get(kept.address);
      if (list.clientHeight > 0 && kept !== null && row !== undefined) list.scrollTop = row * ROW + kept.offset;
    });
    observer.observe(list);
    return () => observer.disconnect();
  }, [rows]);

  const scrolled = (): void => {
    const list = frame.current;
    if (list === null || list.clientHeight === 0) return;
    note();
    const first = Math.floor(list.scrollTop / ROW);
    const last = Math.ceil((list.scrollTop + list.clientHeight) / ROW);
    const middle = lines[rows.lineAt[(first + last) >> 1] ?? -1]?.address;
    if ((first < EDGE_ROWS || last > rows.count - EDGE_ROWS) && middle !== undefined) onEdge(middle);
  };
  const key = (event: KeyboardEvent): void => {
    const at = lines.findIndex(({ address }) => address === selected);
    const targets: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 16, PageUp: at - 16 };
    const target = targets[event.key];
    if (target !== undefined) {
      event.preventDefault();
      const line = lines[Math.min(lines.length - 1, Math.max(0, target))];
      if (line === undefined) return;
      onSelect(line.address);
      const y = (rows.rowOf.get(line.address) ?? 0) * ROW;
      const list = frame.current as HTMLDivElement;
      if (y < list.scrollTop) list.scrollTop = y;
      else if (y + ROW > list.scrollTop + list.clientHeight) list.scrollTop = y + ROW - list.clientHeight;
    } else if (event.key === "Enter") {
      const follow = lines[at]?.insn?.target;
      if (follow !== undefined) onFollow(follow);
    }
  };

  return (
    <div
      className="code-list"
      ref={frame}
      role="listbox"
      tabIndex={0}
      aria-label={label}
      aria-activedescendant={selected === null ? undefined : idOf(selected)}
      onScroll={scrolled}
      onKeyDown={key}
    >
      <Arrows arrows={arrows} lines={lines} rowOf={rows.rowOf} pc={pc} height={rows.count * ROW} />
      {lines.map((line) => (
        <CodeLine
          key={String(line.address)}
          line={line}
          isPc={line.address === pc}
          isSelected={line.address === selected}
          hasPoint={hasPoint(line.address)}
          onSelect={onSelect}
          onToggle={onToggle}
          onFollow={onFollow}
        />
      ))}
    </div>
  );
}

/** Labels take rows of their own. */
function rowsOf(lines: readonly Line[]) {
  const rowOf = new Map<bigint, number>();
  const lineAt: number[] = [];
  lines.forEach((line, index) => {
    if (line.label !== undefined) lineAt.push(index);
    rowOf.set(line.address, lineAt.length);
    lineAt.push(index);
  });
  return { rowOf, lineAt, count: lineAt.length };
}

function idOf(address: bigint): string {
  return `code-${address.toString(16)}`;
}

interface CodeLineProps {
  readonly line: Line;
  readonly isPc: boolean;
  readonly isSelected: boolean;
  readonly hasPoint: boolean;
  readonly onSelect: (address: bigint) => void;
  readonly onToggle: (address: bigint) => void;
  readonly onFollow: (address: bigint) => void;
}

const CodeLine = memo(
  function CodeLine({ line, isPc, isSelected, hasPoint, onSelect, onToggle, onFollow }: CodeLineProps) {
    const { address, bytes, insn, label, target, why } = line;
    return (
      <>
        {label !== undefined && (
          <div className="code-label" role="presentation">
            {label}:
          </div>
        )}
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys */}
        <div
          className={isPc ? "code-line code-current" : "code-line"}
          id={idOf(address)}
          role="option"
          tabIndex={-1}
          aria-selected={isSelected}
          data-address={`0x${address.toString(16)}`}
          onClick={() => onSelect(address)}
          onDoubleClick={() => onToggle(address)}
        >
          {/* biome-ignore lint/a11y/noStaticElementInteractions: the key F9 and a button do the same */}
          {/* biome-ignore lint/a11y/useKeyWithClickEvents: the same */}
          <span
            className="code-point"
            title="Breakpoint here (F9)"
            onClick={(event) => {
              event.stopPropagation();
              onToggle(address);
            }}
          >
            {hasPoint && (
              <>
                <span aria-hidden="true">●</span>
                <span className="spoken">breakpoint</span>
              </>
            )}
          </span>
          <span className="code-pc">{isPc && <span title="The next instruction">▶</span>}</span>
          <span className="code-address">{address.toString(16).padStart(16, "0")}</span>
          <span className="code-bytes">{rawText(line)}</span>
          {insn === null ? (
            <span className="code-hole" title={why}>
              {why}
            </span>
          ) : (
            <>
              <span className="code-mnemonic">{insn.mnemonic}</span>
              <span className="code-operands">{insn.operands}</span>
              {target !== undefined && (
                // biome-ignore lint/a11y/noStaticElementInteractions: Enter does the same
                // biome-ignore lint/a11y/useKeyWithClickEvents: the same
                <span
                  className="code-target"
                  onClick={(event) => {
                    event.stopPropagation();
                    if (insn.target !== undefined) onFollow(insn.target);
                  }}
                >
                  {target}
                </span>
              )}
            </>
          )}
          <span className="spoken">{bytes.length} bytes</span>
        </div>
      </>
    );
  },
  (before, after) =>
    sameLine(before.line, after.line) &&
    before.isPc === after.isPc &&
    before.isSelected === after.isSelected &&
    before.hasPoint === after.hasPoint,
);

function sameLine(a: Line, b: Line): boolean {
  if (a === b) return true;
  return (
    a.address === b.address &&
    a.label === b.label &&
    a.target === b.target &&
    a.insn?.text === b.insn?.text &&
    a.why === b.why &&
    a.bytes.length === b.bytes.length &&
    a.bytes.every((byte, index) => byte === b.bytes[index])
  );
}

/** The instruction as a number, as manuals print it: the byte at the highest address first. */
function rawText({ insn, bytes }: Line): string {
  if (insn === null) return "";
  return [...bytes]
    .reverse()
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

interface ArrowsProps {
  readonly arrows: readonly Arrow[];
  readonly lines: readonly Line[];
  readonly rowOf: ReadonlyMap<bigint, number>;
  readonly pc: bigint | null;
  readonly height: number;
}

const Arrows = memo(function Arrows({ arrows, lines, rowOf, pc, height }: ArrowsProps) {
  const width = LANES * LANE + 8;
  const y = (line: number): number => (rowOf.get(lines[line]?.address ?? 0n) ?? 0) * ROW + ROW / 2;
  return (
    <svg className="code-arrows" width={width} height={height} aria-hidden="true" focusable="false">
      {arrows.map(({ from, to, lane }) => {
        const x = width - 8 - (lane + 0.5) * LANE;
        const isNext = lines[from]?.address === pc;
        return (
          <path
            key={`${from}-${to}`}
            className={isNext ? "code-arrow code-arrow-next" : "code-arrow"}
            d={`M${width} ${y(from)}H${x}V${y(to)}H${width - 2}m-4 -3l4 3l-4 3`}
          />
        );
      })}
    </svg>
  );
});
