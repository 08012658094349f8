/** The meter: what each client's requests by group have cost, beside what all registers would have cost every time. */
import { useEffect } from "react";
import type { MachineModel } from "../../model/machine-model.ts";
import type { MeterModel } from "../../model/meter-model.ts";
import { useStore } from "../../widgets/use-store.ts";
import { TableHead } from "../../widgets/table-head.tsx";
import "./meter.css";

type Client = NonNullable<ReturnType<MeterModel["clients"]["get"]>>[number];

export function MeterPanel({ machine: { meter } }: { readonly machine: Pick<MachineModel, "meter"> }) {
  const clients = useStore(meter.clients);
  useEffect(() => meter.watch(), [meter]);
  return (
    <section className="panel meter" aria-label="Meter">
      <header className="panel-header">
        <h2>Meter</h2>
        <span className="panel-hint">what reading registers by group has cost, beside reading all of them always</span>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
      <section className="panel-body" tabIndex={0} aria-label="Figures">
        {clients === null && <p className="panel-empty">The figures appear here when a machine is there.</p>}
        {clients?.map((client) => (
          <ClientFigures key={client.name} client={client} />
        ))}
      </section>
    </section>
  );
}

function ClientFigures({ client }: { readonly client: Client }) {
  const { name, requests, bytes, allBytes, heldMs, groups } = client;
  const asked = Object.entries(groups).filter(([, group]) => group.requests + group.applied > 0);
  return (
    <article className="client" aria-label={`Client ${name}`}>
      <h3>{name}</h3>
      <dl className="client-figures">
        <Figure name="requests" text={count(requests)} />
        <Figure name="bytes" text={count(bytes)} />
        <Figure name="all registers, always" text={count(allBytes)} />
        {bytes > 0 && <Figure name="gain" text={`${(allBytes / bytes).toFixed(1)} times fewer bytes`} />}
        <Figure name="machine held" text={`${(heldMs / 1000).toFixed(1)} s`} />
      </dl>
      {asked.length > 0 && (
        <table>
          <TableHead columns={["Group", "Requests", "Bytes", "Edits kept", "Edits applied"]} />
          <tbody>
            {asked.map(([group, figures]) => (
              <tr key={group}>
                <th scope="row">{group}</th>
                <td>{count(figures.requests)}</td>
                <td>{count(figures.bytes)}</td>
                <td>{count(figures.kept)}</td>
                <td>{count(figures.applied)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </article>
  );
}

function Figure({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </div>
  );
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}
