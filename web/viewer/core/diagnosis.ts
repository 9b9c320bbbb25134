/** What somebody who is asked for help wants to know of a failed task, as text. The service has masked what is secret. */

import { clockDuration, joined, timeOfDay } from "./format.js";
import type { Log } from "./log.js";
import type { Locale, Words } from "./locale.js";
import { textIn } from "./locale.js";
import type { LineRange } from "./selection.js";
import type { Task } from "./task.js";
import { outcomeOf, stepText } from "./task.js";
import { visibleText } from "./visible.js";

/** Lines before and after the one that shows the cause. */
const LINES_BEFORE = 15;
const LINES_AFTER = 10;
const LINE_LENGTH = 500;

export interface Surroundings {
  words: Words;
  locale: Locale;
  /** Unix time in ms. */
  now: number;
  /** Which programs this was seen with, one a line. */
  versions: readonly string[];
}

export function diagnosisOf(task: Task, log: Log, { words, locale, now, versions }: Surroundings): string {
  const { error, status, exitCode } = task;
  const elapsed = task.elapsed(now);
  const started = task.startedAt === undefined ? "" : new Date(task.startedAt).toISOString();
  const head = [
    joined(" ", task.key || task.taskId, task.version, words.actions[task.action] ?? task.action),
    joined(", ", status && words.statuses[status], exitCode !== null && words.exitStatus(exitCode)),
    error?.code ?? "",
    textIn(locale, error?.hint, error?.hint_zh),
    ...outcomeOf(task, words),
    stepText(task, words),
    joined(" · ", task.taskId, started, elapsed !== undefined && clockDuration(elapsed)),
  ];
  return `${joined("\n\n", joined("\n", ...head), excerpt(log, log.standing(task).errorLine, words), versions.join("\n"))}\n`;
}

/** Return the rows around row `cause`, or the last ones. */
export function aroundCause({ lines }: Log, cause: number | undefined): LineRange {
  const middle = cause ?? lines.finished - 1;
  return { first: Math.max(0, middle - LINES_BEFORE), last: Math.min(lines.finished - 1, middle + LINES_AFTER) };
}

/** Return the lines around row `cause`, or the last ones, with the numbers that the viewer shows. */
function excerpt(log: Log, cause: number | undefined, words: Words): string {
  const { lines } = log;
  const count = lines.finished;
  if (count === 0) return "";
  const { first, last } = aroundCause(log, cause);
  const digits = String(last + 1).length;
  const shown = [words.excerpt(first + 1, last + 1, count)];
  for (let index = first; index <= last; index++) {
    const line = lines.at(index);
    if (!line) continue;
    const mark = index === cause ? ">" : " ";
    shown.push(`${mark} ${String(index + 1).padStart(digits)}  ${timeOfDay(line.timestamp)}  ${shortened(visibleText(line.message))}`);
  }
  return shown.join("\n");
}

function shortened(text: string): string {
  return text.length > LINE_LENGTH ? `${text.slice(0, LINE_LENGTH)}…` : text;
}
