/** Puts the page together: stored settings, the machine's model, and what shows them. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/app.tsx";
import { ErrorBoundary } from "./app/error-boundary.tsx";
import { loadBundledGuests } from "./model/bundled-guests.ts";
import { browserFrames } from "./model/frame-reader.ts";
import { tabsOf } from "./model/layout.ts";
import { LayoutModel } from "./model/layout-model.ts";
import { MachineModel } from "./model/machine-model.ts";
import { groupsToOpen, RegisterModel } from "./model/register-model.ts";
import { loadSettings, saveSettings } from "./model/settings.ts";
import { Store } from "./model/store.ts";
import "./theme/theme.css";

const loaded = loadSettings();
const settings = new Store(loaded.settings);
settings.subscribe(() => saveSettings(settings.get()));

const registers = new RegisterModel(groupsToOpen(loaded.settings.openGroups));
registers.open.subscribe(() => settings.set({ ...settings.get(), openGroups: [...registers.open.get()] }));

registers.pinned.set(loaded.settings.pinned);
registers.pinned.subscribe(() => settings.set({ ...settings.get(), pinned: registers.pinned.get() }));

const layouts = new LayoutModel(loaded.settings.layouts);
layouts.stored.subscribe(() => settings.set({ ...settings.get(), layouts: layouts.stored.get() }));

const machine = new MachineModel(registers, browserFrames);
const { stepInterrupts } = machine.control;
stepInterrupts.set(loaded.settings.stepInterrupts);
stepInterrupts.subscribe(() => settings.set({ ...settings.get(), stepInterrupts: stepInterrupts.get() }));
if (loaded.damaged) {
  machine.notice.set({ kind: "trouble", text: "The stored settings were damaged and have been dropped." });
}

machine.places.code.subscribe(() => {
  // Who looks at a source sees a place there, if it is in one.
  const wish = machine.places.code.get();
  const isInSource = wish !== null && wish.kind === "virtual" && wish.asInstructions !== true;
  const looksAtSource = tabsOf(layouts.layout.get()).some(({ shown }) => shown === "source");
  const hasLine = isInSource && looksAtSource && machine.programs.lineAt(wish.within ?? wish.address) !== null;
  layouts.show(hasLine ? "source" : "disassembly");
});
machine.places.data.subscribe(() => layouts.show("memory"));
machine.space.chosen.subscribe(() => machine.space.chosen.get() !== null && layouts.show("space"));

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no element #root");
createRoot(root).render(
  <StrictMode>
    <ErrorBoundary what="The page">
      <App machine={machine} layouts={layouts} settings={settings} loadGuests={loadBundledGuests} />
    </ErrorBoundary>
  </StrictMode>,
);
