/** The attributes of `<vitrine-machine>`: what each may hold, and a sentence for each that holds something else. */
import type { Theme } from "../model/settings.ts";

export const ATTRIBUTES = ["guest", "program", "memory", "append", "at", "panels", "theme", "autostart"] as const;
export type AttributeName = (typeof ATTRIBUTES)[number];

export type EmbeddedPanel = "terminal" | "registers";

export interface ElementOptions {
  /** Name of a bundled machine; null: the first one. */
  readonly guest: string | null;
  /** Address of an ELF file that runs in the place of the guest's software. */
  readonly program: string | null;
  /** Bytes of RAM; undefined: as much as the guest wants. */
  readonly memory: number | undefined;
  readonly append: string | undefined;
  /** It runs for so many steps, and then stands. */
  readonly at: bigint | undefined;
  readonly panels: ReadonlySet<EmbeddedPanel>;
  /** null: as the system prefers. */
  readonly theme: Theme | null;
  readonly autostart: boolean;
}

const LEAST_MIB = 16;
const MOST_MIB = 2048;

/** Reads all attributes; `problems` has a sentence for each that cannot be understood. */
export function readAttributes(read: (name: AttributeName) => string | null): {
  readonly options: ElementOptions;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const parse = <T>(name: AttributeName, expected: string, meaning: (text: string) => T | undefined): T | undefined => {
    const text = read(name);
    if (text === null) return undefined;
    const value = meaning(text.trim());
    if (value === undefined) problems.push(`${name}: expected ${expected}, not “${text}”.`);
    return value;
  };
  const guest = parse("guest", "the name of a machine", (text) => text || undefined);
  const program = parse("program", "the address of a program (ELF)", (text) => text || undefined);
  const memory = parse("memory", `a number of MiB from ${LEAST_MIB} to ${MOST_MIB}`, (text) => {
    const mib = /^\d{1,4}$/.test(text) ? Number(text) : 0;
    return mib >= LEAST_MIB && mib <= MOST_MIB ? (mib << 20) >>> 0 : undefined;
  });
  const at = parse("at", "a number of instructions", (text) => (/^\d{1,15}$/.test(text) ? BigInt(text) : undefined));
  const panels = parse("panels", "terminal, registers, or both", (text) => {
    const words = text.split(/\s+/);
    return words.every(isPanel) ? new Set(words) : undefined;
  });
  const theme = parse<Theme>("theme", "dark or light", (text) =>
    text === "dark" || text === "light" ? text : undefined,
  );
  const options = {
    guest: guest ?? null,
    program: program ?? null,
    memory,
    append: read("append") ?? undefined,
    at,
    panels: panels ?? new Set<EmbeddedPanel>(["terminal"]),
    theme: theme ?? null,
    autostart: read("autostart") !== null,
  };
  return { options, problems };
}

function isPanel(word: string): word is EmbeddedPanel {
  return word === "terminal" || word === "registers";
}
