/** What became of one program of `vitrine test`. */

export interface Verdict {
  /** Name of its file. */
  readonly name: string;
  /** null: passed; else why not, in one line. */
  readonly failure: string | null;
  /** What it printed. */
  readonly output: string;
  readonly steps: bigint;
  /** Host seconds. */
  readonly seconds: number;
}
