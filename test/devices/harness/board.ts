/** Builds a wasm module of the board's devices alone, and drives it as a CPU and a host would. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { main } from "assemblyscript/asc";
import { generateBoard } from "../../../src/codegen/board.ts";
import {
  BLOCK_DISCARD,
  BLOCK_DONE,
  BLOCK_FAILED,
  BLOCK_FLUSH,
  BLOCK_PENDING,
  BLOCK_READ,
  BLOCK_WRITE,
  BLOCK_WRITE_SAFE,
  BLOCK_WRITE_ZEROES,
  CPUS_BASE,
  DEVICES_BASE,
  FLASH_BANK_BYTES,
  PAGE_NOTES_BASE,
  PORTS_TERMINAL,
  RAM_BASE,
  TRANSFER_BASE,
  VIDEO_BYTES,
} from "../../../src/spec/abi.ts";
import { virtBoard } from "../../../src/spec/riscv64/virt-board.ts";
import { TestBackends } from "./backends.ts";

const root = resolve(import.meta.dirname, "../../..");

/** Files that the compiler sees in place of those of the product. */
const substitutes: Readonly<Record<string, () => string>> = {
  "wasm-core/generated/board.ts": () => generateBoard(virtBoard).text,
  "wasm-core/generated/target.ts": () =>
    readFileSync(join(root, "test/devices/core/target.ts"), "utf8").replace("../../../src", "../../src"),
  "wasm-core/mmu/code-cache.ts": () => 'export { writtenPage } from "../generated/target";\n',
};

/** What the compiler reads, by name below the root; null: there is no such file. */
function source(name: string): string | null {
  const substitute = substitutes[name.replaceAll("\\", "/")];
  if (substitute) return substitute();
  try {
    return readFileSync(join(root, name), "utf8");
  } catch {
    return null;
  }
}

/** A compiled module and the sources of which it was made, kept between test files, which do not share memory. */
interface Stored {
  readonly hash: string;
  readonly names: readonly string[];
}

const stored = join(root, "node_modules/.cache/vitrine-devices");

function hashOf(names: readonly string[]): string {
  const hash = createHash("sha256");
  for (const name of names) hash.update(`${name}\0${source(name)}\0`);
  return hash.digest("hex");
}

async function load(): Promise<WebAssembly.Module> {
  if (existsSync(`${stored}.json`)) {
    const { hash, names } = JSON.parse(readFileSync(`${stored}.json`, "utf8")) as Stored;
    const file = `${stored}-${hash}.wasm`;
    if (hashOf(names) === hash && existsSync(file)) return new WebAssembly.Module(readFileSync(file));
  }
  const { binary, names } = await compile();
  const hash = hashOf(names);
  replace(`${stored}-${hash}.wasm`, binary);
  replace(`${stored}.json`, JSON.stringify({ hash, names } satisfies Stored));
  return new WebAssembly.Module(binary as BufferSource);
}

