/** A disk that knows whether something would be lost with the machine. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { blankDisk } from "../../../src/host/backends/blank-disk.ts";
import { memoryStore } from "../../../src/host/backends/byte-store.ts";
import { openOverlay } from "../../../src/host/backends/overlay.ts";
import { temporaryOverlay } from "../../../src/host/backends/temporary-overlay.ts";
import { watchedDisk } from "../../../src/host/backends/watched-disk.ts";

const sector = new Uint8Array(512).fill(7);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("what is kept is unsaved until a flush is through", async () => {
  const disk = watchedDisk(await openOverlay(blankDisk("blank", 4096), memoryStore("changes")), false);
  expect(disk.unsaved).toBe(false);
  await disk.write(0n, sector);
  expect(disk.unsaved).toBe(true);
  const flushing = disk.flush();
  const later = disk.write(1n, sector);
  await flushing;
  await later;
  // That flush says nothing about what was written meanwhile.
  expect(disk.unsaved).toBe(true);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(disk.unsaved).toBe(true);
  await disk.flush();
  expect(disk.unsaved).toBe(false);
  await disk.discard?.(0n, 1n);
  expect(disk.unsaved).toBe(true);
  await disk.close();
});

test("what nobody keeps stays unsaved", async () => {
  const disk = watchedDisk(temporaryOverlay(blankDisk("blank", 4096), memoryStore("changes")), true);
  await disk.writeZeroes?.(0n, 1n);
  await disk.flush();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(disk.unsaved).toBe(true);
  expect(disk.changes).toBeDefined();
  await disk.close();
});

test("a disk that settles makes safe what the guest does not flush, within a second", async () => {
  const store = memoryStore("changes");
  const flushes = vi.spyOn(store, "flush");
  const disk = watchedDisk(await openOverlay(blankDisk("blank", 4096), store), true);
  await disk.write(0n, sector);
  const before = flushes.mock.calls.length;
  await vi.advanceTimersByTimeAsync(999);
  expect([disk.unsaved, flushes.mock.calls.length]).toEqual([true, before]);
  await vi.advanceTimersByTimeAsync(1);
  expect(disk.unsaved).toBe(false);
  expect(flushes.mock.calls.length).toBeGreaterThan(before);
  await vi.advanceTimersByTimeAsync(10_000);
  await disk.write(0n, sector);
  await disk.close();
  await vi.advanceTimersByTimeAsync(10_000);
});
