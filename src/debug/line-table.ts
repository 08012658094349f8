/** Which line of which source an address belongs to: the line-number programs of DWARF 2 to 5 (DWARF 5, section 6.2). */
import { DwarfReader } from "./dwarf-reader.ts";
import { contentOf } from "./dwarf-forms.ts";
import { type ElfSections, elfSections } from "./elf-sections.ts";
import { stringAt } from "./string-table.ts";

export interface SourceLine {
  /** As the compiler was told, its directory in front unless that is ".". */
  readonly file: string;
  /** From 1; 0: no line. */
  readonly line: number;
  readonly column: number;
}

/** Addresses from `first` to before `end` that belong to one line. */
export interface LineRange extends SourceLine {
  readonly first: bigint;
  readonly end: bigint;
}

/** Where a statement of a line begins: a breakpoint for the line belongs here. */
export interface LineStart extends SourceLine {
  readonly address: bigint;
}

interface Found {
  readonly ranges: LineRange[];
  readonly starts: LineStart[];
  /** Letters that names of sources may still have: of a directory that many share, each has all. */
  letters: number;
}

/** No source of any program has a longer name. */
const MOST_NAME = 4096;
const MOST_LETTERS = 1 << 26;

interface Header {
  readonly version: number;
  readonly addressBytes: number;
  readonly minimumLength: number;
  readonly defaultIsStatement: boolean;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly operandCounts: readonly number[];
  /** By their numbers in the program. */
  readonly files: string[];
}

// Standard and extended opcodes; content types and forms of DWARF 5.
const [COPY, ADVANCE_PC, ADVANCE_LINE, SET_FILE, SET_COLUMN, NEGATE_STATEMENT] = [1, 2, 3, 4, 5, 6];
const [CONST_ADD_PC, FIXED_ADVANCE_PC] = [8, 9];
const [END_SEQUENCE, SET_ADDRESS, DEFINE_FILE] = [1, 2, 3];
const [CONTENT_PATH, CONTENT_DIRECTORY] = [1, 2];
const FORM = {
  string: 0x08,
  lineStrp: 0x1f,
  strp: 0x0e,
  udata: 0x0f,
  data1: 0x0b,
  data2: 0x05,
  data4: 0x06,
  data16: 0x1e,
  block: 0x09,
};

export class LineTable {
  /** By ascending address. */
  readonly ranges: readonly LineRange[];
  /** Where statements begin, by file and line; made when somebody asks. */
  private code: Map<string, Map<number, bigint[]>> | null = null;

  constructor(
    ranges: readonly LineRange[],
    private readonly starts: readonly LineStart[],
  ) {
    this.ranges = [...ranges].sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  }

  /** The line of an address, or null. */
  at(address: bigint): LineRange | null {
    let low = 0;
    let high = this.ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.ranges[middle].first <= address) low = middle + 1;
      else high = middle;
    }
    const found = this.ranges[low - 1];
    return found !== undefined && address < found.end ? found : null;
  }

  /** All addresses that belong to a line. */
  rangesOf(file: string, line: number): readonly LineRange[] {
    return this.ranges.filter((range) => range.line === line && range.file === file);
  }

  /** Where breakpoints for a line belong, by ascending address; none if it has no code. */
  addresses(file: string, line: number): readonly bigint[] {
    return this.codeOf(file).get(line) ?? [];
  }

  /** The same for each line of a file that has code. */
  codeOf(file: string): ReadonlyMap<number, readonly bigint[]> {
    if (this.code === null) {
      this.code = new Map();
      for (const { file: name, line, address } of this.starts) {
        const lines = entryOf(this.code, name, () => new Map<number, bigint[]>());
        const addresses = entryOf(lines, line, (): bigint[] => []);
        addresses.push(address);
      }
      for (const lines of this.code.values()) {
        for (const [line, addresses] of lines) lines.set(line, ascending(addresses));
      }
    }
    return this.code.get(file) ?? NO_CODE;
  }

  /** Names of all sources. */
  get files(): string[] {
    return [...new Set(this.ranges.map(({ file }) => file))].sort();
  }
}

/** Each once. */
function ascending(addresses: bigint[]): bigint[] {
  return addresses.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).filter((each, n) => each !== addresses[n - 1]);
}

