/** Which record a line is, and which line a record: a line's number is its place among the records that printed something. */

/** From record `seq` on, `count` records printed nothing. */
export type Run = readonly [seq: number, count: number];

export class Numbering {
  /** The first record of each run. */
  readonly #seqs: number[] = [];
  /** How many records printed nothing up to the end of each run. */
  readonly #until: number[] = [];

  /** `runs` are in order, and do not touch. */
  constructor(runs: readonly Run[] = []) {
    for (const [seq, count] of runs) this.skip(seq, count);
  }

  /** Note that `count` records from `seq` on printed nothing; they follow all that were noted before. */
  skip(seq: number, count = 1): void {
    const last = this.#seqs.length - 1;
    const before = this.#until[last] ?? 0;
    if (last >= 0 && this.#endOf(last) === seq) this.#until[last] = before + count;
    else {
      this.#seqs.push(seq);
      this.#until.push(before + count);
    }
  }

  /** Return the line, from 0, of record `seq`, or of the nearest one before it; -1 where there is none. */
  lineOf(seq: number): number {
    const run = this.#lastRun((first) => first <= seq);
    if (run < 0) return seq;
    return seq - (this.#until[run] as number) + Math.max(0, this.#endOf(run) - seq - 1);
  }

  /** Return the record that line `line` is. */
  seqOf(line: number): number {
    const run = this.#lastRun((first, before) => first - before <= line);
    return line + (this.#until[run] ?? 0);
  }

  #endOf(run: number): number {
    return (this.#seqs[run] as number) + (this.#until[run] as number) - (this.#until[run - 1] ?? 0);
  }

  /** Return the last run of which `isBefore` is true, which it is of those before, too; -1: of none. */
  #lastRun(isBefore: (first: number, unprintedBefore: number) => boolean): number {
    let low = 0;
    let high = this.#seqs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(this.#seqs[middle] as number, this.#until[middle - 1] ?? 0)) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
