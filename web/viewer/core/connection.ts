/**
 * Keeps a log coming: over a WebSocket, else as a stream of events, else as pages over HTTP, each from the next missing record.
 *
 * It decides which channel, when, and what the state is. A better channel is tried while a lower one goes on delivering, and takes
 * over when it speaks. It knows no DOM: sockets, timers, chance and the network's state come in as a {@link Platform}.
 */

import type { Service } from "./api.js";
import type { ChannelKind, Platform } from "./channel.js";
import type { LogRecord, Message, PollReason, RetryReason, StopReason, Verdict } from "./protocol.js";
import type { ConnectionState, Sink } from "./sink.js";
import { retryDelay } from "./backoff.js";
import { Timers } from "./channel.js";
import { SlicedQueue } from "./slices.js";
import { Ladder } from "./ladder.js";
import { Line } from "./line.js";
import { expiryOf } from "./tokens.js";
import { isControl } from "./protocol.js";

export type { Platform } from "./channel.js";
export type { ConnectionState, Sink } from "./sink.js";

/** How long a channel may take to open while nothing else delivers. */
const OPEN_LIMIT_MS = 5_000;
/** How long it may take while something does. */
const TRIAL_LIMIT_MS = 12_000;
/** After a sleep or a frozen tab, one missed heartbeat is enough to doubt. */
const DOUBT_MS = 20_000;
/** A connection that lived this long was a good one: the next break starts at the short delays again. */
const GOOD_AFTER_MS = 3_000;
/** A handshake that is younger is left alone when the page wakes up. */
const HASTE_MS = 1_000;
/** A wake-up comes with each change of the tab: better channels are not tried as often. */
const TRIAL_PAUSE_MS = 5_000;
/** A new token is asked for so long before the old one expires. */
const RENEW_AHEAD_MS = 30_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** One token that cannot be had may be the network's fault. */
const TOKEN_FAILURES = 2;

export class LogConnection {
  readonly #service: Service;
  readonly #taskId: string;
  readonly #sink: Sink;
  readonly #platform: Platform;
  readonly #queue: SlicedQueue<Message>;
  readonly #timers: Timers;
  readonly #climbing: Timers;
  readonly #ladder = new Ladder();
  #state: ConnectionState = { phase: "idle" };
  #line: Line | undefined;
  /** Takes the line's place when it opens. `doubts`: that it does not open says that the line is dead, too. */
  #trial: { line: Line; doubts: boolean } | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #attempt = 0;
  #retryAt: number | undefined;
  #refused: string | undefined;
  #tokenFailures = 0;
  #refetchedAt = -1;

  constructor(service: Service, taskId: string, sink: Sink, platform: Platform) {
    this.#service = service;
    this.#taskId = taskId;
    this.#sink = sink;
    this.#platform = platform;
    this.#timers = new Timers(platform);
    this.#climbing = new Timers(platform);
    this.#queue = new SlicedQueue<Message>(
      (message) => this.#take(message),
      () => sink.rested(),
      (run) => platform.soon(run),
      () => platform.now(),
    );
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Milliseconds until the next attempt, or `undefined` while none is waited for. */
  get retryIn(): number | undefined {
    return this.#retryAt === undefined ? undefined : Math.max(0, this.#retryAt - this.#platform.now());
  }

