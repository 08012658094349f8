/** Panels in their places: splits and tabs after the layout, or on narrow windows one panel at a time. */
import { Activity, type ReactNode, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { type Layout, LEAST_SIZE, type PanelId, panelsOf, tabsOf } from "../model/layout.ts";
import type { LayoutModel } from "../model/layout-model.ts";
import { SplitView } from "../widgets/split-view.tsx";
import { useStore } from "../widgets/use-store.ts";
import { DockTabs } from "./dock-tabs.tsx";
import { PANEL_ENTRIES } from "./panel-entries.tsx";
import "./dock.css";

export interface DockProps {
  readonly model: LayoutModel;
  readonly narrow: boolean;
  readonly render: (panel: PanelId) => ReactNode;
}

export function Dock({ model, narrow, render }: DockProps) {
  const layout = useStore(model.layout);
  const hosts = useHosts();
  const open = panelsOf(layout);
  const front = useStore(model.front);
  const only = open.includes(front) ? front : (open[0] as PanelId);
  const shown = narrow ? [only] : tabsOf(layout).map((tabs) => tabs.shown);
  const begun = useBegun(open, shown);
  const choose = (panel: PanelId): void => (narrow ? model.front.set(panel) : model.show(panel));

  return (
    <div className="dock">
      {narrow ? (
        <DockTabs
          model={model}
          tabs={{ kind: "tabs", panels: open, shown: only }}
          hosts={hosts}
          onChoose={choose}
          narrow
        />
      ) : (
        <DockPart layout={layout} path={[]} model={model} hosts={hosts} onChoose={choose} />
      )}
      {open
        .filter((panel) => begun.has(panel))
        .map((panel) =>
          createPortal(
            // The terminal's screen lives in its element; all others can rest while nobody sees them.
            <Activity mode={shown.includes(panel) || panel === "terminal" ? "visible" : "hidden"}>
              {render(panel)}
            </Activity>,
            hosts.of(panel),
            panel,
          ),
        )}
    </div>
  );
}

interface PartProps {
  readonly layout: Layout;
  readonly path: readonly number[];
  readonly model: LayoutModel;
  readonly hosts: Hosts;
  readonly onChoose: (panel: PanelId) => void;
}

function DockPart({ layout, path, model, hosts, onChoose }: PartProps) {
  if (layout.kind === "tabs") return <DockTabs model={model} tabs={layout} hosts={hosts} onChoose={onChoose} />;
  return (
    <SplitView
      direction={layout.kind}
      sizes={layout.sizes}
      least={LEAST_SIZE}
      onChange={(sizes) => model.resize(path, sizes)}
      parts={layout.children.map((child, index) => ({
        key: panelsOf(child).join(),
        name: tabsOf(child)
          .map(({ shown }) => PANEL_ENTRIES[shown].title)
          .join(", "),
        content: <DockPart layout={child} path={[...path, index]} model={model} hosts={hosts} onChoose={onChoose} />,
      }))}
    />
  );
}

/** The elements in which panels are drawn. They move from place to place, so that what is in them goes on. */
export interface Hosts {
  of(panel: PanelId): HTMLElement;
}

function useHosts(): Hosts {
  const hosts = useRef(new Map<PanelId, HTMLElement>());
  const api = useRef<Hosts>({
    of(panel) {
      let host = hosts.current.get(panel);
      if (host === undefined) {
        host = document.createElement("div");
        host.className = "dock-host";
        host.id = `panel-${panel}`;
        hosts.current.set(panel, host);
      }
      return host;
    },
  });
  return api.current;
}

/** Panels that have been on show: the others are not even loaded. A closed one begins anew. */
function useBegun(open: readonly PanelId[], shown: readonly PanelId[]): ReadonlySet<PanelId> {
  const [begun, setBegun] = useState<ReadonlySet<PanelId>>(new Set(shown));
  const next = open.filter((panel) => begun.has(panel) || shown.includes(panel));
  if (next.length === begun.size && next.every((panel) => begun.has(panel))) return begun;
  const set = new Set(next);
  setBegun(set);
  return set;
}
