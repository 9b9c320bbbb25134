/**
 * Keeps a log coming: a WebSocket while one can be had, else pages over HTTP, from the next missing record each time.
 *
 * It knows no DOM. Sockets, timers, chance and the network's state come in as a {@link Platform}.
 */

import type { Service } from "./api.js";
import { ServiceError } from "./api.js";
import { pollDelay, retryDelay } from "./backoff.js";
import type { Outcome } from "./lines.js";
import type { LogRecord, Message, PollReason, RetryReason, StopReason } from "./protocol.js";
import { BEARER_PREFIX, decodeFrame, isControl, SUBPROTOCOL, statusMessage, stopReasonOf, verdictOf } from "./protocol.js";
import { SlicedQueue } from "./slices.js";

export type ConnectionState =
  | { phase: "idle" }
  | { phase: "connecting" }
  | { phase: "live" }
  /** Not connected, and trying. `attempt` counts from 1. */
  | { phase: "reconnecting"; reason: RetryReason; attempt: number; offline: boolean }
  /** Lines are fetched over HTTP. */
  | { phase: "polling"; reason: PollReason }
  /** It will not come back by itself. */
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

export interface Platform {
  createSocket(url: string, protocols: string[]): WebSocket;
  /** Run soon, after pending input. */
  soon(run: () => void): void;
  /** Run after `ms`; returns how to forget it. */
  later(ms: number, run: () => void): () => void;
  /** In [0, 1). */
  random(): number;
  /** Monotonic, in ms. */
  now(): number;
  online(): boolean;
  /** Whether something answers at `url`, even if this page may not read it. */
  reachable(url: string): Promise<boolean>;
  /** Whether `url` is of another origin than the page. */
  foreign(url: string): boolean;
}

/** The service says something each 15 s; twice that and some, and the line is dead, whatever the socket believes. */
const SILENCE_MS = 40_000;
/** After a sleep or a frozen tab, one missed heartbeat is enough to doubt. */
const DOUBT_MS = 20_000;
const CONNECT_LIMIT_MS = 12_000;
/** A connection that lived this long was a good one: the next break starts at the short delays again. */
const GOOD_AFTER_MS = 3_000;
/** So many sockets in a row that never opened, while HTTP answers: something between here and there eats WebSockets. */
const FAILURES_BEFORE_POLLING = 2;
const SOCKET_AGAIN_MS: Readonly<Record<PollReason, number>> = {
  realtime_off: 60_000,
  too_many_viewers: 15_000,
  unreachable: 30_000,
};
const PAGE_SIZE = 2_000;

export class LogConnection {
  readonly #service: Service;
  readonly #taskId: string;
  readonly #sink: Sink;
  readonly #platform: Platform;
  readonly #queue: SlicedQueue<Message>;
  #state: ConnectionState = { phase: "idle" };
  #socket: WebSocket | undefined;
  /** Tells a late event of a socket, a timer or a request that its time is over. */
  #epoch = 0;
  #forget: (() => void)[] = [];
  #attempt = 0;
  #neverOpened = 0;
  #openedAt: number | undefined;
  #lastSeen = 0;
  #polling: { reason: PollReason; quiet: number; socketAgainAt: number } | undefined;
  #refetchedAt = -1;

