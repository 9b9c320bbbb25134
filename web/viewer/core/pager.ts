/** Fetches the pages of a log that somebody looks at and that are not here: one request a page, given up when it is scrolled past. No DOM. */

import type { HistoryPage } from "./api.js";
import type { Lines } from "./lines.js";
import { lineOf, PAGE, textOf } from "./lines.js";
import type { LogRecord } from "./protocol.js";
import type { LineRange } from "./selection.js";

/** Where pages come from. */
export interface PageSource {
  history(offset: number, limit: number, signal: AbortSignal): Promise<HistoryPage>;
  /** Run after `ms`; returns how to forget it. */
  later(ms: number, run: () => void): () => void;
  /** Pages have come, or could not be had. */
  changed(): void;
}

const AT_ONCE = 3;
/** Whoever drags the bar passes hundreds of pages a second; the one that is let go at is fetched. */
const PAUSE_MS = 60;
const RETRY_MS = [500, 2_000, 5_000, 15_000];
/** The most records that the service gives at once. */
const MAX_RECORDS = 10_000;

export class Pager {
  readonly #lines: Lines;
  #source: PageSource | undefined;
  readonly #requests = new Map<number, AbortController>();
  #wanted: readonly number[] = [];
  #pinned: LineRange | undefined;
  #first = 0;
  #failures = 0;
  #waiting: (() => void) | undefined;

  constructor(lines: Lines) {
    this.#lines = lines;
  }

  /** Pages can be had from `source` from now on. */
  open(source: PageSource): void {
    this.#source = source;
    this.#lines.bound();
  }

  close(): void {
    this.#wanted = [];
    this.#drop();
    this.#waiting?.();
    this.#source = undefined;
  }

  /** Pages were asked for in vain, and are asked for again. */
  get failing(): boolean {
    return this.#failures > 0;
  }

  /** Have these rows here, too, wherever one reads. */
  pin(range: LineRange): void {
    this.#pinned = range;
  }

  /** Somebody looks at the rows `lines`: have them here, and those that come next as one scrolls. */
  want(lines: readonly number[]): void {
    const pages = new Set(lines.map((line) => Math.floor(line / PAGE)));
    const first = lines[0] ?? 0;
    const next = first < this.#first ? (lines[0] ?? 0) - PAGE : (lines.at(-1) ?? 0) + PAGE;
    this.#first = first;
    const ranges: LineRange[] = [...pages].map((page) => this.#lines.rangeOf(page));
    ranges.push({ first: next, last: next });
    if (this.#pinned) ranges.push(this.#pinned);
    this.#lines.use(this.#pinned ? [...pages, Math.floor(this.#pinned.first / PAGE), Math.floor(this.#pinned.last / PAGE)] : pages);
    // Lines that are shown by themselves, among those of one level, need no page.
    const isHole = (range: LineRange): boolean => lines.some((line) => line >= range.first && line <= range.last && !this.#lines.at(line));
    this.#wanted = ranges.flatMap((range, index) => (index < pages.size && !isHole(range) ? [] : this.#lines.missing(range)));
    this.#drop();
    this.#fetch();
  }

  /** Return rows `first` to `last` as text, a line a row, also of what is not here. Rejects with `ServiceError`. */
  async text({ first, last }: LineRange, signal: AbortSignal): Promise<string> {
    let text = "";
    for (let line = first; line <= last; ) {
      const end = Math.min(last, line + MAX_RECORDS / 2);
      if (this.#lines.missing({ first: line, last: end }).length === 0) text += this.#lines.text(line, end + 1);
      else for (const record of await this.#records({ first: line, last: end }, signal)) if (record.kind !== "progress") text += textOf(lineOf(record));
      line = end + 1;
    }
    return text;
  }

  /** Give up the requests that nobody waits for any more. */
  #drop(): void {
    for (const [page, request] of this.#requests) {
      if (this.#wanted.includes(page)) continue;
      request.abort();
      this.#requests.delete(page);
    }
  }

  #fetch(): void {
    if (this.#waiting || !this.#source) return;
    let began = false;
    for (const page of this.#wanted) {
      if (this.#requests.size >= AT_ONCE) break;
      if (this.#requests.has(page)) continue;
      void this.#load(page);
      began = true;
    }
    if (began) this.#wait(PAUSE_MS);
  }

  #wait(ms: number): void {
    this.#waiting?.();
    const forget = this.#source?.later(ms, () => {
      this.#waiting = undefined;
      this.#fetch();
    });
    this.#waiting = forget && (() => {
      forget();
      this.#waiting = undefined;
    });
  }

  async #load(page: number): Promise<void> {
    const request = new AbortController();
    this.#requests.set(page, request);
    const range = this.#lines.rangeOf(page);
    try {
      const records = await this.#records(range, request.signal);
      if (request.signal.aborted) return;
      this.#requests.delete(page);
      this.#failures = 0;
      this.#lines.fill(range, records);
      this.#wanted = this.#wanted.filter((other) => other !== page);
    } catch {
      if (request.signal.aborted) return;
      this.#requests.delete(page);
      this.#wait(RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)] as number);
    }
    this.#source?.changed();
    this.#fetch();
  }

  async #records({ first, last }: LineRange, signal: AbortSignal): Promise<LogRecord[]> {
    const source = this.#source;
    const end = this.#lines.seqOf(last) + 1;
    const records: LogRecord[] = [];
    for (let offset: number | null = this.#lines.seqOf(first); source && offset !== null && offset < end; ) {
      const page: HistoryPage = await source.history(offset, Math.min(MAX_RECORDS, end - offset), signal);
      records.push(...page.messages);
      offset = page.next_offset;
    }
    return records;
  }
}
