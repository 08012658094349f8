/** Rows of memory: address, cells, ASCII. A window of 1 MiB scrolls; at its ends it moves on through the whole address space. */
// biome-ignore-all lint/a11y/useSemanticElements: only the rows in view exist, each at its own place, which no <table> has
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and names the cell that is selected
import { type KeyboardEvent, memo, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { type CellType, cellBits, cellText } from "../../model/cell-types.ts";
import { type AddressKind, holeAt } from "../../model/guest-memory.ts";
import type { MachineModel } from "../../model/machine-model.ts";
import { type ShownMemory, useMemory } from "./use-memory.ts";

export const ROW_BYTES = 16;
const ROW = 20;
const WINDOW_ROWS = 65536;
const LAST_ROW = (1n << 64n) / BigInt(ROW_BYTES) - 1n;
/** Rows drawn beyond the view. */
const SPARE = 4;

export interface MemoryGridProps {
  readonly machine: MachineModel;
  readonly kind: AddressKind;
  readonly type: CellType;
  readonly order: "little" | "big";
  /** Brought into view whenever it is another object. */
  readonly focus: { readonly address: bigint };
  readonly selected: bigint;
  readonly onSelect: (address: bigint) => void;
  /** A whole byte has been typed over the selected one. */
  readonly onType: (address: bigint, byte: number) => void;
}

export function MemoryGrid({ machine, kind, type, order, focus, selected, onSelect, onType }: MemoryGridProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [base, setBase] = useState(() => windowAround(focus.address));
  const [view, setView] = useState({ top: 0, rows: 40 });
  const [digit, setDigit] = useState<string | null>(null);
  const jump = useRef<number | null>(null);
  const kept = useRef(0);

  useLayoutEffect(() => {
    const list = frame.current;
    if (list === null) return;
    const start = windowAround(focus.address);
    const row = Number(focus.address / BigInt(ROW_BYTES) - start);
    setBase(start);
    const y = row * ROW - list.clientHeight / 3;
    jump.current = Math.max(0, y - (y % ROW));
  }, [focus]);
  useLayoutEffect(() => {
    if (jump.current === null || frame.current === null) return;
    frame.current.scrollTop = jump.current;
    jump.current = null;
  });
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

  const first = Math.max(0, view.top - SPARE);
  const count = Math.min(WINDOW_ROWS - first, view.rows + 2 * SPARE);
  const shown = useMemory(machine, (base + BigInt(first)) * BigInt(ROW_BYTES), count * ROW_BYTES, kind);

  const scrolled = (): void => {
    const list = frame.current;
    if (list === null) return;
    if (list.clientHeight === 0) return;
    kept.current = list.scrollTop;
    const next = seen(list);
    setView(next);
    const isNearEnd = next.top < 1000 || next.top > WINDOW_ROWS - 1000 - next.rows;
    const start = windowAround((base + BigInt(next.top)) * BigInt(ROW_BYTES));
    if (!isNearEnd || start === base) return;
    jump.current = list.scrollTop + Number(base - start) * ROW;
    setBase(start);
  };
  const select = (address: bigint): void => {
    if (address < 0n || address >= 1n << 64n) return;
    setDigit(null);
    onSelect(address);
    const list = frame.current as HTMLDivElement;
    const y = Number(address / BigInt(ROW_BYTES) - base) * ROW;
    if (y < list.scrollTop) list.scrollTop = y;
    else if (y + ROW > list.scrollTop + list.clientHeight) list.scrollTop = y + ROW - list.clientHeight;
  };
  const key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const page = BigInt(Math.max(1, view.rows - 2) * ROW_BYTES);
    const steps: Record<string, bigint> = {
      ArrowLeft: -BigInt(type.bytes),
      ArrowRight: BigInt(type.bytes),
      ArrowUp: -BigInt(ROW_BYTES),
      ArrowDown: BigInt(ROW_BYTES),
      PageUp: -page,
      PageDown: page,
    };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      select(selected + step);
    } else if (type.name === "u8" && /^[0-9a-f]$/i.test(event.key)) {
      event.preventDefault();
      setDigit(digit === null ? event.key : null);
      if (digit !== null) onType(selected, Number.parseInt(digit + event.key, 16));
    } else if (type.kind === "string" && /^[ -~]$/.test(event.key)) {
      event.preventDefault();
      onType(selected, event.key.charCodeAt(0));
    } else if (event.key === "Escape") setDigit(null);
  };

  return (
    <div
      className="memory-grid"
      ref={frame}
      role="grid"
      tabIndex={0}
      aria-label={`Memory, ${type.name}`}
      aria-activedescendant={`byte-${(selected - (selected % BigInt(type.bytes))).toString(16)}`}
      onScroll={scrolled}
      onKeyDown={key}
    >
      <div className="memory-window" role="presentation" style={{ height: WINDOW_ROWS * ROW }}>
        {Array.from({ length: count }, (_, n) => {
          const row = base + BigInt(first + n);
          return row > LAST_ROW ? null : (
            <MemoryRow
              key={String(row)}
              address={row * BigInt(ROW_BYTES)}
              y={(first + n) * ROW}
              shown={shown !== null && shown.kind === kind ? shown : null}
              type={type}
              order={order}
              selected={selected / BigInt(ROW_BYTES) === row ? selected : null}
              digit={selected / BigInt(ROW_BYTES) === row ? digit : null}
              onSelect={select}
            />
          );
        })}
      </div>
    </div>
  );
}

