/** When to come back after a broken connection. Jittered, so that the viewers of a restarted service do not come all at once. */

import type { PollReason, RetryReason } from "./protocol.js";

const FIRST_MIN_MS = 200;
const FIRST_MAX_MS = 1_500;
const CAP_MS = 20_000;
/** A planned restart sends everybody away at the same moment: 400 viewers spread over 5 s cost a service nothing. */
const RESTART_SPREAD_MS = 5_000;

/**
 * Return milliseconds to wait before attempt number `attempt` (0 is the first).
 *
 * `random` is in [0, 1).
 */
export function retryDelay(attempt: number, reason: RetryReason, random: number): number {
  if (attempt === 0) {
    const most = reason === "restarting" ? RESTART_SPREAD_MS : FIRST_MAX_MS;
    return Math.round(FIRST_MIN_MS + random * (most - FIRST_MIN_MS));
  }
  const cap = Math.min(CAP_MS, FIRST_MAX_MS * 2 ** attempt);
  return Math.round(cap / 2 + (random * cap) / 2);
}

const POLL_MIN_MS = 1_000;
const POLL_MAX_MS = 5_000;

/** Return milliseconds until the next poll, after `quiet` polls in a row that brought nothing new. */
export function pollDelay(quiet: number): number {
  return Math.min(POLL_MAX_MS, POLL_MIN_MS + 500 * quiet);
}

const CLIMB_FIRST_MS = 5_000;
const CLIMB_CAP_MS = 300_000;
const CLIMB_MS: Readonly<Partial<Record<PollReason, number>>> = { realtime_off: 60_000, too_many_viewers: 15_000 };

/**
 * Return milliseconds until a better channel is tried again, after `failures` tries in a row.
 *
 * A place may be free at any time; what a proxy did not let through it will hardly let through in a minute.
 */
export function climbDelay(failures: number, reason: PollReason, random: number): number {
  const delay = CLIMB_MS[reason] ?? Math.min(CLIMB_CAP_MS, CLIMB_FIRST_MS * 2 ** failures);
  return Math.round(delay * (0.75 + random / 2));
}