  constructor(service: Service, taskId: string, sink: Sink, platform: Platform) {
    this.#service = service;
    this.#taskId = taskId;
    this.#sink = sink;
    this.#platform = platform;
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

  /** Connect, unless it is connected or everything is here. */
  open(): void {
    if (this.#sink.complete()) this.#finish();
    else if (!["connecting", "live", "polling"].includes(this.#state.phase)) this.#restart();
  }

  /** Let go of everything; nothing is delivered any more. */
  close(): void {
    this.#abandon();
    this.#queue.close();
  }

  /** The page is seen again, or the network is back: do now what waits, and doubt a line that has been silent. */
  wake(): void {
    const silent = this.#platform.now() - this.#lastSeen;
    if (this.#state.phase === "reconnecting") this.#restart();
    else if (this.#state.phase === "live" && this.#hasHeartbeat() && silent > DOUBT_MS) this.#restart();
    else if (this.#polling && !this.#socket) this.#pollNow();
  }

  /** Put the text of a frame into the queue. */
  feed(frame: string): void {
    this.#queue.push(decodeFrame(frame));
  }

  // --- the socket ---

  #restart(): void {
    this.#abandon();
    if (!this.#polling && this.#state.phase !== "reconnecting") this.#become({ phase: "connecting" });
    const epoch = this.#epoch;
    Promise.resolve(this.#service.token()).then(
      (token) => epoch === this.#epoch && this.#connect(token),
      // The page could not get a token: as likely to pass as a broken network.
      () => epoch === this.#epoch && this.#retry("token_expired"),
    );
  }

  #connect(token: string | undefined): void {
    const epoch = this.#epoch;
    const url = this.#service.socketUrl("/v1/log/ws", { task_id: this.#taskId, since: this.#sink.nextSeq() });
    const protocols = token === undefined ? [SUBPROTOCOL] : [SUBPROTOCOL, `${BEARER_PREFIX}${token}`];
    let socket: WebSocket;
    try {
      socket = this.#platform.createSocket(url, protocols);
    } catch {
      this.#stop("bad_request");
      return;
    }
    this.#socket = socket;
    this.#openedAt = undefined;
    const current = (): boolean => epoch === this.#epoch;
    socket.onopen = () => {
      if (!current()) return;
      this.#openedAt = this.#lastSeen = this.#platform.now();
      this.#neverOpened = 0;
      if (!this.#hasHeartbeat()) this.#becomeLive();
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (!current() || typeof data !== "string") return;
      this.#lastSeen = this.#platform.now();
      this.feed(data);
    };
    // What came before the close is worked through before the close is judged.
    socket.onclose = ({ code }: CloseEvent) => current() && this.#queue.push(this.#thenJudge(code, epoch));
    this.#later(CONNECT_LIMIT_MS, () => this.#openedAt === undefined && this.#judge(1006));
    this.#watch();
  }

  *#thenJudge(code: number, epoch: number): Generator<Message> {
    if (epoch === this.#epoch) this.#judge(code);
  }

  #judge(code: number): void {
    const opened = this.#openedAt;
    this.#abandon();
    if (opened !== undefined && this.#platform.now() - opened >= GOOD_AFTER_MS) this.#attempt = 0;
    const verdict = verdictOf(code, this.#sink.complete());
    if (verdict.next === "done") this.#finish();
    else if (verdict.next === "stop") this.#stop(verdict.reason);
    else if (verdict.next === "poll") this.#startPolling(verdict.reason);
    else if (opened === undefined) void this.#probe();
    else this.#retry(verdict.reason);
  }

  /** A socket never opened, and a browser does not say why: ask over HTTP. */
  async #probe(): Promise<void> {
    const epoch = this.#epoch;
    this.#neverOpened++;
    try {
      const report = await this.#service.status(this.#taskId);
      if (epoch !== this.#epoch) return;
      this.#sink.deliver(statusMessage(report));
      this.#sink.rested();
      if (this.#neverOpened >= FAILURES_BEFORE_POLLING) this.#startPolling(this.#polling?.reason ?? "unreachable");
      else this.#retry("lost");
    } catch (error) {
      const reason = await this.#reasonOf(error);
      if (epoch !== this.#epoch) return;
      if (reason) this.#stop(reason);
      else this.#retry("lost");
    }
  }

  async #reasonOf(error: unknown): Promise<StopReason | undefined> {
    const status = error instanceof ServiceError ? error.status : 0;
    if (status > 0) return stopReasonOf(status);
    // Pages of any origin may load this script, and nothing else of a service that does not know their origin.
    const url = this.#service.url("/frontend_realtime_log.js");
    return this.#platform.foreign(url) && (await this.#platform.reachable(url)) ? "origin_refused" : undefined;
  }

  #retry(reason: RetryReason): void {
    this.#polling = undefined;
    const delay = retryDelay(this.#attempt, reason, this.#platform.random());
    this.#attempt++;
    this.#become({ phase: "reconnecting", reason, attempt: this.#attempt, offline: !this.#platform.online() });
    this.#later(delay, () => this.#restart());
  }

  /** Notice a line that is dead although no socket says so. */
  #watch(): void {
    this.#later(DOUBT_MS / 2, () => {
      if (this.#openedAt !== undefined && this.#hasHeartbeat() && this.#platform.now() - this.#lastSeen > SILENCE_MS) {
        this.#judge(1006);
      } else this.#watch();
    });
  }

  #hasHeartbeat(): boolean {
    return this.#socket?.protocol === SUBPROTOCOL;
  }

  // --- pages over HTTP ---

  #startPolling(reason: PollReason): void {
    const socketAgainAt = this.#platform.now() + SOCKET_AGAIN_MS[reason];
    this.#polling = { reason, quiet: this.#polling?.quiet ?? 0, socketAgainAt };
    this.#become({ phase: "polling", reason });
    this.#pollNow();
  }

  #pollNow(): void {
    this.#abandon();
    void this.#poll(this.#epoch);
  }

  async #poll(epoch: number): Promise<void> {
    const offset = this.#sink.nextSeq();
    try {
      const page = await this.#service.history(this.#taskId, offset, PAGE_SIZE);
      if (epoch !== this.#epoch) return;
      const whole = page.next_offset === null;
      const report = whole ? await this.#service.status(this.#taskId) : undefined;
      if (epoch !== this.#epoch) return;
      const messages: Message[] = [...page.messages];
      if (report) messages.push(statusMessage(report));
      // A task may have ended between the two answers: its last records are on the next page.
      const complete = whole && page.completed;
      this.#queue.push(this.#thenPollOn(messages, offset, whole, complete, epoch));
    } catch (error) {
      const reason = await this.#reasonOf(error);
      if (epoch !== this.#epoch) return;
      if (reason) this.#stop(reason);
      else this.#retry("lost");
    }
  }

  *#thenPollOn(
    messages: readonly Message[],
    offset: number,
    whole: boolean,
    complete: boolean,
    epoch: number,
  ): Generator<Message> {
    yield* messages;
    const polling = this.#polling;
    if (epoch !== this.#epoch || !polling) return;
    this.#attempt = 0;
    if (complete || this.#sink.complete()) {
      this.#finish();
      return;
    }
    polling.quiet = this.#sink.nextSeq() === offset ? polling.quiet + 1 : 0;
    this.#later(whole ? pollDelay(polling.quiet) : 0, () => {
      if (this.#platform.now() >= polling.socketAgainAt) this.#restart();
      else this.#pollNow();
    });
  }

  // --- what comes in ---

  #take(message: Message): void {
    if (isControl(message)) {
      if (message.type === "hello") this.#becomeLive();
      this.#sink.deliver(message);
      return;
    }
    if (this.#sink.deliver(message) === "gap") this.#refetch(message);
  }

  /** Records are missing before `record`: ask once more for them; if they are really gone, say so and go on. */
  #refetch(record: LogRecord): void {
    const missing = this.#sink.nextSeq();
    if (this.#refetchedAt === missing || this.#state.phase === "idle") {
      this.#sink.skipTo(record.seq);
      this.#sink.deliver(record);
      return;
    }
    this.#refetchedAt = missing;
    this.#queue.clear();
    if (this.#polling) this.#pollNow();
    else this.#restart();
  }

  // --- state ---

  #becomeLive(): void {
    this.#polling = undefined;
    this.#become({ phase: "live" });
  }

  #finish(): void {
    this.#abandon();
    this.#polling = undefined;
    this.#become({ phase: "ended" });
  }

  #stop(reason: StopReason): void {
    this.#abandon();
    this.#polling = undefined;
    this.#become({ phase: "stopped", reason });
  }

  #become(state: ConnectionState): void {
    this.#state = state;
    this.#sink.stateChanged(state);
  }

  #later(ms: number, run: () => void): void {
    const epoch = this.#epoch;
    this.#forget.push(this.#platform.later(ms, () => epoch === this.#epoch && run()));
  }

  /** Let go of the socket, the timers and the requests under way. */
  #abandon(): void {
    this.#epoch++;
    for (const forget of this.#forget) forget();
    this.#forget = [];
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
