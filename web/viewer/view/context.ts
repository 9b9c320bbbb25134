/** What every part of the viewer looks at. */

import type { Log } from "../core/log.js";
import type { Locale, Words } from "../core/locale.js";
import type { Task } from "../core/task.js";

export interface Context {
  readonly task: Task;
  readonly log: Log;
  readonly words: Words;
  readonly locale: Locale;
}
