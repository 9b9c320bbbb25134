/** One log and all that is made of its records: lines, parts, problems, and what is listed of them. No DOM. */

import type { Line, Outcome } from "./lines.js";
import type { LogRecord, Outline } from "./protocol.js";
import type { Standing } from "./sections.js";
import type { Task } from "./task.js";
import { Problems } from "./problems.js";
import { Folds } from "./folds.js";
import { Pager } from "./pager.js";
import { Rows } from "./rows.js";
import { Lines } from "./lines.js";
import { Sections } from "./sections.js";

export class Log {
  readonly lines = new Lines();
  readonly sections = new Sections();
  readonly problems = new Problems();
  readonly folds = new Folds();
  readonly rows = new Rows(this.lines, this.sections, this.folds, this.problems);
  readonly pager = new Pager(this.lines);
  /** How many lines there were when it was opened. */
  #opened = 0;

  /** How many lines are known of, those included that are on their way. */
  get total(): number {
    return Math.max(this.#opened, this.lines.length);
  }

  /** Begin with what a log holds, none of which is here. Its last record comes as others do: it tells the outcome. */
  begin({ steps, lines, next_seq, final_seq, unprinted }: Outline): void {
    const end = final_seq ?? next_seq;
    this.#opened = lines;
    this.lines.begin(lines - (final_seq === null ? 0 : 1), end, unprinted ?? []);
    // A step that only the last record names is made by that.
    for (const step of steps) if (step.first_seq < end) this.sections.takeStep(step, step.first_line - 1);
    const sum = (key: "errors" | "warnings"): number => steps.reduce((count, step) => count + step[key], 0);
    this.problems.count(sum("errors"), sum("warnings"));
  }

  /** Take `record` if it is the next one, or show it if it is its unfinished form. */
  accept(record: LogRecord): Outcome {
    const line = this.lines.finished;
    const outcome = this.lines.accept(record);
    if (outcome === "taken") {
      this.sections.take(record, line);
      if (this.problems.take(record, line)) this.lines.keepAside(line, this.lines.at(line) as Line);
    }
    return outcome;
  }

  /** Return how `task` stands, as far as the parts of its log depend on it. */
  standing({ status, rollback, error }: Task): Standing {
    const line = typeof error?.seq === "number" ? this.lines.indexOf(error.seq) : -1;
    return { status, rollback, errorLine: line < 0 ? undefined : line };
  }
}
