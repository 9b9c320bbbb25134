/**
 * What is listed of a log: its lines and the heads of its parts, without what is folded or filtered away.
 *
 * Rows are not kept one by one, but by the parts that they belong to: a log has a million lines, and a few parts.
 */

import type { Folds } from "./folds.js";
import type { Lines } from "./lines.js";
import type { Problems } from "./problems.js";
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
  readonly #problems: Problems;
  /** Where the rows of each part begin in the list, and whether its lines are among them. */
  #starts: number[] = [];
  #open: boolean[] = [];
  #length = 0;
  /** All rows, where only some levels are listed. */
  #filtered: Row[] = [];
  #partial = false;
  #levels: ReadonlySet<Level> = new Set();
  #foldVersion = 0;
  #problemVersion = 0;
  #problemCount = -1;
  #version = 0;

  constructor(lines: Lines, sections: Sections, folds: Folds, problems: Problems) {
    this.#lines = lines;
    this.#sections = sections;
    this.#folds = folds;
    this.#problems = problems;
  }

  get length(): number {
    return this.finished + (this.#partial ? 1 : 0);
  }

  /** How many of them are no unfinished line. */
  get finished(): number {
    return this.#isFiltered ? this.#filtered.length : this.#length;
  }

  /** Changes when rows that were there have moved; new ones at the end change nothing. */
  get version(): number {
    return this.#version;
  }

  /** The levels that are listed, of errors and warnings; none: all lines are. */
  get levels(): ReadonlySet<Level> {
    return this.#levels;
  }

  at(index: number): Row | undefined {
    if (index === this.finished && this.#partial) return this.#lines.finished;
    if (index < 0 || index >= this.finished) return undefined;
    if (this.#isFiltered) return this.#filtered[index];
    if (index < this.#lead) return index;
    const part = lastAtOrBefore(this.#starts, index);
    const section = this.#sections.at(part) as Section;
    const place = index - (this.#starts[part] as number) - headsOf(section);
    return place < 0 ? headRow(part) : section.firstLine + place;
  }

  /** List only errors, only warnings, or both, from all parts, folded or not; none: all lines. */
  filter(levels: Iterable<Level>): void {
    this.#levels = new Set(levels);
    this.#restart();
  }

  /** Take in what is new. */
  update(): void {
    if (this.#foldVersion !== this.#folds.version) this.#restart();
    this.#foldVersion = this.#folds.version;
    if (this.#isFiltered) this.#updateFiltered();
    else this.#updateParts();
    const next = this.#lines.finished;
    this.#partial = this.#lines.length > next && this.#isListed(next);
  }

  /** Return where `row` is listed, or the nearest one before it; -1 where there is none. */
  indexOf(row: Row): number {
    if (this.#isFiltered) return this.#indexInFiltered(row);
    const section = isHead(row) ? this.#sections.at(sectionOfHead(row)) : this.#sections.ofLine(row);
    if (!section) return Math.min(row, this.#lead - 1);
    const start = this.#starts[section.index];
    // What has come since the last update is not listed yet.
    if (start === undefined) return this.length - 1;
    const head = start + headsOf(section) - 1;
    return isHead(row) || !this.#open[section.index] ? head : Math.min(head + 1 + row - section.firstLine, this.length - 1);
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

  get #isFiltered(): boolean {
    return this.#levels.size > 0;
  }

  /** Lines before the first part. */
  get #lead(): number {
    return this.#sections.at(0)?.firstLine ?? this.#lines.finished;
  }

  #restart(): void {
    this.#starts = [];
    this.#problemCount = -1;
    this.#version++;
  }

  #updateParts(): void {
    const { finished } = this.#lines;
    // The part that was the last one has grown.
    let part = Math.max(0, this.#starts.length - 1);
    this.#length = this.#starts[part] ?? this.#lead;
    for (; part < this.#sections.length; part++) {
      const section = this.#sections.at(part) as Section;
      this.#starts[part] = this.#length;
      this.#open[part] = this.#folds.isOpen(section);
      this.#length += headsOf(section);
      if (this.#open[part]) this.#length += this.#sections.endOf(section, finished) - section.firstLine;
    }
  }

  #updateFiltered(): void {
    const { version, total } = this.#problems;
    if (version !== this.#problemVersion) this.#restart();
    this.#problemVersion = version;
    if (total === this.#problemCount) return;
    this.#problemCount = total;
    this.#filtered = [];
    let shown: Section | undefined;
    for (const line of this.#problems.rows(this.#levels)) {
      const section = this.#sections.ofLine(line);
      // A part that has nothing to show needs no head.
      if (section && section !== shown && isNamed(section)) this.#filtered.push(headRow(section.index));
      this.#filtered.push(line);
      shown = section;
    }
  }

  #indexInFiltered(row: Row): number {
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

  /** A head stands right before the first line of its part, after the heads of empty parts. */
  #placeOf(row: Row): number {
    if (!isHead(row)) return row;
    const section = this.#sections.at(sectionOfHead(row)) as Section;
    return section.firstLine - 1 + (section.index + 1) / (this.#sections.length + 1);
  }

  #isListed(line: number): boolean {
    if (this.#isFiltered) return this.#levels.has(this.#lines.at(line)?.level ?? "INFO");
    const { last } = this.#sections;
    return last === undefined || this.#folds.isOpen(last);
  }
}

/** How many rows stand before the lines of `section`. */
const headsOf = (section: Section): number => (isNamed(section) ? 1 : 0);

/** Return the index of the last of `numbers`, which rise, that is not above `limit`. */
function lastAtOrBefore(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
