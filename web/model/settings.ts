/** What the page remembers between visits. Damaged or unreadable storage means the defaults, never a page that fails. */

export type Theme = "dark" | "light";

export interface Settings {
  /** null: as the system prefers. */
  readonly theme: Theme | null;
  /** Groups of registers that are unfolded; null: nobody has chosen yet. */
  readonly openGroups: readonly string[] | null;
  /** Part of the width that the left panel takes, in percent. */
  readonly split: number | null;
}

const KEY = "vitrine.settings";
const DEFAULTS: Settings = { theme: null, openGroups: null, split: null };

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
  const { theme = null, openGroups = null, split = null } = value as Partial<Record<keyof Settings, unknown>>;
  const groups = openGroups === null || (Array.isArray(openGroups) && openGroups.every((g) => typeof g === "string"));
  return (
    (theme === null || theme === "dark" || theme === "light") &&
    groups &&
    (split === null || (typeof split === "number" && split >= 0 && split <= 100))
  );
}
