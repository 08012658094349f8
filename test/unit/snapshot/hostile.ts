/** Hostile snapshots: files with mutations whose checksums are right, and what a machine may make of them. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { crc32, gunzipSync, gzipSync } from "node:zlib";
import { expect } from "vitest";
import { Machine } from "../../../src/host/machine.ts";
import { CPU_STRIDE, CPUS_BASE, PAGE_NOTES_BASE, ROM_BASE, ROM_BYTES } from "../../../src/spec/abi.ts";
import { GROUP_BITS } from "../../../src/spec/register-table.ts";
import { nodePlatform } from "../../../src/worker/node-adapter.ts";

const root = new URL("../../../", import.meta.url);
const path = (below: string) => fileURLToPath(new URL(below, root));

export interface FileSection {
  name: string;
  index: number;
  bytes: Uint8Array;
}

/** Takes a file apart without the product's reader. */
export function sectionsOf(file: Uint8Array): FileSection[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const sections: FileSection[] = [];
  for (let at = 20; at < file.length; ) {
    const length = Number(view.getBigUint64(at + 12, true));
    const name = Buffer.from(file.subarray(at, at + 8))
      .toString("latin1")
      .replace(/\0+$/, "");
    const bytes = Uint8Array.from(gunzipSync(file.subarray(at + 32, at + 32 + length)));
    sections.push({ name, index: view.getUint32(at + 8, true), bytes });
    at += 32 + length;
  }
  return sections;
}

const packedBefore = new WeakMap<Uint8Array, Uint8Array>();

/** Puts a file together, all checksums right. `claims`: lengths that the sections of these places say they unpack to. */
export function fileOf(sections: readonly FileSection[], claims: ReadonlyMap<number, bigint> = new Map()): Uint8Array {
  const header = Buffer.alloc(20);
  Buffer.from([0x93, 0x56, 0x54, 0x52, 0x4e, 0x0d, 0x0a, 0x1a]).copy(header);
  header.writeUInt32LE(3, 8);
  header.writeUInt32LE(sections.length, 12);
  header.writeUInt32LE(crc32(header.subarray(0, 16)), 16);
  const parts: Uint8Array[] = [header];
  sections.forEach(({ name, index, bytes }, n) => {
    const packed = packedBefore.get(bytes) ?? gzipSync(bytes, { level: 1 });
    packedBefore.set(bytes, packed);
    const head = Buffer.alloc(32);
    head.write(name.slice(0, 8), "latin1");
    head.writeUInt32LE(index, 8);
    head.writeBigUInt64LE(BigInt(packed.length), 12);
    head.writeBigUInt64LE(claims.get(n) ?? BigInt(bytes.length), 20);
    head.writeUInt32LE(crc32(packed, crc32(head.subarray(0, 28))), 28);
    parts.push(head, packed);
  });
  return Uint8Array.from(Buffer.concat(parts));
}

/** Numbers from 0 to `below` - 1, the same for the same seed. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = BigInt(seed) + 0x9e37_79b9n;
  return (below) => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number((state >> 33n) % BigInt(below));
  };
}

const NUMBERS = [
  ...[0n, 1n, 2n, 3n, 0x7fn, 0x80n, 0xffn, 0x1000n, 0xffffn, 0x1_0000n, 0x7fff_ffffn, 0x8000_0000n, 0x80ff_fff8n],
  ...[0x8100_0000n, 0xffff_ffffn, 0x1_0000_0000n, 1n << 62n, 1n << 63n, (1n << 64n) - 1n, (1n << 64n) - 0x1000n],
];

/** One mutation or a few of a file's sections. Those with device and CPU state are hit most. */
export function mutate(original: readonly FileSection[], random: (below: number) => number): Uint8Array {
  const sections = original.map((section) => ({ ...section }));
  const claims = new Map<number, bigint>();
  const favourites = sections.flatMap(({ name }, n) => (/^(clock|devices|cpu|blocks)$/.test(name) ? [n] : []));
  for (let left = 1 + random(3); left > 0; left--) {
    const n = random(4) > 0 ? favourites[random(favourites.length)]! : random(sections.length);
    const section = sections[n];
    if (section === undefined || section.bytes.length === 0) continue;
    const bytes = section.bytes.slice();
    const view = new DataView(bytes.buffer);
    // State lies at the beginning of most sections, zeroes or pages behind it.
    const extent = random(2) ? Math.min(bytes.length, 2048) : bytes.length;
    const at = random(extent);
    const aligned = Math.min(at & ~7, Math.max(0, bytes.length - 8));
    const number = NUMBERS[random(NUMBERS.length)]!;
    switch (random(9)) {
      case 0:
      case 1:
        bytes[at]! ^= 1 << random(8);
        break;
      case 2:
        bytes[at] = random(256);
        break;
      case 3:
      case 4:
        if (bytes.length >= 8) view.setUint32(aligned + 4 * random(2), Number(number & 0xffff_ffffn), true);
        break;
      case 5:
        if (bytes.length >= 8) view.setBigUint64(aligned, number, true);
        break;
      case 6:
        bytes.copyWithin(at, random(bytes.length), random(bytes.length));
        break;
      case 7:
        bytes.fill([0, 255, random(256)][random(3)]!, at, at + random(64));
        break;
      case 8:
        if (random(4) === 0) mutateList(sections, claims, n, number, random);
        continue;
    }
    sections[n] = { ...section, bytes };
  }
  return fileOf(sections, claims);
}

