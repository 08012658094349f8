/** Stepping by lines of a source, and where breakpoints of a line go. */
import type { StopPoint } from "../../src/worker/page.ts";
import type { MachineModel } from "./machine-model.ts";
import type { ProgramFile } from "./program-info.ts";

/** To the first instruction of another line; calls go by as a whole with "over". Answers why not, or null. */
export async function stepLine(machine: MachineModel, calls: "into" | "over"): Promise<string | null> {
  const view = machine.view.get();
  if (view.kind !== "stopped") return "The machine does not stand.";
  const place = machine.programs.lineAt(machine.registers.pc.get() ?? view.pc);
  if (place === null) return "No line of a source is known here: step by instructions, or out of the function.";
  const { program, range } = place;
  const also = program.lines.rangesOf(range.file, range.line).map(({ first, end }) => ({ first, end }));
  await machine.control.move({ kind: "range", first: range.first, end: range.end, also, calls });
  return null;
}

/**
 * Where a breakpoint for a line goes: one address for each function that has code of it, of this line or, if it has none, of the
 * next one that has. null: there is none.
 */
export function placesOfLine(
  { lines, symbols }: ProgramFile,
  file: string,
  line: number,
): { readonly line: number; readonly addresses: readonly bigint[] } | null {
  const code = lines.codeOf(file);
  let found = Number.POSITIVE_INFINITY;
  for (const each of code.keys()) if (each >= line && each < found) found = each;
  const all = code.get(found);
  if (all === undefined) return null;
  const seen = new Set<bigint | null>();
  const addresses = all.filter((address) => {
    const start = symbols.at(address)?.symbol.address ?? null;
    return seen.size !== seen.add(start).size;
  });
  return { line: found, addresses };
}

/** Execute points at any instruction of a line. */
export function pointsOfLine(
  points: readonly StopPoint[],
  { lines }: ProgramFile,
  file: string,
  line: number,
): readonly StopPoint[] {
  const addresses = lines.addresses(file, line);
  return points.filter((point) => point.kind === "execute" && addresses.includes(point.address));
}
