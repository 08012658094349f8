/** `vitrine images commit` and `export`: the very bytes, and what is refused. */
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { main } from "../../src/cli/main.ts";
import type { BlockBackend } from "../../src/host/backends/block.ts";
import { openDisks } from "../../src/host/backends/open-disks.ts";
import { nodePlatform } from "../../src/worker/node-adapter.ts";
import { contentOf } from "./sector-content.ts";

/** On a host whose disk is busy with others. */
vi.setConfig({ testTimeout: 300_000 });

const SECTORS = 2051;
let folder = "";
const file = (name: string) => join(folder, name);
const bytesOf = (name: string) => new Uint8Array(readFileSync(file(name)));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vitrine-overlay-"));
  writeFileSync(file("image"), contentOf(0, SECTORS, 0));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function kept(): Promise<BlockBackend> {
  const [disk] = await openDisks([{ image: file("image"), overlay: file("changes") }], nodePlatform);
  return disk!;
}

/** A guest's changes in the overlay; answers what the disk is with them. */
async function change(): Promise<Uint8Array> {
  const disk = await kept();
  await disk.write(3n, contentOf(3, 20, 1));
  await disk.write(2050n, contentOf(2050, 1, 2));
  await disk.discard!(800n, 160n);
  await disk.close();
  const merged = contentOf(0, SECTORS, 0);
  merged.set(contentOf(3, 20, 1), 3 * 512);
  merged.set(contentOf(2050, 1, 2), 2050 * 512);
  return merged.fill(0, 800 * 512, 960 * 512);
}

/** Status and what it said on stderr. */
async function images(...words: string[]): Promise<readonly [number, string]> {
  const said: string[] = [];
  const spy = vi.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
  const status = await main(["images", ...words]).finally(() => spy.mockRestore());
  return [status, said.join("").replaceAll(folder, "").replaceAll(String(process.pid), "PID")];
}

test("commit: the image is as the guest has left it, under its name and rights, and the overlay begins anew over it", async () => {
  chmodSync(file("image"), 0o640);
  symlinkSync(file("image"), file("link"));
  const merged = await change();
  // What an earlier attempt has left when it was killed.
  writeFileSync(file("image.vitrine-new"), "torn");
  expect(await images("commit", file("link"), file("changes"))).toEqual([
    0,
    "vitrine: /link has the changes of /changes now, which is empty\n",
  ]);
  expect(bytesOf("image")).toEqual(merged);
  expect(statSync(file("image")).mode & 0o777).toBe(0o640);
  expect(readdirSync(folder).sort()).toEqual(["changes", "image", "link"]);
  const disk = await kept();
  expect(await disk.read(0n, SECTORS * 512)).toEqual(merged);
  await disk.write(7n, contentOf(7, 1, 9));
  await disk.close();
  merged.set(contentOf(7, 1, 9), 7 * 512);
  expect((await images("commit", file("image"), file("changes")))[0]).toBe(0);
  expect(bytesOf("image")).toEqual(merged);
});

test("export: a new image with holes where it is zero; the old one and the overlay stay as they are", async () => {
  const merged = await change();
  const before = [bytesOf("image"), bytesOf("changes")];
  expect(await images("export", file("image"), file("changes"), file("out"))).toEqual([
    0,
    "vitrine: /out is /image with the changes of /changes\n",
  ]);
  expect(bytesOf("out")).toEqual(merged);
  expect(statSync(file("out")).blocks).toBeLessThanOrEqual(Math.ceil((SECTORS - 160) / 8) * 8);
  expect([bytesOf("image"), bytesOf("changes")]).toEqual(before);
  expect(readdirSync(folder).sort()).toEqual(["changes", "image", "out"]);
  expect(await images("export", file("image"), file("changes"), file("out"))).toEqual([
    1,
    "vitrine: /out exists: name another file, or remove it\n",
  ]);
});

test("on a terminal it says how far it is, and takes that back", async () => {
  await change();
  const before = process.stderr.isTTY;
  process.stderr.isTTY = true;
  try {
    const [status, said] = await images("commit", file("image"), file("changes"));
    // A MiB and the rest of the image, then 3, 20 and 1 clusters of changes.
    const shown = [91, 92, 99, 100].map((percent) => `\r\x1b[Kvitrine: /image … ${percent} %`);
    expect([status, said]).toEqual([
      0,
      `${shown.join("")}\r\x1b[Kvitrine: /image has the changes of /changes now, which is empty\n`,
    ]);
  } finally {
    process.stderr.isTTY = before;
  }
});

test("refused: files that a machine has, that do not belong together, or that are none", async () => {
  await change();
  const before = [bytesOf("image"), bytesOf("changes")];
  const commit = (overlay = "changes") => images("commit", file("image"), file(overlay));
  const inUse = (name: string) =>
    `vitrine: /${name} is in use by another machine (process PID), and only one may write to it\n`;
  const machine = await kept();
  expect(await commit()).toEqual([1, inUse("changes")]);
  expect(await images("export", file("image"), file("changes"), file("out"))).toEqual([1, inUse("changes")]);
  await machine.close();
  const [writer] = await openDisks([{ image: file("image") }], nodePlatform);
  expect(await commit()).toEqual([1, inUse("image")]);
  expect(await images("export", file("image"), file("changes"), file("out"))).toEqual([1, inUse("image")]);
  await writer!.close();
  expect(await commit("missing")).toEqual([1, "vitrine: /missing: there is no such file\n"]);
  expect(await images("commit", file("missing"), file("changes"))).toEqual([
    1,
    "vitrine: /missing: there is no such file\n",
  ]);
  writeFileSync(file("empty"), "");
  expect(await commit("empty")).toEqual([1, "vitrine: /empty is empty: it holds no changes\n"]);
  writeFileSync(file("text"), "not an overlay".repeat(1000));
  expect((await commit("text"))[1]).toMatch("/text exists and is not an overlay");
  expect([bytesOf("image"), bytesOf("changes")]).toEqual(before);
  writeFileSync(file("image"), contentOf(0, SECTORS, 5));
  expect((await commit())[1]).toMatch("/changes belongs to another disk image, or its image has changed since");
  expect(bytesOf("image")).toEqual(contentOf(0, SECTORS, 5));
  truncateSync(file("image"), 100);
  expect((await commit())[1]).toMatch("/image: its size of 100 bytes is not a multiple of 512");
  expect(existsSync(file("out"))).toBe(false);
});

test.each([
  ["commit", "vitrine images commit: IMAGE is missing"],
  ["commit a", "vitrine images commit: OVERLAY is missing"],
  ["export a b", "vitrine images export: OUT is missing"],
  ["commit a b c", '"c" is one word too many'],
  ["export a b --sparse", "unknown option: --sparse"],
])("vitrine images %s", async (line, message) => {
  expect(await images(...line.split(" "))).toEqual([2, `vitrine: ${message}\n`]);
});
