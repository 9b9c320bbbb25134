/** Where a failed run went another way than one that succeeded, as the service tells it. No DOM. */

import type { Level } from "./protocol.js";

export interface ComparedLine {
  seq: number;
  level: Level;
  message: string;
  /** Its number in the log, from 1; `null` where a bad disk left none. */
  line: number | null;
}

export interface Comparison {
  /** The task that it is compared with. */
  with: string | null;
  with_finished_at: string | null;
  /** `null`: there is nothing to compare, or nothing that could be trusted. */
  place: {
    /** The last lines that both say. */
    common: readonly ComparedLine[];
    here: readonly ComparedLine[];
    there: readonly ComparedLine[];
    versions: readonly { name: string; here: string; there: string }[];
    /** Other places before the failure. */
    differences: number;
  } | null;
}

/**
 * Return the address of line `line` of task `other` in a page like this one, whose address `href` names task `taskId`.
 *
 * `undefined` where it does not: nobody knows then how the page shows another task.
 */
export function addressOfOther(href: string, taskId: string, other: string, line: number | null): string | undefined {
  const [page = "", route] = href.split("#", 2);
  const [here, there] = [taskId, other].map(encodeURIComponent) as [string, string];
  if (page.includes(here)) return `${page.replace(here, there)}${line === null ? "" : `#L${line}`}`;
  return route?.includes(here) ? `${page}#${route.replace(here, there)}` : undefined;
}
