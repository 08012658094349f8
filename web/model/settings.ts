/** What the page remembers between visits. Damaged or unreadable storage means the defaults, never a page that fails. */
import { DEFAULT_LAYOUTS, isStoredLayouts, type StoredLayouts } from "./layout-model.ts";

export type Theme = "dark" | "light";

export interface Settings {
  /** null: as the system prefers. */
  readonly theme: Theme | null;
  /** Groups of registers that are unfolded; null: nobody has chosen yet. */
  readonly openGroups: readonly string[] | null;
  /** Which layout is on show, and those that have been rearranged. */
  readonly layouts: StoredLayouts;
  /** Registers above all groups. */
  readonly pinned: readonly string[];
  /** The line for the first visit has been put away. */
  readonly hintSeen: boolean;
  /** What steps do with interrupts that are due: hold them back, or take them. */
  readonly stepInterrupts: "held" | "taken";
  /** The terminal's screen is also text for programs that read it aloud. */
  readonly screenReader: boolean;
}

const KEY = "vitrine.settings";
const DEFAULTS: Settings = {
  theme: null,
  openGroups: null,
  layouts: DEFAULT_LAYOUTS,
  pinned: [],
  hintSeen: false,
  stepInterrupts: "held",
  screenReader: false,
};

/** `damaged`: something was stored that could not be understood, and is dropped. */
export function loadSettings(): { readonly settings: Settings; readonly damaged: boolean } {
  let text: string | null = null;
  try {
    text = localStorage.getItem(KEY);
  } catch {
    // Storage is forbidden here.
  }
  if (text === null) return { settings: DEFAULTS, damaged: false };
  try {
    const stored: unknown = JSON.parse(text);
    if (isSettings(stored)) return { settings: { ...DEFAULTS, ...stored }, damaged: false };
  } catch {
    // Not JSON: as damaged as any other nonsense.
  }
  saveSettings(DEFAULTS);
  return { settings: DEFAULTS, damaged: true };
}

export function saveSettings(settings: Settings): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // Forbidden or full: then it is not remembered.
  }
}

function isSettings(value: unknown): value is Partial<Settings> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const stored: Partial<Record<keyof Settings, unknown>> = value;
  const {
    theme = null,
    openGroups = null,
    layouts = DEFAULT_LAYOUTS,
    pinned = [],
    hintSeen = false,
    stepInterrupts = "held",
    screenReader = false,
  } = stored;
  return (
    (theme === null || theme === "dark" || theme === "light") &&
    (openGroups === null || areWords(openGroups)) &&
    isStoredLayouts(layouts) &&
    areWords(pinned) &&
    typeof hintSeen === "boolean" &&
    (stepInterrupts === "held" || stepInterrupts === "taken") &&
    typeof screenReader === "boolean"
  );
}

function areWords(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((word) => typeof word === "string");
}
