/** Finds the errors and warnings of the part of a log that is not here, by searching for them on the service. No DOM. */

import type { Lines } from "./lines.js";
import type { ProblemLevel, Problems } from "./problems.js";
import { LISTED, MAX_KNOWN, PROBLEM_LEVELS } from "./problems.js";
import type { FoundPage } from "./search.js";

/** What is wanted of the service. Rejects with `ServiceError`. */
export type FindProblems = (level: ProblemLevel, from: number) => Promise<FoundPage>;

interface Search {
  level: ProblemLevel;
  /** How many there are, of those that can be known. */
  left: number;
  found: number;
  from: number | null;
}

export class ProblemFinder {
  readonly #lines: Lines;
  readonly #problems: Problems;
  readonly #find: FindProblems;
  /** Records from here on come by themselves. */
  readonly #end: number;
  readonly #searches: readonly Search[];
  #running: Promise<void> | undefined;
  #all = false;

  /** Made before any record came: the problems that are counted by now are those to be found. */
  constructor(lines: Lines, problems: Problems, find: FindProblems) {
    this.#lines = lines;
    this.#problems = problems;
    this.#find = find;
    this.#end = lines.nextSeq;
    const counts = { ERROR: problems.errors, WARN: problems.warnings };
    this.#searches = PROBLEM_LEVELS.map((level) => ({ level, left: Math.min(counts[level], MAX_KNOWN), found: 0, from: 0 }));
  }

  /** Find the first ones; `all`: as many as can be known. `changed` is called after each answer. */
  async run(all: boolean, changed: () => void): Promise<void> {
    this.#all ||= all;
    this.#running ??= this.#search(changed).finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #search(changed: () => void): Promise<void> {
    for (const search of this.#searches) {
      while (search.left > 0 && search.from !== null && (this.#all || search.found < LISTED)) {
        const page = await this.#find(search.level, search.from);
        const found = page.matches.filter(({ seq }) => seq < this.#end);
        const lines = found.map(({ seq, timestamp, message }) => ({ seq, timestamp, level: search.level, message, line: this.#lines.indexOf(seq) }));
        for (const { line, ...kept } of this.#problems.find(search.level, lines)) this.#lines.keepAside(line, kept);
        search.left -= found.length;
        search.found += found.length;
        search.from = page.next_from !== null && page.next_from < this.#end ? page.next_from : null;
        changed();
      }
    }
  }
}
