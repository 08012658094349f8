// The structured form of a region's graph: its loops, order, entries and paths, and that the wasm walks as the graph does.
import { describe, expect, test } from "vitest";
import { compileStructure, type Graph, walkGraph } from "./structure-core.ts";

const core = await compileStructure();
/** Ways to branch that the core's nodes know. */
const STYLES = 7;

type Random = (below: number) => number;

/** Marsaglia's xorshift: the same numbers each time. */
function numbers(seed: number): Random {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function randomGraph(random: Random, nodes: number): Graph {
  const count = 1 + random(nodes);
  const reach = 1 + random(count);
  const switches = random(3) === 0;
  return Array.from({ length: count }, (_, node) => {
    const successors = switches && random(6) === 0 ? random(13) : random(20) === 0 ? random(5) : 1 + random(2);
    const near = () => (node + count + random(2 * reach) - random(reach)) % count;
    return [...new Set(Array.from({ length: successors }, near))];
  });
}

/** Walks the planned graph from each external entry, once for each fuel, in wasm and by hand. */
function compareWalks(graph: Graph, random: Random, fuels: readonly number[]): void {
  graph.forEach((_, node) => {
    core.setStyle(node, random(STYLES));
  });
  const walker = core.walker();
  const headers = new Set(core.headers());
  core.entries().forEach((start, entry) => {
    for (const fuel of fuels) {
      const script = Uint8Array.from({ length: 4096 }, () => random(240));
      const walk = walker.walk(entry, fuel, script);
      expect(walk, JSON.stringify({ graph, start })).toEqual(walkGraph(graph, headers, start, fuel, script));
    }
  });
}

/** All that can be reached from `start` over nodes of `inside`, itself only along a cycle. */
function reachable(graph: Graph, start: number, inside: ReadonlySet<number>): Set<number> {
  const found = new Set<number>();
  const waiting = [start];
  while (waiting.length > 0) {
    for (const to of graph[waiting.pop()!]) {
      if (!inside.has(to) || found.has(to)) continue;
      found.add(to);
      waiting.push(to);
    }
  }
  return found;
}

/** Of what the main node reaches, before it of what only the first root does, and so on. */
function reversePostorder(graph: Graph, roots: readonly number[] = []): number[] {
  const seen = new Set<number>();
  const order: number[] = [];
  const visit = (node: number) => {
    seen.add(node);
    for (const to of graph[node].toReversed()) if (!seen.has(to)) visit(to);
    order.unshift(node);
  };
  for (const root of [0, ...roots]) if (!seen.has(root)) visit(root);
  return order;
}

interface Nest {
  readonly order: number[];
  /** By header: the loops around its own. */
  readonly levels: Map<number, number>;
}

/** Loops and order as they are defined, of nodes in reverse postorder. */
function nestOf(graph: Graph, nodes: readonly number[], level = 0): Nest {
  const order: number[] = [];
  const levels = new Map<number, number>();
  const inside = new Set(nodes);
  const reaches = new Map(nodes.map((node) => [node, reachable(graph, node, inside)]));
  for (const node of nodes) {
    if (order.includes(node)) continue;
    order.push(node);
    if (!reaches.get(node)!.has(node)) continue;
    const component = nodes.filter((other) => reaches.get(node)!.has(other) && reaches.get(other)!.has(node));
    const inner = nestOf(
      graph,
      component.filter((other) => other !== node),
      level + 1,
    );
    levels.set(node, level);
    for (const [header, value] of inner.levels) levels.set(header, value);
    order.push(...inner.order);
  }
  return { order, levels };
}

test("a graph keeps its edges in order, once each, whenever they are added", () => {
  core.load([[2, 1, 2], [1], []]);
  core.addNode();
  core.addEdge(0, 3);
  core.addEdge(1, 0);
  core.addEdge(0, 1);
  const successors = Array.from({ length: core.nodeCount() }, (_, node) =>
    Array.from({ length: core.successorCount(node) }, (_, i) => core.successor(node, i)),
  );
  expect(successors).toEqual([[2, 1, 3], [1, 0], [], []]);
});

test("a node costs nothing until its cost is set", () => {
  core.load([[], []]);
  core.setNodeCost(1, 0xffff_ffff);
  expect([core.nodeCost(0), core.nodeCost(1) >>> 0]).toEqual([0, 0xffff_ffff]);
  core.load([[], []]);
  expect([core.nodeCost(0), core.nodeCost(1)]).toEqual([0, 0]);
});

test("a full graph says so", () => {
  core.resetGraph();
  expect(core.structure(0)).toBe(0);
  const nodes = core.MAX_NODES.value as number;
  const edges = core.MAX_EDGES.value as number;
  for (let i = 0; i < nodes; i++) expect(core.addNode()).toBe(i);
  expect(core.addNode() >>> 0).toBe(0xffff_ffff);
  for (let i = 0; i < edges; i++) expect(core.addEdge(i % nodes, (i + Math.floor(i / nodes) + 1) % nodes)).toBe(1);
  expect(core.addEdge(0, 1)).toBe(1);
  expect(core.addEdge(0, 0)).toBe(0);
  const roots = core.MAX_ROOTS.value as number;
  for (let i = 0; i < roots; i++) expect(core.addRoot(i)).toBe(1);
  expect([core.addRoot(roots - 1), core.addRoot(roots)]).toEqual([1, 0]);
  expect(core.nodeCount()).toBe(nodes);
});

describe("hand-written shapes", () => {
  interface Shape {
    readonly name: string;
    readonly graph: Graph;
    readonly order: readonly number[];
    readonly entries: readonly number[];
    readonly selectors: number;
    /** Local 0 holds entry and conditions, selectors follow. */
    readonly outline: string;
  }
  const shapes: Shape[] = [
    {
      name: "straight line",
      graph: [[1], [2], []],
      order: [0, 1, 2],
      entries: [0],
      selectors: 1,
      outline: "block{ 0 } block{ 1 } 2 return unreachable",
    },
    {
      name: "diamond",
      graph: [[1, 2], [3], [3], []],
      order: [0, 1, 2, 3],
      entries: [0],
      selectors: 1,
      outline: "block{ block{ block{ 0 br_if:0 br:1 } 1 br:1 } 2 } 3 return unreachable",
    },
    {
      name: "blocks begin late",
      graph: [[1], [2, 3], [3], []],
      order: [0, 1, 2, 3],
      entries: [0],
      selectors: 1,
      outline: "block{ 0 } block{ block{ 1 br_if:0 br:1 } 2 } 3 return unreachable",
    },
    {
      name: "while",
      graph: [[1], [2, 3], [1], []],
      order: [0, 1, 2, 3],
      entries: [0, 1],
      selectors: 1,
      outline:
        "block{ get:0 set:1 block{ get:1 br_table:0,1,0 } 0 } " +
        "block{ loop{ block{ 1 br_if:0 br:2 } 2 br:0 } } 3 return unreachable",
    },
    {
      name: "self loop",
      graph: [[0, 1], []],
      order: [0, 1],
      entries: [0],
      selectors: 1,
      outline: "block{ loop{ 0 br_if:0 } } 1 return unreachable",
    },
    {
      name: "loop without end",
      graph: [[1], [0]],
      order: [0, 1],
      entries: [0],
      selectors: 1,
      outline: "loop{ block{ 0 } 1 br:0 } unreachable",
    },
    {
      name: "three nested loops",
      graph: [[1], [2], [3], [3, 4], [2, 5], [1, 6], []],
      order: [0, 1, 2, 3, 4, 5, 6],
      entries: [0, 1, 2, 3],
      selectors: 3,
      outline:
        "block{ get:0 set:3 block{ block{ block{ get:3 br_table:2,3,1,0,2 } " +
        "const:1 set:2 const:1 set:1 br:2 } const:1 set:1 br:1 } 0 } " +
        "block{ loop{ block{ get:1 if{ const:0 set:1 br:1 } 1 } " +
        "block{ loop{ block{ get:2 if{ const:0 set:2 br:1 } 2 } " +
        "block{ loop{ 3 br_if:0 } } 4 br_if:0 } } 5 br_if:0 } } 6 return unreachable",
    },
    {
      name: "two loops in a loop that is the main entry",
      graph: [[1], [1, 2], [2, 3], [0, 4], []],
      order: [0, 1, 2, 3, 4],
      entries: [0, 1, 2],
      selectors: 2,
      outline:
        "block{ get:0 set:2 block{ block{ block{ get:2 br_table:2,1,0,2 } " +
        "const:2 set:1 br:1 } const:1 set:1 br:0 } " +
        "loop{ block{ block{ get:1 if{ get:1 const:1 sub const:0 set:1 br_table:1,2 } 0 } " +
        "loop{ 1 br_if:0 } } block{ loop{ 2 br_if:0 } } 3 br_if:0 } } 4 return unreachable",
    },
    {
      name: "loop with two exits",
      graph: [[1], [2, 4], [3, 5], [1], [6], [6], []],
      order: [0, 1, 2, 3, 5, 4, 6],
      entries: [0, 1],
      selectors: 1,
      outline:
        "block{ get:0 set:1 block{ get:1 br_table:0,1,0 } 0 } " +
        "block{ block{ block{ loop{ block{ 1 br_if:0 br:3 } block{ 2 br_if:0 br:2 } 3 br:0 } } " +
        "5 br:1 } 4 } 6 return unreachable",
    },
    {
      name: "loops that share a header",
      graph: [[1, 5], [2, 3], [0], [4, 5], [0], []],
      order: [0, 1, 2, 3, 4, 5],
      entries: [0],
      selectors: 1,
      outline:
        "block{ loop{ block{ 0 br_if:0 br:2 } block{ block{ 1 br_if:0 br:1 } 2 br:1 } " +
        "block{ 3 br_if:0 br:2 } 4 br:0 } } 5 return unreachable",
    },
    {
      name: "irreducible loop",
      graph: [[1, 2], [2], [1, 3], []],
      order: [0, 2, 1, 3],
      entries: [0, 2],
      selectors: 2,
      outline:
        "block{ get:0 set:2 block{ get:2 br_table:0,1,0 } 0 get:0 if{ const:1 set:1 br:1 } } " +
        "block{ loop{ block{ get:1 if{ const:0 set:1 br:1 } 2 br_if:0 br:2 } 1 br:0 } } 3 return unreachable",
    },
    {
      name: "irreducible way into the inner of two loops",
      graph: [[1, 3], [2], [3, 1], [2, 4], []],
      order: [0, 3, 2, 1, 4],
      entries: [0, 3, 2],
      selectors: 3,
      outline:
        "block{ get:0 set:3 block{ block{ get:3 br_table:1,2,0,1 } const:1 set:1 br:1 } " +
        "0 get:0 if{ const:1 set:2 const:1 set:1 br:1 } } " +
        "block{ loop{ block{ get:1 if{ const:0 set:1 br:1 } 3 br_if:0 br:2 } " +
        "loop{ block{ get:2 if{ const:0 set:2 br:1 } 2 br_if:2 } 1 br:0 } } } 4 return unreachable",
    },
    {
      name: "switch",
      graph: [[1, 2, 3, 4], [4], [4], [4], []],
      order: [0, 1, 2, 3, 4],
      entries: [0],
      selectors: 1,
      outline:
        "block{ block{ block{ block{ 0 br_if:0 br_if:1 br_if:2 br:3 } 1 br:2 } 2 br:1 } 3 } 4 return unreachable",
    },
    {
      name: "switch in a loop",
      graph: [[1], [2, 3, 4, 5], [1], [1], [2], []],
      order: [0, 1, 3, 4, 2, 5],
      entries: [0, 1],
      selectors: 1,
      outline:
        "block{ get:0 set:1 block{ get:1 br_table:0,1,0 } 0 } " +
        "block{ loop{ block{ block{ block{ 1 br_if:2 br_if:0 br_if:1 br:4 } 3 br:2 } 4 } 2 br:0 } } " +
        "5 return unreachable",
    },
    {
      name: "unreachable nodes",
      graph: [[2], [2, 1], [], [0]],
      order: [0, 2],
      entries: [0],
      selectors: 1,
      outline: "block{ 0 } 2 return unreachable",
    },
  ];

  test.each(shapes)("$name", ({ graph, order, entries, selectors, outline }) => {
    core.load(graph);
    expect(core.structure(0)).toBe(1);
    expect([core.order(), core.entries(), core.selectorCount()]).toEqual([order, entries, selectors]);
    expect(graph.map((_, node) => core.isReached(node))).toEqual(graph.map((_, node) => Number(order.includes(node))));
    expect(core.outline()).toBe(outline);
    for (let seed = 1; seed <= 20; seed++) compareWalks(graph, numbers(seed), [0, 1, 7, 30]);
  });
});

test("loops may lie in each other up to a limit", () => {
  const depth = core.MAX_LOOP_DEPTH.value as number;
  const nested = (loops: number): Graph => [
    ...Array.from({ length: loops }, (_, i) => [i + 1]),
    ...Array.from({ length: loops }, (_, i) => [loops - 1 - i, loops + 1 + i]),
    [],
  ];
  core.load(nested(depth));
  expect(core.structure(0)).toBe(1);
  expect(core.entryCount()).toBe(depth);
  compareWalks(nested(depth), numbers(1), [10, 200]);
  core.load(nested(depth + 1));
  expect(core.structure(0)).toBe(0);
});

describe("random graphs", () => {
  const random = numbers(20);
  const graphs = Array.from({ length: 2500 }, () => randomGraph(random, 40));
  /** Other roots of each: of half of them none. */
  const roots = graphs.map((graph) => {
    const nodes = Array.from({ length: random(2) * random(6) }, () => random(graph.length));
    return [...new Set(nodes)].filter((node) => node !== 0);
  });

  test("walk as they are, from each entry", () => {
    for (const [i, graph] of graphs.entries()) {
      core.load(graph, roots[i]);
      expect(core.structure(0)).toBe(1);
      compareWalks(graph, random, [random(4), 30]);
    }
  });

  test("have the loops, order and entries of their definition", () => {
    for (const [i, graph] of graphs.entries()) {
      core.load(graph, roots[i]);
      core.structure(0);
      const { order, levels } = nestOf(graph, reversePostorder(graph, roots[i]));
      expect(core.order(), JSON.stringify(graph)).toEqual(order);
      expect(new Map(core.headers().map((header) => [header, core.levelOf(header)]))).toEqual(levels);
      const first = [0, ...roots[i]!];
      expect(core.entries()).toEqual([...first, ...order.filter((node) => !first.includes(node) && levels.has(node))]);
    }
  });

  test("go forward but to headers", () => {
    for (const [i, graph] of graphs.entries()) {
      core.load(graph, roots[i]);
      core.structure(0);
      const position = new Map(core.order().map((node, i) => [node, i]));
      for (const [node, from] of position) {
        for (const to of graph[node]) {
          if (core.isHeader(to) === 0) expect(position.get(to)!, JSON.stringify(graph)).toBeGreaterThan(from);
        }
      }
    }
  });

  test("large ones walk too", () => {
    for (let i = 0; i < 10; i++) {
      const graph = randomGraph(random, 1000);
      core.load(graph);
      if (core.structure(0)) compareWalks(graph, random, [50]);
    }
  });
});

test("the longest path is that of all walks to a header or an end", () => {
  const random = numbers(3);
  for (let i = 0; i < 500; i++) {
    const graph = randomGraph(random, 12);
    const costs = graph.map(() => random(50));
    core.load(graph);
    costs.forEach((cost, node) => {
      core.setNodeCost(node, cost);
    });
    core.structure(0);
    const longest = (node: number): number =>
      costs[node] + Math.max(0, ...graph[node].filter((to) => core.isHeader(to) === 0).map(longest));
    for (const node of core.order()) expect(core.longestPath(node), JSON.stringify(graph)).toBe(longest(node));
  }
});
