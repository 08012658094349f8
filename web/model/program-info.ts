/** Debug information of the programs in the machine: their lines, call frames and types. Bundled programs bring it, others' is given. */
import type { FrameSource } from "../../src/debug/call-stack.ts";
import { elfFrames, type FrameTable } from "../../src/debug/frame-table.ts";
import { elfFunctions, type FunctionTable } from "../../src/debug/function-table.ts";
import { elfLines, type LineRange, type LineTable } from "../../src/debug/line-table.ts";
import { elfSymbols, type SymbolTable } from "../../src/debug/symbols.ts";
import { elfTypes, type TypeTable } from "../../src/debug/type-table.ts";
import { unpackedElf } from "../../src/debug/unpacked-elf.ts";
import type { BundledGuest } from "./bundled-guests.ts";
import { megabytes } from "./snapshot-file.ts";
import { Store } from "./store.ts";
import { bytesOf } from "./symbol-model.ts";

export interface ProgramFile {
  readonly name: string;
  readonly lines: LineTable;
  readonly frames: FrameTable;
  readonly symbols: SymbolTable;
  /** Made at the first call. Throws an Error that says what is damaged. */
  readonly types: () => TypeTable;
  /** The same for functions and their variables. */
  readonly functions: () => FunctionTable;
}

/** A line of a source, and the program that it belongs to. */
export interface LinePlace {
  readonly program: ProgramFile;
  readonly range: LineRange;
}

/** Larger ones would hold the page up for long: it reads them as a whole. */
const MOST_BYTES = 96 << 20;

export class ProgramInfo {
  /** Later ones first: what somebody gives is what they mean. */
  readonly files = new Store<readonly ProgramFile[]>([]);
  /** Rules of all files for the callers' registers. */
  readonly frames: FrameSource = {
    at: (address) => {
      for (const { frames } of this.files.get()) {
        const rules = frames.at(address);
        if (rules !== null) return rules;
      }
      return null;
    },
  };
  #turn = 0;

  clear(): void {
    this.#turn++;
    this.files.set([]);
  }

  /** Reads the program of a guest. Answers why nothing is known of it though it is an ELF file, or null. */
  async load(guest: BundledGuest): Promise<string | null> {
    const turn = ++this.#turn;
    this.files.set([]);
    try {
      const program = guest.kernelBytes ?? (guest.kernel.endsWith(".elf") ? await bytesOf(guest.kernel) : null);
      if (turn !== this.#turn || program === null || program[0] !== 0x7f) return null;
      const file = await programFile(guest.kernel, program);
      if (turn !== this.#turn) return null;
      if (file.lines.ranges.length > 0 || !file.frames.isEmpty) this.files.set([...this.files.get(), file]);
      return null;
    } catch (error) {
      return turn === this.#turn ? `Debug information is not to be had: ${(error as Error).message}` : null;
    }
  }

  /** Adds what an ELF file of the visitor's says. Rejects with an Error that says what is wrong with it. */
  async give(name: string, bytes: Uint8Array): Promise<ProgramFile> {
    const file = await programFile(name, bytes);
    if (file.lines.ranges.length === 0 && file.frames.isEmpty && file.symbols.symbols.length === 0) {
      throw new Error("it has no debug information: compile with -g, and do not strip it");
    }
    this.files.set([file, ...this.files.get().filter((other) => other.name !== name)]);
    return file;
  }

  /** The line that an address belongs to, or null. */
  lineAt(address: bigint): LinePlace | null {
    for (const program of this.files.get()) {
      const range = program.lines.at(address);
      if (range !== null && range.line > 0) return { program, range };
    }
    return null;
  }
}

async function programFile(name: string, given: Uint8Array): Promise<ProgramFile> {
  checkSize(given);
  const bytes = await unpackedElf(given);
  checkSize(bytes);
  let types: TypeTable | null = null;
  let functions: FunctionTable | null = null;
  const file: ProgramFile = {
    name,
    lines: elfLines(bytes),
    frames: elfFrames(bytes),
    symbols: elfSymbols(bytes),
    types: () => {
      types ??= elfTypes(bytes);
      return types;
    },
    functions: () => {
      functions ??= elfFunctions(bytes, file.types());
      return functions;
    },
  };
  return file;
}

function checkSize({ length }: Uint8Array): void {
  if (length > MOST_BYTES) {
    throw new Error(`it has ${megabytes(length)}, and the page reads ${megabytes(MOST_BYTES)} of debug information`);
  }
}
