/** Processes of the bundled Linux by what lies beside its kernel, and by what the kernel says of itself: both are the same. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { StructLayout } from "../../../src/debug/btf.ts";
import { listedSymbols, SymbolTable } from "../../../src/debug/symbols.ts";
import { createInlineMachine } from "../../../src/worker/inline.ts";
import type { Machine } from "../../../src/worker/machine-client.ts";
import type { BundledGuest } from "../../../web/model/bundled-guests.ts";
import { LinuxModel, type LinuxSource, type Process } from "../../../web/model/linux-model.ts";
import { bundled, PROMPT, path, Transcript } from "../../boot/machines.ts";
import { BtfWriter } from "../../debug/btf-writer.ts";

const offsets: { structs: Record<string, StructLayout> } = JSON.parse(
  readFileSync(path("public/guests/linux/offsets.json"), "utf8"),
);
const beside = listedSymbols(gunzipSync(readFileSync(path("public/guests/linux/vmlinux.symbols.gz"))).toString());
const guest = { target: "riscv64" } as BundledGuest;
/** Where the kernel's types seem to lie: an address at which there is no memory. */
const TYPES = 0xffff_ffff_f000_0000n;
let machine: Machine;

beforeAll(async () => {
  machine = await createInlineMachine(bundled("linux"));
  const transcript = new Transcript(machine);
  await machine.run();
  await transcript.shows(PROMPT);
  // Until nobody has anything to do, after an empty line for the shell.
  await machine.pause();
  await machine.setBreakpoints([
    { id: 1, kind: "execute", address: beside.find("arch_cpu_idle")?.address as bigint, temporary: true },
  ]);
  await machine.run();
  machine.console.write("\n");
  expect(await machine.waitForStop()).toMatchObject({
    reason: "breakpoint",
    pc: beside.find("arch_cpu_idle")?.address,
  });
});
afterAll(() => {
  vi.unstubAllGlobals();
  return machine.dispose();
});

/** The layouts of the file, as the kernel would carry them. */
function types(without = ""): Uint8Array {
  const writer = new BtfWriter();
  const byte = writer.int("char", 1);
  for (const [name, { size, fields }] of Object.entries(offsets.structs)) {
    const members = Object.entries(fields).map(([field, place]) => ({
      name: field,
      type: writer.array(byte, byte, place.size),
      bit: place.offset * 8,
    }));
    if (name !== without) writer.struct(name, size, members);
  }
  return writer.bytes();
}

/** The machine, with the types in its kernel's memory; `reads` hears of every read. */
function withTypes(bytes: Uint8Array, reads = (_va: bigint, _length: number) => {}): LinuxSource {
  return {
    addressSpace: (cpu, of) => machine.addressSpace(cpu, of),
    addressRanges: (options) => machine.addressRanges(options),
    translate: (va, options) => machine.translate(va, options),
    evaluate: (expression) => machine.evaluate(expression),
    async readVirtual(va, length, options) {
      reads(va, length);
      if (va < TYPES) return machine.readVirtual(va, length, options);
      return bytes.slice(Number(va - TYPES), Number(va - TYPES) + length);
    },
  };
}

/** The names that lie beside the kernel, with those of its types. */
function symbols(bytes: Uint8Array): SymbolTable {
  const mark = (name: string, address: bigint) => ({ name, address, size: 0, kind: "object" as const });
  return beside.with(new SymbolTable([mark("__start_BTF", TYPES), mark("__stop_BTF", TYPES + BigInt(bytes.length))]));
}

async function processesOf(linux: LinuxModel): Promise<readonly Process[]> {
  const view = await linux.processes();
  if (view.kind === "none") throw new Error(view.why);
  return view.list;
}

async function fromFile(): Promise<LinuxModel> {
  vi.stubGlobal("document", { baseURI: "http://machine/" });
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ kernel: "6.12", constants: {}, ...offsets })));
  const linux = new LinuxModel();
  await linux.attach(machine, { ...guest, offsets: "offsets.json" });
  linux.symbols = beside;
  return linux;
}

