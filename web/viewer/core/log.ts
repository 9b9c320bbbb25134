/** One log and all that is made of its records: lines, parts, problems, and what is listed of them. No DOM. */

import { Folds } from "./folds.js";
import type { Outcome } from "./lines.js";
import { Lines } from "./lines.js";
import { Problems } from "./problems.js";
import type { LogRecord } from "./protocol.js";
import { Rows } from "./rows.js";
import type { Standing } from "./sections.js";
import { Sections } from "./sections.js";
import type { Task } from "./task.js";

export class Log {
  readonly lines = new Lines();
  readonly sections = new Sections();
  readonly problems = new Problems();
  readonly folds = new Folds();
  readonly rows = new Rows(this.lines, this.sections, this.folds);

  /** Take `record` if it is the next one, or show it if it is its unfinished form. */
  accept(record: LogRecord): Outcome {
    const line = this.lines.finished;
    const outcome = this.lines.accept(record);
    if (outcome === "taken") {
      this.sections.take(record, line);
      this.problems.take(record, line);
    }
    return outcome;
  }

  /** Return how `task` stands, as far as the parts of its log depend on it. */
  standing({ status, rollback, error }: Task): Standing {
    const line = typeof error?.seq === "number" ? this.lines.indexOf(error.seq) : -1;
    return { status, rollback, errorLine: line < 0 ? undefined : line };
  }
}
