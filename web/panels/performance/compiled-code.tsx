/** A compiled region: the guest's instructions beside the wasm that stands for them, block by block. */
import { useEffect, useRef } from "react";
import type { CompiledRegion } from "../../model/performance-model.ts";
import { hexText } from "../../widgets/value-text.ts";
import { TableHead } from "../../widgets/table-head.tsx";

export function CompiledCode({ region }: { readonly region: CompiledRegion }) {
  const place = useRef<HTMLElement>(null);
  // It stands below the plots, where nobody would look for it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: for each region that is asked for
  useEffect(() => place.current?.scrollIntoView({ block: "start" }), [region]);
  return (
    <article ref={place} className="compiled" aria-label={`Compiled code at ${hexText(region.entry, 64)}`}>
      <h3>Region entered at physical {hexText(region.entry, 64)}</h3>
      <table>
        <TableHead columns={["Guest", "WebAssembly"]} />
        <tbody>
          <tr>
            <td />
            <td>
              <pre>{[region.head, ...region.locals].join("\n")}</pre>
            </td>
          </tr>
          {region.parts.map((part, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same code may stand in several parts
            <tr key={index}>
              <td>
                <pre>{part.guest.map(({ pa, text }) => `${pa.toString(16)}  ${text}`).join("\n")}</pre>
              </td>
              <td>
                <pre>{part.wasm.join("\n")}</pre>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </article>
  );
}
