/** The attributes of `<vitrine-machine>`: what each may hold, and a sentence for each that holds something else. */
import type { Theme } from "../model/settings.ts";

export const ATTRIBUTES = [
  "guest",
  "program",
  "kernel",
  "initrd",
  "snapshot",
  "start",
  "memory",
  "append",
  "at",
  "panels",
  "theme",
  "autostart",
] as const;
export type AttributeName = (typeof ATTRIBUTES)[number];

export const EMBEDDED_PANELS = ["terminal", "screen", "registers"] as const;
export type EmbeddedPanel = (typeof EMBEDDED_PANELS)[number];

export interface ElementOptions {
  /** Name of a bundled machine; null: the first one. */
  readonly guest: string | null;
  /** Address of an ELF file that runs in the place of the guest's software. */
  readonly program: string | null;
  /** Address of a kernel's image that gets the guest's firmware and initial RAM disk. */
  readonly kernel: string | null;
  /** Address of an initial RAM disk in the place of the guest's. */
  readonly initrd: string | null;
  /** Address of a saved machine that the guest goes on as. */
  readonly snapshot: string | null;
  /** It starts at its prompt, if there is a snapshot of that. */
  readonly prompt: boolean;
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
  const kernel = parse("kernel", "the address of a kernel’s image", (text) => text || undefined);
  const initrd = parse("initrd", "the address of an initial RAM disk", (text) => text || undefined);
  const snapshot = parse("snapshot", "the address of a saved machine", (text) => text || undefined);
  const start = parse("start", "prompt", (text) => (text === "prompt" ? text : undefined));
  const others = { program, kernel, snapshot };
  const named = Object.entries(others).flatMap(([name, address]) => (address === undefined ? [] : [name]));
  if (named.length > 1) problems.push(`${named.join(", ")}: expected one of them at most.`);
  if (initrd !== undefined && (program ?? snapshot) !== undefined) {
    problems.push("initrd: expected beside a kernel or a guest, not beside a program or a snapshot.");
  }
  const memory = parse("memory", `a number of MiB from ${LEAST_MIB} to ${MOST_MIB}`, (text) => {
    const mib = /^\d{1,4}$/.test(text) ? Number(text) : 0;
    return mib >= LEAST_MIB && mib <= MOST_MIB ? (mib << 20) >>> 0 : undefined;
  });
  const at = parse("at", "a number of instructions", (text) => (/^\d{1,15}$/.test(text) ? BigInt(text) : undefined));
  const panels = parse("panels", "terminal, screen, registers, or some of them", (text) => {
    const words = text.split(/\s+/);
    return words.every(isPanel) ? new Set(words) : undefined;
  });
  const theme = parse<Theme>("theme", "dark or light", (text) =>
    text === "dark" || text === "light" ? text : undefined,
  );
  const options = {
    guest: guest ?? null,
    program: program ?? null,
    kernel: kernel ?? null,
    initrd: initrd ?? null,
    snapshot: snapshot ?? null,
    prompt: start !== undefined,
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
  return EMBEDDED_PANELS.some((panel) => panel === word);
}
