/** Instructions around pc or any address, with breakpoints, arrows of branches, and what can be done at a line. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { AddressKind } from "../../model/guest-memory.ts";
import type { MachineModel } from "../../model/machine-model.ts";
import { Button } from "../../widgets/button.tsx";
import { ExpressionField, type ExpressionProblem } from "../../widgets/expression-field.tsx";
import { useStore } from "../../widgets/use-store.ts";
import { hexText } from "../../widgets/value-text.ts";
import { CodeList } from "./code-list.tsx";
import { useLines } from "./use-lines.ts";
import "../../theme/code-lines.css";
import "./disassembly.css";

export function DisassemblyPanel({ machine }: { readonly machine: MachineModel }) {
  const view = useStore(machine.view);
  const edited = useStore(machine.registers.pc);
  const pc = view.kind === "stopped" ? (edited ?? view.pc) : null;
  const standing = view.kind === "stopped" && view.exitCode === undefined;
  const wish = useStore(machine.places.code);
  const [follow, setFollow] = useState(true);
  const [kind, setKind] = useState<AddressKind>("virtual");
  const [followed, setFollowed] = useState<bigint | null>(null);
  const [focus, setFocus] = useState<bigint | null>(null);
  const [selected, setSelected] = useState<bigint | null>(null);
  const [error, setError] = useState<string | null>(null);
  const points = useStore(machine.debug.points);

  const show = useCallback((address: bigint, shownKind: AddressKind): void => {
    setFollow(false);
    setKind(shownKind);
    setFocus(address);
    setSelected(address);
  }, []);
  // A panel that is shown again has its effects again, but each wish counts once.
  const heard = useRef<typeof wish>(null);
  useEffect(() => {
    if (wish === heard.current) return;
    heard.current = wish;
    if (wish !== null) show(wish.address, wish.kind);
  }, [wish, show]);
  // Within this rendering rather than after it, so that a step is seen in one frame.
  const leader = follow ? pc : null;
  if (leader !== followed) {
    setFollowed(leader);
    if (leader !== null) {
      setKind("virtual");
      setFocus(leader);
      setSelected(leader);
    }
  }

  const { lines, recentre } = useLines(machine, focus, kind, !follow);

  const goTo = async (text: string): Promise<ExpressionProblem | null> => {
    const result = await machine.evaluate(text);
    if (result.kind === "error") return result;
    show(result.value.value, kind);
    return null;
  };
  const toggle = async (address: bigint): Promise<void> => setError(await machine.debug.toggleAt(address));
  const hasPoint = (address: bigint | null): boolean =>
    points.some((point) => point.kind === "execute" && point.address === address);
  const setPc = async (): Promise<void> => {
    if (selected === null) return;
    setError(await machine.setPc(selected));
    setFollow(true);
  };

  return (
    <section className="panel disassembly" aria-label="Disassembly">
      <header className="panel-header">
        <h2>Disassembly</h2>
        <ExpressionField label="Show address" placeholder="Address or symbol" onEnter={goTo} />
        <select
          className="field"
          aria-label="Kind of address"
          value={kind}
          onChange={(event) => setKind(event.target.value as AddressKind)}
        >
          <option value="virtual">virtual</option>
          <option value="physical">physical</option>
        </select>
        <button type="button" className="toggle" aria-pressed={follow} onClick={() => setFollow(!follow)}>
          Follow pc
        </button>
        <span className="panel-hint">{view.kind === "running" ? "as of the last stop" : ""}</span>
        <Button onClick={() => selected !== null && void toggle(selected)} disabled={selected === null} title="F9">
          {hasPoint(selected) ? "Remove breakpoint" : "Break here"}
        </Button>
        <Button
          onClick={() => selected !== null && void machine.control.move({ kind: "until", address: selected })}
          disabled={!standing || selected === null || selected === pc}
        >
          Run to here
        </Button>
        <Button onClick={() => void setPc()} disabled={!standing || selected === null || selected === pc}>
          Set pc here
        </Button>
      </header>
      {error !== null && (
        <p className="panel-note" role="alert">
          {error}
        </p>
      )}
      {lines === null ? (
        <p className="panel-empty">Instructions appear here when the machine stops.</p>
      ) : (
        <CodeList
          lines={lines}
          pc={kind === "virtual" ? pc : null}
          focus={focus}
          selected={selected}
          hasPoint={hasPoint}
          onSelect={setSelected}
          onToggle={(address) => void toggle(address)}
          onFollow={(address) => show(address, kind)}
          onEdge={recentre}
          label={focus === null ? "Instructions" : `Instructions around ${hexText(focus, 64)}`}
        />
      )}
    </section>
  );
}
