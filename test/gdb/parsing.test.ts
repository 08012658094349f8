/** The small languages inside packets: numbers, threads, actions. */
import { describe, expect, test } from "vitest";
import {
  bytesOfHex,
  countOfHex,
  littleEndian,
  numberOfHex,
  textOfHex,
  valueOfLittleEndian,
} from "../../src/gdbstub/hex.ts";
import { errorInWords, InvalidPacket } from "../../src/gdbstub/reply.ts";
import { parseResume, parseVCont } from "../../src/gdbstub/resume-actions.ts";
import { exitReply } from "../../src/gdbstub/stop-reply.ts";
import { parseThread, threadOfCpu } from "../../src/gdbstub/threads.ts";

test("numbers", () => {
  expect(numberOfHex("ffffffffffffffff")).toBe(2n ** 64n - 1n);
  for (const text of ["", "0x1", "10000000000000000", "g", " 1", "-1"]) expect(numberOfHex(text)).toBeNull();
  expect(countOfHex("ffffffff")).toBe(0xffff_ffff);
  expect(countOfHex("100000000")).toBeNull();
  expect(countOfHex("8", 7)).toBeNull();
  expect(bytesOfHex("00ff1A")).toEqual(Uint8Array.of(0, 255, 26));
  expect(bytesOfHex("0")).toBeNull();
  expect(bytesOfHex("0g")).toBeNull();
  expect(textOfHex("696e666f")).toBe("info");
  expect(littleEndian(0x1234n, 64)).toBe("3412000000000000");
  expect(valueOfLittleEndian("3412000000000000", 64)).toBe(0x1234n);
  expect(valueOfLittleEndian("3412", 64)).toBeNull();
});

test("threads", () => {
  expect(["1", "p1.1", "10", "0", "p1.0", "-1", "p1.-1", "p1", "p-1"].map(parseThread)).toEqual([
    ...[1, 1, 16, "any", "any"],
    ...["all", "all", "all", "all"],
  ]);
  for (const text of ["", "p", "x", "1.1", "p1.", "123456789", "-2"]) {
    expect(() => parseThread(text), text).toThrow(InvalidPacket);
  }
  expect(threadOfCpu(0)).toBe("01");
});

describe("going on", () => {
  test.each([
    [";c", { kind: "continue" }],
    [";c:p1.-1", { kind: "continue" }],
    [";C05:1;c", { kind: "continue" }],
    [";s:1;c", { kind: "step" }],
    [";c;s:1", { kind: "step" }],
    [";S02:1", { kind: "step" }],
    [";t:1", { kind: "stop" }],
    [";r80000000,80000010:1;c", { kind: "range", first: 0x8000_0000n, end: 0x8000_0010n }],
  ])("vCont%s", (text, action) => {
    expect(parseVCont(text)).toEqual(action);
  });

  test.each(["", ";", "c", ";x", ";C", ";C5", ";s5", ";r1", ";r1,2,3", ";r,", ";c:", ";c:x", ";c;"])(
    "vCont%s",
    (text) => {
      expect(() => parseVCont(text)).toThrow(InvalidPacket);
    },
  );

  test("c, C, s, S", () => {
    expect(parseResume("c")).toEqual({ action: { kind: "continue" }, from: null });
    expect(parseResume("s80000000")).toEqual({ action: { kind: "step" }, from: 0x8000_0000n });
    expect(parseResume("C05")).toEqual({ action: { kind: "continue" }, from: null });
    expect(parseResume("S05;100")).toEqual({ action: { kind: "step" }, from: 0x100n });
    for (const text of ["cx", "C", "C0", "C05100", "s10000000000000000", "S;1"]) {
      expect(() => parseResume(text), text).toThrow(InvalidPacket);
    }
  });
});

test("how a machine ended", () => {
  const ended = (reason: "poweroff" | "failure" | "reset" | "pause", exitCode?: number) =>
    exitReply({ kind: "stopped", reason, pc: 0n, steps: 0n, ...(exitCode !== undefined && { exitCode }) });
  expect(ended("poweroff", 0)).toBe("W00");
  expect(ended("failure", 7)).toBe("W07");
  expect(ended("failure", 256)).toBe("W01");
  expect(ended("reset")).toBe("W00");
  expect(ended("pause")).toBeNull();
});

test("an error in words has nothing that a packet must escape", () => {
  expect(errorInWords(new Error("a #1 $x *y }\n"))).toBe("E.a _1 _x _y _ ");
});
