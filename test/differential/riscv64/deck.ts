/** Which instruction comes next. */

import type { Random } from "../random.ts";
import { ROWS, type Row } from "./assembler.ts";
import { isMemory } from "./operands.ts";

/** Rows in random order, each as often as all others, as far as the cases allow. */
export class Deck {
  private rows: Row[] = [];

  constructor(
    private readonly random: Random,
    private readonly all: readonly Row[] = ROWS,
  ) {}

  /** The next row that is possible now. There must be one. */
  draw(possible: (row: Row) => boolean): Row {
    for (;;) {
      const at = this.rows.findLastIndex(possible);
      if (at >= 0) return this.rows.splice(at, 1)[0];
      const fresh = [...this.all];
      for (let i = fresh.length - 1; i > 0; i--) {
        const j = this.random.below(i + 1);
        [fresh[i], fresh[j]] = [fresh[j], fresh[i]];
      }
      this.rows = [...fresh, ...this.rows];
    }
  }
}

/** Decks of all rows, of floating-point arithmetic, and of memory accesses with some arithmetic. */
export function decks(random: Random) {
  const arithmetic = ROWS.filter(({ kind }) => kind === "fp");
  const fused = arithmetic.filter(({ name }) => /^fn?m(add|sub)/.test(name));
  return {
    all: new Deck(random),
    // Fused operations have the most to go wrong.
    float: new Deck(random, [...arithmetic, ...fused, ...fused]),
    memory: new Deck(
      random,
      ROWS.filter((row) => isMemory(row) || row.ext === "Zba"),
    ),
  };
}