/** Another test file may do the same at the same time: each sees whole files only. */
function replace(file: string, content: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.${process.pid}`, content);
  renameSync(`${file}.${process.pid}`, file);
}

async function compile(): Promise<{ binary: Uint8Array; names: string[] }> {
  let binary: Uint8Array | undefined;
  let messages = "";
  const names = new Set<string>();
  const sink = { write: (text: string | Uint8Array) => (messages += String(text)) };
  const { error } = await main(
    [
      "test/devices/core/entry.ts",
      ...["--baseDir", root, "--outFile", "devices.wasm", "--runtime", "stub", "--noAssert", "-O2"],
      ...["--importMemory", "--memoryBase", "1024"],
    ],
    {
      stdout: sink,
      stderr: sink,
      readFile: (name) => {
        const text = source(name);
        if (text !== null) names.add(name);
        return text;
      },
      writeFile: (name, content) => {
        if (name.endsWith(".wasm")) binary = content as Uint8Array;
      },
      listFiles: () => [],
    },
  );
  if (error || !binary) throw new Error(messages);
  return { binary, names: [...names].sort() };
}

let loaded: Promise<WebAssembly.Module> | undefined;

interface Exports {
  init(ramBytes: bigint, cpuCount: number, rtcBase: bigint, seed: bigint): void;
  reset(): void;
  advanceTo(vns: bigint): number;
  now(): bigint;
  nextDeadline(): bigint;
  busHas(pa: bigint, size: number): number;
  busRead(pa: bigint, size: number): bigint;
  busWrite(pa: bigint, size: number, value: bigint): void;
  configureDevice(slot: number, kind: number, disk: number): number;
  configureFlash(bank: number, content: number, readOnly: number): number;
  readablePointer(pa: bigint, length: bigint): number;
  physicalAddress(ptr: number): bigint;
  mappingChanges(): number;
  consoleInput(): void;
  consoleResize(columns: number, rows: number): void;
  screenResize(width: number, height: number): void;
  inputReport(input: number, count: number): void;
  devicesAtFault(image: number): number;
  setInterruptLine(line: number, level: number): void;
  lines(cpu: number): number;
  jumps(): number;
  writtenPages(): number;
  bytesWritten(): bigint;
  stopRequest(): number;
  exitCode(): number;
  readonly DEVICES_USED: WebAssembly.Global;
}

interface Request {
  readonly kind: number;
  readonly sector: bigint;
  readonly length: number;
  readonly written: number[];
  started: boolean;
}

/** A disk in memory; `pending` holds all answers back. */
export class Disk {
  readonly bytes: Uint8Array;
  readonly requests = new Map<number, Request>();
  readonly log: string[] = [];
  readOnly = false;
  pending = false;
  failing = false;

  constructor(sectors: number) {
    this.bytes = new Uint8Array(sectors * 512);
  }

  status(tag: number): number {
    const request = this.requests.get(tag);
    if (!request?.started) throw new Error(`status of unknown request ${tag}`);
    if (this.pending) return BLOCK_PENDING;
    if (this.failing) return BLOCK_FAILED;
    if (request.kind === BLOCK_WRITE_ZEROES) {
      this.bytes.fill(0, Number(request.sector) * 512, Number(request.sector) * 512 + request.length);
    }
    if (request.written.length > 0) this.bytes.set(request.written, Number(request.sector) * 512);
    return BLOCK_DONE;
  }
}

const kindNames: Readonly<Record<number, string>> = {
  [BLOCK_READ]: "read",
  [BLOCK_WRITE]: "write",
  [BLOCK_WRITE_SAFE]: "write safely",
  [BLOCK_FLUSH]: "flush",
  [BLOCK_DISCARD]: "discard",
  [BLOCK_WRITE_ZEROES]: "write zeroes",
};

export const RAM = 0x8000_0000n;
export const RAM_BYTES = 16 << 20;
const VIRTIO_GPU = 16;

/** A console device whose only port is the terminal. */
export const TERMINAL = PORTS_TERMINAL | 0x101;

export interface BoardOptions {
  readonly cpuCount?: number;
  readonly rtcBase?: bigint;
  readonly seed?: bigint;
  /** Device ID of virtio slots that hold a device. */
  readonly slots?: Readonly<Record<number, number>>;
  /** What goes with the device of a slot, as in configureDevice(). Default 0; of a console, that it is the terminal. */
  readonly units?: Readonly<Record<number, number>>;
  readonly disk?: Disk;
  /** Content in flash bank 0. */
  readonly flash?: "writable" | "read-only";
}

export class TestBoard {
  readonly core: Exports;
  readonly memory: WebAssembly.Memory;
  readonly ram: Uint8Array;
  readonly view: DataView;
  readonly disk: Disk;
  readonly backends = new TestBackends();
  /** Content of flash bank 0, if there is any. */
  readonly flash: Uint8Array;
  output: number[] = [];
  /** What the device has said about the screen, by name and numbers. */
  screen: (string | number)[][] = [];
  private readonly typed: number[] = [];
  private taken = 0;

  private constructor(module: WebAssembly.Module, options: BoardOptions) {
    const video = Object.values(options.slots ?? {}).includes(VIRTIO_GPU) ? VIDEO_BYTES : 0;
    const flashBytes = options.flash ? FLASH_BANK_BYTES : 0;
    const pages = (RAM_BASE + RAM_BYTES + video + flashBytes) >> 16;
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.ram = new Uint8Array(this.memory.buffer, RAM_BASE, RAM_BYTES);
    this.view = new DataView(this.memory.buffer, RAM_BASE, RAM_BYTES);
    this.flash = new Uint8Array(this.memory.buffer, RAM_BASE + RAM_BYTES + video, flashBytes);
    this.disk = options.disk ?? new Disk(64);
    const all = new Uint8Array(this.memory.buffer);
    const { disk } = this;
    const host = {
      consoleOut: (byte: number) => this.output.push(byte),
      consoleOutBytes: (ptr: number, length: number) => this.output.push(...all.subarray(ptr, ptr + length)),
      consoleAvailable: () => this.typed.length - this.taken,
      consoleTake: (ptr: number, max: number) => {
        const bytes = this.typed.slice(this.taken, this.taken + (max >>> 0));
        this.taken += bytes.length;
        all.set(bytes, ptr);
        return bytes.length;
      },
      ...this.backends.imports(all),
      screenScanout: (...picture: number[]) => this.screen.push(["scanout", ...picture]),
      screenDamage: (...rectangle: number[]) => this.screen.push(["damage", ...rectangle]),
      screenCursor: (...picture: number[]) => this.screen.push(["cursor", ...picture]),
      screenCursorMove: (x: number, y: number) => this.screen.push(["move", x, y]),
      blockSectors: () => BigInt(disk.bytes.length / 512),
      blockReadOnly: () => (disk.readOnly ? 1 : 0),
      blockSerial: (_disk: number, ptr: number) => all.set(Buffer.from("board-disk".padEnd(20, "\0")), ptr),
      blockBegin: (_disk: number, tag: number, kind: number, sector: bigint, length: number) => {
        if (disk.requests.has(tag)) throw new Error(`tag ${tag} is under way`);
        disk.requests.set(tag, { kind, sector, length, written: [], started: false });
      },
      blockPut: (_disk: number, tag: number, ptr: number, length: number) => {
        disk.requests.get(tag)!.written.push(...all.subarray(ptr, ptr + length));
      },
      blockStart: (_disk: number, tag: number) => {
        const request = disk.requests.get(tag)!;
        request.started = true;
        disk.log.push(`${kindNames[request.kind]} ${request.sector} ${request.length}`);
      },
      blockStatus: (_disk: number, tag: number) => disk.status(tag),
      blockGet: (_disk: number, tag: number, offset: number, ptr: number, length: number) => {
        const start = Number(disk.requests.get(tag)!.sector) * 512 + offset;
        all.set(disk.bytes.subarray(start, start + length), ptr);
      },
      blockEnd: (_disk: number, tag: number) => {
        if (!disk.requests.delete(tag)) throw new Error(`end of unknown request ${tag}`);
      },
    };
    const cpuBase = new WebAssembly.Global({ value: "i32", mutable: false }, CPUS_BASE);
    const env = {
      memory: this.memory,
      cpuBase,
      abort: () => {
        throw new Error("abort");
      },
    };
    this.core = new WebAssembly.Instance(module, { env, host }).exports as unknown as Exports;
    this.core.init(BigInt(RAM_BYTES), options.cpuCount ?? 1, options.rtcBase ?? 0n, options.seed ?? 0n);
    for (const [slot, kind] of Object.entries(options.slots ?? {})) {
      this.core.configureDevice(Number(slot), kind, options.units?.[Number(slot)] ?? (kind === 3 ? TERMINAL : 0));
    }
    if (options.flash) this.core.configureFlash(0, video, options.flash === "read-only" ? 1 : 0);
    this.core.reset();
    this.screen = [];
  }

  static async create(options: BoardOptions = {}): Promise<TestBoard> {
    loaded ??= load();
    return new TestBoard(await loaded, options);
  }

  read(pa: number | bigint, size = 4): number {
    return Number(this.core.busRead(BigInt(pa), size));
  }

  read64(pa: number | bigint): bigint {
    return BigInt.asUintN(64, this.core.busRead(BigInt(pa), 8));
  }

  write(pa: number | bigint, value: number | bigint, size = 4): void {
    this.core.busWrite(BigInt(pa), size, BigInt(value));
  }

  has(pa: number | bigint, size: number): boolean {
    return this.core.busHas(BigInt(pa), size) !== 0;
  }

  /** Bits of mip that devices drive. */
  lines(cpu = 0): number {
    return this.core.lines(cpu);
  }

  /** Moves virtual time forward by `ns`; false: the machine holds for a backend. */
  advance(ns: number | bigint): boolean {
    return this.core.advanceTo(BigInt.asUintN(64, this.core.now()) + BigInt(ns)) === 0;
  }

  /** Input that the guest has not taken yet. */
  get input(): number[] {
    return this.typed.slice(this.taken);
  }

  type(text: string | readonly number[]): void {
    for (const byte of typeof text === "string" ? Buffer.from(text) : text) this.typed.push(byte);
    this.core.consoleInput();
  }

  /** A report for input devices of a kind: events of type, code and value. */
  report(input: number, events: readonly (readonly [number, number, number])[]): void {
    const view = new DataView(this.memory.buffer, TRANSFER_BASE);
    events.forEach(([type, code, value], i) => {
      view.setUint16(8 * i, type, true);
      view.setUint16(8 * i + 2, code, true);
      view.setInt32(8 * i + 4, value, true);
    });
    this.core.inputReport(input, events.length);
  }

  /** Bytes of video memory. */
  video(offset: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, RAM_BASE + RAM_BYTES + offset, length);
  }

  outputText(): string {
    return Buffer.from(this.output).toString("latin1");
  }

  /** Notes that the core holds decoded instructions of the RAM page at `offset`. */
  markDecoded(offset: number): void {
    new DataView(this.memory.buffer).setUint16(PAGE_NOTES_BASE + ((offset >> 12) + 16) * 2, 1, true);
  }

  /** All device state, as a string that is quick to compare. */
  deviceState(): string {
    const bytes = Buffer.from(this.memory.buffer, DEVICES_BASE, this.core.DEVICES_USED.value as number);
    return bytes.toString("base64");
  }
}
