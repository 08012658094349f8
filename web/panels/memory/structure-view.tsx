/** Memory as a structure of the program: a type and a place in, rows of fields with values out, which unfold. */
import { type FormEvent, useId, useMemo, useState } from "react";
import type { AddressKind } from "../../model/guest-memory.ts";
import type { MachineModel } from "../../model/machine-model.ts";
import { type DataPlace, findPlace, knownNames, type PlaceProblem } from "../../model/typed-memory.ts";
import { useStore } from "../../widgets/use-store.ts";
import { DataRows } from "../data-rows.tsx";
import "./structure.css";

export interface StructureViewProps {
  readonly machine: MachineModel;
  readonly kind: AddressKind;
  readonly order: "little" | "big";
  readonly selected: bigint;
  readonly onShow: (address: bigint) => void;
}

export function StructureView({ machine, kind, order, selected, onShow }: StructureViewProps) {
  const programs = useStore(machine.programs.files);
  const [type, setType] = useState("");
  const [at, setAt] = useState("");
  const [shown, setShown] = useState<{ readonly place: DataPlace; readonly of: unknown } | null>(null);
  // A place of a program that is gone means nothing any more.
  const place = shown !== null && shown.of === programs ? shown.place : null;
  const [problem, setProblem] = useState<PlaceProblem | null>(null);
  const id = useId();
  // biome-ignore lint/correctness/useExhaustiveDependencies: other programs have other names
  const names = useMemo(() => namesOf(machine), [machine, programs]);
  const enter = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const found = await findPlace(machine, type, at === "" ? `0x${selected.toString(16)}` : at);
    if ("field" in found) return setProblem(found);
    setProblem(null);
    setShown({ place: found, of: programs });
    onShow(found.address);
  };
  const field = (
    name: PlaceProblem["field"],
    label: string,
    hint: string,
    value: string,
    set: (text: string) => void,
  ) => (
    <label>
      <span>{label}</span>
      <input
        className="field"
        list={`${id}-${name}`}
        value={value}
        placeholder={hint}
        aria-invalid={problem?.field === name}
        aria-describedby={problem?.field === name ? `${id}-problem` : undefined}
        onChange={(event) => {
          set(event.target.value);
          setProblem(null);
        }}
        spellCheck={false}
        autoComplete="off"
      />
    </label>
  );
  if ("why" in names) return <p className="panel-empty">{names.why}</p>;
  return (
    <section className="structure" aria-label="Structure">
      <form className="structure-form" aria-label="Show a structure" onSubmit={(event) => void enter(event)}>
        {field("type", "Type", "of the variable", type, setType)}
        {field("at", "at", "Variable, address or expression", at, setAt)}
        <button type="submit" className="toggle">
          Show
        </button>
        <datalist id={`${id}-type`}>
          {names.types.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <datalist id={`${id}-at`}>
          {names.variables.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </form>
      {problem !== null && (
        <p className="structure-problem" role="alert" id={`${id}-problem`}>
          {problem.text}
        </p>
      )}
      {place !== null && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
        <section className="structure-rows" tabIndex={0} aria-label="Fields">
          <ul>
            <DataRows
              key={`${place.path} ${place.address}`}
              machine={machine}
              place={place}
              source={kind}
              littleEndian={order === "little"}
              onShow={onShow}
            />
          </ul>
        </section>
      )}
    </section>
  );
}

function namesOf(machine: MachineModel): ReturnType<typeof knownNames> | { readonly why: string } {
  try {
    const names = knownNames(machine);
    if (names.types.length > 0) return names;
    return {
      why: "Nothing is known of this program’s types. The Source panel takes an ELF file with debug information.",
    };
  } catch (error) {
    return { why: `The debug information cannot be used: ${(error as Error).message}.` };
  }
}
