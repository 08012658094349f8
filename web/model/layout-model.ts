/** The layouts that people choose among, each as they have last arranged it. */
import {
  close,
  isLayout,
  type Layout,
  move,
  type PanelId,
  panelsOf,
  type Place,
  resize,
  show,
  split,
  tabs,
} from "./layout.ts";
import { Store } from "./store.ts";

export const LAYOUT_NAMES = ["look", "debug", "memory", "kernel"] as const;
export type LayoutName = (typeof LAYOUT_NAMES)[number];

/** Each as it is before anybody has moved anything: four places at most. */
export const LAYOUTS: Readonly<Record<LayoutName, Layout>> = {
  look: split(
    "row",
    [0.4, tabs("registers")],
    [0.6, split("column", [0.56, tabs("terminal")], [0.44, tabs("disassembly")])],
  ),
  debug: split(
    "row",
    [0.32, tabs("registers")],
    [
      0.68,
      split(
        "column",
        [0.62, tabs("disassembly", "source", "symbols")],
        [0.38, split("row", [0.5, tabs("stops", "stack")], [0.5, tabs("terminal", "memory")])],
      ),
    ],
  ),
  memory: split(
    "row",
    [0.32, tabs("registers")],
    [0.68, split("column", [0.62, tabs("memory")], [0.38, tabs("space", "disassembly", "terminal")])],
  ),
  kernel: split(
    "row",
    [0.5, split("column", [0.6, tabs("processes", "registers")], [0.4, tabs("space", "stack", "stops")])],
    [
      0.5,
      split("column", [0.6, tabs("terminal")], [0.4, tabs("traps", "devices", "disassembly", "performance", "meter")]),
    ],
  ),
};

/** What each layout is chosen for: the panel that is seen where there is room for one. */
const LEADS: Readonly<Record<LayoutName, PanelId>> = {
  look: "registers",
  debug: "disassembly",
  memory: "memory",
  kernel: "processes",
};

/** What is remembered between visits: only layouts that differ from how they come. */
export interface StoredLayouts {
  readonly current: LayoutName;
  readonly changed: Readonly<Partial<Record<LayoutName, Layout>>>;
}

export const DEFAULT_LAYOUTS: StoredLayouts = { current: "look", changed: {} };

export function isStoredLayouts(value: unknown): value is StoredLayouts {
  if (typeof value !== "object" || value === null) return false;
  const { current, changed } = value as Record<string, unknown>;
  if (!LAYOUT_NAMES.some((name) => name === current) || typeof changed !== "object" || changed === null) return false;
  return Object.entries(changed).every(([name, layout]) => Object.hasOwn(LAYOUTS, name) && isLayout(layout));
}

export class LayoutModel {
  readonly stored: Store<StoredLayouts>;
  /** The layout on show. */
  readonly layout: Store<Layout>;
  /** The panel that was wanted last: where one is shown at a time, it is this one. */
  readonly front = new Store<PanelId>("terminal");

  constructor(stored: StoredLayouts) {
    this.stored = new Store(stored);
    this.layout = new Store(layoutOf(stored));
  }

  choose(name: LayoutName): void {
    this.#set({ ...this.stored.get(), current: name });
    if (panelsOf(this.layout.get()).includes(LEADS[name])) this.front.set(LEADS[name]);
  }

  show(panel: PanelId): void {
    this.#change(show(this.layout.get(), panel));
    this.front.set(panel);
  }

  /** Brings a panel to the front; a closed one comes into the tabs of another, where that is open. */
  showWith(panel: PanelId, other: PanelId): void {
    const isOpen = panelsOf(this.layout.get()).includes(panel);
    if (!isOpen) this.move(panel, other, "tabs");
    this.show(panel);
  }

  close(panel: PanelId): void {
    this.#change(close(this.layout.get(), panel));
  }

  toggle(panel: PanelId): void {
    if (panelsOf(this.layout.get()).includes(panel)) this.close(panel);
    else this.show(panel);
  }

  move(panel: PanelId, beside: PanelId, place: Place): void {
    this.#change(move(this.layout.get(), panel, beside, place));
  }

  resize(path: readonly number[], sizes: readonly number[]): void {
    this.#change(resize(this.layout.get(), path, sizes));
  }

  /** All layouts as they were before. */
  restore(stored: StoredLayouts): void {
    this.#set(stored);
  }

  /** The layout on show as it comes. */
  reset(): void {
    const { current, changed } = this.stored.get();
    const { [current]: _, ...others } = changed;
    this.#set({ current, changed: others });
  }

  #change(layout: Layout): void {
    if (layout === this.layout.get()) return;
    const { current, changed } = this.stored.get();
    this.#set({ current, changed: { ...changed, [current]: layout } });
  }

  #set(stored: StoredLayouts): void {
    this.stored.set(stored);
    this.layout.set(layoutOf(stored));
  }
}

function layoutOf({ current, changed }: StoredLayouts): Layout {
  return changed[current] ?? LAYOUTS[current];
}
