/** Parameters and local variables of the chosen frame, with their values; structures, arrays and pointers unfold. */
import { useEffect, useState } from "react";
import type { CallFrame } from "../../model/call-stack-model.ts";
import type { MachineModel } from "../../model/machine-model.ts";
import { type ShownScope, type ShownVariable, shownVariables } from "../../model/shown-variables.ts";
import { Chevron } from "../../widgets/chevron.tsx";
import { useStore } from "../../widgets/use-store.ts";
import { DataRows } from "../data-rows.tsx";
import { useMoment } from "../use-moment.ts";

const NAME_WIDTH = 112;

export interface FrameVariablesProps {
  readonly machine: MachineModel;
  readonly frames: readonly CallFrame[];
  readonly index: number;
  /** Of the function of the frame, for those that do not see which one is chosen. */
  readonly name: string;
  readonly isRunning: boolean;
}

export function FrameVariables({ machine, frames, index, name, isRunning }: FrameVariablesProps) {
  const scopes = useScopes(machine, frames, index);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
    <section className="frame-variables" tabIndex={0} aria-label={`Variables of frame ${index}`}>
      {typeof scopes === "string" ? (
        <p className="frame-nothing">{scopes}</p>
      ) : (
        scopes?.map((scope, depth) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a function may be within itself
          <Scope key={`${depth} ${scope.name}`} machine={machine} scope={scope} isStill={isRunning} />
        ))
      )}
      {scopes === null && <p className="frame-nothing">Nothing is known of the variables of {name}.</p>}
    </section>
  );
}

/** null: no program knows the frame; a sentence: why they cannot be read; undefined: not yet read. */
function useScopes(
  machine: MachineModel,
  frames: readonly CallFrame[],
  index: number,
): readonly ShownScope[] | string | null | undefined {
  const moment = useMoment(machine);
  const programs = useStore(machine.programs.files);
  const [scopes, setScopes] = useState<readonly ShownScope[] | string | null | undefined>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: with other memory, or when more is known of programs, they are others
  useEffect(() => {
    if (moment === null) return;
    let current = true;
    shownVariables(machine, frames, index)
      .catch((error: Error) => `The debug information cannot be used: ${error.message}.`)
      .then((next) => current && setScopes(next));
    return () => {
      current = false;
    };
  }, [machine, frames, index, moment, programs]);
  return scopes;
}

interface ScopeProps {
  readonly machine: MachineModel;
  readonly scope: ShownScope;
  readonly isStill: boolean;
}

function Scope({ machine, scope, isStill }: ScopeProps) {
  const { name, isInlined, littleEndian, parameters, locals } = scope;
  const list = (kind: string, variables: readonly ShownVariable[]) =>
    variables.length > 0 && (
      <ul aria-label={`${kind} of ${name}`}>
        {variables.map((variable, index) => (
          <VariableRow
            // A block may have a variable of the same name as the one around it.
            // biome-ignore lint/suspicious/noArrayIndexKey: the order is that of the program
            key={`${index} ${variable.name}`}
            {...{ machine, variable, littleEndian, isStill }}
          />
        ))}
      </ul>
    );
  return (
    <>
      <h3>
        {name}
        {isInlined && <span className="frame-inlined"> in place of its call</span>}
      </h3>
      {list("Parameters", parameters)}
      {list("Local variables", locals)}
      {parameters.length + locals.length === 0 && <p className="frame-nothing">It has no variables here.</p>}
    </>
  );
}

interface VariableRowProps {
  readonly machine: MachineModel;
  readonly variable: ShownVariable;
  readonly littleEndian: boolean;
  readonly isStill: boolean;
}

function VariableRow({ machine, variable: { name, type, at }, littleEndian, isStill }: VariableRowProps) {
  const [unfolded, setUnfolded] = useState(false);
  if (at.kind === "place") {
    const { place, source } = at;
    const onShow = (address: bigint) => machine.places.showData(address);
    return (
      <DataRows {...{ machine, place, source, littleEndian, isStill, onShow }} nameWidth={NAME_WIDTH} isOpen={false} />
    );
  }
  const isPointer = at.kind === "pointer";
  return (
    <li>
      <div className="data-row data-single" data-path={name}>
        <span className="data-name" style={{ minWidth: `${NAME_WIDTH}px` }}>
          {isPointer ? (
            <button type="button" className="data-fold" aria-expanded={unfolded} onClick={() => setUnfolded(!unfolded)}>
              <Chevron />
              {name}
            </button>
          ) : (
            <span className="data-leaf">{name}</span>
          )}
        </span>
        <span className="data-value data-lost">
          {isPointer ? "points to what is not in memory" : at.why === "" ? at.word : `${at.word}: ${at.why}`}
        </span>
        <span className="data-type">{type}</span>
        <span className="data-place" />
      </div>
      {isPointer && unfolded && (
        <ul>
          <VariableRow {...{ machine, littleEndian, isStill }} variable={at.to} />
        </ul>
      )}
    </li>
  );
}
