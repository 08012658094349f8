/** Instruction rate, share of compiled code and host time over the last minute; and the compiled code of an address. */
import { useEffect, useMemo, useState } from "react";
import type { MachineModel } from "../../model/machine-model.ts";
import type { CompiledRegion, RunStatistics } from "../../model/performance-model.ts";
import { ExpressionField, type ExpressionProblem } from "../../widgets/expression-field.tsx";
import { TimePlot } from "../../widgets/time-plot.tsx";
import { useStore } from "../../widgets/use-store.ts";
import { CompiledCode } from "./compiled-code.tsx";
import { HotCodeTable } from "./hot-code.tsx";
import "./performance.css";

const SHOWN_SECONDS = 60;

export interface PerformancePanelProps {
  readonly machine: MachineModel;
  readonly theme: string;
}

export function PerformancePanel({ machine, theme }: PerformancePanelProps) {
  const { performance } = machine;
  const { samples, latest } = useStore(performance.view);
  const [region, setRegion] = useState<{ readonly of: string; readonly code: CompiledRegion | null } | null>(null);
  useEffect(() => performance.watch(), [performance]);
  const [rates, compiled, busy] = useMemo(
    () => [
      samples.map(({ at, rate }) => ({ at, value: rate / 1e6 })),
      samples.map(({ at, compiled }) => ({ at, value: compiled })),
      samples.map(({ at, busy }) => ({ at, value: busy })),
    ],
    [samples],
  );
  const common = { seconds: SHOWN_SECONDS, theme };
  const show = async (text: string): Promise<ExpressionProblem | null> => {
    const result = await machine.evaluate(text);
    if (result.kind === "error") return result;
    try {
      setRegion({ of: text, code: await performance.compiledAt(result.value.value) });
      return null;
    } catch (error) {
      return { position: 0, text: (error as Error).message };
    }
  };
  return (
    <section className="panel performance" aria-label="Performance">
      <header className="panel-header">
        <h2>Performance</h2>
        <ExpressionField label="Compiled code at" placeholder="Compiled code at pc, memcpy" onEnter={show} />
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
      <section className="panel-body" tabIndex={0} aria-label="Speed">
        <div className="plots">
          <TimePlot
            label="Speed"
            values={rates}
            text={(value) => `${rateText(value)} MIPS`}
            tick={rateText}
            {...common}
          />
          <TimePlot label="Compiled" values={compiled} most={1} text={percentText} tick={percentText} {...common} />
          <TimePlot label="Executing" values={busy} most={1} text={percentText} tick={percentText} {...common} />
        </div>
        {latest !== null && <Figures statistics={latest} />}
        <HotCodeTable
          machine={machine}
          onShow={(name, entry) =>
            void performance
              .regionAt(entry)
              .then((code) => setRegion({ of: name, code }))
              .catch(() => {})
          }
        />
        {region !== null && region.code === null && (
          <p className="panel-empty">
            No compiled code is entered at {region.of}: it is interpreted, or part of another region.
          </p>
        )}
        {region?.code != null && <CompiledCode region={region.code} />}
      </section>
    </section>
  );
}

function Figures({ statistics }: { readonly statistics: RunStatistics }) {
  const { steps, seconds, virtualNs, jit } = statistics;
  const figures: [string, string][] = [
    ["steps", steps.toLocaleString("en-US")],
    ["executing", `${seconds.toFixed(2)} s`],
    ["virtual time", `${(Number(virtualNs) / 1e9).toFixed(3)} s`],
  ];
  if (jit !== null) {
    figures.push(
      ["steps in compiled code", jit.compiledSteps.toLocaleString("en-US")],
      ["regions", jit.regions.toLocaleString("en-US")],
      ["guest instructions translated", jit.instructions.toLocaleString("en-US")],
      ["wasm", `${jit.wasmBytes.toLocaleString("en-US")} bytes in ${jit.modules.toLocaleString("en-US")} modules`],
      ["dropped because written", jit.invalidated.toLocaleString("en-US")],
      ["compiling", `${jit.compileMs.toFixed(0)} ms, longest stall ${jit.longestStallMs.toFixed(1)} ms`],
    );
  }
  return (
    <dl className="figures">
      {figures.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

function rateText(mips: number): string {
  return mips.toFixed(mips < 10 && mips > 0 ? 1 : 0);
}

function percentText(value: number): string {
  return `${Math.round(value * 100)} %`;
}
