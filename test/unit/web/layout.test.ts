/** Layouts: what moving, closing and opening panels makes of the tree, and which stored ones are believed. */
import { expect, test } from "vitest";
import {
  close,
  isLayout,
  type Layout,
  move,
  type PanelId,
  panelsOf,
  resize,
  show,
  split,
  tabs,
} from "../../../web/model/layout.ts";
import { isStoredLayouts, LAYOUTS, LayoutModel } from "../../../web/model/layout-model.ts";

const plain: Layout = split("row", [0.4, tabs("registers")], [0.6, tabs("terminal")]);

test("a panel moves into the tabs of another, and the place that it leaves closes up", () => {
  expect(move(plain, "registers", "terminal", "tabs")).toEqual({
    kind: "tabs",
    panels: ["terminal", "registers"],
    shown: "registers",
  });
});

test("a panel moves to a side of another; splits of one direction become one", () => {
  const three = move(plain, "meter", "terminal", "below");
  expect(three).toEqual(
    split("row", [0.4, tabs("registers")], [0.6, split("column", [0.5, tabs("terminal")], [0.5, tabs("meter")])]),
  );
  const row = move(three, "meter", "terminal", "right");
  expect(row).toEqual(split("row", [0.4, tabs("registers")], [0.3, tabs("terminal")], [0.3, tabs("meter")]));
});

test("a panel splits off the tabs that it is in, and cannot leave a place that it has for itself", () => {
  const both = tabs("terminal", "meter");
  expect(move(both, "terminal", "terminal", "left")).toEqual(
    split("row", [0.5, tabs("terminal")], [0.5, tabs("meter")]),
  );
  expect(move(plain, "terminal", "terminal", "left")).toBe(plain);
});

test("closing shows the neighbour; the last panel of all stays; what is opened comes last", () => {
  const both = show(plain, "meter");
  expect(both).toEqual(
    split("row", [0.4, tabs("registers")], [0.6, { kind: "tabs", panels: ["terminal", "meter"], shown: "meter" }]),
  );
  expect(close(both, "meter")).toEqual(plain);
  const last = close(plain, "registers");
  expect(last).toEqual(tabs("terminal"));
  expect(close(last, "terminal")).toBe(last);
});

test("sizes change at the split that the path names", () => {
  const three = move(plain, "meter", "terminal", "below");
  const sizes = (layout: Layout) => (layout.kind === "tabs" ? [] : layout.sizes);
  const changed = resize(three, [1], [0.7, 0.3]);
  expect(sizes(changed)).toEqual([0.4, 0.6]);
  expect(changed.kind === "row" && sizes(changed.children[1] as Layout)).toEqual([0.7, 0.3]);
});

test.each<[string, unknown]>([
  ["nothing", null],
  ["no panel", { kind: "tabs", panels: [], shown: "terminal" }],
  ["an unknown panel", { kind: "tabs", panels: ["nonsense"], shown: "nonsense" }],
  ["a shown panel that is not there", { kind: "tabs", panels: ["terminal"], shown: "registers" }],
  ["a panel twice", split("row", [0.5, tabs("terminal")], [0.5, tabs("terminal")])],
  ["sizes that are not the whole", split("row", [0.5, tabs("terminal")], [0.9, tabs("registers")])],
  ["a split of one", split("row", [0.5, tabs("terminal")])],
])("refused as stored layout: %s", (_, value) => {
  expect(isLayout(value)).toBe(false);
});

test("every layout that comes with the page is one, and shows four places at most", () => {
  const places = (layout: Layout): number =>
    layout.kind === "tabs" ? 1 : layout.children.reduce((sum, child) => sum + places(child), 0);
  for (const layout of Object.values(LAYOUTS)) {
    expect(isLayout(layout)).toBe(true);
    expect(places(layout)).toBeLessThanOrEqual(4);
  }
});

test("a layout that is chosen brings forward what it is for, where one panel is shown at a time", () => {
  const model = new LayoutModel({ current: "look", changed: {} });
  const front = (["kernel", "memory", "debug", "look"] as const).map((name) => {
    model.choose(name);
    return model.front.get();
  });
  expect(front).toEqual(["processes", "memory", "disassembly", "registers"]);
  model.choose("debug");
  model.close("disassembly");
  model.choose("look");
  model.choose("debug");
  expect(model.front.get()).toBe("registers");
});

test("each layout remembers its own changes, and Reset forgets those of the one on show", () => {
  const model = new LayoutModel({ current: "look", changed: {} });
  model.move("meter" as PanelId, "terminal", "below");
  model.choose("debug");
  model.close("terminal");
  expect(panelsOf(model.layout.get())).not.toContain("terminal");
  const stored = JSON.parse(JSON.stringify(model.stored.get()));
  expect(isStoredLayouts(stored)).toBe(true);
  const again = new LayoutModel(stored);
  expect(again.layout.get()).toEqual(model.layout.get());
  again.reset();
  expect(again.layout.get()).toBe(LAYOUTS.debug);
  again.choose("look");
  expect(panelsOf(again.layout.get())).toContain("meter");
});
