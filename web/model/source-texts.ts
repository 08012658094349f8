/** Texts of sources: the bundled programs' are served beside them, others are files that somebody gives. */
import type { BundledGuest } from "./bundled-guests.ts";
import { Store } from "./store.ts";
import { bytesOf } from "./symbol-model.ts";

export type SourceText =
  | { readonly kind: "lines"; readonly lines: readonly string[]; readonly from: string }
  /** Nobody has given it. */
  | { readonly kind: "missing" }
  | { readonly kind: "failed"; readonly why: string };

/** A file that somebody has given. */
export interface GivenSource {
  /** With folders, as far as the browser tells. */
  readonly path: string;
  readonly text: string;
}

const MOST_BYTES = 8 << 20;

export class SourceTexts {
  /** Raised when a text may be another one. */
  readonly version = new Store(0);
  #served: readonly string[] = [];
  #given: readonly GivenSource[] = [];
  /** Given for exactly this name. */
  #chosen = new Map<string, GivenSource>();
  #texts = new Map<string, Promise<SourceText>>();

  /** The sources of another guest; what was given for one before is forgotten. */
  load(guest: BundledGuest | null): void {
    this.#served = guest?.sources ?? [];
    this.#given = [];
    this.#chosen = new Map();
    this.#forget();
  }

  /** The text of a source as the line table names it. */
  text(name: string): Promise<SourceText> {
    let text = this.#texts.get(name);
    if (text === undefined) {
      text = this.#find(name);
      this.#texts.set(name, text);
    }
    return text;
  }

  /** Adds files; `shown`: the source on show, which one of them may be meant for. Answers how many there are now. */
  give(files: readonly GivenSource[], shown: string | null): void {
    this.#given = [...files, ...this.#given.filter(({ path }) => !files.some((file) => file.path === path))];
    const meant = files.find(({ path }) => shown !== null && sharedParts(path, shown) > 0);
    if (shown !== null && meant !== undefined) this.#chosen.set(shown, meant);
    this.#forget();
  }

  #forget(): void {
    this.#texts = new Map();
    this.version.set(this.version.get() + 1);
  }

  async #find(name: string): Promise<SourceText> {
    const given = this.#chosen.get(name) ?? nearest(name, this.#given);
    if (given !== null) return { kind: "lines", lines: linesOf(given.text), from: given.path };
    const served = this.#served.find((path) => path.endsWith(`/${partsOf(name).join("/")}`));
    if (served === undefined) return { kind: "missing" };
    try {
      return { kind: "lines", lines: linesOf(new TextDecoder().decode(await bytesOf(served))), from: served };
    } catch (error) {
      return { kind: "failed", why: (error as Error).message };
    }
  }
}

/** The text of a file, if it is a source. Throws an Error that says why not. */
export async function readSource(
  file: Pick<File, "name" | "size" | "arrayBuffer">,
  path: string,
): Promise<GivenSource> {
  if (file.size > MOST_BYTES) throw new Error("it is larger than any source");
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (bytes.includes(0)) throw new Error("it is neither a text nor an ELF file");
  return { path, text: new TextDecoder().decode(bytes) };
}

function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** Parts of a path, without those that lead nowhere. */
function partsOf(path: string): readonly string[] {
  const parts: string[] = [];
  for (const part of path.split(/[/\\]/)) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts;
}

/** How many parts at the end of both paths are the same. */
function sharedParts(a: string, b: string): number {
  const first = partsOf(a).toReversed();
  const second = partsOf(b).toReversed();
  let shared = 0;
  while (shared < first.length && first[shared] === second[shared]) shared++;
  return shared;
}

/** The file whose path has most in common with the end of `name`, by its own name at least. */
function nearest(name: string, given: readonly GivenSource[]): GivenSource | null {
  let best: GivenSource | null = null;
  let most = 0;
  for (const file of given) {
    const shared = sharedParts(name, file.path);
    if (shared > most) {
      best = file;
      most = shared;
    }
  }
  return best;
}
