/** What a hostile snapshot with right checksums is refused for, one thing at a time. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Machine } from "../../../src/host/machine.ts";
import { REGISTER_TABLES } from "../../../src/spec/riscv64/register-tables.ts";
import { slotLayout } from "../../../src/spec/slot-layout.ts";
import { createMachine, type FileSection, fileOf, sectionsOf } from "./hostile.ts";

const TLB_PART = 512 * 16;
const STORES = 2 * TLB_PART;
const layout = slotLayout(REGISTER_TABLES);

let machine: Machine;
let original: FileSection[];

beforeAll(async () => {
  machine = await createMachine("test/privileged/elf/disk-code.elf", new Uint8Array(4096));
  await machine.control.step(60_000);
  original = sectionsOf(await machine.save());
});

afterAll(() => machine.dispose());

/** The file with one section changed in place. */
function changed(name: string, change: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  return fileOf(
    original.map((section) => {
      if (section.name !== name) return section;
      const bytes = section.bytes.slice();
      change(new DataView(bytes.buffer), bytes);
      return { ...section, bytes };
    }),
  );
}

const offsetOf = (register: string) => layout.registers.find(({ row }) => row.name === register)!.offset;

/** Where the state of the device begins whose interrupt line and event these are. */
function deviceAt(bytes: Uint8Array, line: number, event: number): number {
  const words = new Uint32Array(bytes.buffer.slice(0, bytes.length & ~3));
  const at = words.findIndex((word, n) => word === line && words[n + 1] === event);
  if (at < 0) throw new Error("no such device");
  return at * 4;
}

/** First entry in use of a part of the TLB that is no device's. */
function entryOf(view: DataView, part: number): number {
  const tlb = view.byteLength - 3 * TLB_PART;
  for (let at = tlb + part; at < tlb + part + TLB_PART; at += 16) {
    if (view.getBigUint64(at, true) !== 0n && view.getUint32(at + 12, true) < 0x100) return at;
  }
  throw new Error("no entry is in use");
}

const cpu = (change: (view: DataView) => void) => changed("cpu", change);
const NO_STATE = "damaged snapshot: CPU 0 cannot be in that state";

type Case = [string, () => Uint8Array, string];