/** Number of the first row of the window around an address. */
function windowAround(address: bigint): bigint {
  const row = address / BigInt(ROW_BYTES);
  const half = BigInt(WINDOW_ROWS / 2);
  const start = row < half ? 0n : row - half;
  const latest = LAST_ROW + 1n - BigInt(WINDOW_ROWS);
  return start > latest ? latest : start;
}

function seen(list: HTMLElement) {
  return { top: Math.floor(list.scrollTop / ROW), rows: Math.ceil(list.clientHeight / ROW) + 1 };
}

interface RowProps {
  readonly address: bigint;
  readonly y: number;
  readonly shown: ShownMemory | null;
  readonly type: CellType;
  readonly order: "little" | "big";
  readonly selected: bigint | null;
  readonly digit: string | null;
  readonly onSelect: (address: bigint) => void;
}

const MemoryRow = memo(function MemoryRow({ address, y, shown, type, order, selected, digit, onSelect }: RowProps) {
  const offset = shown === null ? -1 : Number(address - shown.part.first);
  const isThere = shown !== null && offset >= 0 && offset + ROW_BYTES <= shown.part.bytes.length;
  const why = isThere ? holeAt(shown.part, offset) : null;
  const starts = useMemo(() => Array.from({ length: ROW_BYTES / type.bytes }, (_, n) => n * type.bytes), [type]);
  const style = { transform: `translateY(${y}px)` };
  if (why !== null) {
    return (
      <div className="memory-row" role="row" style={style}>
        <span className="memory-address" role="rowheader">
          {addressText(address)}
        </span>
        <span className="memory-hole" role="gridcell" title={why}>
          {why}
        </span>
      </div>
    );
  }
  return (
    <div className="memory-row" role="row" style={style} data-address={`0x${address.toString(16)}`}>
      <span className="memory-address" role="rowheader">
        {addressText(address)}
      </span>
      {starts.map((start) => {
        const at = address + BigInt(start);
        const isSelected = selected !== null && selected >= at && selected < at + BigInt(type.bytes);
        const isChanged = isThere && anyChanged(shown.changed, offset + start, type.bytes);
        const bits = isThere ? cellBits(shown.part.bytes, offset + start, type.bytes, order) : null;
        const text = bits === null ? "··" : cellText(bits, type);
        return (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys
          <span
            key={start}
            id={`byte-${at.toString(16)}`}
            role="gridcell"
            tabIndex={-1}
            className={`memory-cell${isChanged ? " memory-changed" : ""}`}
            aria-selected={isSelected}
            style={{ width: `${type.letters}ch` }}
            onClick={() => onSelect(at)}
          >
            {isSelected && digit !== null ? `${digit}_` : text}
            {isChanged && <span className="spoken"> changed</span>}
          </span>
        );
      })}
      <span className="memory-ascii" role="gridcell">
        {isThere ? asciiOf(shown.part.bytes.subarray(offset, offset + ROW_BYTES)) : ""}
      </span>
    </div>
  );
});

function anyChanged(changed: Uint8Array, start: number, length: number): boolean {
  for (let n = 0; n < length; n++) if (changed[start + n] === 1) return true;
  return false;
}

function addressText(address: bigint): string {
  return address.toString(16).padStart(16, "0");
}

function asciiOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
}
