/** Archives for the kernel's initial file system, field by field. */
import { expect, test } from "vitest";
import { cpioArchive } from "../../../src/cli/images/cpio.ts";

test("a file, a device and the end, each padded to four bytes", () => {
  const archive = cpioArchive([
    { path: "init", mode: 0o100755, data: Buffer.from("abcde") },
    { path: "console", mode: 0o020600, device: [5, 1] },
  ]);
  // Inode, mode, owner, group, links, time, size, two pairs of device numbers, length of the name, checksum.
  const head = (...fields: number[]) => `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`;
  expect(Buffer.from(archive).toString("latin1")).toBe(
    [
      `${head(1, 0o100755, 0, 0, 1, 0, 5, 0, 0, 0, 0, 5, 0)}init\0\0abcde\0\0\0`,
      `${head(2, 0o020600, 0, 0, 1, 0, 0, 0, 0, 5, 1, 8, 0)}console\0\0\0`,
      `${head(3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 11, 0)}TRAILER!!!\0\0\0\0`,
    ].join(""),
  );
});
