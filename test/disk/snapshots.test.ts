/** Saved machines with disks: changes that nobody keeps come along, and a disk that has changed since is refused. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { BlockBackend } from "../../src/host/backends/block.ts";
import { takeDisks } from "../../src/host/snapshot/disk-state.ts";
import { createInlineMachine } from "../../src/worker/inline.ts";
import type { DiskOptions, Machine } from "../../src/worker/node.ts";
import { type FileSection, fileOf, sectionsOf } from "../unit/snapshot/hostile.ts";
import { DISCARD, DiskGuest, diskMachine, OK } from "./disk-guest.ts";
import { contentOf } from "./sector-content.ts";

/** On a host with ten times as much to do. */
vi.setConfig({ testTimeout: 300_000 });

const SECTORS = 2048;
const image = contentOf(0, SECTORS, 0);
const all = mkdtempSync(join(tmpdir(), "vitrine-snapshots-"));
afterAll(() => rmSync(all, { recursive: true }));

let path = "";
let changes = "";
const machines: Machine[] = [];
beforeEach(() => {
  const folder = mkdtempSync(join(all, "test-"));
  path = join(folder, "disk.img");
  changes = join(folder, "changes");
  writeFileSync(path, image);
});
afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.dispose();
});

async function create(disk: DiskOptions): Promise<Machine> {
  const machine = await createInlineMachine(diskMachine([disk]));
  machines.push(machine);
  return machine;
}

/** A guest that has written tag 1 to sectors 10 to 99 and emptied 16 to 31. */
async function boot(disk: DiskOptions): Promise<DiskGuest> {
  const guest = await DiskGuest.on(await create(disk));
  expect(await guest.writeSectors(10, contentOf(10, 90, 1))).toBe(OK);
  expect(await guest.empty(DISCARD, 16, 16)).toBe(OK);
  expect(await guest.flush()).toBe(OK);
  return guest;
}

async function expectAsSaved(guest: DiskGuest): Promise<void> {
  expect(await guest.read(9, 512)).toEqual(contentOf(9, 1, 0));
  expect(await guest.read(10, 6 * 512)).toEqual(contentOf(10, 6, 1));
  expect(await guest.read(32, 70 * 512)).toEqual(new Uint8Array([...contentOf(32, 68, 1), ...contentOf(100, 2, 0)]));
}

const REFUSAL =
  /the snapshot does not fit disk 0, which has changed since or is another one .*: load it with the disk as it was/;

describe.each([
  ["in memory", () => ({ image: image.slice() })],
  ["of a file, with snapshot=on", () => ({ image: path, snapshot: true })],
])("changes of a disk %s", (_, options) => {
  test("come along", async () => {
    const saved = await boot(options());
    const position = saved.movedTo(saved.machine);
    const hash = await saved.machine.stateHash();
    const file = await saved.machine.save();
    expect(await saved.machine.stateHash()).toBe(hash);
    expect(await saved.writeSectors(0, contentOf(0, 400, 2))).toBe(OK);
    // The same machine goes back, and so does its disk.
    await saved.machine.load(file);
    expect(await saved.machine.stateHash()).toBe(hash);
    await expectAsSaved(position.movedTo(saved.machine));
    const other = await create(options());
    await other.load(file);
    expect(await other.stateHash()).toBe(hash);
    const loaded = position.movedTo(other);
    await expectAsSaved(loaded);
    expect(await loaded.read(16, 16 * 512)).toEqual(new Uint8Array(16 * 512));
    // And on from there, through another snapshot.
    expect(await loaded.writeSectors(30, contentOf(30, 1, 3))).toBe(OK);
    const second = await other.save();
    await saved.machine.load(second);
    expect(await loaded.movedTo(saved.machine).read(30)).toEqual(contentOf(30, 1, 3));
  });

  test("take the place that they need, and no more", async () => {
    const guest = await boot(options());
    const [list, ...pieces] = sectionsOf(await guest.machine.save()).filter(({ name }) => name.startsWith("disk"));
    expect(list!.name).toBe("disks");
    // Sectors 10 to 99 touch clusters 1 to 12, of which 2 and 3 are empty.
    expect(pieces.map(({ bytes }) => bytes.length)).toEqual([4 + 12 * 8 + 10 * 4096]);
  });
});

test("of another image they are refused, and the machine is what it was", async () => {
  const saved = await boot({ image: path, snapshot: true });
  const file = await saved.machine.save();
  const hash = await saved.machine.stateHash();
  const changed = image.slice();
  changed[3]! ^= 1;
  writeFileSync(path, changed);
  await expect(saved.machine.load(file)).rejects.toThrow(REFUSAL);
  expect(await saved.machine.stateHash()).toBe(hash);
  const other = await create({ image: path, snapshot: true });
  await expect(other.load(file)).rejects.toThrow(REFUSAL);
  await (await boot({ image: changed })).machine.dispose();
});

