/** How far somebody has come in a tour: kept between visits, and nowhere if what is stored makes no sense. */
import { expect, test } from "vitest";
import { TOURS } from "../../../web/tours/riscv64/tours.ts";
import { TourProgress } from "../../../web/tours/tour-progress.ts";

function storage(text: string | null) {
  return {
    text,
    getItem(): string | null {
      return this.text;
    },
    setItem(_: string, value: string): void {
      this.text = value;
    },
  };
}

const NOWHERE = { mark: null, finished: false };

test("what is set is there on the next visit, numbers of any size included", () => {
  const place = storage(null);
  const progress = new TourProgress(place);
  expect(progress.of("ecall")).toEqual(NOWHERE);
  const mark = { step: 2, at: 2n ** 60n, notes: { ecall: 0xffff_ffff_ffff_ffffn } };
  progress.set("ecall", { mark, finished: true });
  progress.set("hang", { mark: { step: 0, at: null, notes: {} }, finished: false });
  const later = new TourProgress(place);
  expect(later.of("ecall")).toEqual({ mark, finished: true });
  expect(later.of("hang")).toEqual({ mark: { step: 0, at: null, notes: {} }, finished: false });
  expect(later.of("edit")).toEqual(NOWHERE);
});

test.each([
  ["no JSON", "{"],
  ["no list", '{"ecall":1}'],
  ["no pairs", "[1,2]"],
  ["no step", '[["ecall",{"mark":{"step":-1,"at":"1","notes":{}},"finished":false}]]'],
  ["no number", '[["ecall",{"mark":{"step":1,"at":"many","notes":{}},"finished":false}]]'],
  ["no notes", '[["ecall",{"mark":{"step":1,"at":"1"},"finished":false}]]'],
])("%s: nowhere yet", (_, text) => {
  expect(new TourProgress(storage(text)).of("ecall")).toEqual(NOWHERE);
});

test("storage that throws costs nothing but the memory", () => {
  const forbidden = {
    getItem: (): string => {
      throw new Error("forbidden");
    },
    setItem: (): void => {
      throw new Error("forbidden");
    },
  };
  const progress = new TourProgress(forbidden);
  progress.set("ecall", { mark: null, finished: true });
  expect(progress.of("ecall").finished).toBe(true);
});

test("five tours of four to seven steps, each with a name of its own", () => {
  expect(new Set(TOURS.map(({ id }) => id)).size).toBe(5);
  for (const { steps } of TOURS) {
    expect(steps.length).toBeGreaterThanOrEqual(4);
    expect(steps.length).toBeLessThanOrEqual(7);
  }
});
