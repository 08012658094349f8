/** The page: header, panels in their places, status line. */
import { Suspense, useCallback, useEffect, useState } from "react";
import type { BundledGuest } from "../model/bundled-guests.ts";
import type { GuestDisk } from "../model/guest-disk.ts";
import type { PanelId } from "../model/layout.ts";
import type { LayoutModel } from "../model/layout-model.ts";
import { type ResolvedDisk, resolveLinkDisk, withoutNeedless } from "../model/link-disks.ts";
import type { MachineModel } from "../model/machine-model.ts";
import type { OpenOptions } from "../model/page-link.ts";
import type { PickedFile } from "../model/picked-file.ts";
import type { Settings } from "../model/settings.ts";
import type { Store } from "../model/store.ts";
import { useStore } from "../widgets/use-store.ts";
import { linkInAddress, linkToHere, nameMachineInAddress } from "./address.ts";
import { type Command, commandsOf } from "./commands.ts";
import { CommandPalette } from "./command-palette.tsx";
import { HelpSheet } from "./help-sheet.tsx";
import { FileSheet } from "./file-sheet.tsx";
import { LinkDisksSheet } from "./link-disks-sheet.tsx";
import { MachinesSheet } from "./machines-sheet.tsx";
import { useFilePicker } from "./use-file-picker.tsx";
import { useFileOpener } from "./use-file-opener.ts";
import { useCommandKeys } from "./use-command-keys.ts";
import { GdbSheet } from "./gdb-sheet.tsx";
import { Dock } from "./dock.tsx";
import { ErrorBoundary } from "./error-boundary.tsx";
import { ExportSheet } from "./export-sheet.tsx";
import { FirstHint } from "./first-hint.tsx";
import { PANEL_ENTRIES } from "./panel-entries.tsx";
import { RunUntilSheet } from "./run-until-sheet.tsx";
import { GuestList, Loading, Message } from "./stage-message.tsx";
import { StatusLine } from "./status-line.tsx";
import { Toolbar } from "./toolbar.tsx";
import { TourCard } from "./tour-card.tsx";
import { TourList } from "./tour-list.tsx";
import { tourInAddress, useTours } from "./use-tours.ts";
import { useFileDrop } from "./use-file-drop.ts";
import { type Leaving, useLeaving } from "./use-leaving.tsx";
import { useMatches } from "./use-matches.ts";
import { useTheme } from "./use-theme.ts";
import "../theme/panel.css";
import "./app.css";

/** The bundled machines, or why there are none. */
export type Guests =
  | { readonly kind: "loading" }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "loaded"; readonly list: readonly BundledGuest[] };

export interface AppProps {
  readonly machine: MachineModel;
  readonly layouts: LayoutModel;
  readonly settings: Store<Settings>;
  readonly loadGuests: () => Promise<readonly BundledGuest[]>;
}

/** Below this width one panel is shown at a time. */
const NARROW = "(max-width: 760px)";

