/** Sources of the program that runs: the current line, breakpoints by line, running and stepping by lines. */
import { type ChangeEvent, type DragEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { giveFiles } from "../../model/given-files.ts";
import { placesOfLine, pointsOfLine, stepLine } from "../../model/line-steps.ts";
import type { MachineModel } from "../../model/machine-model.ts";
import type { ProgramFile } from "../../model/program-info.ts";
import type { SourceText } from "../../model/source-texts.ts";
import { Button } from "../../widgets/button.tsx";
import { useStore } from "../../widgets/use-store.ts";
import { SourceLines } from "./source-lines.tsx";
import "../../theme/code-lines.css";
import "./source.css";

/** A line of a source of a program. */
interface Shown {
  readonly program: ProgramFile;
  readonly file: string;
  readonly line: number;
}

export function SourcePanel({ machine }: { readonly machine: MachineModel }) {
  const view = useStore(machine.view);
  const programs = useStore(machine.programs.files);
  const points = useStore(machine.debug.points);
  const wish = useStore(machine.places.code);
  const edited = useStore(machine.registers.pc);
  const pc = view.kind === "stopped" ? (edited ?? view.pc) : null;
  const standing = view.kind === "stopped" && view.exitCode === undefined;
  const [follow, setFollow] = useState(true);
  const [shown, setShown] = useState<Shown | null>(null);
  const [selected, setSelected] = useState<number | null>(null);
  const [note, setNote] = useState<string | null>(null);
  const current = useMemo(
    () => (pc === null || programs.length === 0 ? null : machine.programs.lineAt(pc)),
    [machine, pc, programs],
  );

  const show = useCallback((next: Shown): void => {
    setShown(next);
    setSelected(next.line);
  }, []);
  // A panel that is shown again has its effects again: each wish counts once, and what came before the panel not at all.
  const heard = useRef(wish);
  useEffect(() => {
    if (wish === heard.current) return;
    heard.current = wish;
    if (wish === null || wish.kind !== "virtual" || wish.asInstructions) return;
    const place = machine.programs.lineAt(wish.within ?? wish.address);
    if (place === null) return;
    setFollow(false);
    show({ program: place.program, file: place.range.file, line: place.range.line });
  }, [machine, wish, show]);
  useEffect(() => {
    if (follow && current !== null)
      show({ program: current.program, file: current.range.file, line: current.range.line });
  }, [follow, current, show]);
  useEffect(() => {
    const first = programs[0]?.lines.files[0];
    setShown((known) => {
      if (known !== null && programs.includes(known.program)) return known;
      return first === undefined ? null : { program: programs[0] as ProgramFile, file: first, line: 1 };
    });
  }, [programs]);

  const text = useText(machine, shown?.file ?? null);
  const program = shown?.program ?? null;
  const file = shown?.file ?? null;
  const code = useMemo(
    () => (program === null || file === null ? new Set<number>() : new Set(program.lines.codeOf(file).keys())),
    [program, file],
  );
  const marked = useMemo(() => {
    if (program === null || file === null) return new Set<number>();
    return new Set([...code].filter((line) => pointsOfLine(points, program, file, line).length > 0));
  }, [points, program, file, code]);

  const toggle = async (line: number): Promise<void> => {
    if (program === null || file === null) return;
    const there = pointsOfLine(points, program, file, line);
    if (there.length > 0) {
      for (const { id } of there) setNote(await machine.debug.remove(id));
      return;
    }
    const places = placesOfLine(program, file, line);
    if (places === null) return setNote(`No instruction belongs to line ${line} of ${file}, or to one after it.`);
    let refusal: string | null = null;
    for (const address of places.addresses) refusal ??= await machine.debug.add({ kind: "execute", address });
    setNote(
      refusal ?? (places.line === line ? null : `Line ${line} has no code: the breakpoint is at line ${places.line}.`),
    );
  };
  const runTo = (line: number): void => {
    const address = program === null || file === null ? undefined : placesOfLine(program, file, line)?.addresses[0];
    setNote(address === undefined ? `No instruction belongs to line ${line}, or to one after it.` : null);
    if (address === undefined) return;
    setFollow(true);
    void machine.control.move({ kind: "until", address });
  };
  const step = async (calls: "into" | "over"): Promise<void> => {
    setFollow(true);
    setNote(await stepLine(machine, calls));
  };
  const give = async (files: readonly File[]): Promise<void> => {
    const { done, trouble } = await giveFiles(machine, files, file);
    setNote(trouble);
    if (done !== null) machine.notice.set({ kind: "done", text: done });
  };
  const isHere = shown !== null && current?.program === shown.program && current.range.file === shown.file;
  const place = program === null || file === null || selected === null ? null : placesOfLine(program, file, selected);

  return (
    <section
      className="panel source"
      aria-label="Source"
      data-takes-files=""
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event: DragEvent) => {
        event.preventDefault();
        void give([...event.dataTransfer.files]);
      }}
    >
      <header className="panel-header">
        <h2>Source</h2>
        <FileChoice
          programs={programs}
          shown={shown}
          onChoose={(next) => {
            setFollow(false);
            setShown(next);
            setSelected(null);
          }}
        />
        <button type="button" className="toggle" aria-pressed={follow} onClick={() => setFollow(!follow)}>
          Follow pc
        </button>
        <Button
          onClick={() => void step("into")}
          disabled={!standing || current === null}
          title="To the next line, or into a call"
        >
          Step line
        </Button>
        <Button
          onClick={() => void step("over")}
          disabled={!standing || current === null}
          title="To the next line, calls as a whole"
        >
          Over line
        </Button>
        <span className="panel-hint">{view.kind === "running" ? "as of the last stop" : ""}</span>
        <Button onClick={() => selected !== null && void toggle(selected)} disabled={place === null}>
          {selected !== null && marked.has(selected) ? "Remove breakpoint" : "Break here"}
        </Button>
        <Button onClick={() => selected !== null && runTo(selected)} disabled={!standing || place === null}>
          Run to line
        </Button>
        <Button
          onClick={() => {
            const address = place?.addresses[0];
            if (address !== undefined) machine.places.showCode(address, "virtual", { asInstructions: true });
          }}
          disabled={place === null}
          title="Show the line’s instructions in Disassembly"
        >
          Instructions
        </Button>
        <FilePicker onFiles={(files) => void give(files)} />
      </header>
      {note !== null && (
        <p className="panel-note" role="alert">
          {note}
        </p>
      )}
      {pc !== null && follow && current === null && shown !== null && (
        <p className="source-elsewhere" role="status">
          The machine stands where no line of a source is known
          {machine.symbols.table.get()?.text(pc) == null ? "" : `: at ${machine.symbols.table.get()?.text(pc)}`}.
        </p>
      )}
      {shown === null ? (
        <p className="panel-empty">
          {view.kind === "none" || view.kind === "loading"
            ? "Sources appear here when a machine is there."
            : "This machine’s program says nothing of its sources. Drop an ELF file with debug information (compiled with -g) here, or choose one with Files…, and then its sources."}
        </p>
      ) : text?.kind === "lines" ? (
        <SourceLines
          key={shown.file}
          lines={text.lines}
          code={code}
          marked={marked}
          current={isHere ? current.range.line : null}
          focus={shown}
          selected={selected}
          label={`Source ${shown.file}`}
          onSelect={setSelected}
          onToggle={(line) => void toggle(line)}
        />
      ) : (
        <Missing
          text={text}
          shown={shown}
          lines={[...code].sort((a, b) => a - b)}
          current={isHere ? current.range.line : null}
        />
      )}
    </section>
  );
}

