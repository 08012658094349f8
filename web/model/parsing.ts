/** Has jobs done on a thread of their own, or at once where the browser gives none. */
import { type PackedSymbols, unpackSymbols } from "../../src/debug/packed-symbols.ts";
import { type DebugSymbol, SymbolTable } from "../../src/debug/symbols.ts";
import { startModuleWorker } from "./module-worker.ts";
import workerAddress from "./parsing-worker.ts?worker&url";
import {
  type JobAnswer,
  type JobInput,
  type JobName,
  type JobRequest,
  type JobResult,
  perform,
} from "./parsing-jobs.ts";

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** So many symbols take about a millisecond. */
const SYMBOLS_AT_ONCE = 4000;

const waiting = new Map<number, Waiting>();
let worker: Worker | null = null;
let last = 0;

/** What is in `transfer` is gone for the caller. Throws an Error that says what is wrong with the input. */
export function parse<Name extends JobName>(
  name: Name,
  input: JobInput<Name>,
  transfer: readonly Transferable[] = [],
): Promise<JobResult<Name>> {
  worker ??= startWorker();
  if (worker === null) return perform(name, input);
  const request: JobRequest = { id: ++last, name, input };
  const answer = new Promise<unknown>((resolve, reject) => waiting.set(request.id, { resolve, reject }));
  worker.postMessage(request, [...transfer]);
  return answer as Promise<JobResult<Name>>;
}

/** The symbols as a table; the page goes on between parts of the work. */
export async function tableOf(packed: PackedSymbols): Promise<SymbolTable> {
  const symbols: DebugSymbol[] = [];
  for (const some of unpackSymbols(packed, SYMBOLS_AT_ONCE)) {
    symbols.push(...some);
    await new Promise((resolve) => setTimeout(resolve));
  }
  return new SymbolTable(symbols);
}

/** null: there are no workers here. */
function startWorker(): Worker | null {
  if (typeof Worker === "undefined") return null;
  let started: Worker;
  try {
    started = startModuleWorker(new URL(workerAddress, import.meta.url));
  } catch {
    return null;
  }
  const end = (): void => {
    started.terminate();
    if (worker === started) worker = null;
  };
  started.addEventListener("message", ({ data }: MessageEvent<JobAnswer>) => {
    const asked = waiting.get(data.id);
    waiting.delete(data.id);
    // It is wanted seldom.
    if (waiting.size === 0) end();
    if ("error" in data) asked?.reject(new Error(data.error));
    else asked?.resolve(data.result);
  });
  started.addEventListener("error", () => {
    end();
    for (const { reject } of waiting.values()) reject(new Error("the page's helper thread could not be loaded"));
    waiting.clear();
  });
  return started;
}
