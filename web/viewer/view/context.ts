/** What every part of the viewer looks at. */

import type { Service } from "../core/api.js";
import type { Log } from "../core/log.js";
import type { Locale, Words } from "../core/locale.js";
import type { Task } from "../core/task.js";

export interface Context {
  readonly task: Task;
  readonly log: Log;
  readonly words: Words;
  readonly locale: Locale;
  readonly service: Service;
  /** Whether the service has this log, and may be asked about it. */
  readonly asks: boolean;
}