/** Sections that are cut, missing, double, in another order, misnamed, or longer than they say. */
function mutateList(
  sections: FileSection[],
  claims: Map<number, bigint>,
  n: number,
  number: bigint,
  random: (below: number) => number,
): void {
  const section = sections[n]!;
  switch (random(6)) {
    case 0:
      sections[n] = { ...section, bytes: section.bytes.slice(0, random(section.bytes.length)) };
      break;
    case 1:
      sections.splice(n, 1);
      break;
    case 2:
      sections.splice(random(sections.length), 0, section);
      break;
    case 3:
      sections[n] = { ...section, name: sections[random(sections.length)]!.name };
      break;
    case 4:
      sections[n] = { ...section, index: Number(number & 0xffff_ffffn) };
      break;
    case 5:
      claims.set(n, number);
      break;
  }
}

export async function createMachine(elf: string, disk: Uint8Array | null): Promise<Machine> {
  const core = WebAssembly.compile(readFileSync(path("build/core-riscv64.wasm")));
  const disks = disk === null ? [] : [{ image: disk, slot: 0 }];
  const options = { target: "riscv64", memory: 16 << 20, kernel: path(elf), paced: false, disks, entropy: true };
  return Machine.create({ ...options, console: "virtio" }, core, nodePlatform, () => {});
}

/** Memory between the core's areas, which nothing may ever write. */
function gapsAreEmpty({ memory }: Machine): boolean {
  const words = new Int32Array(memory.buffer);
  const empty = (from: number, to: number) => words.subarray(from >> 2, to >> 2).every((word) => word === 0);
  return empty(ROM_BASE + ROM_BYTES, CPUS_BASE) && empty(CPUS_BASE + CPU_STRIDE, PAGE_NOTES_BASE);
}

/** Steps up to 10,000 times; a machine that waits for ever for an interrupt is paused. */
async function runOn(machine: Machine): Promise<void> {
  const { state } = machine.control.numberedState;
  if (state.kind === "stopped" && (state.reason === "poweroff" || state.reason === "failure")) return;
  const stepped = machine.control.step(10_000);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<true>((resolve) => {
    timer = setTimeout(() => resolve(true), 100);
  });
  const isLate = (await Promise.race([stepped, late])) === true;
  clearTimeout(timer);
  if (isLate) await machine.control.pause();
  await stepped;
}

export interface Outcome {
  accepted: number;
  refused: number;
}

/** Loads `count` mutations: each is refused and has changed nothing, or the machine runs on and can be looked at. */
export async function fuzz(
  machine: Machine,
  original: readonly FileSection[],
  seed: number,
  count: number,
): Promise<Outcome> {
  const outcome = { accepted: 0, refused: 0 };
  let hash = machine.stateHash();
  for (let n = 0; n < count; n++) {
    const file = mutate(original, randomNumbers(seed * 1_000_003 + n));
    const about = `seed ${seed}, mutation ${n}`;
    try {
      await machine.load(file);
    } catch (error) {
      expect((error as Error).message, about).toMatch(/snapshot/);
      expect(machine.stateHash(), about).toBe(hash);
      outcome.refused++;
      continue;
    }
    outcome.accepted++;
    await runOn(machine);
    expect(machine.control.numberedState.state.kind, about).toBe("stopped");
    expect(machine.sync.get(0, 1 << GROUP_BITS.CORE).kept, about).toBe(0);
    if (n % 64 === 0) expect(gapsAreEmpty(machine), about).toBe(true);
    hash = machine.stateHash();
  }
  expect(gapsAreEmpty(machine)).toBe(true);
  return outcome;
}
