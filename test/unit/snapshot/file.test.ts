/** The snapshot file by itself: checksums, sections, bounds of what is unpacked, pages of memory. */
import { crc32 as zlibCrc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { crc32 } from "../../../src/host/snapshot/crc32.ts";
import { FieldReader, FieldWriter } from "../../../src/host/snapshot/fields.ts";
import { openSnapshot, packSections, unpackSection } from "../../../src/host/snapshot/file.ts";
import { InitialRam } from "../../../src/host/snapshot/initial-ram.ts";
import { listPages, packPages, unpackPages } from "../../../src/host/snapshot/ram-pages.ts";

const text = (value: string) => new TextEncoder().encode(value);
const sections = [
  { name: "one", index: 0, bytes: text("a text, a text, a text") },
  { name: "two", index: 7, bytes: new Uint8Array(100_000) },
  { name: "empty", index: 0, bytes: new Uint8Array(0) },
];

test("CRC-32 of the check string, of nothing, of any length, and in parts", () => {
  expect(crc32(text("123456789"))).toBe(0xcbf4_3926);
  expect(crc32(new Uint8Array(0))).toBe(0);
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * i) >> 3);
  for (let length = 0; length < 40; length++) {
    const part = bytes.subarray(3, 3 + length);
    expect(crc32(part)).toBe(zlibCrc32(part));
    expect(crc32(bytes.subarray(length), crc32(bytes.subarray(0, length)))).toBe(crc32(bytes));
  }
});

test("sections come back as they were, in their order", async () => {
  const opened = openSnapshot(await packSections(sections));
  expect(opened.map(({ name, index, length }) => ({ name, index, length }))).toEqual(
    sections.map(({ name, index, bytes }) => ({ name, index, length: bytes.length })),
  );
  for (const [n, section] of opened.entries()) {
    expect(await unpackSection(section, 100_000)).toEqual(sections[n]!.bytes);
  }
});

test("every single wrong byte and every truncation is noticed", async () => {
  const file = await packSections(sections);
  for (let at = 0; at < file.length; at++) {
    const wrong = file.slice();
    wrong[at]! ^= 1 << (at & 7);
    expect(() => openSnapshot(wrong), `byte ${at}`).toThrow(/snapshot/);
    expect(() => openSnapshot(file.subarray(0, at)), `cut at ${at}`).toThrow(/snapshot/);
  }
  expect(() => openSnapshot(Uint8Array.from([...file, 0]))).toThrow("damaged snapshot: 1 bytes too many");
});

test("another format is told from damage", async () => {
  const file = await packSections(sections);
  file[8] = 1;
  expect(() => openSnapshot(file)).toThrow("the snapshot has format 1; this version reads format 3 only");
});

describe("a section unpacks to what it says and to no more than is possible", () => {
  test.each([
    [100_000, 99_999, "100000 bytes where at most 99999 are possible"],
    [99_999, 100_000, "it does not unpack to its 99999 bytes"],
    [100_001, 200_000, "it does not unpack to its 100001 bytes"],
  ])("%i of at most %i", async (length, most, message) => {
    const [, section] = openSnapshot(await packSections(sections));
    await expect(unpackSection({ ...section!, length }, most)).rejects.toThrow(
      `damaged snapshot: section two 7: ${message}`,
    );
  });

  test("what is not gzip, or two streams of it, is refused", async () => {
    const [, section] = openSnapshot(await packSections(sections));
    await expect(unpackSection({ ...section!, packed: text("something else") }, 100_000)).rejects.toThrow(
      "damaged snapshot: section two 7",
    );
    const twice = Uint8Array.from([...section!.packed, ...section!.packed]);
    await expect(unpackSection({ ...section!, packed: twice }, 100_000)).rejects.toThrow("damaged snapshot");
  });
});

