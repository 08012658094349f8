import { describe, expect, test } from "vitest";
import { TestBoard } from "./harness/board.ts";

const RTC = 0x10_1000;
const [TIME_LOW, TIME_HIGH, ALARM_LOW, ALARM_HIGH] = [RTC, RTC + 4, RTC + 8, RTC + 12] as const;
const [IRQ_ENABLED, CLEAR_ALARM, ALARM_STATUS, CLEAR_INTERRUPT] = [
  RTC + 0x10,
  RTC + 0x14,
  RTC + 0x18,
  RTC + 0x1c,
] as const;
const SEIP = 1 << 9;
const BASE = 1_767_225_600_000_000_000n;

function time(board: TestBoard): bigint {
  const low = board.read(TIME_LOW);
  return (BigInt(board.read(TIME_HIGH)) << 32n) | BigInt(low);
}

function setAlarm(board: TestBoard, at: bigint): void {
  board.write(ALARM_HIGH, at >> 32n);
  board.write(ALARM_LOW, at & 0xffff_ffffn);
}

async function create(): Promise<TestBoard> {
  const board = await TestBoard.create({ rtcBase: BASE });
  board.write(0xc00_002c, 1);
  board.write(0xc00_2080, 1 << 11);
  board.write(0x200_4000, -1n, 8);
  return board;
}

describe("the real-time clock", () => {
  test("tells the machine's wall clock plus virtual time", async () => {
    const board = await create();
    expect(time(board)).toBe(BASE);
    board.advance(5_000_000_001n);
    expect(time(board)).toBe(BASE + 5_000_000_001n);
  });

  test("latches the high half with the low", async () => {
    const board = await create();
    const toWrap = 0x1_0000_0000n - (BASE & 0xffff_ffffn);
    board.advance(toWrap - 1n);
    expect(board.read(TIME_LOW)).toBe(0xffff_ffff);
    board.advance(1n);
    expect(board.read(TIME_HIGH)).toBe(Number(BASE >> 32n));
    expect(board.read(TIME_LOW)).toBe(0);
    expect(board.read(TIME_HIGH)).toBe(Number(BASE >> 32n) + 1);
  });

  test("can be set", async () => {
    const board = await create();
    board.write(TIME_HIGH, 0);
    board.write(TIME_LOW, 1000);
    board.advance(5n);
    expect(time(board)).toBe(1005n);
  });

  test("interrupts at the alarm's ns, if enabled, until the interrupt is cleared", async () => {
    const board = await create();
    setAlarm(board, BASE + 1000n);
    expect(board.read(ALARM_STATUS)).toBe(1);
    board.advance(1000n);
    expect([board.read(ALARM_STATUS), board.lines()]).toEqual([0, 0]);
    board.write(IRQ_ENABLED, 0xff);
    expect([board.read(IRQ_ENABLED), board.lines(), board.read(0xc20_1004)]).toEqual([1, SEIP, 11]);
    board.write(CLEAR_INTERRUPT, 1);
    board.write(0xc20_1004, 11);
    expect(board.lines()).toBe(0);
    setAlarm(board, BASE + 3000n);
    board.advance(1999n);
    expect(board.lines()).toBe(0);
    board.advance(1n);
    expect(board.lines()).toBe(SEIP);
  });

  test("interrupts at once for an alarm that has passed, never for one that was cleared", async () => {
    const board = await create();
    board.write(IRQ_ENABLED, 1);
    setAlarm(board, BASE + 10n);
    board.write(CLEAR_ALARM, 1);
    board.advance(100n);
    expect([board.read(ALARM_STATUS), board.lines()]).toEqual([0, 0]);
    setAlarm(board, BASE + 100n);
    expect([board.read(ALARM_STATUS), board.lines()]).toEqual([0, SEIP]);
  });

  test("keeps the alarm's halves, and moves an armed alarm with the time", async () => {
    const board = await create();
    board.write(IRQ_ENABLED, 1);
    setAlarm(board, BASE + 1000n);
    expect((BigInt(board.read(ALARM_HIGH)) << 32n) | BigInt(board.read(ALARM_LOW))).toBe(BASE + 1000n);
    const later = BASE + 990n;
    board.write(TIME_HIGH, later >> 32n);
    board.write(TIME_LOW, later & 0xffff_ffffn);
    board.advance(9n);
    expect(board.lines()).toBe(0);
    board.advance(1n);
    expect(board.lines()).toBe(SEIP);
  });

  test("is at the machine's time again after a reset", async () => {
    const board = await create();
    board.write(TIME_LOW, 1);
    setAlarm(board, BASE * 2n);
    board.core.reset();
    expect([time(board), board.read(ALARM_STATUS)]).toEqual([BASE, 0]);
    expect(board.core.nextDeadline()).toBe(-1n);
  });
});
