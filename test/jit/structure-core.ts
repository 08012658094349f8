// Compiles the translator's graph and structure with the core in core/, and hands it graphs.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import asc from "assemblyscript/asc";
import { RAM_BASE } from "../../src/spec/abi.ts";

const root = join(import.meta.dirname, "../..");

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly MODULE: WebAssembly.Global;
  readonly MAX_NODES: WebAssembly.Global;
  readonly MAX_EDGES: WebAssembly.Global;
  readonly MAX_ROOTS: WebAssembly.Global;
  readonly MAX_LOOP_DEPTH: WebAssembly.Global;
  resetGraph(): void;
  addNode(): number;
  addEdge(from: number, to: number): number;
  addRoot(node: number): number;
  nodeCount(): number;
  nodeCost(node: number): number;
  setNodeCost(node: number, steps: number): void;
  successor(node: number, i: number): number;
  successorCount(node: number): number;
  structure(main: number): number;
  isHeader(node: number): number;
  isReached(node: number): number;
  levelOf(node: number): number;
  loopLast(header: number): number;
  orderCount(): number;
  orderNode(position: number): number;
  entryCount(): number;
  entryNode(i: number): number;
  longestPath(node: number): number;
  selectorCount(): number;
  setStyle(node: number, style: number): void;
  emitWalk(): number;
  emitOutline(): number;
}

/** A graph: the successors of each node, in order. */
export type Graph = readonly (readonly number[])[];

export async function compileStructure() {
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  let messages = "";
  const sink = {
    write: (text: string | Uint8Array) => {
      messages += text;
    },
  };
  const { error } = await asc.main(
    [
      ...["test/jit/core/entry.ts", "--outFile", "structure.wasm", "--runtime", "stub", "--noAssert", "-O2"],
      ...["--initialMemory", String(RAM_BASE >> 16), "--memoryBase", "1024"],
    ],
    {
      stdout: sink,
      stderr: sink,
      readFile: (name) => {
        const path = join(root, name);
        return existsSync(path) ? readFileSync(path, "utf8") : null;
      },
      writeFile: (_name, contents) => {
        wasm = Uint8Array.from(contents as Uint8Array);
      },
      listFiles: () => [],
    },
  );
  if (error !== null || wasm === undefined) throw new Error(`the structure does not compile:\n${messages}`);
  const { instance } = await WebAssembly.instantiate(wasm, {});
  const core = instance.exports as unknown as Exports;
  const sequence = (count: number, item: (i: number) => number) => Array.from({ length: count }, (_, i) => item(i));
  const written = (length: number) => {
    if (length === 0) throw new Error("nothing was written");
    return new Uint8Array(core.memory.buffer, core.MODULE.value as number, length).slice();
  };

  return {
    ...core,
    /** Makes the graph the one under construction; it is entered at `roots` too. */
    load(graph: Graph, roots: readonly number[] = []): void {
      core.resetGraph();
      for (const _ of graph) core.addNode();
      graph.forEach((successors, node) => {
        for (const to of successors) core.addEdge(node, to);
      });
      for (const root of roots) core.addRoot(root);
    },
    order: () => sequence(core.orderCount(), core.orderNode),
    entries: () => sequence(core.entryCount(), core.entryNode),
    headers: () => sequence(core.orderCount(), core.orderNode).filter((node) => core.isHeader(node)),
    outline: () => outlineOf(written(core.emitOutline())),
    walker: () => new Walker(written(core.emitWalk())),
  };
}

export type StructureCore = Awaited<ReturnType<typeof compileStructure>>;

/** A walk: the nodes passed, and the node it ended after, or before when fuel was out. */
export interface Walk {
  readonly passed: readonly number[];
  readonly last: number;
  readonly outOfFuel: boolean;
}

/** A region's module, whose nodes write down their number and go on as a script says. */
class Walker {
  readonly #memory = new WebAssembly.Memory({ initial: 1 });
  readonly #walk: (entry: number, fuel: number) => number;

  constructor(wasm: Uint8Array<ArrayBuffer>) {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), { m: { m: this.#memory } });
    this.#walk = instance.exports.w as (entry: number, fuel: number) => number;
  }

  /** `script`: 4096 choices, taken modulo the number of successors. */
  walk(entry: number, fuel: number, script: Uint8Array): Walk {
    new Uint8Array(this.#memory.buffer).set(script);
    const bytes = this.#walk(entry, fuel);
    const ended = new Uint32Array(this.#memory.buffer, 0x1000, 1)[0];
    const passed = [...new Uint16Array(this.#memory.buffer, 0x2000, bytes / 2)];
    return { passed, last: ended >>> 1, outOfFuel: (ended & 1) === 1 };
  }
}

/** The walk that a script describes, on the graph itself. */
export function walkGraph(
  graph: Graph,
  headers: ReadonlySet<number>,
  start: number,
  fuel: number,
  script: Uint8Array,
): Walk {
  const passed: number[] = [];
  for (let node = start, choices = 0; ; ) {
    if (headers.has(node) && fuel-- === 0) return { passed, last: node, outOfFuel: true };
    passed.push(node);
    const successors = graph[node];
    if (successors.length === 0) return { passed, last: node, outOfFuel: false };
    node = successors[script[choices++ & 0xfff] % successors.length];
  }
}

/** Wasm as words: "{" and "}" for constructs, a node as its number, branches with their relative depth. */
function outlineOf(code: Uint8Array): string {
  const words: string[] = [];
  for (let i = 0; i < code.length; ) {
    const opcode = code[i++];
    if (opcode === 0x00) words.push("unreachable");
    else if (opcode >= 0x02 && opcode <= 0x04) {
      words.push(["block{", "loop{", "if{"][opcode - 2]);
      i++;
    } else if (opcode === 0x0b) words.push("}");
    else if (opcode === 0x0c) words.push(`br:${code[i++]}`);
    else if (opcode === 0x0d) words.push(`br_if:${code[i++]}`);
    else if (opcode === 0x0e) {
      const count = code[i++] + 1;
      words.push(`br_table:${code.slice(i, i + count).join(",")}`);
      i += count;
    } else if (opcode === 0x0f) words.push("return");
    else if (opcode === 0x1a) words.push(words.pop()!.replace("const:", ""));
    else if (opcode === 0x20) words.push(`get:${code[i++]}`);
    else if (opcode === 0x21) words.push(`set:${code[i++]}`);
    else if (opcode === 0x41) words.push(`const:${code[i++]}`);
    else if (opcode === 0x6b) words.push("sub");
    else throw new RangeError(`opcode ${opcode}`);
  }
  return words.join(" ").replaceAll("get:0 br_if", "br_if");
}