describe("pages of memory", () => {
  /** An image on the end of page 10, on page 11, and on the beginning of page 12. */
  const image = Uint8Array.from({ length: 4096 + 200 }, (_, i) => (i % 251) | 1);
  const placement = {
    name: "image",
    pa: 0x1000n + 11n * 4096n - 100n,
    bytes: image,
    memoryBytes: BigInt(image.length),
  };
  const initial = new InitialRam([placement], 0x1000n);
  const none = new InitialRam([], 0n);

  test("that are not zero, and nothing else, are kept", () => {
    const ram = new Uint8Array(5 * 4096);
    expect(packPages(ram, 0, none)).toBe(null);
    ram[4096] = 1;
    ram[3 * 4096 - 1] = 2;
    ram[5 * 4096 - 1] = 3;
    const packed = packPages(ram, 0, none)!;
    expect(packed.length).toBe(1024 + 3 * 4096);
    const pages = listPages(packed, ram.length, 0, none);
    expect(pages).toEqual({ held: [1, 2, 4], asInitially: [] });
    const other = new Uint8Array(ram.length).fill(9);
    unpackPages(packed, pages, other, 0, none, false);
    expect(other).toEqual(ram);
    const mismatch = "the pages of a piece of memory do not match their list";
    expect(() => listPages(packed, 4 * 4096, 0, none)).toThrow(mismatch);
    expect(() => listPages(packed.subarray(1), ram.length, 0, none)).toThrow(mismatch);
    expect(() => listPages(packed.subarray(0, 100), ram.length, 0, none)).toThrow(mismatch);
  });

  test("that are as the images leave them are only named", () => {
    const ram = new Uint8Array(5 * 4096);
    ram.set(image, 3 * 4096 - 100);
    const packed = packPages(ram, 8, initial)!;
    expect(packed.length).toBe(1024);
    const pages = listPages(packed, ram.length, 8, initial);
    expect(pages).toEqual({ held: [], asInitially: [2, 3, 4] });
    const other = new Uint8Array(ram.length).fill(9);
    unpackPages(packed, pages, other, 8, initial, false);
    expect(other).toEqual(ram);
    // One byte is enough; a page that the guest has cleared is zero, and not the image's.
    ram[3 * 4096 + 77]! ^= 1;
    ram.fill(0, 4 * 4096);
    const changed = packPages(ram, 8, initial)!;
    expect(changed.length).toBe(1024 + 4096);
    const unpacked = listPages(changed, ram.length, 8, initial);
    unpackPages(changed, unpacked, other, 8, initial, false);
    expect(other).toEqual(ram);
    // The same in memory that is as the images have left it: only where they lie, something has to become zero.
    const fresh = new Uint8Array(ram.length);
    fresh.set(image, 3 * 4096 - 100);
    unpackPages(changed, unpacked, fresh, 8, initial, true);
    expect(fresh).toEqual(ram);
  });

  test("are taken neither from images that do not have them nor twice", () => {
    const ram = new Uint8Array(5 * 4096);
    ram.set(image, 3 * 4096 - 100);
    const message = "pages of memory are said to be as in images that do not have them";
    const packed = packPages(ram, 8, initial)!;
    expect(() => listPages(packed, ram.length, 7, initial)).toThrow(message);
    ram[3 * 4096 + 77]! ^= 1;
    const both = packPages(ram, 8, initial)!;
    both[512]! |= 1 << 3;
    expect(() => listPages(both, ram.length, 8, initial)).toThrow(message);
  });

  test("give a checksum of the images and their places", () => {
    const moved = new InitialRam([{ ...placement, pa: placement.pa + 4096n }], 0x1000n);
    expect(new Set([initial.checksum, none.checksum, moved.checksum]).size).toBe(3);
    expect(new InitialRam([placement], 0x1000n).checksum).toBe(initial.checksum);
  });
});

test("fields are read as written, and never beyond their section or bound", () => {
  const bytes = new FieldWriter()
    .u32(7)
    .u64(2n ** 63n)
    .text("é")
    .block(Uint8Array.of(1, 2))
    .finish();
  const reader = new FieldReader("name 0", bytes);
  expect([reader.u32(), reader.u64(), reader.text(8), reader.block(2)]).toEqual([
    7,
    2n ** 63n,
    "é",
    Uint8Array.of(1, 2),
  ]);
  reader.end();
  expect(() => reader.u32()).toThrow("damaged snapshot: section name 0: it ends too soon");
  expect(() => new FieldReader("n", bytes).count(6)).toThrow("7 where at most 6 is possible");
  expect(() => new FieldReader("n", bytes).end()).toThrow(`${bytes.length} bytes too many`);
  const many = new FieldWriter();
  for (let n = 0; n < 1000; n++)
    many
      .u32(n)
      .u64(BigInt(n))
      .block(new Uint8Array(n % 300).fill(n));
  const all = new FieldReader("n", many.finish());
  for (let n = 0; n < 1000; n++) {
    expect([all.u32(), all.u64(), all.block(300)]).toEqual([n, BigInt(n), new Uint8Array(n % 300).fill(n)]);
  }
  const long = new FieldWriter().u32(0xffff_ffff).finish();
  expect(() => new FieldReader("n", long).block(2 ** 32)).toThrow("it ends too soon");
});
