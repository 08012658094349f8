/** Everything that the page can be told to do: what buttons, keys and the palette have in common. */
import type { BundledGuest } from "../model/bundled-guests.ts";
import { PANELS, panelsOf } from "../model/layout.ts";
import { LAYOUT_NAMES, type LayoutModel } from "../model/layout-model.ts";
import { stepLine } from "../model/line-steps.ts";
import type { MachineModel } from "../model/machine-model.ts";
import { LAYOUT_WORDS } from "./layout-switch.tsx";
import { PANEL_ENTRIES } from "./panel-entries.tsx";
import { focusNextPanel } from "./panel-focus.ts";
import { nextPauses } from "./pause-menu.tsx";
import { loadMachine, saveMachine } from "./snapshot-buttons.tsx";

export interface Command {
  readonly id: string;
  readonly title: string;
  /** As in "Shift+F11". */
  readonly keys?: string;
  /** false: not now. */
  readonly enabled: boolean;
  readonly act: () => void;
}

export interface CommandContext {
  readonly machine: MachineModel;
  readonly layouts: LayoutModel;
  readonly guests: readonly BundledGuest[];
  readonly openGuest: (guest: BundledGuest) => void;
  readonly switchTheme: () => void;
  readonly openPalette: () => void;
  readonly openHelp: () => void;
  readonly screenReader: boolean;
  readonly switchScreenReader: () => void;
  readonly openMachines: () => void;
  readonly openGdb: () => void;
  readonly openRunUntil: () => void;
  readonly openExport: () => void;
  readonly openFile: () => void;
  readonly copyLink: () => void;
  readonly showHint: () => void;
}

export function commandsOf(context: CommandContext): readonly Command[] {
  const { machine, layouts, guests, openGuest } = context;
  const view = machine.view.get();
  const running = view.kind === "running";
  const there = running || view.kind === "stopped";
  const standing = view.kind === "stopped" && view.exitCode === undefined;
  const open = panelsOf(layouts.layout.get());
  const command = (id: string, title: string, enabled: boolean, act: () => void, keys?: string): Command => ({
    id,
    title,
    enabled,
    act,
    ...(keys !== undefined && { keys }),
  });
  const interrupts = machine.control.stepInterrupts.get();
  return [
    command(
      "run",
      running ? "Pause" : "Run",
      running || standing,
      () => void (running ? machine.control.pause() : machine.control.run()),
      "F8",
    ),
    command("step", "Step one instruction", standing, () => void machine.control.step(), "F11"),
    command("over", "Step over a call", standing, () => void machine.control.move({ kind: "over" }), "F10"),
    command("out", "Step out of the function", standing, () => void machine.control.move({ kind: "out" }), "Shift+F11"),
    command("line", "Step to another line of the source", standing, () => void line(machine, "into")),
    command("line-over", "Step over to another line of the source", standing, () => void line(machine, "over")),
    command("until", "Run until an address, a condition, a number of instructions…", standing, context.openRunUntil),
    ...nextPauses(machine).map(({ key, word, act }) => command(`next-${key}`, word, running || standing, act)),
    command("thousand", "Step a thousand instructions", standing, () => void machine.control.step(1000)),
    command("reset", "Reset: switch off and on again", there, () => void machine.control.reset()),
    command("break", "Break at pc, or no longer", standing, () => void breakAtPc(machine), "F9"),
    command(
      "unbreak",
      "Remove all stop points",
      machine.debug.points.get().length > 0,
      () => void machine.debug.removeAll(),
    ),
    command("apply", "Apply the edits of registers", standing, () => void machine.registers.apply()),
    command("revert", "Revert the edits of registers", standing, () => void machine.registers.revert()),
    command(
      "interrupts",
      interrupts === "held" ? "Steps take interrupts from now on" : "Steps hold interrupts back from now on",
      true,
      () => switchStepInterrupts(machine),
    ),
    ...LAYOUT_NAMES.map((name, index) =>
      command(`layout-${name}`, `Layout: ${LAYOUT_WORDS[name]}`, true, () => layouts.choose(name), `Alt+${index + 1}`),
    ),
    command("layout-reset", "Reset this layout", true, () => layouts.reset()),
    ...PANELS.map((panel) => {
      const { title } = PANEL_ENTRIES[panel];
      return command(`panel-${panel}`, `${open.includes(panel) ? "Show" : "Open"} panel: ${title}`, true, () =>
        layouts.show(panel),
      );
    }),
    ...guests.map((guest) => command(`open-${guest.id}`, `Open machine: ${guest.title}`, true, () => openGuest(guest))),
    command("panel-next", "Go to the next panel", true, () => focusNextPanel(1), "Ctrl+F6"),
    command("panel-previous", "Go to the panel before", true, () => focusNextPanel(-1), "Ctrl+Shift+F6"),
    command("machines", "Machines, options, files", true, context.openMachines),
    command("file", "Open a file: saved machine, program, kernel, disk…", true, context.openFile),
    command("save", "Save the machine as a file", there, () => void saveMachine(machine)),
    command("load", "Load a saved machine…", there, () => loadMachine(machine)),
    command("gdb", "Attach gdb…", true, context.openGdb),
    command("export", "Export registers or memory: JSON, binary…", there, context.openExport),
    command("link", "Copy a link that opens this machine as it stands", there, context.copyLink),
    command("theme", "Switch between dark and light", true, context.switchTheme),
    command(
      "screen-reader",
      context.screenReader ? "Terminal: no longer for screen readers" : "Terminal: readable by screen readers",
      true,
      context.switchScreenReader,
    ),
    command("palette", "Find a command", true, context.openPalette, "F1"),
    command("help", "Keys and commands", true, context.openHelp, "?"),
    command("hint", "Show the hint of the first visit again", true, context.showHint),
  ];
}

async function breakAtPc(machine: MachineModel): Promise<void> {
  const view = machine.view.get();
  if (view.kind !== "stopped") return;
  const refusal = await machine.debug.toggleAt(view.pc);
  if (refusal !== null) machine.notice.set({ kind: "trouble", text: refusal });
}

function switchStepInterrupts({ control, notice }: MachineModel): void {
  const next = control.stepInterrupts.get() === "held" ? "taken" : "held";
  control.stepInterrupts.set(next);
  const text = next === "held" ? "Steps hold interrupts back from now on." : "Steps take interrupts from now on.";
  notice.set({ kind: "done", text });
}

async function line(machine: MachineModel, calls: "into" | "over"): Promise<void> {
  const refusal = await stepLine(machine, calls);
  if (refusal !== null) machine.notice.set({ kind: "trouble", text: refusal });
}

/** The name of a key press in the form of Command.keys. */
export function keysOf(event: KeyboardEvent): string {
  const letter = /^[a-z]$/i.test(event.key) ? event.key.toUpperCase() : event.key;
  // With Alt some systems type another character; the key itself counts.
  const key = event.altKey && /^Digit\d$/.test(event.code) ? event.code.slice(5) : letter;
  const shift = event.shiftKey && key.length > 1;
  return `${event.ctrlKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${shift ? "Shift+" : ""}${key}`;
}
