/** Where panels stand: a tree of rows and columns with tabs at its leaves, and what can be done to it. */

export const PANELS = [
  "registers",
  "terminal",
  "screen",
  "disassembly",
  "source",
  "stack",
  "memory",
  "stops",
  "symbols",
  "space",
  "processes",
  "devices",
  "performance",
  "traps",
  "meter",
] as const;
export type PanelId = (typeof PANELS)[number];

/** Panels in one place, one of them on show. */
export interface Tabs {
  readonly kind: "tabs";
  readonly panels: readonly PanelId[];
  readonly shown: PanelId;
}

/** Places beside each other (row) or above each other (column). */
export interface Split {
  readonly kind: "row" | "column";
  readonly children: readonly Layout[];
  /** Part of the whole that each child takes; their sum is 1. */
  readonly sizes: readonly number[];
}

export type Layout = Tabs | Split;

/** Where a panel goes, seen from another one: into the same tabs, or to a side of them. */
export type Place = "tabs" | "left" | "right" | "above" | "below";

/** Below this part of the whole nothing can be read any more. */
export const LEAST_SIZE = 0.08;

export function tabs(...panels: [PanelId, ...PanelId[]]): Tabs {
  return { kind: "tabs", panels, shown: panels[0] };
}

export function split(kind: Split["kind"], ...parts: readonly (readonly [size: number, child: Layout])[]): Split {
  return { kind, children: parts.map(([, child]) => child), sizes: parts.map(([size]) => size) };
}

export function panelsOf(layout: Layout): readonly PanelId[] {
  return layout.kind === "tabs" ? layout.panels : layout.children.flatMap(panelsOf);
}

export function tabsOf(layout: Layout): readonly Tabs[] {
  return layout.kind === "tabs" ? [layout] : layout.children.flatMap(tabsOf);
}

/** Brings a panel to the front of its tabs; a closed one is opened in the last place. */
export function show(layout: Layout, panel: PanelId): Layout {
  if (panelsOf(layout).includes(panel)) {
    return changeTabs(layout, (at) => (at.panels.includes(panel) ? { ...at, shown: panel } : at)) as Layout;
  }
  const last = tabsOf(layout).at(-1) as Tabs;
  return changeTabs(layout, (at) =>
    at === last ? { ...at, panels: [...at.panels, panel], shown: panel } : at,
  ) as Layout;
}

/** Without a panel. The last one of all stays. */
export function close(layout: Layout, panel: PanelId): Layout {
  const rest = changeTabs(layout, (at) => {
    const index = at.panels.indexOf(panel);
    if (index < 0) return at;
    const panels = at.panels.filter((other) => other !== panel);
    const next = panels[Math.min(index, panels.length - 1)];
    if (next === undefined) return null;
    return { ...at, panels, shown: at.shown === panel ? next : at.shown };
  });
  return rest ?? layout;
}

/** Puts a panel, open or not, where another one is, or to its side. */
export function move(layout: Layout, panel: PanelId, beside: PanelId, place: Place): Layout {
  const target = tabsOf(layout).find((at) => at.panels.includes(beside));
  if (target === undefined) return layout;
  if (panel === beside && (place === "tabs" || target.panels.length === 1)) return layout;
  const anchor = panel === beside ? (target.panels.find((other) => other !== panel) as PanelId) : beside;
  const without = panelsOf(layout).includes(panel) ? close(layout, panel) : layout;
  return changeTabs(without, (at) => {
    if (!at.panels.includes(anchor)) return at;
    if (place === "tabs") return { ...at, panels: [...at.panels, panel], shown: panel };
    const kind = place === "left" || place === "right" ? "row" : "column";
    const both: Layout[] = [at, tabs(panel)];
    if (place === "left" || place === "above") both.reverse();
    return { kind, children: both, sizes: [0.5, 0.5] };
  }) as Layout;
}

/** Gives the children of the split at `path` (indices from the root) other sizes. */
export function resize(layout: Layout, path: readonly number[], sizes: readonly number[]): Layout {
  if (layout.kind === "tabs") return layout;
  const [index, ...rest] = path;
  if (index === undefined) return { ...layout, sizes };
  const children = layout.children.map((child, n) => (n === index ? resize(child, rest, sizes) : child));
  return { ...layout, children };
}

/** Whether a stored value is a layout: every panel known and in one place, every size a part of the whole. */
export function isLayout(value: unknown): value is Layout {
  const seen = new Set<unknown>();
  const isPart = (node: unknown, depth: number): boolean => {
    if (typeof node !== "object" || node === null || depth > 8) return false;
    const { kind, panels, shown, children, sizes } = node as Record<string, unknown>;
    if (kind === "tabs") {
      if (!Array.isArray(panels) || panels.length === 0 || !panels.includes(shown)) return false;
      return panels.every((panel) => {
        const isNew = PANELS.includes(panel) && !seen.has(panel);
        seen.add(panel);
        return isNew;
      });
    }
    if (kind !== "row" && kind !== "column") return false;
    if (!Array.isArray(children) || !Array.isArray(sizes) || children.length < 2 || sizes.length !== children.length) {
      return false;
    }
    const areSizes = sizes.every((size) => typeof size === "number" && size > 0 && size < 1);
    const whole = sizes.reduce((sum, size) => sum + size, 0);
    return areSizes && Math.abs(whole - 1) < 0.01 && children.every((child) => isPart(child, depth + 1));
  };
  return isPart(value, 0);
}

/** Replaces tabs; where null takes their place, what is around them closes up. null: nothing is left. */
function changeTabs(layout: Layout, change: (tabs: Tabs) => Layout | null): Layout | null {
  if (layout.kind === "tabs") return change(layout);
  const kept = layout.children
    .map((child, index) => ({ before: child, child: changeTabs(child, change), size: layout.sizes[index] as number }))
    .filter((part): part is { before: Layout; child: Layout; size: number } => part.child !== null);
  if (kept.length === 0) return null;
  const only = kept[0];
  if (kept.length === 1 && only !== undefined) return only.child;
  if (kept.length === layout.children.length && kept.every(({ before, child }) => before === child)) return layout;
  // A split of the same direction dissolves in this one.
  const parts = kept.flatMap(({ child, size }): readonly [number, Layout][] =>
    child.kind === layout.kind
      ? child.children.map((inner, n) => [size * (child.sizes[n] as number), inner])
      : [[size, child]],
  );
  const whole = parts.reduce((sum, [size]) => sum + size, 0);
  return split(layout.kind, ...parts.map(([size, child]) => [size / whole, child] as const));
}