export function App({ machine, layouts, settings, loadGuests }: AppProps) {
  const { theme: chosenTheme, hintSeen, screenReader } = useStore(settings);
  const theme = useTheme(chosenTheme);
  const narrow = useMatches(NARROW);
  const { leave, sheet: leavingSheet } = useLeaving(machine);
  const { guests, reload, unknown, openGuest, openNamed, questions } = useGuests(machine, layouts, loadGuests, leave);
  const guest = useStore(machine.guest);
  const [asked, setAsked] = useState<PickedFile | null>(null);
  const model = guests.kind === "loaded" ? (guest ?? guests.list[0] ?? null) : null;
  const openFile = useFileOpener(machine, model, setAsked, (like, disk) => openGuest(like, { disks: [disk] }), leave);
  const picker = useFilePicker("Any file to open", openFile.drop, (text) =>
    machine.notice.set({ kind: "trouble", text }),
  );
  const dragging = useFileDrop(openFile.drop);
  const tours = useTours(machine, layouts, guests.kind === "loaded" ? guests.list : null, openNamed, leave);
  const tour = useStore(tours.model.state);
  const firstTour = tours.list[0];
  // Commands are named by what is known of the guest.
  useStore(machine.linux.switchedAt);
  const change = (part: Partial<Settings>): void => settings.set({ ...settings.get(), ...part });
  const [sheet, setSheet] = useState<"palette" | "help" | "machines" | "gdb" | "until" | "export" | null>(null);
  const commands = (): readonly Command[] => [
    ...commandsOf({
      machine,
      layouts,
      guests: guests.kind === "loaded" ? guests.list : [],
      openGuest,
      switchTheme: () => change({ theme: theme === "dark" ? "light" : "dark" }),
      openPalette: () => {
        void machine.linux.lookForSwitch();
        setSheet("palette");
      },
      openHelp: () => setSheet("help"),
      screenReader,
      switchScreenReader: () => change({ screenReader: !screenReader }),
      openMachines: () => setSheet("machines"),
      openGdb: () => setSheet("gdb"),
      openRunUntil: () => setSheet("until"),
      openExport: () => setSheet("export"),
      openFile: picker.ask,
      copyLink: () => void copyLink(machine, layouts),
      showHint: () => change({ hintSeen: false }),
    }),
    ...tours.commands(),
  ];
  useCommandKeys(commands);
  useEffect(() => {
    if (guest?.screen !== undefined) layouts.showWith("screen", "terminal");
  }, [guest, layouts]);
  const render = (id: PanelId) => {
    const { title, Panel } = PANEL_ENTRIES[id];
    return (
      <ErrorBoundary what={title}>
        <Suspense fallback={<section className="panel" aria-label={title} aria-busy="true" />}>
          <Panel machine={machine} theme={theme} screenReader={screenReader} />
        </Suspense>
      </ErrorBoundary>
    );
  };

  return (
    <div className="app">
      <title>{guest === null ? "Vitrine" : `${guest.title} · Vitrine`}</title>
      <Toolbar
        machine={machine}
        guests={guests.kind === "loaded" ? guests.list : []}
        onOpen={openGuest}
        theme={theme}
        onTheme={(next) => change({ theme: next })}
        onHelp={() => setSheet("help")}
        onMachines={() => setSheet("machines")}
        onRunUntil={() => setSheet("until")}
        commands={commands}
      />
      {!hintSeen && tour === null && (
        <FirstHint
          onDismiss={() => change({ hintSeen: true })}
          onTour={firstTour === undefined ? null : () => tours.begin(firstTour)}
        />
      )}
      <main className={tour === null ? "stage" : "stage stage-tour"}>
        <Dock model={layouts} narrow={narrow} render={render} />
        <Stage machine={machine} guests={guests} unknown={unknown} onReload={reload} onOpen={openGuest} />
        {tour !== null && <TourCard model={tours.model} state={tour} layouts={layouts} />}
      </main>
      <StatusLine machine={machine} layouts={layouts} onGdb={() => setSheet("gdb")} />
      {sheet === "gdb" && <GdbSheet model={machine.gdb} onClose={() => setSheet(null)} />}
      {sheet === "until" && <RunUntilSheet machine={machine} onClose={() => setSheet(null)} />}
      {sheet === "export" && <ExportSheet machine={machine} onClose={() => setSheet(null)} />}
      {sheet === "palette" && <CommandPalette commands={commands()} onClose={() => setSheet(null)} />}
      {sheet === "help" && (
        <HelpSheet commands={commands()} onPalette={() => setSheet("palette")} onClose={() => setSheet(null)}>
          <TourList tours={tours} onBegin={() => setSheet(null)} />
        </HelpSheet>
      )}
      {sheet === "machines" && (
        <MachinesSheet
          guests={guests.kind === "loaded" ? guests.list : []}
          current={guest}
          disks={machine.disks}
          onOpen={openGuest}
          onFile={(file) => openFile.drop({ file })}
          onClose={() => setSheet(null)}
        >
          <TourList tours={tours} onBegin={() => setSheet(null)} />
        </MachinesSheet>
      )}
      {asked !== null && model !== null && (
        <FileSheet
          file={asked.file}
          model={model}
          onChoose={(role) => {
            setAsked(null);
            void openFile.as(asked.file, role);
          }}
          onDisk={(access) => {
            setAsked(null);
            openFile.asDisk(asked, access);
          }}
          onClose={() => setAsked(null)}
        />
      )}
      {questions !== null && (
        <LinkDisksSheet title={questions.guest.title} disks={questions.disks} onOpen={questions.open} />
      )}
      {leavingSheet}
      {picker.field}
      {dragging && <p className="drop-hint">Drop a saved machine, a program, a kernel or a disk</p>}
    </div>
  );
}

