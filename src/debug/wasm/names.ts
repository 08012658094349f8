/** What the parts of a module are called in a text: by its name section, else by kind and number. */
import type { WasmModule } from "./module.ts";

export interface WasmNames {
  type(index: number): string;
  func(index: number): string;
  table(index: number): string;
  memory(index: number): string;
  global(index: number): string;
  element(index: number): string;
  data(index: number): string;
  local(func: number, index: number): string;
}

export function namesOf({ functionNames, localNames }: WasmModule): WasmNames {
  const functions = distinct(functionNames);
  const locals = new Map([...localNames].map(([func, names]) => [func, distinct(names)]));
  return {
    type: (index) => `$t${index}`,
    func: (index) => functions.get(index) ?? `$f${index}`,
    table: (index) => `$table${index}`,
    memory: (index) => `$m${index}`,
    global: (index) => `$g${index}`,
    element: (index) => `$e${index}`,
    data: (index) => `$d${index}`,
    local: (func, index) => locals.get(func)?.get(index) ?? `$l${index}`,
  };
}

/** As identifiers, no two alike; what looks like one made of a number gets that number behind it. */
function distinct(names: ReadonlyMap<number, string>): Map<number, string> {
  const taken = new Set<string>();
  const found = new Map<number, string>();
  for (const [index, name] of names) {
    const plain = `$${name.replace(/[^0-9A-Za-z!#$%&'*+\-./:<=>?@\\^_`|~]/g, "_")}`;
    const isTaken = plain === "$" || taken.has(plain) || /^\$[fl]\d+$/.test(plain);
    const unique = isTaken ? `${plain}.${index}` : plain;
    taken.add(unique);
    found.set(index, unique);
  }
  return found;
}
