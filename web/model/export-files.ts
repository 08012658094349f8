/** Registers and memory as files, JSON and binary (docs/debugging.md, "Exported files"). */
import { GROUP_BITS, type GroupName } from "../../src/spec/register-table.ts";
import type { CpuRegisters } from "../../src/sync/cpu-registers.ts";
import type { AddressKind } from "./guest-memory.ts";

export interface ExportedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Where the values come from. */
export interface ExportOrigin {
  /** The machine's id. */
  readonly machine: string;
  readonly target: string;
  readonly steps: bigint;
}

/** Bytes of memory that one file can have: as JSON each byte takes two letters. */
export const MOST_BYTES = { json: 16 << 20, binary: 512 << 20 } as const;
const MAGIC = "VTRNREGS";
const VERSION = 1;
const HEADER_BYTES = 32;
const ROW_BYTES = 32;

/** The registers of groups, pending edits included, which are named. Fetches them first. */
export async function registersFile(
  cpu: CpuRegisters,
  groups: readonly GroupName[],
  form: "json" | "binary",
  origin: ExportOrigin,
): Promise<ExportedFile> {
  await cpu.get(groups);
  const chosen = cpu.groups.filter(({ row }) => groups.includes(row.name));
  const name = `vitrine-${fileWord(origin.machine)}-${origin.steps}-registers`;
  if (form === "json") {
    const pending = chosen
      .flatMap(({ registers }) => registers)
      .map(({ row }) => row.name)
      .filter((register) => cpu.isEdited(register));
    const values = chosen.map(({ row, registers }) => {
      const group = cpu.readGroup(row.name);
      return [row.name, Object.fromEntries(registers.map((slot, n) => [slot.row.name, hex(group[n], slot.row.bits)]))];
    });
    return textFile(`${name}.json`, {
      format: "vitrine-registers",
      version: VERSION,
      ...described(origin),
      pending,
      groups: Object.fromEntries(values),
    });
  }
  const widths = chosen.map(({ registers }) => registers.map(({ row }) => Math.ceil(row.bits / 64)));
  const bytes = new Uint8Array(HEADER_BYTES + 8 * widths.flat().reduce((sum, words) => sum + words, 0));
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC));
  view.setUint32(8, VERSION, true);
  view.setUint32(12, chosen.reduce((mask, { row }) => mask | (1 << GROUP_BITS[row.name]), 0) >>> 0, true);
  view.setBigUint64(16, origin.steps, true);
  let at = HEADER_BYTES;
  chosen.forEach(({ row }, index) => {
    const values = cpu.readGroup(row.name);
    widths[index]?.forEach((words, n) => {
      for (let word = 0; word < words; word++, at += 8) {
        view.setBigUint64(at, BigInt.asUintN(64, (values[n] ?? 0n) >> BigInt(64 * word)), true);
      }
    });
  });
  return { name: `${name}.bin`, bytes };
}

/** Memory from `address` on: as it is, or in rows of hexadecimal digits. */
export function memoryFile(
  bytes: Uint8Array,
  address: bigint,
  kind: AddressKind,
  form: "json" | "binary",
  origin: ExportOrigin,
): ExportedFile {
  const start = hex(address, 64);
  const short = `0x${address.toString(16)}`;
  const name = `vitrine-${fileWord(origin.machine)}-${origin.steps}-${kind === "physical" ? "physical-" : ""}${short}`;
  if (form === "binary") return { name: `${name}.bin`, bytes };
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += ROW_BYTES) rows.push(digits(bytes.subarray(at, at + ROW_BYTES)));
  return textFile(`${name}.json`, {
    format: "vitrine-memory",
    version: VERSION,
    ...described(origin),
    kind,
    address: start,
    bytes: bytes.length,
    rows,
  });
}

function described({ machine, target, steps }: ExportOrigin) {
  return { machine, target, steps: String(steps) };
}

function hex(value: bigint | undefined, bits: number): string {
  return `0x${(value ?? 0n).toString(16).padStart(Math.ceil(bits / 4), "0")}`;
}

function digits(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

function textFile(name: string, content: unknown): ExportedFile {
  return { name, bytes: new TextEncoder().encode(`${JSON.stringify(content, null, 2)}\n`) };
}

/** A machine's id as a part of a file's name, whatever somebody's file is called. */
/** A machine's id as part of the name of a file. */
export function fileWord(id: string): string {
  return id.replace(/^file:/, "").replaceAll(/[^\w.+-]+/g, "-") || "machine";
}
