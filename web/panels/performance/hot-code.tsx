/** The places where the machine has spent its steps lately: compiled regions, which unfold into their code, and interpreted pages. */
import type { MachineModel } from "../../model/machine-model.ts";
import type { HotPlace } from "../../model/performance-model.ts";
import { useStore } from "../../widgets/use-store.ts";
import { hexText } from "../../widgets/value-text.ts";
import { TableHead } from "../../widgets/table-head.tsx";

export interface HotCodeTableProps {
  readonly machine: MachineModel;
  /** The code of the region that is entered at a physical address, by the name under which it is listed. */
  readonly onShow: (name: string, entry: bigint) => void;
}

export function HotCodeTable({ machine, onShow }: HotCodeTableProps) {
  const hot = useStore(machine.performance.hot);
  const symbols = useStore(machine.symbols.table);
  if (hot === null) return null;
  const nameOf = ({ va }: HotPlace): string => symbols?.text(va) ?? hexText(va, 64);
  return (
    <article className="hot-code" aria-label="Hot code">
      <h3>
        Hot code{" "}
        <span className="panel-hint">
          {hot.samples === 0
            ? "appears here while the machine executes"
            : `where ${hot.samples.toLocaleString("en-US")} slices of execution ended`}
        </span>
      </h3>
      {hot.places.length > 0 && (
        <table>
          <TableHead columns={["Share", "Mostly at", "Code"]} />
          <tbody>
            {hot.places.map((place) => (
              <tr key={String(place.entry ?? `page ${place.va}`)}>
                <td className="hot-share">
                  <span className="hot-bar" style={{ width: `${(48 * place.count) / hot.samples}px` }} />
                  {shareText(place.count / hot.samples)}
                </td>
                <td>
                  <button type="button" className="place-link" onClick={() => machine.places.showCode(place.va)}>
                    {nameOf(place)}
                  </button>
                </td>
                <td>
                  {place.entry === null ? (
                    "interpreted"
                  ) : (
                    <button
                      type="button"
                      className="place-link"
                      title="The guest’s instructions beside the wasm made of them"
                      onClick={() => onShow(nameOf(place), place.entry as bigint)}
                    >
                      region {hexText(place.entry, 32)}
                    </button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </article>
  );
}

function shareText(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}
