/** One way to a log, and the browser as it needs it. There are three: a WebSocket, a stream of events, and pages over HTTP. */

import type { Service } from "./api.js";
import { ServiceError } from "./api.js";
import type { Message, Verdict } from "./protocol.js";
import { stopReasonOf } from "./protocol.js";

/** From the best to the one that works everywhere. */
export type ChannelKind = "socket" | "events" | "history";

export interface Channel {
  /** Whether the service says something each 15 s, whatever the task does. */
  readonly hasHeartbeat: boolean;
  /** Let go of it; the listener hears nothing any more. */
  close(): void;
}

/** Who uses a channel. Hears that it opened at most once, and that it closed at most once, as the last thing. */
export interface ChannelListener {
  /** The service itself has spoken, and not only some proxy. */
  opened(): void;
  /** What has come, to be taken one by one. */
  received(messages: Iterator<Message>): void;
  closed(verdict: Verdict): void;
}

/** What a channel is to be opened for. */
export interface Request {
  readonly service: Service;
  readonly taskId: string;
  readonly token: string | undefined;
  /** The record that is needed next. */
  readonly nextSeq: () => number;
  readonly platform: Platform;
}

export interface Platform {
  createSocket(url: string, protocols: string[]): WebSocket;
  /** Run soon, after pending input. */
  soon(run: () => void): void;
  /** Run after `ms`; returns how to forget it. */
  later(ms: number, run: () => void): () => void;
  /** In [0, 1). */
  random(): number;
  /** In ms; never goes back, and goes on while the machine sleeps. */
  now(): number;
  /** Unix time, in ms. */
  date(): number;
  online(): boolean;
  /** Whether something answers at `url`, even if this page may not read it. */
  reachable(url: string): Promise<boolean>;
  /** Whether `url` is of another origin than the page. */
  foreign(url: string): boolean;
}

/** Timers that end together. */
export class Timers {
  readonly #platform: Platform;
  readonly #forget = new Set<() => void>();

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  later(ms: number, run: () => void): void {
    const forget = this.#platform.later(ms, () => {
      this.#forget.delete(forget);
      run();
    });
    this.#forget.add(forget);
  }

  clear(): void {
    for (const forget of this.#forget) forget();
    this.#forget.clear();
  }
}

/** Return what a failed request asks for. */
export async function verdictOfFailure(error: unknown, { service, platform }: Request): Promise<Verdict> {
  const { status, type } = error instanceof ServiceError ? error : { status: 0, type: "" };
  if (type === "no_token") return { next: "retry", reason: "token_expired" };
  if (type === "realtime_off" || type === "too_many_viewers") return { next: "poll", reason: type };
  const reason = stopReasonOf(status);
  // What is no answer of the service is one of something in between, which may let another request through.
  if (reason) return type === "bad_answer" ? { next: "lower" } : { next: "stop", reason };
  if (type === "bad_answer" && status < 400) return { next: "lower" };
  // Pages of any origin may load this script, and nothing else of a service that does not know their origin.
  const script = service.url("/frontend_realtime_log.js");
  const refused = status === 0 && platform.foreign(script) && (await platform.reachable(script));
  return refused ? { next: "stop", reason: "origin_refused" } : { next: "retry", reason: "lost" };
}
