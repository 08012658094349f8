/** Which layout is on show, and which panels are open in it. */
import { PANELS, panelsOf } from "../model/layout.ts";
import { LAYOUT_NAMES, type LayoutModel, type LayoutName } from "../model/layout-model.ts";
import { Glyph } from "../widgets/glyph.tsx";
import { Menu, type MenuItem } from "../widgets/menu.tsx";
import { useStore } from "../widgets/use-store.ts";
import { PANEL_ENTRIES } from "./panel-entries.tsx";
import "./layout-switch.css";

export const LAYOUT_WORDS: Readonly<Record<LayoutName, string>> = {
  look: "Look",
  debug: "Debug",
  memory: "Memory",
  kernel: "Kernel",
};

export function LayoutSwitch({ model }: { readonly model: LayoutModel }) {
  const { current } = useStore(model.stored);
  return (
    <div className="layout-switch">
      <fieldset className="segments">
        <legend className="visually-hidden">Layout</legend>
        {LAYOUT_NAMES.map((name) => (
          <button key={name} type="button" aria-pressed={name === current} onClick={() => model.choose(name)}>
            {LAYOUT_WORDS[name]}
          </button>
        ))}
      </fieldset>
      <Menu label="Panels" side="above" items={() => panelItems(model)}>
        <Glyph name="panels" />
        <span>Panels</span>
      </Menu>
    </div>
  );
}

function panelItems(model: LayoutModel): MenuItem[] {
  const open = panelsOf(model.layout.get());
  return [
    ...PANELS.map((panel) => ({
      key: panel,
      word: PANEL_ENTRIES[panel].title,
      checked: open.includes(panel),
      act: () => model.toggle(panel),
    })),
    { key: "reset", word: "Reset this layout", act: () => model.reset(), separated: true },
  ];
}
