/** The lines of one log: which record comes next, which came before, which is missing. No DOM. */

import type { Level, LogRecord } from "./protocol.js";
import { columnsOf } from "./visible.js";

/** One row of the log. What a row does not show is not kept: a log of 100,000 lines stays small. */
export interface Line {
  seq: number;
  timestamp: string;
  level: Level;
  message: string;
  ansi?: string;
  /** The line goes on in the next row. */
  continued?: boolean;
  phase?: string;
  gap?: { lines: number; bytes: number };
  /** A final record: the service's own word on the outcome. */
  final?: boolean;
}

/** What came of a record. */
export type Outcome =
  /** It was the next one. */
  | "taken"
  /** It was shown, but is not finished. */
  | "partial"
  /** It came before, or is the unfinished form of a record that is not the next one. */
  | "ignored"
  /** One or more before it are missing; it was not taken. */
  | "gap";

export class Lines {
  readonly #lines: Line[] = [];
  #partial: Line | undefined;
  #nextSeq: number;
  #columns = 0;

  /** `firstSeq`: the number of the first record that is wanted. */
  constructor(firstSeq = 0) {
    this.#nextSeq = firstSeq;
  }

  /** The seq of the next finished record: where to resume. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** How many rows are finished. */
  get finished(): number {
    return this.#lines.length;
  }

  /** How many rows there are, the unfinished one included. */
  get length(): number {
    return this.#lines.length + (this.#partial ? 1 : 0);
  }

  /** Width of the widest row in columns. */
  get columns(): number {
    return Math.max(this.#columns, this.#partial ? columnsOf(this.#partial.message) : 0);
  }

  at(index: number): Line | undefined {
    return index === this.#lines.length ? this.#partial : this.#lines[index];
  }

  isPartial(index: number): boolean {
    return index === this.#lines.length && this.#partial !== undefined;
  }

  /** Take `record` if it is the next one, or show it if it is its unfinished form. */
  accept(record: LogRecord): Outcome {
    if (record.seq < this.#nextSeq) return "ignored";
    if (record.partial) {
      if (record.seq > this.#nextSeq) return "ignored";
      this.#partial = lineOf(record);
      return "partial";
    }
    if (record.seq > this.#nextSeq) return "gap";
    this.#nextSeq = record.seq + 1;
    if (record.kind === "progress") {
      // The unfinished line is still there, under the next number.
      if (this.#partial) this.#partial.seq = this.#nextSeq;
      return "taken";
    }
    this.#partial = undefined;
    this.#push(lineOf(record));
    return "taken";
  }

  /** Give up the records before `seq`, which cannot be had, and say so in a row. */
  skipTo(seq: number, message: string): void {
    const lines = seq - this.#nextSeq;
    if (lines <= 0) return;
    this.#partial = undefined;
    const timestamp = this.#lines.at(-1)?.timestamp ?? "";
    this.#push({ seq: this.#nextSeq, timestamp, level: "WARN", message, gap: { lines, bytes: 0 } });
    this.#nextSeq = seq;
  }

  /** Forget the unfinished line: after a break, or at the end, nobody will finish it. */
  dropPartial(): void {
    this.#partial = undefined;
  }

  /** Return the row of record `seq`, or of the nearest one before it; -1 where there is none. */
  indexOf(seq: number): number {
    let low = 0;
    let high = this.#lines.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#lines[middle] as Line).seq <= seq) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Return rows `from` to before `to` as plain text, a line a row; pieces of an over-long line are joined again. */
  text(from = 0, to = this.#lines.length): string {
    let text = "";
    for (const line of this.#lines.slice(from, to)) text += line.continued ? line.message : `${line.message}\n`;
    return text;
  }

  #push(line: Line): void {
    this.#lines.push(line);
    const columns = columnsOf(line.message);
    if (columns > this.#columns) this.#columns = columns;
  }
}

function lineOf(record: LogRecord): Line {
  const line: Line = {
    seq: record.seq,
    timestamp: record.timestamp,
    level: record.level,
    message: record.message,
  };
  if (record.ansi !== undefined) line.ansi = record.ansi;
  if (record.continued) line.continued = true;
  if (record.phase) line.phase = record.phase;
  if (record.gap) line.gap = record.gap;
  if (record.final) line.final = true;
  return line;
}
