/** What lists say of a task. No DOM. */

import { momentOf } from "../../viewer/core/format.js";
import { isFinal } from "../../viewer/core/protocol.js";
import type { TaskEntry } from "../api/types.js";

/** Seconds that a task has run, by the clock of this page while it runs; `undefined` before it starts. */
export function ranSeconds(task: TaskEntry, now: number): number | undefined {
  const start = momentOf(task.started_at);
  if (start === undefined) return undefined;
  const end = momentOf(task.finished_at);
  if (end === undefined && isFinal(task.status)) return undefined;
  return Math.max(0, ((end ?? now) - start) / 1000);
}

/** A difference from the usual time that is worth a word: by a third, and by more than some seconds. */
const NOTABLE_SHARE = 1 / 3;
const NOTABLE_SECONDS = 5;

/** Return whether a run took notably `slower` or `faster` than usual, `usual` otherwise. */
export function against(seconds: number, usual: number): "slower" | "faster" | "usual" {
  const difference = seconds - usual;
  if (Math.abs(difference) < Math.max(NOTABLE_SECONDS, usual * NOTABLE_SHARE)) return "usual";
  return difference > 0 ? "slower" : "faster";
}

/** Whether a task can be run again as a new one. */
export function canRetry(task: TaskEntry): boolean {
  return isFinal(task.status) && task.status !== "ended" && task.action !== "follow" && task.action !== "run";
}

/** Return the percentage to show, `undefined` where nothing is known of it. */
export function knownProgress(task: TaskEntry): number | undefined {
  if (isFinal(task.status)) return task.progress ?? 0;
  return task.progress_basis === "none" && !task.progress ? undefined : (task.progress ?? 0);
}