async function copyLink(machine: MachineModel, layouts: LayoutModel): Promise<void> {
  const link = linkToHere(machine, layouts);
  if (link === null) {
    machine.notice.set({
      kind: "trouble",
      text: "A link cannot name a file of yours: save the machine, or keep the disk's changes, instead.",
    });
    return;
  }
  try {
    await navigator.clipboard.writeText(link);
    machine.notice.set({ kind: "done", text: "The link to this machine is in the clipboard." });
  } catch {
    // The browser forbids it: the address bar has it then.
    window.history.replaceState(null, "", link);
    machine.notice.set({ kind: "done", text: "The link to this machine is in the address bar." });
  }
}

/** What has to be asked before the machine of a link is opened. */
interface Questions {
  readonly guest: BundledGuest;
  readonly disks: readonly ResolvedDisk[];
  readonly open: (disks: readonly GuestDisk[]) => void;
}

/** The list of machines, and the one that the address names. */
function useGuests(
  machine: MachineModel,
  layouts: LayoutModel,
  loadGuests: AppProps["loadGuests"],
  leave: Leaving["leave"],
) {
  const [guests, setGuests] = useState<Guests>({ kind: "loading" });
  const [unknown, setUnknown] = useState<string | null>(null);
  const [questions, setQuestions] = useState<Questions | null>(null);

  const openNamed = useCallback(
    (list: readonly BundledGuest[]) => {
      const link = linkInAddress();
      const name = link.machine;
      const guest = name === null ? list[0] : list.find(({ id }) => id === name);
      setUnknown(guest === undefined ? name : null);
      setQuestions(null);
      if (guest === undefined) void machine.close();
      else if (guest !== machine.guest.get()) {
        if (link.layout !== null) layouts.choose(link.layout);
        if (link.points.length > 0) machine.debug.start(link.points);
        if (link.odd.length > 0) {
          const text = `Parts of the link could not be understood and are left out: ${link.odd.join(", ")}.`;
          machine.notice.set({ kind: "trouble", text });
        }
        if (link.disks.length === 0) {
          void machine.open(guest, link.options);
          return;
        }
        const open = (disks: readonly GuestDisk[]): void => {
          setQuestions(null);
          void openPrepared(machine, guest, { ...link.options, disks });
        };
        void machine.disks.kept.refresh().then(async (kept) => {
          const resolved = link.disks.map((disk) => resolveLinkDisk(disk, kept, window.location.origin));
          const disks = await Promise.all(resolved.map(withoutNeedless));
          if (disks.every((disk) => disk.kind === "ready")) open(disks.map(({ disk }) => disk));
          else setQuestions({ guest, disks, open });
        });
      }
    },
    [machine, layouts],
  );
  const reload = useCallback(() => {
    setGuests({ kind: "loading" });
    loadGuests().then(
      (list) => {
        setGuests({ kind: "loaded", list });
        // A tour opens the machine that it needs.
        if (tourInAddress() === null) openNamed(list);
      },
      (error: Error) => setGuests({ kind: "failed", message: error.message }),
    );
  }, [loadGuests, openNamed]);
  useEffect(reload, [reload]);
  useEffect(() => {
    if (guests.kind !== "loaded") return;
    const back = (): void => leave(() => openNamed(guests.list));
    window.addEventListener("popstate", back);
    return () => window.removeEventListener("popstate", back);
  }, [guests, openNamed, leave]);

  const openGuest = (guest: BundledGuest, options: OpenOptions = {}): void =>
    leave(() => {
      setUnknown(null);
      setQuestions(null);
      void openPrepared(machine, guest, options, (prepared) => nameMachineInAddress(guest.id, prepared));
    });
  return { guests, reload, unknown, openGuest, openNamed, questions };
}

/** Opens a machine whose disks' changes have got names to be kept under; `onPrepared` hears of them. */
async function openPrepared(
  machine: MachineModel,
  guest: BundledGuest,
  options: OpenOptions,
  onPrepared: (options: OpenOptions) => void = () => {},
): Promise<void> {
  const { disks = [] } = options;
  let prepared = options;
  if (disks.length > 0) {
    try {
      prepared = { ...options, disks: await machine.disks.prepare(disks) };
    } catch (error) {
      machine.notice.set({ kind: "trouble", text: (error as Error).message });
      return;
    }
  }
  onPrepared(prepared);
  machine.disks.chosen.set([]);
  await machine.open(guest, prepared);
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
