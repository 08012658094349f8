import { expect, test } from "vitest";
import { REASON_POWEROFF, REASON_RESET } from "../../src/spec/abi.ts";
import { TestBoard } from "./harness/board.ts";

const FINISH = 0x10_0000;

test.each([
  [0x5555, REASON_POWEROFF, 0],
  [0x3333, REASON_POWEROFF, 1],
  [0x3333 | (7 << 16), REASON_POWEROFF, 7],
  [(0x3333 | (0xffff << 16)) >>> 0, REASON_POWEROFF, 0xffff],
  [0x7777, REASON_RESET, 0],
  [0x1234, 0, 0],
])("the test finisher takes %i: reason %i, exit code %i", async (value, reason, code) => {
  const board = await TestBoard.create();
  board.write(FINISH, value);
  expect([board.core.stopRequest(), board.core.exitCode()]).toEqual([reason, code]);
});

test("the test finisher takes 16-bit writes, at offset 0 only, and reads 0", async () => {
  const board = await TestBoard.create();
  board.write(FINISH + 4, 0x5555);
  expect([board.core.stopRequest(), board.read(FINISH)]).toEqual([0, 0]);
  board.write(FINISH, 0x5555, 2);
  expect(board.core.stopRequest()).toBe(REASON_POWEROFF);
});
