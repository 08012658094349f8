/** Where in the page a step points: the button, row or tab that it speaks of. */
import type { GroupName } from "../../src/spec/register-table.ts";
import type { PanelId } from "../model/layout.ts";

export type PointTarget =
  | { readonly button: keyof typeof BUTTONS }
  | { readonly register: string }
  | { readonly group: GroupName }
  | { readonly panel: PanelId };

const BUTTONS = {
  run: '.commands button[title^="Let the machine run"]',
  pause: '.commands button[title^="Stop at the next"]',
  "pause at next": ".pause-menu > button",
  step: '.commands button[title^="Execute one instruction (F11)"]',
  out: '.commands button[title^="Run until the function"]',
  apply: ".registers .panel-header .button:last-child",
  "new stop point": ".stop-form",
  "remove all": '.stops button[title="Remove all of them"]',
} as const;

/** Panels that hold what is pointed at, where it is in one. */
const BUTTON_PANELS: Partial<Record<keyof typeof BUTTONS, PanelId>> = {
  apply: "registers",
  "new stop point": "stops",
  "remove all": "stops",
};

/** The panel in which it lies; null: in none. */
export function panelOf(target: PointTarget): PanelId | null {
  if ("button" in target) return BUTTON_PANELS[target.button] ?? null;
  return "panel" in target ? target.panel : "registers";
}

/** Selectors, the best one first: what is folded or behind another tab cannot be pointed at. */
export function selectorsOf(target: PointTarget, panels: readonly PanelId[]): readonly string[] {
  const own = panelOf(target);
  const tabs = (own === null ? panels : [own]).map((panel) => `#tab-${panel}`);
  if ("button" in target) return [BUTTONS[target.button], ...tabs];
  if ("register" in target) return [`[data-register="${target.register}"]`, ...tabs];
  if ("group" in target) return [`[aria-label="Group ${target.group}"] .group-heading`, ...tabs];
  return [`#tab-${target.panel}`];
}