test("the file's layout and the kernel's own types show the same processes", async () => {
  const known = await processesOf(await fromFile());
  expect(known.length).toBeGreaterThan(20);
  expect(known[0]).toMatchObject({ pid: 0, name: "swapper/0", state: "running", current: true, kernelThread: true });
  expect(known[1]).toMatchObject({ pid: 1, name: "init", state: "sleeping", parent: 0, kernelThread: false });
  expect(known[2]).toMatchObject({ pid: 2, name: "kthreadd", state: "sleeping", parent: 0, kernelThread: true });
  const bytes = types();
  const found: SymbolTable[] = [];
  const linux = new LinuxModel((table) => found.push(table));
  await linux.attach(withTypes(bytes), guest);
  linux.symbols = symbols(bytes);
  expect(await processesOf(linux)).toEqual(known);
  expect(found).toHaveLength(1);
  expect(found[0]?.find("init_task")).toEqual(beside.find("init_task"));
});

test("the kernel is searched once, and its types are read once", async () => {
  const bytes = types();
  const long: number[] = [];
  const linux = new LinuxModel();
  await linux.attach(
    withTypes(bytes, (_, length) => length > 4096 && long.push(length)),
    guest,
  );
  linux.symbols = symbols(bytes);
  await Promise.all([linux.processes(), linux.refresh(), linux.processes()]);
  expect(linux.current.get()).toBe("swapper/0 (0)");
  const count = long.length;
  expect(count).toBeGreaterThan(1);
  await linux.processes();
  expect(long).toHaveLength(count);
});

test("a process's registers, and its address space in which its program counter is mapped", async () => {
  const linux = await fromFile();
  const init = (await processesOf(linux))[1] as Process;
  const { user, kernel, programAt, space } = await linux.details(init);
  expect(user.map(({ name }) => name).slice(0, 5)).toEqual(["pc", "ra", "sp", "gp", "tp"]);
  expect(kernel.map(({ name }) => name)).toEqual(["ra", "sp", ...Array.from({ length: 12 }, (_, n) => `s${n}`)]);
  expect(kernel[0]?.value).toBe(init.resumesAt);
  expect(beside.at(init.resumesAt as bigint)?.symbol.name).toBe("__schedule");
  const translation = await machine.translate(programAt as bigint, { access: "fetch", space: space as bigint });
  expect(translation.levels.at(-1)?.flags).toEqual(expect.arrayContaining(["V", "X", "U"]));
  // What stands there is the ecall by which it entered the kernel; the program goes on behind it.
  expect(await machine.readVirtual((programAt as bigint) - 4n, 4, { space: space as bigint })).toEqual(
    Uint8Array.of(0x73, 0, 0, 0),
  );
  const kthreadd = (await processesOf(linux))[2] as Process;
  expect(await linux.details(kthreadd)).toMatchObject({ user: [], programAt: null, space: null });
});

