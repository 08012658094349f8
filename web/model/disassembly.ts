/** Instructions around an address: where they begin, what they say, and where they jump. */
import { type Disassembly, disassemble } from "../../src/debug/disassembler.ts";
import type { InstructionSet } from "../../src/spec/instruction-table.ts";
import { holeAt, type MemoryPart } from "./guest-memory.ts";
import { type SymbolTable, symbolsBetween } from "./symbol-model.ts";

/** One instruction, or bytes that are none. */
export interface Line {
  readonly address: bigint;
  readonly bytes: Uint8Array;
  /** null: nothing can be read here. */
  readonly insn: Disassembly | null;
  /** Why nothing can be read. */
  readonly why?: string;
  /** Name of a symbol that begins here. */
  readonly label?: string;
  /** Where it may jump, by name. */
  readonly target?: string;
}

/** An arrow beside the lines: from one to another, in a lane so that arrows do not cross more than they must. */
export interface Arrow {
  readonly from: number;
  readonly to: number;
  readonly lane: number;
}

/** Bytes before and after an address that make a window. */
export const BYTES_BEFORE = 256;
export const BYTES_AFTER = 512;
/** A line of memory that cannot be read stands for so many bytes. */
const HOLE_BYTES = 4096;
/** Instructions are found anew from another start so often before any start is good enough. */
const STARTS = 8;

/**
 * The instructions in `part`, so that one begins at `anchor` and at every function: where the instruction before would run
 * into it, its bytes are shown as unknown. What comes first may be in the middle of an instruction, so that the start is
 * chosen from which the instructions reach the first known place by themselves.
 */
export function linesIn(part: MemoryPart, anchor: bigint, set: InstructionSet, symbols: SymbolTable | null): Line[] {
  const end = part.first + BigInt(part.bytes.length);
  const places = [...functionsIn(symbols, part.first, end), anchor].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const aim = places[0] as bigint;
  let start = part.first;
  for (let step = 0n; step < STARTS && part.first + step < aim; step += 2n) {
    if (!reaches(part, part.first + step, aim, set)) continue;
    start = part.first + step;
    break;
  }
  const lines: Line[] = [];
  let next = 0;
  for (let address = start; address < end; ) {
    while (next < places.length && (places[next] as bigint) <= address) next++;
    const limit = places[next] ?? end;
    const line = lineAt(part, address, limit, set, symbols);
    lines.push(line);
    address += BigInt(line.bytes.length);
  }
  return lines;
}

function functionsIn(symbols: SymbolTable | null, first: bigint, end: bigint): bigint[] {
  if (symbols === null) return [];
  const functions = symbolsBetween(symbols, first, end).filter(({ kind }) => kind === "function");
  return functions.map(({ address }) => address);
}

function reaches(part: MemoryPart, start: bigint, aim: bigint, set: InstructionSet): boolean {
  let address = start;
  while (address < aim) {
    const offset = Number(address - part.first);
    if (holeAt(part, offset) !== null) return false;
    address += BigInt(set.lengthOf(part.bytes[offset] as number, part.bytes[offset + 1] ?? 0));
  }
  return address === aim;
}

function lineAt(
  part: MemoryPart,
  address: bigint,
  limit: bigint,
  set: InstructionSet,
  symbols: SymbolTable | null,
): Line {
  const offset = Number(address - part.first);
  const hole = part.holes.find(({ start, end }) => offset >= start && offset < end);
  const at = symbols?.at(address);
  const label = at?.offset === 0n ? at.symbol.name : undefined;
  if (hole !== undefined) {
    const stop = Math.min(hole.end, offset + HOLE_BYTES, Math.max(offset + 1, Number(limit - part.first)));
    return { address, bytes: part.bytes.subarray(offset, stop), insn: null, why: hole.why, label };
  }
  const nextHole = part.holes.find(({ start }) => start > offset)?.start ?? part.bytes.length;
  const stop = Math.min(nextHole, Number(limit - part.first));
  const insn = disassemble(part.bytes.subarray(offset, Math.min(stop, offset + 16)), address, set);
  const target = insn.target === undefined ? undefined : (symbols?.text(insn.target) ?? undefined);
  return { address, bytes: part.bytes.subarray(offset, offset + insn.length), insn, label, target };
}

/** Arrows between lines that are both there, short ones nearest; those for which there is no lane are left out. */
export function arrowsOf(lines: readonly Line[], lanes: number, longest: number): Arrow[] {
  const index = new Map(lines.map(({ address }, n) => [address, n]));
  const wanted = lines
    .flatMap(({ insn }, from) => {
      const to = insn?.target === undefined ? undefined : index.get(insn.target);
      return to === undefined || to === from || Math.abs(to - from) > longest ? [] : [{ from, to }];
    })
    .sort((a, b) => Math.abs(a.to - a.from) - Math.abs(b.to - b.from));
  const taken: { low: number; high: number }[][] = Array.from({ length: lanes }, () => []);
  return wanted.flatMap(({ from, to }) => {
    const low = Math.min(from, to);
    const high = Math.max(from, to);
    const lane = taken.findIndex((spans) => spans.every((span) => span.high < low || span.low > high));
    if (lane < 0) return [];
    taken[lane]?.push({ low, high });
    return [{ from, to, lane }];
  });
}