  /** Connect, unless it is connected or everything is here. */
  open(): void {
    this.#refused = undefined;
    if (this.#sink.complete()) this.#finish();
    else if (!this.#line) this.#begin();
  }

  /** Let go of everything; nothing is delivered any more. */
  close(): void {
    this.#letGo();
    this.#queue.close();
  }

  /** The page is seen again, or the network is back: do now what waits, and doubt a line that has been silent. */
  wake(): void {
    const line = this.#line;
    if (!line) {
      const signedOut = this.#state.phase === "stopped" && this.#state.reason === "not_signed_in";
      if (signedOut || this.#retryAt !== undefined) this.#begin();
    } else if (line.openedAt === undefined) {
      // It may have begun while there was no network, and wait for an answer to what nobody got.
      if (this.#platform.now() - line.startedAt > HASTE_MS) this.#begin(line.kind);
    } else if (line.isSilent(DOUBT_MS)) this.#try(line.kind, true);
    else if (line.kind !== "socket") {
      if (line.kind === "history") this.#begin("history");
      if (this.#platform.now() - this.#triedAt >= TRIAL_PAUSE_MS) this.#try("socket", false);
    }
  }

  /** The browser believes that there is no network: say so, and look whether the line has died. */
  doubt(): void {
    const line = this.#line;
    if (this.#state.phase === "reconnecting") this.#become({ ...this.#state, offline: !this.#platform.online() });
    else if (line?.isSilent(0)) this.#try(line.kind, true);
  }

  // --- lines ---

  #begin(kind: ChannelKind = this.#ladder.proven): void {
    this.#letGo();
    const state = this.#state;
    if (state.phase === "reconnecting") this.#become({ ...state, offline: !this.#platform.online() });
    else if (state.phase === "idle" || state.phase === "live") this.#become({ phase: "connecting" });
    this.#line = this.#newLine(kind, OPEN_LIMIT_MS);
  }

  /** Try a channel of this kind while the line goes on. */
  #try(kind: ChannelKind, doubts: boolean): void {
    this.#trial?.line.close();
    this.#triedAt = this.#platform.now();
    this.#trial = { line: this.#newLine(kind, doubts ? OPEN_LIMIT_MS : TRIAL_LIMIT_MS), doubts };
  }

  #newLine(kind: ChannelKind, limit: number): Line {
    const request = {
      service: this.#service,
      taskId: this.#taskId,
      nextSeq: () => this.#sink.nextSeq(),
      platform: this.#platform,
    };
    const owner = {
      opened: (line: Line) => this.#opened(line),
      closed: (line: Line, verdict: Verdict) => this.#closed(line, verdict),
      queue: (messages: Iterator<Message>) => this.#queue.push(messages),
    };
    return new Line(kind, request, owner, limit, this.#refused);
  }

  #opened(line: Line): void {
    if (line === this.#trial?.line) {
      this.#line?.close();
      this.#line = line;
      this.#trial = undefined;
    }
    this.#timers.clear();
    this.#climbing.clear();
    this.#ladder.opened(line.kind);
    this.#refused = undefined;
    this.#tokenFailures = 0;
    if (line.kind !== "socket") this.#climbLater(line.kind);
    this.#renewLater(line);
    this.#become(line.kind === "history" ? { phase: "polling", reason: this.#ladder.reason } : { phase: "live", channel: line.kind });
  }

  #closed(line: Line, verdict: Verdict): void {
    if (line === this.#trial?.line) {
      this.#trialFailed(this.#trial, verdict);
      return;
    }
    const lived = line.openedAt === undefined ? 0 : this.#platform.now() - line.openedAt;
    if (lived >= GOOD_AFTER_MS) this.#attempt = 0;
    this.#letGo();
    if (verdict.next === "done" || this.#sink.complete()) this.#finish();
    else if (verdict.next === "poll") this.#poll(verdict.reason);
    else if (verdict.next === "lower") this.#begin(this.#ladder.below(line.kind, this.#platform.now()));
    else if (verdict.next === "stop") this.#refuse(line, verdict.reason);
    else if (verdict.reason === "token_expired" && line.openedAt !== undefined) this.#exchange(line);
    else this.#retry(verdict.reason);
  }

  #trialFailed({ line, doubts }: { line: Line; doubts: boolean }, verdict: Verdict): void {
    line.close();
    this.#trial = undefined;
    const current = this.#line;
    const isLost = verdict.next === "retry" && verdict.reason === "lost";
    if (current && doubts && (isLost || verdict.next === "lower")) this.#closed(current, { next: "retry", reason: "lost" });
    if (!current || doubts || current.kind === "socket" || current.kind === line.kind) return;
    if (current.kind === "history" && verdict.next === "poll") this.#poll(verdict.reason, current);
    if (verdict.next === "lower" && this.#ladder.below(line.kind, this.#platform.now()) !== current.kind) {
      this.#try("events", false);
      return;
    }
    this.#ladder.stayed();
    this.#climbLater(current.kind);
  }

  #poll(reason: PollReason, line?: Line): void {
    const isNew = reason !== this.#ladder.reason;
    this.#ladder.reason = reason;
    if (!line) this.#begin("history");
    else if (isNew) this.#become({ phase: "polling", reason });
  }

  /** Try for a better channel than `kind` after a while. */
  #climbLater(kind: ChannelKind): void {
    this.#climbing.clear();
    this.#climbing.later(this.#ladder.climbIn(kind, this.#platform.random()), () => this.#try("socket", false));
  }