test("every switch to another task stops, threads of the kernel included, and says who ran and who runs", async () => {
  const linux = await fromFile();
  const at = (await linux.lookForSwitch()) as bigint;
  const code = beside.find("__switch_to");
  // Its last instruction, c.jr ra.
  expect(at).toBe((code?.address as bigint) + BigInt((code?.size as number) - 2));
  expect(await machine.readVirtual(at, 2)).toEqual(Uint8Array.of(0x82, 0x80));
  await machine.setBreakpoints([{ id: 1, kind: "execute", address: at }]);
  machine.console.write("true\n");
  const seen = ["swapper/0 (0)"];
  let ofKernel = 0;
  // Until the shell runs once more.
  for (let stop = 0; stop < 100 && (stop < 12 || !seen.at(-1)?.startsWith("sh ")); stop++) {
    await machine.run();
    expect(await machine.waitForStop()).toMatchObject({ reason: "breakpoint", pc: at });
    await linux.refresh(at);
    const [, from, to] = /^Switched from (.+ \(\d+\)) to (.+ \(\d+\))$/.exec(linux.switched.get() ?? "") ?? [];
    // Who ran is who was switched to before: none was missed.
    expect(from).toBe(seen.at(-1));
    expect(linux.current.get()).toBe(to);
    const running = (await processesOf(linux)).find(({ current }) => current) as Process;
    expect(`${running.name} (${running.pid})`).toBe(to);
    if (running.kernelThread && running.pid !== 0) ofKernel++;
    seen.push(to as string);
    if (stop % 4 === 3) machine.console.write("true\n");
  }
  expect(seen.at(-1)).toMatch(/^sh \(\d+\)$/);
  // They borrow the page tables: no write of their root tells of them.
  expect(ofKernel).toBeGreaterThan(0);
  linux.moves();
  expect([linux.current.get(), linux.switched.get()]).toEqual([null, null]);
  await linux.refresh(at + 2n);
  expect([linux.current.get(), linux.switched.get()]).toEqual([seen.at(-1), null]);
  // As a thread of another process it is named by both numbers.
  const { value: task } = await machine.evaluate("$tp");
  const leader = task + BigInt(offsets.structs.task_struct?.fields.group_leader?.offset as number);
  const own = await machine.readVirtual(leader, 8);
  const init = new DataView(new ArrayBuffer(8));
  init.setBigUint64(0, beside.find("init_task")?.address as bigint, true);
  await machine.writeVirtual(leader, new Uint8Array(init.buffer));
  await linux.refresh(at);
  expect(linux.switched.get()).toBe(
    `Switched from ${seen.at(-2)} to ${seen.at(-1)?.replace(/\((\d+)\)/, "(thread $1 of 0)")}`,
  );
  await machine.writeVirtual(leader, own);
  await machine.setBreakpoints([]);
});

test("nothing rather than something wrong", async () => {
  const shown = async (bytes: Uint8Array, source = withTypes(bytes)) => {
    const linux = new LinuxModel();
    await linux.attach(source, guest);
    linux.symbols = symbols(bytes);
    const view = await linux.processes();
    return view.kind === "none" ? view.why.replace("The kernel’s processes cannot be read here: ", "") : view.kind;
  };
  expect(await shown(types("rq"))).toBe("the kernel's types (BTF) have no rq.");
  expect(await shown(new Uint8Array(100))).toBe("the bytes are no BTF of version 1.");
  // The layout of another kernel: everything lies eight bytes further on.
  const moved = structuredClone(offsets.structs.task_struct) as {
    size: number;
    fields: Record<string, { offset: number }>;
  };
  const original = offsets.structs.task_struct as StructLayout;
  for (const place of Object.values(moved.fields)) place.offset += 8;
  offsets.structs.task_struct = moved as unknown as StructLayout;
  expect(await shown(types())).toMatch(/^there is no process at 0x[0-9a-f]+\.$/);
  moved.size += 1 << 20;
  expect(await shown(types())).toBe("the kernel's types (BTF) are not those of its data.");
  offsets.structs.task_struct = original;
  const unknown = new LinuxModel();
  await unknown.attach(withTypes(types("rq")), guest);
  await unknown.refresh();
  expect(unknown.current.get()).toBeNull();
  // A list whose second link does not lead back.
  const bytes = types();
  const source = withTypes(bytes);
  const tasks = original.fields.tasks?.offset as number;
  const first = (beside.find("init_task")?.address as bigint) + BigInt(tasks);
  const broken: LinuxSource = {
    ...source,
    async readVirtual(va, length, options) {
      const read = await source.readVirtual(va, length, options);
      if (va <= first && first + 8n <= va + BigInt(length) && length === 4096) read[Number(first - va)]! ^= 0x10;
      return read;
    },
  };
  expect(await shown(bytes, broken)).toMatch(/^(the list of processes breaks off behind|address) 0x[0-9a-f]+/);
});

test("a reset takes the kernel away", async () => {
  const linux = await fromFile();
  const bytes = types();
  const own = new LinuxModel();
  await own.attach(withTypes(bytes), guest);
  own.symbols = symbols(bytes);
  expect((await own.processes()).kind).toBe("processes");
  await machine.reset();
  expect((await linux.processes()).kind).toBe("none");
  expect((await own.processes()).kind).toBe("none");
  expect(linux.current.get()).toBeNull();
  await linux.refresh(0n);
  expect(linux.switchedAt.get()).toBeNull();
  expect(await own.lookForSwitch()).toBeNull();
});
