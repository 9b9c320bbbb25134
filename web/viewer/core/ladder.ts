/** Which channel gets through here: what worked last, what is held up on its way, and when a better one is tried again. Pure. */

import { climbDelay } from "./backoff.js";
import type { ChannelKind } from "./channel.js";
import type { PollReason } from "./protocol.js";

/** A stream of events that was held up somewhere is left alone for so long, then for four times as long, and so on. */
const DISTRUST_MS = 60_000;

export class Ladder {
  /** What opened last: where the next connection begins. */
  proven: ChannelKind = "socket";
  /** Why lines are fetched over HTTP, when they are. */
  reason: PollReason = "unreachable";
  #eventsAgainAt = 0;
  #eventsHeldUp = 0;
  /** Tries for a better channel in a row that came to nothing. */
  #failures = 0;

  opened(kind: ChannelKind): void {
    this.proven = kind;
    if (kind === "socket") this.#failures = 0;
  }

  /** Return what is to be used where `kind` does not get through. Time in ms. */
  below(kind: ChannelKind, now: number): ChannelKind {
    if (kind === "events") this.#eventsAgainAt = now + DISTRUST_MS * 4 ** this.#eventsHeldUp++;
    if (kind === "socket" && now >= this.#eventsAgainAt) return "events";
    this.reason = "unreachable";
    return "history";
  }

  /** Note that no better channel than the present one could be had. */
  stayed(): void {
    this.#failures++;
  }

  /** Return milliseconds until a better channel than `kind` is tried. `random` is in [0, 1). */
  climbIn(kind: ChannelKind, random: number): number {
    return climbDelay(this.#failures, kind === "history" ? this.reason : "unreachable", random);
  }
}
