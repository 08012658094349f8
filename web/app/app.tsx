/** The page: toolbar, two panels with a border that moves, status line. */
import { useCallback, useEffect, useState } from "react";
import type { BundledGuest } from "../model/bundled-guests.ts";
import type { MachineModel } from "../model/machine-model.ts";
import type { Settings } from "../model/settings.ts";
import type { Store } from "../model/store.ts";
import { RegistersPanel } from "../panels/registers/registers-panel.tsx";
import { MeterPanel } from "../panels/meter/meter-panel.tsx";
import { TerminalPanel } from "../panels/terminal/terminal-panel.tsx";
import { SplitView } from "../widgets/split-view.tsx";
import { useStore } from "../widgets/use-store.ts";
import { machineInAddress, nameMachineInAddress } from "./address.ts";
import { ErrorBoundary } from "./error-boundary.tsx";
import { GuestList, Loading, Message } from "./stage-message.tsx";
import { StatusLine } from "./status-line.tsx";
import { Toolbar } from "./toolbar.tsx";
import { useFileDrop } from "./use-file-drop.ts";
import { useTheme } from "./use-theme.ts";
import "./app.css";

/** The bundled machines, or why there are none. */
export type Guests =
  | { readonly kind: "loading" }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "loaded"; readonly list: readonly BundledGuest[] };

export interface AppProps {
  readonly machine: MachineModel;
  readonly settings: Store<Settings>;
  readonly loadGuests: () => Promise<readonly BundledGuest[]>;
}

const DEFAULT_SPLIT = 44;
const PANELS = ["terminal", "registers"] as const;
const PANEL_WORDS = { terminal: "Terminal", registers: "Registers" } as const;

export function App({ machine, settings, loadGuests }: AppProps) {
  const { theme: chosenTheme, split } = useStore(settings);
  const theme = useTheme(chosenTheme);
  const [shown, setShown] = useState<(typeof PANELS)[number]>("terminal");
  const { guests, reload, unknown, openGuest } = useGuests(machine, loadGuests);
  const guest = useStore(machine.guest);
  const dragging = useFileDrop(useCallback((file: File) => void machine.load(file), [machine]));
  const change = (part: Partial<Settings>): void => settings.set({ ...settings.get(), ...part });

  return (
    <div className="app" data-shown={shown}>
      <title>{guest === null ? "Vitrine" : `${guest.title} · Vitrine`}</title>
      <Toolbar
        machine={machine}
        guests={guests.kind === "loaded" ? guests.list : []}
        onOpen={openGuest}
        theme={theme}
        onTheme={(next) => change({ theme: next })}
      />
      <nav className="tabs" aria-label="Panels">
        {PANELS.map((panel) => (
          <button key={panel} type="button" aria-pressed={shown === panel} onClick={() => setShown(panel)}>
            {PANEL_WORDS[panel]}
          </button>
        ))}
      </nav>
      <main className="stage">
        <SplitView
          label="Width of the registers"
          percent={split ?? DEFAULT_SPLIT}
          onChange={(percent) => change({ split: percent })}
          left={
            <ErrorBoundary what="The registers">
              <RegistersPanel machine={machine} />
            </ErrorBoundary>
          }
          right={
            <ErrorBoundary what="The terminal">
              <TerminalPanel console={machine.console} theme={theme} />
            </ErrorBoundary>
          }
        />
        <Stage machine={machine} guests={guests} unknown={unknown} onReload={reload} onOpen={openGuest} />
      </main>
      <ErrorBoundary what="The meter">
        <MeterPanel meter={machine.meter} />
      </ErrorBoundary>
      <StatusLine machine={machine} />
      {dragging && <p className="drop-hint">Drop a snapshot here to load it</p>}
    </div>
  );
}

/** The list of machines, and the one that the address names. */
function useGuests(machine: MachineModel, loadGuests: AppProps["loadGuests"]) {
  const [guests, setGuests] = useState<Guests>({ kind: "loading" });
  const [unknown, setUnknown] = useState<string | null>(null);

  const openNamed = useCallback(
    (list: readonly BundledGuest[]) => {
      const name = machineInAddress();
      const guest = name === null ? list[0] : list.find(({ id }) => id === name);
      setUnknown(guest === undefined ? name : null);
      if (guest === undefined) void machine.close();
      else if (guest !== machine.guest.get()) void machine.open(guest);
    },
    [machine],
  );
  const reload = useCallback(() => {
    setGuests({ kind: "loading" });
    loadGuests().then(
      (list) => {
        setGuests({ kind: "loaded", list });
        openNamed(list);
      },
      (error: Error) => setGuests({ kind: "failed", message: error.message }),
    );
  }, [loadGuests, openNamed]);
  useEffect(reload, [reload]);
  useEffect(() => {
    if (guests.kind !== "loaded") return;
    const back = (): void => openNamed(guests.list);
    window.addEventListener("popstate", back);
    return () => window.removeEventListener("popstate", back);
  }, [guests, openNamed]);

  const openGuest = (guest: BundledGuest): void => {
    nameMachineInAddress(guest.id);
    setUnknown(null);
    void machine.open(guest);
  };
  return { guests, reload, unknown, openGuest };
}

interface StageProps {
  readonly machine: MachineModel;
  readonly guests: Guests;
  readonly unknown: string | null;
  readonly onReload: () => void;
  readonly onOpen: (guest: BundledGuest) => void;
}

function Stage({ machine, guests, unknown, onReload, onOpen }: StageProps) {
  const view = useStore(machine.view);
  const guest = useStore(machine.guest);
  if (guests.kind === "failed") {
    return (
      <Message
        title="The list of machines could not be loaded"
        message={guests.message}
        action={{ word: "Try again", act: onReload }}
      />
    );
  }
  if (guests.kind === "loading") return <Loading title="Vitrine" loaded={0} total={0} />;
  if (unknown !== null) {
    return (
      <Message title="No such machine" message={`There is no machine "${unknown}". There are these:`}>
        <GuestList guests={guests.list} onOpen={onOpen} />
      </Message>
    );
  }
  if (view.kind === "loading") return <Loading title={guest?.title ?? ""} loaded={view.loaded} total={view.total} />;
  if (view.kind === "failed") {
    return (
      <Message
        title={`${guest?.title ?? "The machine"} could not be started`}
        message={view.message}
        action={{ word: "Try again", act: () => void machine.restart() }}
      />
    );
  }
  return null;
}
