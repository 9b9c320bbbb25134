/**
 * The lines of one log: which record comes next, which came before, which is missing. No DOM.
 *
 * They lie in pages. Where a service can give lines again, only the pages that were used last are kept, so that a log of any
 * length takes the same memory: a line that is counted but not here is a hole, which is filled when somebody looks at it.
 */

import type { Run } from "./numbering.js";
import type { Level, LogRecord } from "./protocol.js";
import type { LineRange } from "./selection.js";
import { columnsOf } from "./visible.js";
import { Numbering } from "./numbering.js";

/** Lines of one page: some 120 kB, which a browser takes in within a frame. */
export const PAGE = 500;
/** Pages that are kept: 20,000 lines. */
const KEPT_PAGES = 40;
/** Where lines are long, fewer pages are kept. */
const KEPT_CHARACTERS = 16_000_000;

/** One row of the log. What a row does not show is not kept. */
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

interface Page {
  readonly lines: (Line | undefined)[];
  loaded: number;
  characters: number;
}

export class Lines {
  /** By their number, those first that were not used for longest. */
  readonly #pages = new Map<number, Page>();
  /** Lines that are kept whatever becomes of their pages. */
  readonly #aside = new Map<number, Line>();
  #numbering = new Numbering();
  #used = new Set<number>();
  #characters = 0;
  #bounded = false;
  #partial: Line | undefined;
  #finished = 0;
  #nextSeq: number;
  #columns = 0;
  #sample: Line | undefined;

  /** `firstSeq`: the number of the first record that is wanted. */
  constructor(firstSeq = 0) {
    this.#nextSeq = firstSeq;
  }

  /** Begin with a log that has `lines` rows already, none of which is here. */
  begin(lines: number, nextSeq: number, unprinted: readonly Run[]): void {
    this.#finished = lines;
    this.#nextSeq = nextSeq;
    this.#numbering = new Numbering(unprinted);
  }

  /** Keep no more than is needed from now on: what is dropped can be had again. */
  bound(): void {
    this.#bounded = true;
    this.#trim();
  }

  /** The seq of the next finished record: where to resume. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** How many rows are finished. */
  get finished(): number {
    return this.#finished;
  }

  /** How many rows there are, the unfinished one included. */
  get length(): number {
    return this.#finished + (this.#partial ? 1 : 0);
  }

  /** Width, in columns, of the widest row that was ever here. */
  get columns(): number {
    return Math.max(this.#columns, this.#partial ? columnsOf(this.#partial.message) : 0);
  }

  /** A row that came lately: what rows look like. */
  get sample(): Line | undefined {
    return this.#sample;
  }

  /** Return a row, or `undefined` where there is none, or it is not here. */
  at(index: number): Line | undefined {
    if (index === this.#finished) return this.#partial;
    return this.#pages.get(Math.floor(index / PAGE))?.lines[index % PAGE] ?? this.#aside.get(index);
  }

  isPartial(index: number): boolean {
    return index === this.#finished && this.#partial !== undefined;
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
      this.#numbering.skip(record.seq);
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
    const line: Line = { seq: this.#nextSeq, timestamp: this.#sample?.timestamp ?? "", level: "WARN", message, gap: { lines, bytes: 0 } };
    this.keepAside(this.#finished, line);
    this.#push(line);
    if (lines > 1) this.#numbering.skip(this.#nextSeq + 1, lines - 1);
    this.#nextSeq = seq;
  }

  /** Forget the unfinished line: after a break, or at the end, nobody will finish it. */
  dropPartial(): void {
    this.#partial = undefined;
  }

  /** Return the row of record `seq`, or of the nearest one before it; -1 where there is none. */
  indexOf(seq: number): number {
    return Math.min(this.#numbering.lineOf(seq), this.#finished - 1);
  }

  /** Return the record that row `index` shows. */
  seqOf(index: number): number {
    return this.#numbering.seqOf(index);
  }

  /** Return rows `from` to before `to` that are here as plain text, a line a row; pieces of an over-long line are joined again. */
  text(from = 0, to = this.#finished): string {
    let text = "";
    for (let index = from; index < Math.min(to, this.#finished); index++) {
      const line = this.at(index);
      if (line) text += textOf(line);
    }
    return text;
  }

  /** Return the pages that hold finished rows of `range` which are not here. */
  missing({ first, last }: LineRange): number[] {
    const found: number[] = [];
    const end = Math.min(last, this.#finished - 1);
    for (let page = Math.max(0, Math.floor(first / PAGE)); page * PAGE <= end; page++) {
      if ((this.#pages.get(page)?.loaded ?? 0) < this.rangeOf(page).last + 1 - page * PAGE) found.push(page);
    }
    return found;
  }

  /** Return the finished rows of a page. */
  rangeOf(page: number): LineRange {
    return { first: page * PAGE, last: Math.min((page + 1) * PAGE, this.#finished) - 1 };
  }

  /** Take the records of the rows in `range`, which came out of the history; what is not among them cannot be had. */
  fill({ first, last }: LineRange, records: readonly LogRecord[]): void {
    const lines = new Map(records.filter(({ kind }) => kind !== "progress").map((record) => [record.seq, record]));
    for (let index = first; index <= last; index++) {
      const seq = this.seqOf(index);
      const record = lines.get(seq);
      const lost: Line = { seq, timestamp: "", level: "WARN", message: "", gap: { lines: 1, bytes: 0 } };
      this.#put(index, this.#aside.get(index) ?? (record ? lineOf(record) : lost));
    }
    this.#trim();
  }

  /** Keep these pages, and the ones that were used last. */
  use(pages: Iterable<number>): void {
    this.#used = new Set(pages);
    for (const number of this.#used) {
      const page = this.#pages.get(number);
      if (!page) continue;
      this.#pages.delete(number);
      this.#pages.set(number, page);
    }
  }

  /** Keep row `index` for good. */
  keepAside(index: number, line: Line): void {
    this.#aside.set(index, line);
  }

  /** Return the pages of which something is here. */
  pages(): number[] {
    return [...this.#pages.keys()];
  }

  #push(line: Line): void {
    this.#put(this.#finished++, line);
    if (this.#finished % PAGE === 1) this.#trim();
  }

  #put(index: number, line: Line): void {
    const number = Math.floor(index / PAGE);
    let page = this.#pages.get(number);
    if (!page) this.#pages.set(number, (page = { lines: [], loaded: 0, characters: 0 }));
    if (page.lines[index % PAGE]) return;
    page.lines[index % PAGE] = line;
    page.loaded++;
    const characters = line.message.length + (line.ansi?.length ?? 0);
    page.characters += characters;
    this.#characters += characters;
    this.#sample = line;
    const columns = columnsOf(line.message);
    if (columns > this.#columns) this.#columns = columns;
  }

  #trim(): void {
    if (!this.#bounded) return;
    const newest = Math.floor(this.#finished / PAGE);
    for (const [number, page] of this.#pages) {
      if (this.#pages.size <= KEPT_PAGES && this.#characters <= KEPT_CHARACTERS) return;
      if (this.#used.has(number) || number === newest) continue;
      this.#pages.delete(number);
      this.#characters -= page.characters;
    }
  }
}

/** Return what `line` adds to a text. */
export function textOf({ message, continued }: Pick<Line, "message" | "continued">): string {
  return continued ? message : `${message}\n`;
}

export function lineOf(record: LogRecord): Line {
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
