// The build's memory of what it made: anything that changes, is renamed or is lost makes a stage stale.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeEach, expect, test } from "vitest";
import { at } from "../../scripts/paths.mjs";
import { clearStamp, hashOf, isFresh, writeStamp } from "../../scripts/stamps.mjs";

const folder = `build/stamps-test-${process.pid}`;
const stage = `test-${process.pid}`;

beforeEach(() => {
  rmSync(at(folder), { recursive: true, force: true });
  mkdirSync(at(folder, "in"), { recursive: true });
  writeFileSync(at(folder, "in", "a"), "one");
  writeFileSync(at(folder, "out"), "made");
  writeStamp(stage, hashOf([`${folder}/in`]), [`${folder}/out`]);
});

afterAll(() => {
  rmSync(at(folder), { recursive: true, force: true });
  clearStamp(stage);
});

const fresh = () => isFresh(stage, hashOf([`${folder}/in`]));

test("fresh while nothing changed", () => {
  writeFileSync(at(folder, "in", "a"), "one");
  expect(fresh()).toBe(true);
});

test.each<[string, () => void]>([
  ["an input changed", () => writeFileSync(at(folder, "in", "a"), "two")],
  ["an input is new", () => writeFileSync(at(folder, "in", "b"), "")],
  ["an input is gone", () => rmSync(at(folder, "in", "a"))],
  ["an output is gone", () => rmSync(at(folder, "out"))],
  ["the stage broke half-way", () => clearStamp(stage)],
])("stale when %s", (_what, change) => {
  change();
  expect(fresh()).toBe(false);
});

test("content that looks like the next file is not taken for it", () => {
  writeFileSync(at(folder, "in", "a"), `${folder}/in/b\0`);
  const one = hashOf([`${folder}/in`]);
  writeFileSync(at(folder, "in", "a"), "");
  writeFileSync(at(folder, "in", "b"), "");
  expect(hashOf([`${folder}/in`])).not.toBe(one);
});
