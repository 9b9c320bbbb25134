/** What is listed of a log: its lines and the heads of its parts, without what is folded or filtered away. */

import type { Folds } from "./folds.js";
import type { Line, Lines } from "./lines.js";
import type { Level } from "./protocol.js";
import type { Section, Sections } from "./sections.js";
import { isNamed } from "./sections.js";

/** A line by its index, 0 and above; the head of section `n` as `-1 - n`. */
export type Row = number;

export const headRow = (section: number): Row => -1 - section;
export const isHead = (row: Row): boolean => row < 0;
export const sectionOfHead = (row: Row): number => -1 - row;

export class Rows {
  readonly #lines: Lines;
  readonly #sections: Sections;
  readonly #folds: Folds;
  #rows: Row[] = [];
  #partial = false;
  #levels: ReadonlySet<Level> = new Set();
  #nextLine = 0;
  #nextSection = 0;
  #foldVersion = 0;
  #version = 0;

  constructor(lines: Lines, sections: Sections, folds: Folds) {
    this.#lines = lines;
    this.#sections = sections;
    this.#folds = folds;
  }

  get length(): number {
    return this.#rows.length + (this.#partial ? 1 : 0);
  }

  /** How many of them are no unfinished line. */
  get finished(): number {
    return this.#rows.length;
  }

  /** Changes when rows that were there have moved; new ones at the end change nothing. */
  get version(): number {
    return this.#version;
  }

  /** The levels that are listed; none: all of them. */
  get levels(): ReadonlySet<Level> {
    return this.#levels;
  }

  at(index: number): Row | undefined {
    return index === this.#rows.length && this.#partial ? this.#lines.finished : this.#rows[index];
  }

  /** List only lines of `levels`, from all parts, folded or not; none: all of them. */
  filter(levels: Iterable<Level>): void {
    this.#levels = new Set(levels);
    this.#restart();
  }

  /** Take in what is new. */
  update(): void {
    if (this.#foldVersion !== this.#folds.version) this.#restart();
    this.#foldVersion = this.#folds.version;
    const end = this.#lines.finished;
    while (this.#nextLine < end) this.#takePart(end);
    while (this.#beginsAt(end)) this.#begin();
    this.#partial = this.#lines.length > end && this.#isListed(end);
  }

  /** Return where `row` is listed, or the nearest one before it; -1 where there is none. */
  indexOf(row: Row): number {
    const place = this.#placeOf(row);
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#placeOf(this.at(middle) as Row) <= place) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Return the line that is listed `by` lines after line `line`, or nearest to that. */
  lineFrom(line: number, by: number): number | undefined {
    const direction = Math.sign(by);
    let found: number | undefined;
    for (let index = this.indexOf(line) + direction, left = Math.abs(by); left > 0; index += direction) {
      const row = this.at(index);
      if (row === undefined) break;
      if (isHead(row)) continue;
      found = row;
      left--;
    }
    return found;
  }

  /** Return the first line that is listed at or after `row`. */
  firstLineFrom(row: Row): number | undefined {
    return isHead(row) ? this.lineFrom(row, 1) : row;
  }

  /** Whether `row` itself is listed. */
  has(row: Row): boolean {
    return this.at(this.indexOf(row)) === row;
  }

  /** A head stands right before the first line of its part, after the heads of empty parts. */
  #placeOf(row: Row): number {
    if (!isHead(row)) return row;
    const section = this.#sections.at(sectionOfHead(row)) as Section;
    return section.firstLine - 1 + (section.index + 1) / (this.#sections.length + 1);
  }

  #restart(): void {
    this.#rows = [];
    this.#nextLine = this.#nextSection = 0;
    this.#version++;
  }

  /** Take the lines up to the next part. */
  #takePart(end: number): void {
    while (this.#beginsAt(this.#nextLine)) this.#begin();
    const until = Math.min(end, this.#sections.at(this.#nextSection)?.firstLine ?? end);
    if (this.#levels.size > 0) this.#takeFiltered(until);
    else if (this.#isOpen()) for (let line = this.#nextLine; line < until; line++) this.#rows.push(line);
    this.#nextLine = until;
  }

  #takeFiltered(until: number): void {
    const current = this.#sections.at(this.#nextSection - 1);
    for (let line = this.#nextLine; line < until; line++) {
      if (!this.#isWanted(line)) continue;
      // A part that has nothing to show needs no head.
      if (current && isNamed(current) && !this.#headIsLast(current)) this.#rows.push(headRow(current.index));
      this.#rows.push(line);
    }
  }

  #headIsLast(section: Section): boolean {
    const last = this.#rows.at(-1);
    return last !== undefined && (isHead(last) ? sectionOfHead(last) === section.index : last >= section.firstLine);
  }

  #beginsAt(line: number): boolean {
    const next = this.#sections.at(this.#nextSection);
    return next !== undefined && next.firstLine <= line;
  }

  #begin(): void {
    const section = this.#sections.at(this.#nextSection++) as Section;
    if (this.#levels.size === 0 && isNamed(section)) this.#rows.push(headRow(section.index));
  }

  #isOpen(): boolean {
    const current = this.#sections.at(this.#nextSection - 1);
    return current === undefined || this.#folds.isOpen(current);
  }

  #isListed(line: number): boolean {
    return this.#levels.size === 0 ? this.#isOpen() : this.#isWanted(line);
  }

  /** The last record is the service's own word: it was not printed, and is not counted. */
  #isWanted(line: number): boolean {
    const { level, final } = this.#lines.at(line) as Line;
    return this.#levels.has(level) && !final;
  }
}
