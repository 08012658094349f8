/** The calls that have led to where the machine stands, each with its place and, unfolded, its registers; the variables of one. */
import { useEffect, useState } from "react";
import type { CallFrame } from "../../model/call-stack-model.ts";
import type { MachineModel } from "../../model/machine-model.ts";
import { isSameData } from "../../model/same-data.ts";
import { Chevron } from "../../widgets/chevron.tsx";
import { HexValue } from "../../widgets/hex-value.tsx";
import { useStore } from "../../widgets/use-store.ts";
import { hexText } from "../../widgets/value-text.ts";
import { useMoment } from "../use-moment.ts";
import { FrameVariables } from "./frame-variables.tsx";
import "./call-stack.css";

const HOW: Readonly<Record<CallFrame["by"], readonly [word: string, sentence: string]>> = {
  machine: ["pc", "Where the machine stands"],
  "frame-information": ["CFI", "Found by the program’s call frame information (DWARF)"],
  "frame-pointer": ["FP", "Found by the chain of frame pointers"],
  trap: ["trap", "Interrupted by a trap; found in what the kernel has saved of it"],
  "return-register": ["RA", "Found in the register that holds the return address"],
};

export function CallStackPanel({ machine }: { readonly machine: MachineModel }) {
  const view = useStore(machine.view);
  const frames = useFrames(machine);
  const programs = useStore(machine.programs.files);
  const symbols = useStore(machine.symbols.table);
  const [unfolded, setUnfolded] = useState<number | null>(null);
  const [wanted, setWanted] = useState(0);
  // Another stop has another innermost frame, which is the one that is meant.
  const pc = frames?.[0]?.pc;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the program counter is when
  useEffect(() => setWanted(0), [pc]);
  const chosen = frames?.[wanted];
  const running = view.kind === "running";
  return (
    <section className="panel call-stack" aria-label="Call stack">
      <header className="panel-header">
        <h2>Call stack</h2>
        <span className="panel-hint">
          {running && frames !== null
            ? "as of the last stop"
            : frames !== null && frames.length > 0
              ? `${frames.length} ${frames.length === 1 ? "function" : "functions"}, the innermost first`
              : ""}
        </span>
      </header>
      <div className="call-stack-parts">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
        <section className="panel-body" tabIndex={0} aria-label="Frames">
          {frames === null ? (
            <p className="panel-empty">The calls under way appear here when the machine stops.</p>
          ) : (
            <ol className="frame-list">
              {frames.map((frame, index) => (
                <FrameRow
                  // biome-ignore lint/suspicious/noArrayIndexKey: how deep it lies is what a frame is
                  key={index}
                  machine={machine}
                  frame={frame}
                  isInnermost={index === 0}
                  index={index}
                  standing={!running && view.kind === "stopped" && view.exitCode === undefined}
                  unfolded={index === unfolded}
                  onUnfold={() => setUnfolded(index === unfolded ? null : index)}
                  isChosen={index === wanted && programs.length > 0}
                  onChoose={() => setWanted(index)}
                />
              ))}
            </ol>
          )}
        </section>
        {frames !== null && chosen !== undefined && programs.length > 0 && (
          <FrameVariables
            machine={machine}
            frames={frames}
            index={wanted}
            name={symbols?.at(chosen.within)?.symbol.name ?? hexText(chosen.pc, 64)}
            isRunning={running}
          />
        )}
      </div>
    </section>
  );
}

/** Frames of the latest stop; null: there has been none. */
function useFrames(machine: MachineModel): readonly CallFrame[] | null {
  const moment = useMoment(machine);
  const view = useStore(machine.view);
  const edits = useStore(machine.registers.edits);
  const symbols = useStore(machine.symbols.table);
  const programs = useStore(machine.programs.files);
  const [frames, setFrames] = useState<readonly CallFrame[] | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: when memory, registers or what is known of programs are others, so is the stack
  useEffect(() => {
    if (view.kind === "none" || view.kind === "loading") setFrames(null);
    if (view.kind !== "stopped") return;
    let current = true;
    void machine.stack.read().then((next) => {
      if (current) setFrames((known) => (isSameData(known, next) ? known : next));
    });
    return () => {
      current = false;
    };
  }, [machine, moment, view, edits, symbols, programs]);
  return frames;
}

interface RowProps {
  readonly machine: MachineModel;
  readonly frame: CallFrame;
  readonly isInnermost: boolean;
  readonly index: number;
  readonly standing: boolean;
  readonly unfolded: boolean;
  readonly onUnfold: () => void;
  /** Its variables are shown. */
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

function FrameRow({ machine, frame, isInnermost, index, standing, unfolded, onUnfold, isChosen, onChoose }: RowProps) {
  const symbols = useStore(machine.symbols.table);
  const { pc, within, by, frameAddress, registers, stackPointer } = frame;
  const place = symbols?.at(within) ?? null;
  const name = place === null ? hexText(pc, 64) : `${place.symbol.name}+0x${(pc - place.symbol.address).toString(16)}`;
  const line = machine.programs.lineAt(within)?.range ?? null;
  const [word, sentence] = HOW[by];
  return (
    <li className="frame-row" data-frame={index} aria-current={isChosen ? "true" : undefined}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: its buttons do the same */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the same */}
      <div className="frame-head" onClick={onChoose}>
        <button
          type="button"
          className="frame-fold"
          aria-expanded={unfolded}
          aria-label={`Registers of frame ${index}`}
          onClick={onUnfold}
        >
          <Chevron />
          {index}
        </button>
        <button
          type="button"
          className="frame-place"
          title="Show its variables, and it in Source or Disassembly"
          onClick={() => machine.places.showCode(pc, "virtual", { within })}
        >
          {name}
        </button>
        <span className="frame-line">{line === null ? "" : `${line.file}:${line.line}`}</span>
        <span className="frame-address">{place === null ? "" : `0x${pc.toString(16)}`}</span>
        <span className="frame-how" title={sentence}>
          {word}
        </span>
      </div>
      {unfolded && (
        <div className="frame-details">
          <p>
            {sentence}.{" "}
            {frameAddress !== null && (
              <>
                Its frame ends at{" "}
                <button type="button" className="frame-place" onClick={() => machine.places.showData(frameAddress)}>
                  {hexText(frameAddress, 64)}
                </button>
                .{" "}
              </>
            )}
            {!isInnermost && stackPointer !== null && (
              <button
                type="button"
                className="toggle"
                disabled={!standing}
                onClick={() =>
                  void machine.control.move({
                    kind: "until",
                    address: pc,
                    stackAbove: BigInt.asUintN(64, stackPointer - 1n),
                  })
                }
              >
                Run until it goes on
              </button>
            )}
          </p>
          <dl>
            {registers.map((register) => (
              <div key={register.name}>
                <dt>{register.name}</dt>
                <dd>
                  <HexValue value={register.value} bits={64} />
                </dd>
              </div>
            ))}
          </dl>
          {!isInnermost && <p className="frame-unknown">Registers that are not listed were not kept by the calls.</p>}
        </div>
      )}
    </li>
  );
}
