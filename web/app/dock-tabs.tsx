/** One place of the dock: tabs that can be dragged elsewhere, and the panel on show. */
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { type PanelId, type Place, type Tabs, tabsOf } from "../model/layout.ts";
import type { LayoutModel } from "../model/layout-model.ts";
import { Glyph } from "../widgets/glyph.tsx";
import { Menu, type MenuItem } from "../widgets/menu.tsx";
import type { Hosts } from "./dock.tsx";
import { PANEL_ENTRIES } from "./panel-entries.tsx";

export interface DockTabsProps {
  readonly model: LayoutModel;
  readonly tabs: Tabs;
  readonly hosts: Hosts;
  readonly onChoose: (panel: PanelId) => void;
  /** All panels of the layout are in this place. */
  readonly narrow?: boolean;
}

/** What a dragged tab is, to others of its kind. */
const DRAG_TYPE = "application/x-vitrine-panel";
/** So near to an edge a tab is dropped beside the place rather than into it. */
const EDGE = 0.25;

export function DockTabs({ model, tabs, hosts, onChoose, narrow = false }: DockTabsProps) {
  const place = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const [drop, setDrop] = useState<Place | null>(null);
  const { panels, shown } = tabs;
  const names = panels.join();

  useLayoutEffect(() => {
    // Of a layout before this one.
    const own = new Set<Element>(panels.map((panel) => hosts.of(panel)));
    for (const host of [...(body.current?.children ?? [])]) if (!own.has(host)) host.remove();
    for (const panel of panels) {
      const host = hosts.of(panel);
      if (host.parentElement !== body.current) body.current?.append(host);
      host.hidden = panel !== shown;
      host.setAttribute("role", "tabpanel");
      host.setAttribute("aria-labelledby", `tab-${panel}`);
    }
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: among other tabs it stands elsewhere
  useLayoutEffect(() => {
    document.getElementById(`tab-${shown}`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [shown, names]);

  // Listened to on the element itself: by React's way events of a panel do not come by the place that it stands in.
  useEffect(() => {
    const element = place.current;
    if (element === null || narrow) return;
    const over = (event: DragEvent): void => {
      if (event.dataTransfer?.types.includes(DRAG_TYPE) !== true) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "move";
      setDrop(placeAt(event, element));
    };
    const leave = (event: DragEvent): void => {
      if (!element.contains(event.relatedTarget as Node | null)) setDrop(null);
    };
    const dropped = (event: DragEvent): void => {
      const panel = event.dataTransfer?.getData(DRAG_TYPE) ?? "";
      setDrop(null);
      if (!isPanel(panel)) return;
      event.preventDefault();
      model.move(panel, shown, placeAt(event, element));
    };
    element.addEventListener("dragover", over);
    element.addEventListener("dragleave", leave);
    element.addEventListener("drop", dropped);
    return () => {
      element.removeEventListener("dragover", over);
      element.removeEventListener("dragleave", leave);
      element.removeEventListener("drop", dropped);
    };
  }, [model, shown, narrow]);
  const key = (event: KeyboardEvent): void => {
    const at = panels.indexOf(shown);
    const targets: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const panel = panels.at(target % panels.length) as PanelId;
    onChoose(panel);
    document.getElementById(`tab-${panel}`)?.focus();
  };

  return (
    <div className="dock-place" ref={place}>
      <div className="dock-bar">
        <div className="dock-tabs" role="tablist" aria-label="Panels">
          {panels.map((panel) => (
            <button
              key={panel}
              type="button"
              role="tab"
              id={`tab-${panel}`}
              aria-selected={panel === shown}
              aria-controls={`panel-${panel}`}
              tabIndex={panel === shown ? 0 : -1}
              draggable={!narrow}
              onDragStart={(event) => {
                event.dataTransfer.setData(DRAG_TYPE, panel);
                event.dataTransfer.effectAllowed = "move";
              }}
              onClick={() => onChoose(panel)}
              onAuxClick={(event) => event.button === 1 && model.close(panel)}
              onKeyDown={key}
            >
              {PANEL_ENTRIES[panel].title}
            </button>
          ))}
        </div>
        <Menu
          label={`Place of ${PANEL_ENTRIES[shown].title}`}
          className="dock-menu"
          items={() => commands(model, tabs, narrow)}
        >
          <Glyph name="more" />
        </Menu>
      </div>
      <div className="dock-body" ref={body} />
      {drop !== null && <div className={`dock-drop dock-drop-${drop}`} aria-hidden="true" />}
    </div>
  );
}

/** All that dragging can do, as commands. */
function commands(model: LayoutModel, { panels, shown }: Tabs, narrow: boolean): MenuItem[] {
  const { title } = PANEL_ENTRIES[shown];
  const items: MenuItem[] = [{ key: "close", word: `Close ${title}`, act: () => model.close(shown) }];
  if (narrow) return items;
  if (panels.length > 1) {
    for (const place of ["left", "right", "above", "below"] as const) {
      const word = place === "left" || place === "right" ? `Split to the ${place}` : `Split ${place}`;
      const beside = panels.find((panel) => panel !== shown) as PanelId;
      items.push({ key: place, word, act: () => model.move(shown, beside, place), separated: place === "left" });
    }
  }
  const others = tabsOf(model.layout.get()).filter((other) => !other.panels.includes(shown));
  others.forEach((other, index) => {
    const names = other.panels.map((panel) => PANEL_ENTRIES[panel].title).join(", ");
    const beside = other.shown;
    const word = `Move to ${names}`;
    items.push({ key: beside, word, act: () => model.move(shown, beside, "tabs"), separated: index === 0 });
  });
  return items;
}

function isPanel(name: string): name is PanelId {
  return Object.hasOwn(PANEL_ENTRIES, name);
}

function placeAt(event: DragEvent, element: HTMLElement): Place {
  const box = element.getBoundingClientRect();
  const x = (event.clientX - box.left) / box.width;
  const y = (event.clientY - box.top) / box.height;
  const nearest = Math.min(x, 1 - x, y, 1 - y);
  if (nearest > EDGE || event.clientY - box.top < 36) return "tabs";
  if (nearest === x) return "left";
  if (nearest === 1 - x) return "right";
  return nearest === y ? "above" : "below";
}