const NO_CODE: ReadonlyMap<number, readonly bigint[]> = new Map();

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

/** Line tables of an ELF file; empty if it has none. Throws an Error that says what is damaged. */
export function elfLines(file: Uint8Array): LineTable {
  const elf = elfSections(file);
  const reader = new DwarfReader(contentOf(elf, ".debug_line"), elf.littleEndian);
  const into: Found = { ranges: [], starts: [], letters: MOST_LETTERS };
  while (!reader.isAtEnd) {
    const { length, offsetBytes } = reader.unitLength();
    readUnit(reader.part(length), offsetBytes, elf, into);
  }
  return new LineTable(into.ranges, into.starts);
}

function readUnit(reader: DwarfReader, offsetBytes: number, elf: ElfSections, into: Found): void {
  const version = reader.u16();
  if (version < 2 || version > 5) throw new Error(`.debug_line: version ${version}`);
  let addressBytes = elf.wordBytes;
  if (version >= 5) {
    addressBytes = reader.u8();
    reader.skip(1);
  }
  const headerBytes = Number(reader.unsigned(offsetBytes));
  const program = reader.at + headerBytes;
  const minimumLength = reader.u8();
  if (version >= 4) reader.skip(1);
  const defaultIsStatement = reader.u8() !== 0;
  const lineBase = reader.i8();
  const lineRange = reader.u8();
  const opcodeBase = reader.u8();
  if (lineRange === 0 || opcodeBase === 0) throw new Error(".debug_line: a header without opcodes");
  const operandCounts = Array.from({ length: opcodeBase - 1 }, () => reader.u8());
  const files = version >= 5 ? newFiles(reader, offsetBytes, elf, into) : oldFiles(reader, into);
  reader.at = program;
  const header = { version, addressBytes, minimumLength, defaultIsStatement, lineBase, lineRange, opcodeBase };
  runProgram(reader, { ...header, operandCounts, files }, into);
}

/** DWARF 2 to 4: numbers begin at 1, directory 0 is that of the compilation. */
function oldFiles(reader: DwarfReader, left: Letters): string[] {
  const directories = [""];
  for (let name = reader.string(); name !== ""; name = reader.string()) directories.push(name);
  const files = [""];
  for (let name = reader.string(); name !== ""; name = reader.string()) {
    files.push(oldFile(reader, name, directories, left));
  }
  return files;
}

function oldFile(reader: DwarfReader, name: string, directories: readonly string[], left: Letters): string {
  const directory = directories[reader.count()] ?? "";
  reader.uleb();
  reader.uleb();
  return joined(directory, name, left);
}

function newFiles(reader: DwarfReader, offsetBytes: number, elf: ElfSections, left: Letters): string[] {
  const directories = entries(reader, offsetBytes, elf).map(({ path }) => path);
  return entries(reader, offsetBytes, elf).map(({ path, directory }) =>
    joined(directories[directory] ?? "", path, left),
  );
}

function entries(reader: DwarfReader, offsetBytes: number, elf: ElfSections): { path: string; directory: number }[] {
  const formats = Array.from({ length: reader.u8() }, () => ({ type: reader.count(), form: reader.count() }));
  const count = reader.count();
  // Else entries would take no bytes, and nothing would bound their number.
  if (formats.length === 0 && count > 0) throw new Error(".debug_line: entries of files without a format");
  const found: { path: string; directory: number }[] = [];
  for (let i = 0; i < count; i++) {
    const entry = { path: "", directory: 0 };
    for (const { type, form } of formats) {
      const value = formValue(reader, form, offsetBytes, elf);
      if (type === CONTENT_PATH && typeof value === "string") entry.path = value;
      if (type === CONTENT_DIRECTORY && typeof value === "number") entry.directory = value;
    }
    found.push(entry);
  }
  return found;
}

