/** The figures of the last days, made ready for charts. No DOM. */

import type { Day, Step, Steps } from "../api/types.js";

export interface Totals {
  tasks: number;
  succeeded: number;
  failed: number;
  canceled: number;
  /** Share of successes among the tasks that were not canceled, 0 to 1; `undefined` where there are none. */
  success: number | undefined;
}

/** Return the sums of all days; tasks that a crash interrupted count as failed. */
export function totalsOf(days: readonly Day[]): Totals {
  const sum = (value: (day: Day) => number): number => days.reduce((total, day) => total + value(day), 0);
  const succeeded = sum((day) => day.succeeded);
  const failed = sum((day) => day.failed + day.interrupted);
  const canceled = sum((day) => day.canceled);
  const judged = succeeded + failed;
  return { tasks: judged + canceled, succeeded, failed, canceled, success: judged ? succeeded / judged : undefined };
}

/** The runs of one recipe, step by step. */
export interface StepTable {
  steps: string[];
  /** For each run, the seconds of each step; `null` where it has no such step, or has not ended it. */
  runs: { taskId: string; seconds: (number | null)[] }[];
}

/**
 * Return the steps of `runs` side by side: the first run's steps in its order, then those that only others have.
 *
 * A title that comes up twice in a run is two steps. What `nameOf` has no name for is left out.
 */
export function stepTable(runs: readonly Steps[], nameOf: (step: Step) => string = ({ step }) => step): StepTable {
  const named = runs.map((run) => ({ taskId: run.task_id, seconds: secondsByTitle(run.steps, nameOf) }));
  const titles = [...new Set(named.flatMap((run) => [...run.seconds.keys()]))];
  return {
    steps: titles,
    runs: named.map(({ taskId, seconds }) => ({ taskId, seconds: titles.map((title) => seconds.get(title) ?? null) })),
  };
}

/** Return the `most` steps that took longest in some run, in their order. */
export function longestSteps({ steps, runs }: StepTable, most: number): StepTable {
  const longest = (index: number): number => Math.max(...runs.map(({ seconds }) => seconds[index] ?? 0));
  const ranked = [...steps.keys()].sort((one, other) => longest(other) - longest(one));
  const kept = ranked.slice(0, most).sort((one, other) => one - other);
  return {
    steps: kept.map((index) => steps[index] ?? ""),
    runs: runs.map(({ taskId, seconds }) => ({ taskId, seconds: kept.map((index) => seconds[index] ?? null) })),
  };
}

/** Return how many steps a run has gone through, those included that left no line: the highest number that was told. */
export function stepsGone({ steps }: Steps): number {
  return steps.reduce((most, step) => Math.max(most, step.current_step), 0);
}

function secondsByTitle(steps: readonly Step[], nameOf: (step: Step) => string): Map<string, number | null> {
  const found = new Map<string, number | null>();
  const counts = new Map<string, number>();
  for (const step of steps) {
    const name = nameOf(step);
    if (!name) continue;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    found.set(count === 1 ? name : `${name} (${count})`, step.seconds);
  }
  return found;
}
