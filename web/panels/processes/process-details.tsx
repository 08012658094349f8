/** One process: its registers in its program and in the kernel, its address space, and breakpoints in it alone. */
import { useEffect, useState } from "react";
import type { Process, RegisterValue } from "../../model/linux-model.ts";
import type { MachineModel } from "../../model/machine-model.ts";
import { Button } from "../../widgets/button.tsx";
import { ExpressionField, type ExpressionProblem } from "../../widgets/expression-field.tsx";
import { hexText } from "../../widgets/value-text.ts";

type Details = Awaited<ReturnType<MachineModel["linux"]["details"]>>;

interface Props {
  readonly machine: MachineModel;
  readonly process: Process;
}

export function ProcessDetailsView({ machine, process }: Props) {
  const details = useDetails(machine, process);
  const [said, setSaid] = useState<string | null>(null);
  const { name, pid, task, current, kernelThread } = process;
  const title = `${name} (${pid})`;
  const space = typeof details === "string" ? null : (details?.space ?? null);
  const breakAt = async (text: string): Promise<ExpressionProblem | null> => {
    if (space === null) return null;
    const result = await machine.evaluate(text);
    if (result.kind === "error") return result;
    machine.space.name(space, title);
    const refusal = await machine.debug.add({ kind: "execute", address: result.value.value, space });
    setSaid(refusal ?? `${title} alone stops at ${hexText(result.value.value, 64)}.`);
    return null;
  };
  return (
    <>
      <p className="process-links">
        <button type="button" className="place-link" onClick={() => machine.places.showData(task)}>
          task_struct at {hexText(task, 64)}
        </button>
        {kernelThread && <span>A thread of the kernel, without a program and an address space of its own.</span>}
        {space !== null && (
          <>
            <Button onClick={() => machine.space.choose({ name: title, space })}>Address space</Button>
            <ExpressionField label={`Break in ${title} at`} placeholder="Break in it alone, at" onEnter={breakAt} />
          </>
        )}
      </p>
      {said !== null && <p role="status">{said}</p>}
      {typeof details === "string" && <p>{details}</p>}
      {details !== null && typeof details === "object" && (
        <>
          <RegisterList title="Its program, when it last entered the kernel" registers={details.user} />
          <RegisterList title="In the kernel, when another process took over" registers={details.kernel} />
          {current && <p>It is the current one: what it does in the kernel, the Registers panel shows.</p>}
        </>
      )}
    </>
  );
}

function RegisterList({ title, registers }: { readonly title: string; readonly registers: readonly RegisterValue[] }) {
  if (registers.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <dl>
        {registers.map((register) => (
          <div key={register.name}>
            <dt>{register.name}</dt>
            <dd>{hexText(register.value, 64)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** null: not read yet; a string: why they cannot be read. They are read anew with the list of processes. */
function useDetails(machine: MachineModel, process: Process): Details | string | null {
  const [details, setDetails] = useState<Details | string | null>(null);
  useEffect(() => {
    let current = true;
    machine.linux.details(process).then(
      (next) => current && setDetails(next),
      (error: Error) => current && setDetails(`Its registers cannot be read here: ${error.message}.`),
    );
    return () => {
      current = false;
    };
  }, [machine, process]);
  return details;
}