describe.each([
  ["a file that is written in place", () => ({ image: path })],
  ["a kept overlay", () => ({ image: path, overlay: changes })],
])("%s", (_, options) => {
  test("is known again as long as nobody has written to it", async () => {
    const saved = await boot(options());
    const file = await saved.machine.save();
    const position = saved.movedTo(saved.machine);
    await saved.machine.load(file);
    await expectAsSaved(position.movedTo(saved.machine));
    await saved.machine.load(file);
    await saved.machine.dispose();
    const again = await create(options());
    await again.load(file);
    const loaded = position.movedTo(again);
    await expectAsSaved(loaded);
    expect(await loaded.writeSectors(99, contentOf(99, 1, 1))).toBe(OK);
    const hash = await again.stateHash();
    await expect(again.load(file)).rejects.toThrow(REFUSAL);
    expect(await again.stateHash()).toBe(hash);
    await again.dispose();
    await expect((await create(options())).load(file)).rejects.toThrow(REFUSAL);
  });

  test("has changed also when the machine moves: it goes on as if nothing had been asked", async () => {
    const guest = await boot(options());
    await guest.machine.run();
    const file = await guest.machine.save();
    expect(guest.machine.state.kind).toBe("running");
    await guest.machine.load(file);
    await guest.machine.pause();
    expect(await guest.writeSectors(1000, contentOf(1000, 1, 1))).toBe(OK);
    await guest.machine.run();
    await expect(guest.machine.load(file)).rejects.toThrow(REFUSAL);
    expect(guest.machine.state.kind).toBe("running");
  });
});

test("a machine that keeps changes does not load those of one that forgets them, and the reverse", async () => {
  const forgets = await boot({ image: path, snapshot: true });
  const file = await forgets.machine.save();
  const keeps = await create({ image: path, overlay: changes });
  await expect(keeps.load(file)).rejects.toThrow(REFUSAL);
  await expect(forgets.machine.load(await keeps.save())).rejects.toThrow(REFUSAL);
});

test("more changes than fit a snapshot are named", async () => {
  const pieces = [{ length: 2 ** 30 + 1 } as Uint8Array];
  const disk = { fingerprint: async () => "any", changes: { save: async () => pieces } } as unknown as BlockBackend;
  await expect(takeDisks([disk])).rejects.toThrow(
    "disk 0: the guest has changed 1024 MiB of it, more than a snapshot carries (1024 MiB); keep the changes in an overlay instead",
  );
});

test("what a hostile file says about disks is judged before anything changes", async () => {
  const guest = await boot({ image: image.slice() });
  const { machine } = guest;
  const original = sectionsOf(await machine.save());
  const hash = await machine.stateHash();
  const changed = (name: string, change: (view: DataView) => void): FileSection[] =>
    original.map((section) => {
      if (section.name !== name) return section;
      const bytes = section.bytes.slice();
      change(new DataView(bytes.buffer));
      return { ...section, bytes };
    });
  const damage = "damaged snapshot: disk 0: its changes make no sense";
  const cases: [FileSection[], string | RegExp][] = [
    [changed("disk", (view) => view.setUint32(0, 0, true)), damage],
    [changed("disk", (view) => view.setUint32(0, 4097, true)), damage],
    [changed("disk", (view) => view.setUint32(0, 11, true)), damage],
    [changed("disk", (view) => view.setUint32(4, 0xffff_ffff, true)), damage],
    [changed("disk", (view) => view.setUint32(4, SECTORS / 8, true)), damage],
    [changed("disk", (view) => view.setUint32(12, view.getUint32(4, true), true)), damage],
    [changed("disk", (view) => view.setUint32(8, 2, true)), damage],
    [changed("disk", (view) => view.setUint32(8, 0, true)), damage],
    [changed("disks", (view) => view.setUint32(0, 2, true)), "damaged snapshot: section disks 0: it ends too soon"],
    [changed("disks", (view) => view.setUint8(9, 0x21)), REFUSAL],
    [changed("disks", (view) => view.setUint32(view.byteLength - 4, 2, true)), "section disk 1 is missing"],
    [changed("disks", (view) => view.setUint32(view.byteLength - 4, 0, true)), "section disk 0 is one too many"],
    [original.filter(({ name }) => name !== "disk"), "section disk 0 is missing"],
    [original.filter(({ name }) => name !== "disks"), "section disks 0 is missing"],
  ];
  for (const [sections, message] of cases) {
    await expect(machine.load(fileOf(sections))).rejects.toThrow(message);
    expect(await machine.stateHash()).toBe(hash);
  }
  await expectAsSaved(guest);
  await machine.load(fileOf(original));
  expect(await machine.stateHash()).toBe(hash);
});
