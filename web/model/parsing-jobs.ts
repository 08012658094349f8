/** What takes longer than a frame to read: long lists of symbols, and what a kernel says of itself. */
import { BtfTypes, type StructLayout } from "../../src/debug/btf.ts";
import { findKallsyms } from "../../src/debug/kallsyms.ts";
import { type PackedSymbols, packSymbols } from "../../src/debug/packed-symbols.ts";
import { elfSymbols, listedSymbols } from "../../src/debug/symbols.ts";

/** Each throws an Error that says what is wrong with what it got. */
export const JOBS = {
  /** Names of a kernel, in its memory from `address` on; null: it keeps none there. */
  kallsyms: ({ address, bytes }: { address: bigint; bytes: Uint8Array<ArrayBuffer> }): PackedSymbols | null => {
    const table = findKallsyms({ address, bytes });
    return table === null ? null : packSymbols(table.symbols);
  },
  /** Structures and unions by their tags, of a kernel's types; those that it lacks are left out. */
  structs: ({ bytes, names }: { bytes: Uint8Array<ArrayBuffer>; names: readonly string[] }) => {
    const types = new BtfTypes(bytes);
    const found = names.map((name) => [name, types.struct(name)] as const);
    return Object.fromEntries(found.filter((entry): entry is [string, StructLayout] => entry[1] !== null));
  },
  /** Names in a list as nm prints it, packed by gzip, at a whole address. */
  list: async ({ address }: { address: string }): Promise<PackedSymbols> => {
    const response = await fetch(address);
    if (!response.ok) throw new Error(`${address}: ${response.status} ${response.statusText}`.trimEnd());
    const body = response.body as ReadableStream<Uint8Array<ArrayBuffer>>;
    const text = await new Response(body.pipeThrough(new DecompressionStream("gzip"))).text();
    return packSymbols(listedSymbols(text).symbols);
  },
  /** Names in an ELF file. */
  elf: ({ bytes }: { bytes: Uint8Array }): PackedSymbols => packSymbols(elfSymbols(bytes).symbols),
} as const;

export type JobName = keyof typeof JOBS;
export type JobInput<Name extends JobName> = Parameters<(typeof JOBS)[Name]>[0];
export type JobResult<Name extends JobName> = Awaited<ReturnType<(typeof JOBS)[Name]>>;

/** What the worker is asked, and what it answers. */
export interface JobRequest {
  readonly id: number;
  readonly name: JobName;
  readonly input: unknown;
}
export type JobAnswer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string };

export async function perform<Name extends JobName>(name: Name, input: JobInput<Name>): Promise<JobResult<Name>> {
  const job = JOBS[name] as (input: JobInput<Name>) => JobResult<Name> | Promise<JobResult<Name>>;
  return job(input);
}