  // --- tokens ---

  /** The line goes on with a new token before the old one expires. Pages over HTTP ask for one each time. */
  #renewLater({ kind, token }: Line): void {
    const left = (expiryOf(token) ?? 0) - this.#platform.date() - RENEW_AHEAD_MS;
    if (kind !== "history" && left > 0 && left <= LONGEST_TIMER_MS) this.#timers.later(left, () => this.#try(kind, false));
  }

  /** A token that was good until now is exchanged at once; one after the other that lives for a moment is not. */
  #exchange(line: Line): void {
    if (line.kind !== "history") this.#refused = line.token;
    if (this.#attempt++ === 0) this.#begin();
    else this.#retry("token_expired");
  }

  /** What was refused is not sent again; the page may have another token. */
  #refuse(line: Line, reason: StopReason): void {
    this.#refused = line.token;
    const mayRenew = reason === "not_signed_in" && line.token !== undefined && ++this.#tokenFailures < TOKEN_FAILURES;
    if (mayRenew) this.#begin(line.kind);
    else this.#stop(reason);
  }

  // --- what comes in ---

  #take(message: Message): void {
    if (this.#sink.deliver(message) === "gap" && !isControl(message)) this.#refetch(message);
  }

  /** Records are missing before `record`: ask once more for them; if they are really gone, say so and go on. */
  #refetch(record: LogRecord): void {
    const missing = this.#sink.nextSeq();
    if (this.#refetchedAt === missing || !this.#line) {
      this.#sink.skipTo(record.seq);
      this.#sink.deliver(record);
      return;
    }
    this.#refetchedAt = missing;
    this.#queue.clear();
    this.#begin(this.#line.kind);
  }

  // --- state ---

  #retry(reason: RetryReason): void {
    if (reason === "token_expired") this.#tokenFailures++;
    const delay = retryDelay(this.#attempt++, reason, this.#platform.random());
    this.#retryAt = this.#platform.now() + delay;
    this.#timers.later(delay, () => this.#begin());
    const isOnline = this.#platform.online();
    if (reason === "token_expired" && isOnline && this.#tokenFailures >= TOKEN_FAILURES) {
      this.#become({ phase: "stopped", reason: "not_signed_in" });
    } else this.#become({ phase: "reconnecting", reason, attempt: this.#attempt, offline: !isOnline });
  }

  #finish(): void {
    this.#letGo();
    this.#become({ phase: "ended" });
  }

  #stop(reason: StopReason): void {
    this.#letGo();
    this.#become({ phase: "stopped", reason });
  }

  #become(state: ConnectionState): void {
    this.#state = state;
    this.#sink.stateChanged(state);
  }

  /** Let go of the lines and the timers. */
  #letGo(): void {
    this.#timers.clear();
    this.#climbing.clear();
    this.#retryAt = undefined;
    this.#line?.close();
    this.#trial?.line.close();
    this.#line = this.#trial = undefined;
  }
}
