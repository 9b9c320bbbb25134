/** The parts of a log, one after the other: its steps, and what goes on before, between and after them. No DOM. */

import { momentOf } from "./format.js";
import { isProblem } from "./problems.js";
import type { LogRecord, OutlineStep, TaskStatus } from "./protocol.js";

export interface Section {
  readonly index: number;
  /** Number of the step; 0: it has none. */
  number: number;
  /** `""`: nobody gave it a name. */
  title: string;
  /** What it belongs to, where that is not the work itself. */
  readonly phase: Aside | "";
  /** Its first row, among the finished ones of the log. */
  readonly firstLine: number;
  /** Unix time in ms. */
  readonly startedAt: number | undefined;
  /** When the next one began, or the task ended. */
  endedAt: number | undefined;
  errors: number;
  warnings: number;
}

/** Phases of which each is a part of its own. */
const ASIDES = ["precheck", "verify", "rollback"] as const;
export type Aside = (typeof ASIDES)[number];

export type SectionState = "done" | "running" | "failed" | "stopped";

/** How a task stands, as far as its parts depend on it. */
export interface Standing {
  status: TaskStatus | undefined;
  rollback: "none" | "succeeded" | "failed";
  /** The row that shows the cause of a failure. */
  errorLine: number | undefined;
}

export class Sections {
  readonly #sections: Section[] = [];
  /** What the last record said of its step. */
  #number = 0;
  #step = "";

  get length(): number {
    return this.#sections.length;
  }

  at(index: number): Section | undefined {
    return this.#sections[index];
  }

  get last(): Section | undefined {
    return this.#sections.at(-1);
  }

  /** Those that have a name, and so a head of their own. */
  named(): Section[] {
    return this.#sections.filter(isNamed);
  }

  /** Take a finished record. `line`: the row that it has, or would have, if it printed something. */
  take(record: LogRecord, line: number): void {
    const moment = momentOf(record.timestamp);
    const phase = ASIDES.find((aside) => aside === record.phase) ?? "";
    const number = record.current_step || 0;
    const step = record.step || "";
    const last = this.last;
    const moved = number !== this.#number || step !== this.#step;
    this.#number = number;
    this.#step = step;
    if (!last) this.#begin(phase, number, step, line, moment);
    // The last record stands where the task stood, whatever it says: it is no part of its own.
    else if (record.final) last.endedAt = moment;
    // A phase begins while the record still names the step of before: that is not the name of the phase.
    else if (last.phase !== phase && phase && !moved) this.#begin(phase, 0, "", line, moment);
    else if (moved && number === last.number && last.title === "" && number > 0) last.title = step;
    else if (moved || last.phase !== phase) this.#begin(phase, number, step, line, moment);
    const current = this.last as Section;
    if (isProblem(record) && record.level === "ERROR") current.errors++;
    if (isProblem(record) && record.level === "WARN") current.warnings++;
  }

  /** Take a step of which no record is here: it begins with row `line`. */
  takeStep({ step, current_step, phase, started_at, errors, warnings }: OutlineStep, line: number): void {
    this.take({ seq: 0, timestamp: started_at, level: "INFO", message: "", progress: 0, step, current_step, total_steps: 0, phase: phase ?? "" }, line);
    const current = this.last as Section;
    current.errors += errors;
    current.warnings += warnings;
  }

  /** Return the part that row `line` belongs to. */
  ofLine(line: number): Section | undefined {
    let low = 0;
    let high = this.#sections.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sections[middle] as Section).firstLine <= line) low = middle + 1;
      else high = middle;
    }
    return this.#sections[low - 1];
  }

  /** Return the row after the last one of `section`, in a log of `lines` rows. */
  endOf(section: Section, lines: number): number {
    return this.#sections[section.index + 1]?.firstLine ?? lines;
  }

  /** Return the part that a failed or stopped task came to its end in. */
  whereItEnded({ status, errorLine }: Standing): Section | undefined {
    if (status === undefined || !["failed", "interrupted", "canceled"].includes(status)) return undefined;
    const guilty = errorLine === undefined ? undefined : this.ofLine(errorLine);
    return guilty ?? this.#sections.findLast((section) => section.phase !== "rollback");
  }

  stateOf(section: Section, standing: Standing): SectionState {
    const { status, rollback } = standing;
    if (status === "running" || status === "queued" || status === undefined) {
      return section === this.last ? "running" : "done";
    }
    if (section.phase === "rollback") return rollback === "failed" ? "failed" : "done";
    if (section !== this.whereItEnded(standing)) return "done";
    return status === "failed" ? "failed" : "stopped";
  }

  #begin(phase: Aside | "", number: number, title: string, firstLine: number, moment: number | undefined): void {
    const last = this.last;
    if (last) last.endedAt = moment;
    this.#sections.push({
      index: this.#sections.length, phase, number, title, firstLine, startedAt: moment, endedAt: undefined, errors: 0, warnings: 0,
    });
  }
}

/** Whether `section` has a head: the lines before the first step have none. */
export function isNamed(section: Section): boolean {
  return section.title !== "" || section.number > 0 || section.phase !== "";
}