function formValue(reader: DwarfReader, form: number, offsetBytes: number, elf: ElfSections): string | number | null {
  const stringIn = (name: string): string => {
    const offset = Number(reader.unsigned(offsetBytes));
    return stringAt(contentOf(elf, name), offset);
  };
  switch (form) {
    case FORM.string:
      return reader.string();
    case FORM.lineStrp:
      return stringIn(".debug_line_str");
    case FORM.strp:
      return stringIn(".debug_str");
    case FORM.udata:
      return reader.count();
    case FORM.data1:
      return reader.u8();
    case FORM.data2:
      return reader.u16();
    case FORM.data4:
      return reader.u32();
    case FORM.data16:
      reader.skip(16);
      return null;
    case FORM.block:
      reader.skip(reader.count());
      return null;
    default:
      throw new Error(`.debug_line: form 0x${form.toString(16)} of a file's entry`);
  }
}

type Letters = Pick<Found, "letters">;

function joined(directory: string, name: string, left: Letters): string {
  const isAlone = directory === "" || directory === "." || name.startsWith("/");
  const length = isAlone ? name.length : directory.length + 1 + name.length;
  if (length > MOST_NAME) throw new Error(`.debug_line: the name of a source has ${length} letters`);
  left.letters -= length;
  if (left.letters < 0) throw new Error(`.debug_line: names of sources have more than ${MOST_LETTERS} letters`);
  return isAlone ? name : `${directory}/${name}`;
}

/** The state machine (section 6.2.2), whose rows become ranges. */
function runProgram(reader: DwarfReader, header: Header, into: Found): void {
  const { minimumLength, lineBase, lineRange, opcodeBase, files } = header;
  const start = () => ({ address: 0n, file: 1, line: 1, column: 0, isStatement: header.defaultIsStatement });
  let state = start();
  let row: typeof state | null = null;
  const emit = (isEnd: boolean): void => {
    const { address, column, line, isStatement } = state;
    const file = files[state.file] ?? "";
    if (row !== null && address > row.address) {
      into.ranges.push({
        first: row.address,
        end: address,
        file: files[row.file] ?? "",
        line: row.line,
        column: row.column,
      });
    }
    if (isEnd) {
      row = null;
      return;
    }
    if (isStatement && !(row?.line === line && row.file === state.file))
      into.starts.push({ address, file, line, column });
    // At one address a statement is the better answer, else what comes last.
    if (!(row?.address === address && row.isStatement && !isStatement)) row = { ...state };
  };
  const advance = (operations: bigint): void => {
    state.address = BigInt.asUintN(64, state.address + BigInt(minimumLength) * operations);
  };
  while (!reader.isAtEnd) {
    const opcode = reader.u8();
    if (opcode >= opcodeBase) {
      const special = opcode - opcodeBase;
      advance(BigInt(Math.floor(special / lineRange)));
      state.line += lineBase + (special % lineRange);
      emit(false);
    } else if (opcode === 0) {
      const length = reader.count();
      const part = reader.part(length);
      const extended = length === 0 ? 0 : part.u8();
      if (extended === SET_ADDRESS) state.address = part.unsigned(length - 1);
      else if (extended === DEFINE_FILE) files.push(part.string());
      else if (extended === END_SEQUENCE) {
        emit(true);
        state = start();
      }
    } else {
      standard(reader, opcode, state, advance, emit, header);
    }
  }
}

function standard(
  reader: DwarfReader,
  opcode: number,
  state: { address: bigint; file: number; line: number; column: number; isStatement: boolean },
  advance: (operations: bigint) => void,
  emit: (isEnd: boolean) => void,
  { opcodeBase, lineRange, operandCounts }: Header,
): void {
  switch (opcode) {
    case COPY:
      emit(false);
      return;
    case ADVANCE_PC:
      advance(reader.uleb());
      return;
    case ADVANCE_LINE:
      state.line += Number(reader.sleb());
      return;
    case SET_FILE:
      state.file = reader.count();
      return;
    case SET_COLUMN:
      state.column = reader.count();
      return;
    case NEGATE_STATEMENT:
      state.isStatement = !state.isStatement;
      return;
    case CONST_ADD_PC:
      advance(BigInt(Math.floor((255 - opcodeBase) / lineRange)));
      return;
    case FIXED_ADVANCE_PC:
      state.address += BigInt(reader.u16());
      return;
    default:
      // Of no consequence here (such as the end of a prologue), or of a later version: only its operands must be passed over.
      for (let i = 0; i < (operandCounts[opcode - 1] ?? 0); i++) reader.uleb();
  }
}
