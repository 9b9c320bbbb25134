/** The errors and warnings of a log: how many, where they are, and the first of them. No DOM. */

import type { Level, LogRecord } from "./protocol.js";

export interface Problem {
  /** Its row in the log. */
  line: number;
  level: "WARN" | "ERROR";
  message: string;
}

/** Levels that are looked for in a log: errors come first. */
export const PROBLEM_LEVELS = ["ERROR", "WARN"] as const;
export type ProblemLevel = (typeof PROBLEM_LEVELS)[number];

/** So many of each level are listed on top: a build with thousands of warnings must not become a second log. */
export const LISTED = 100;
/** The places of so many of each level are known, and their lines kept. */
export const MAX_KNOWN = 10_000;
/** Where their lines are long, fewer are known. */
const KEPT_CHARACTERS = 8_000_000;

/** Whether `record` is an error or a warning that was printed; the last record is the service's own word. */
export function isProblem(record: Pick<LogRecord, "level" | "kind" | "final">): boolean {
  return (record.level === "ERROR" || record.level === "WARN") && record.kind !== "progress" && !record.final;
}

interface Known {
  /** How many there are. */
  total: number;
  /** Their rows, in order. The first `old` were searched for, the others seen as they came. */
  lines: number[];
  old: number;
  listed: Problem[];
  characters: number;
}

const none = (): Known => ({ total: 0, lines: [], old: 0, listed: [], characters: 0 });

export class Problems {
  readonly #known: Readonly<Record<ProblemLevel, Known>> = { ERROR: none(), WARN: none() };
  #version = 0;

  /** Changes when some were found before others that were known. */
  get version(): number {
    return this.#version;
  }

  get errors(): number {
    return this.#known.ERROR.total;
  }

  get warnings(): number {
    return this.#known.WARN.total;
  }

  get total(): number {
    return this.errors + this.warnings;
  }

  /** Take a finished record, which has the row `line`; return whether its place was noted. */
  take(record: LogRecord, line: number): boolean {
    if (!isProblem(record)) return false;
    const known = this.#known[record.level as ProblemLevel];
    known.total++;
    if (known.lines.length >= MAX_KNOWN || known.characters >= KEPT_CHARACTERS) return false;
    known.lines.push(line);
    known.characters += record.message.length;
    if (known.listed.length < LISTED) known.listed.push({ line, level: record.level as ProblemLevel, message: record.message });
    return true;
  }

  /** Count what a log holds that is not here. */
  count(errors: number, warnings: number): void {
    this.#known.ERROR.total += errors;
    this.#known.WARN.total += warnings;
  }

  /** Take some that were searched for, in order, before all that came by themselves; return those whose places were noted. */
  find<Found extends { line: number; message: string }>(level: ProblemLevel, found: readonly Found[]): readonly Found[] {
    const known = this.#known[level];
    const taken = found.slice(0, MAX_KNOWN - known.old).filter(({ message }) => (known.characters += message.length) < KEPT_CHARACTERS);
    const problems = taken.slice(0, LISTED).map(({ line, message }) => ({ line, level, message }));
    known.listed.splice(known.old, 0, ...problems);
    known.listed.length = Math.min(known.listed.length, LISTED);
    known.lines.splice(known.old, 0, ...taken.map(({ line }) => line));
    known.lines.length = Math.min(known.lines.length, MAX_KNOWN);
    known.old += taken.length;
    this.#version++;
    return taken;
  }

  /** The first ones of the log, errors before warnings. */
  get listed(): Problem[] {
    return PROBLEM_LEVELS.flatMap((level) => this.#known[level].listed);
  }

  /** Return how many there are of `levels`, and of how many the places are known. */
  counts(levels: ReadonlySet<Level>): { total: number; known: number } {
    const wanted = PROBLEM_LEVELS.filter((level) => levels.has(level)).map((level) => this.#known[level]);
    return { total: wanted.reduce((sum, { total }) => sum + total, 0), known: wanted.reduce((sum, { lines }) => sum + lines.length, 0) };
  }

  /** Return the known rows of `levels`, in order. */
  rows(levels: ReadonlySet<Level>): number[] {
    return PROBLEM_LEVELS.filter((level) => levels.has(level))
      .flatMap((level) => this.#known[level].lines)
      .sort((one, other) => one - other);
  }

  /** Return the row of the next one after row `line`, or, where `by` is negative, of the one before. */
  next(line: number, by: number): number | undefined {
    const rows = this.rows(new Set(PROBLEM_LEVELS));
    return by > 0 ? rows.find((row) => row > line) : rows.findLast((row) => row < line);
  }
}
