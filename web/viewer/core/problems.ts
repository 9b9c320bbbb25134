/** The errors and warnings of a log: how many, and the first of them. No DOM. */

import type { LogRecord } from "./protocol.js";

export interface Problem {
  /** Its row in the log. */
  line: number;
  level: "WARN" | "ERROR";
  message: string;
}

/** So many of each level are listed: a build with thousands of warnings must not become a second log. */
const LISTED = 100;

/** Whether `record` is an error or a warning that was printed; the last record is the service's own word. */
export function isProblem(record: LogRecord): boolean {
  return (record.level === "ERROR" || record.level === "WARN") && record.kind !== "progress" && !record.final;
}

export class Problems {
  readonly #errors: Problem[] = [];
  readonly #warnings: Problem[] = [];
  errors = 0;
  warnings = 0;

  /** Take a finished record, which has the row `line`. */
  take(record: LogRecord, line: number): void {
    if (!isProblem(record)) return;
    const level = record.level === "ERROR" ? "ERROR" : "WARN";
    const list = level === "ERROR" ? this.#errors : this.#warnings;
    if (level === "ERROR") this.errors++;
    else this.warnings++;
    if (list.length < LISTED) list.push({ line, level, message: record.message });
  }

  /** The first ones of the log, errors before warnings. */
  get listed(): Problem[] {
    return [...this.#errors, ...this.#warnings];
  }

  get total(): number {
    return this.errors + this.warnings;
  }
}
