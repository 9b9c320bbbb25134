/** What a connection tells the one that it works for. */

import type { Outcome } from "./lines.js";
import type { Message, PollReason, RetryReason, StopReason } from "./protocol.js";

export type ConnectionState =
  | { phase: "idle" }
  | { phase: "connecting" }
  | { phase: "live"; channel: "socket" | "events" }
  /** Not connected, and trying. `attempt` counts from 1. */
  | { phase: "reconnecting"; reason: RetryReason; attempt: number; offline: boolean }
  /** Lines are fetched over HTTP. */
  | { phase: "polling"; reason: PollReason }
  /** It will not come back by itself; `not_signed_in` ends when there is a token, or when the page is seen again after a sign-in. */
  | { phase: "stopped"; reason: StopReason }
  /** The whole log is here. */
  | { phase: "ended" };

/** Where the log goes, and what is known of it. */
export interface Sink {
  /** Take a message; the answer to a record says whether it was the next one. */
  deliver(message: Message): Outcome | undefined;
  /** Go on with record `seq`: the ones before it are lost. */
  skipTo(seq: number): void;
  nextSeq(): number;
  /** The last record is here. */
  complete(): boolean;
  /** A batch has been delivered. */
  rested(): void;
  stateChanged(state: ConnectionState): void;
}
