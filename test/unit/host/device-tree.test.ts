/** Device-tree blobs, read back by a reader of their own. */
import { expect, test } from "vitest";
import { flattenDeviceTree } from "../../../src/host/device-tree.ts";
import { cells, nodeAt, readDeviceTree, strings } from "./read-device-tree.ts";

test("all kinds of properties and nested nodes come back", () => {
  const blob = flattenDeviceTree({
    name: "",
    properties: { "#address-cells": 2, compatible: ["a,b", "c"], model: "m", flag: true },
    children: [
      {
        name: "memory@80000000",
        properties: { reg: [0x8000_0000n, 0x1_0000_0000n], mixed: [1, 2n], raw: Uint8Array.of(1, 2, 3, 4, 5) },
      },
      { name: "empty", properties: {}, children: [{ name: "inner", properties: { model: "again" } }] },
    ],
  });
  const root = readDeviceTree(blob);
  expect(root.name).toBe("");
  expect(cells(root.properties.get("#address-cells"))).toEqual([2]);
  expect(strings(root.properties.get("compatible"))).toEqual(["a,b", "c"]);
  expect(root.properties.get("flag")).toEqual(new Uint8Array(0));
  const memory = nodeAt(root, "/memory@80000000");
  expect(cells(memory.properties.get("reg"))).toEqual([0, 0x8000_0000, 1, 0]);
  expect(cells(memory.properties.get("mixed"))).toEqual([1, 0, 2]);
  expect(memory.properties.get("raw")).toEqual(Uint8Array.of(1, 2, 3, 4, 5));
  expect(strings(nodeAt(root, "/empty/inner").properties.get("model"))).toEqual(["again"]);
});

test("the header is that of version 17, and its lengths are those of the blob", () => {
  const blob = flattenDeviceTree({ name: "", properties: { a: 1 } }, 3);
  const header = cells(blob.subarray(0, 40));
  // Root's begin (with its empty name), one property of 4 bytes, end, end of tree: 2 + 4 + 1 + 1 words.
  expect(header).toEqual([0xd00dfeed, blob.length, 56, 56 + 32, 40, 17, 16, 3, 2, 32]);
  expect(blob.length).toBe(56 + 32 + 2);
});