function useText(machine: MachineModel, file: string | null): SourceText | null {
  const version = useStore(machine.sources.version);
  const [text, setText] = useState<{ readonly of: string; readonly is: SourceText } | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another version may have another text
  useEffect(() => {
    if (file === null) return;
    let current = true;
    void machine.sources.text(file).then((is) => current && setText({ of: file, is }));
    return () => {
      current = false;
    };
  }, [machine, file, version]);
  return text !== null && text.of === file ? text.is : null;
}

interface FileChoiceProps {
  readonly programs: readonly ProgramFile[];
  readonly shown: Shown | null;
  readonly onChoose: (shown: Shown) => void;
}

function FileChoice({ programs, shown, onChoose }: FileChoiceProps) {
  const choices = useMemo(
    () => programs.flatMap((program) => program.lines.files.map((file) => ({ program, file }))),
    [programs],
  );
  if (choices.length === 0) return null;
  const index = choices.findIndex(({ program, file }) => program === shown?.program && file === shown.file);
  return (
    <select
      className="field source-choice"
      aria-label="Source file"
      value={index}
      onChange={(event) => {
        const choice = choices[Number(event.target.value)];
        if (choice !== undefined) onChoose({ ...choice, line: 1 });
      }}
    >
      {choices.map(({ program, file }, n) => (
        <option key={`${program.name} ${file}`} value={n}>
          {file === "" ? "(unnamed)" : file}
          {programs.length > 1 ? ` – ${program.name}` : ""}
        </option>
      ))}
    </select>
  );
}

function FilePicker({ onFiles }: { readonly onFiles: (files: readonly File[]) => void }) {
  const picker = useRef<HTMLInputElement>(null);
  const chosen = (event: ChangeEvent<HTMLInputElement>): void => {
    const files = [...(event.target.files ?? [])];
    // The same file can be chosen again.
    event.target.value = "";
    if (files.length > 0) onFiles(files);
  };
  return (
    <>
      <Button
        onClick={() => picker.current?.click()}
        title="Add an ELF file with debug information, or sources; or drop them here"
      >
        Files…
      </Button>
      <input ref={picker} type="file" multiple hidden aria-label="Debug information and sources" onChange={chosen} />
    </>
  );
}

interface MissingProps {
  readonly text: SourceText | null;
  readonly shown: Shown;
  readonly lines: readonly number[];
  readonly current: number | null;
}

/** A source that nobody has given: what is known of it. */
function Missing({ text, shown, lines, current }: MissingProps) {
  if (text === null) return <p className="panel-empty">Loading …</p>;
  return (
    <div className="panel-empty">
      <p>
        {text.kind === "failed"
          ? `${shown.file} cannot be loaded: ${text.why}`
          : `${shown.program.name} has been made of ${shown.file}, which is not here. Drop it on this panel, or choose it with Files….`}
      </p>
      <p>
        {current !== null && `The machine stands in line ${current}. `}
        {lines.length > 0 && `Lines ${lines[0]} to ${lines.at(-1)} have code.`}
      </p>
    </div>
  );
}
