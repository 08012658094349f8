/** The window of instructions around an address, read again at each stop and when memory is written. */
import { useEffect, useRef, useState } from "react";
import { BYTES_AFTER, BYTES_BEFORE, type Line, linesIn } from "../../model/disassembly.ts";
import { type AddressKind, holeAt, type MemoryPart } from "../../model/guest-memory.ts";
import type { MachineModel } from "../../model/machine-model.ts";
import { isSameData } from "../../model/same-data.ts";
import type { SymbolTable } from "../../model/symbol-model.ts";
import type { InstructionSet } from "../../../src/spec/instruction-table.ts";
import { useStore } from "../../widgets/use-store.ts";
import { useMoment } from "../use-moment.ts";

interface Window {
  readonly lines: readonly Line[];
  readonly part: MemoryPart;
  readonly kind: AddressKind;
  /** An instruction begins here for certain. */
  readonly anchor: bigint;
}

/** What lines are made of. */
interface Source {
  readonly part: MemoryPart;
  readonly anchor: bigint;
  readonly set: InstructionSet;
  readonly symbols: SymbolTable | null;
}

/** So near to an end of the window an address is not shown well. */
const MARGIN = 80n;

/**
 * `focus` is somewhere in the lines; null: there is nothing to show yet. While the machine runs, what is on show stays: other page
 * tables may be in force at any moment. `expected`: somebody has asked for this address, so that what keeps it from being read is
 * worth showing even then.
 */
export function useLines(machine: MachineModel, focus: bigint | null, kind: AddressKind, expected: boolean) {
  const running = useStore(machine.view).kind === "running";
  const moment = useMoment(machine);
  const set = useStore(machine.instructionSet);
  const symbols = useStore(machine.symbols.table);
  const [shown, setShown] = useState<Window | null>(null);
  /** Where the window is to be centred, when somebody has scrolled to its end. */
  const [centre, setCentre] = useState<bigint | null>(null);
  const known = useRef<Window | null>(null);
  /** What the lines were made of: as long as it stays, so do they. */
  const source = useRef<Source | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another focus ends the scrolling
  useEffect(() => setCentre(null), [focus]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another version may have other bytes
  useEffect(() => {
    const wanted = centre ?? focus;
    if (wanted === null || set === null) return;
    const before = known.current;
    const stays = before !== null && before.kind === kind && isInside(before, wanted);
    const anchor = stays ? before.anchor : wanted;
    const first = anchor > BigInt(BYTES_BEFORE) ? anchor - BigInt(BYTES_BEFORE) : 0n;
    let current = true;
    const reading =
      running && stays ? Promise.resolve(before.part) : machine.memory.read(first, BYTES_BEFORE + BYTES_AFTER, kind);
    void reading.then((part) => {
      if (!current) return;
      if (running && !expected && holeAt(part, Number(wanted - first)) !== null) return;
      const made = { part, anchor, set, symbols };
      if (stays && before.lines.some(({ address }) => address === wanted) && isSame(made, source.current)) return;
      let lines = linesIn(part, anchor, set, symbols);
      let at = anchor;
      // A jump into the middle of what was one instruction: from here on it is another one.
      if (!lines.some(({ address }) => address === wanted)) {
        lines = linesIn(part, wanted, set, symbols);
        at = wanted;
      }
      known.current = { lines, part, kind, anchor: at };
      source.current = { ...made, anchor: at };
      setShown(known.current);
    });
    return () => {
      current = false;
    };
  }, [machine, focus, centre, kind, moment, running, expected, set, symbols]);

  return { lines: shown?.lines ?? null, recentre: setCentre };
}

function isSame(a: Source, b: Source | null): boolean {
  return (
    b !== null && a.set === b.set && a.symbols === b.symbols && a.anchor === b.anchor && isSameData(a.part, b.part)
  );
}

function isInside({ lines }: Window, address: bigint): boolean {
  const first = lines[0]?.address ?? 0n;
  const last = lines.at(-1)?.address ?? 0n;
  return address >= first + MARGIN && address + MARGIN <= last;
}