const cases: Case[] = [
  ["odd pc", () => cpu((view) => view.setUint8(offsetOf("pc"), 1)), `${NO_STATE} (CORE.pc)`],
  ["privilege 2", () => cpu((view) => view.setUint8(offsetOf("priv"), 2)), `${NO_STATE} (PRIV.priv)`],
  [
    "another misa",
    () => cpu((view) => view.setUint8(offsetOf("misa"), 0)),
    "the snapshot is of another machine: ID.misa of CPU 0 differs",
  ],
  ["a page beyond RAM", () => cpu((view) => view.setUint32(entryOf(view, STORES) + 8, 0x81000, true)), NO_STATE],
  ["stores to ROM", () => cpu((view) => view.setUint32(entryOf(view, STORES) + 8, 1, true)), NO_STATE],
  ["an entry in another's place", () => cpu((view) => view.setUint8(entryOf(view, 0) + 2, 0xff)), NO_STATE],
  ["a mapping of no size", () => cpu((view) => view.setUint8(entryOf(view, 0) + 12, 0)), NO_STATE],
  ["code in a device", () => cpu((view) => view.setUint32(entryOf(view, 0) + 12, 0x10c, true)), NO_STATE],
  [
    "more traps than steps",
    () => cpu((view) => view.setBigUint64(Math.ceil(layout.bytes / 8) * 8, 1n << 40n, true)),
    NO_STATE,
  ],
  [
    "an address space beyond the last",
    () => cpu((view) => view.setUint32(Math.ceil(layout.bytes / 8) * 8 + 16, 16, true)),
    NO_STATE,
  ],
  ["2^62 steps", () => changed("clock", (view) => view.setUint8(7, 0x40)), "damaged snapshot: no clock can stand so"],
  [
    "an event of no device",
    () => changed("clock", (view) => view.setBigUint64(7 * 8 + 20 * 8, 5n, true)),
    "damaged snapshot: no clock can stand so",
  ],
  [
    "a watched word outside RAM",
    () => changed("clock", (view) => view.setBigUint64(5 * 8, 0x80ff_fff9n, true)),
    "damaged snapshot: no clock can stand so",
  ],
  [
    "a device's interrupt line beyond the last",
    () => changed("devices", (view, bytes) => view.setUint32(deviceAt(bytes, 10, 4), 9999, true)),
    "damaged snapshot: device 4 of the board cannot be in that state",
  ],
  [
    "a device's event beyond the last",
    () => changed("devices", (view, bytes) => view.setUint32(deviceAt(bytes, 11, 1) + 4, 0x100_0000, true)),
    "damaged snapshot: device 1 of the board cannot be in that state",
  ],
  [
    "more looped-back bytes than the FIFO holds",
    () => changed("devices", (view, bytes) => view.setUint32(deviceAt(bytes, 10, 4) + 44, 17, true)),
    "damaged snapshot: device 4 of the board cannot be in that state",
  ],
  ...(
    [
      ["interrupt line", 0, 9999],
      ["event", 4, 0x100_0000],
      ["kind", 8, 3],
      ["disk", 12, 1],
      ["queue of 3 entries", 72, 3],
      ["queue of 256 entries", 72, 256],
      ["position in a queue", 80, 0x1_0000],
      ["number of requests", 772, 129],
      ["bytes under way", 776, 1 << 30],
    ] as const
  ).map(
    ([what, offset, value]): Case => [
      `a disk's ${what}`,
      () => changed("devices", (view, bytes) => view.setUint32(deviceAt(bytes, 1, 5) + offset, value, true)),
      "damaged snapshot: device 5 of the board cannot be in that state",
    ],
  ),
  [
    "a disk's first request beyond its ring, in the place of the same",
    () =>
      changed("devices", (view, bytes) => {
        const at = deviceAt(bytes, 1, 5) + 768;
        view.setUint32(at, view.getUint32(at, true) + 128, true);
      }),
    "damaged snapshot: device 5 of the board cannot be in that state",
  ],
  [
    "no answer to a request",
    () => changed("blocks", (view) => view.setUint32(4 + 4, 77, true)),
    "damaged snapshot: the requests in it are not those that its devices wait for",
  ],
  [
    "an exit code without failure",
    () => changed("stop", (view) => view.setUint32(view.byteLength - 4, 3, true)),
    "damaged snapshot: section stop 0: an unknown reason",
  ],
];

test.each(cases)("%s", async (_, make, message) => {
  const file = make();
  const hash = machine.stateHash();
  await expect(machine.load(file)).rejects.toThrow(new Error(message));
  expect(machine.stateHash()).toBe(hash);
});

test.each(["machine", "stop", "clock", "devices", "cpu", "rom", "blocks", "console"])(
  "section %s missing, cut, or too long",
  async (name) => {
    const hash = machine.stateHash();
    const without = original.filter((section) => section.name !== name);
    await expect(machine.load(fileOf(without))).rejects.toThrow(`section ${name} 0 is missing`);
    const resized = (length: number) =>
      original.map((section) => {
        if (section.name !== name) return section;
        const bytes = new Uint8Array(section.bytes.length + length);
        bytes.set(section.bytes.subarray(0, bytes.length));
        return { ...section, bytes };
      });
    for (const length of [-1, 1])
      await expect(machine.load(fileOf(resized(length)))).rejects.toThrow(/section|snapshot/);
    expect(machine.stateHash()).toBe(hash);
  },
);

test("a section that unpacks to a thousand times what it may is not unpacked", async () => {
  const bomb = original.map((section) =>
    section.name === "rom" ? { ...section, bytes: new Uint8Array(64 << 20) } : section,
  );
  await expect(machine.load(fileOf(bomb))).rejects.toThrow(
    "damaged snapshot: section rom 0: 67108864 bytes where at most 65536 are possible",
  );
  const at = original.findIndex(({ name }) => name === "rom");
  await expect(machine.load(fileOf(bomb, new Map([[at, 65536n]])))).rejects.toThrow(
    "it does not unpack to its 65536 bytes",
  );
});
