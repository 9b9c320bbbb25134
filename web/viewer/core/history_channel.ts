/** A log as pages over HTTP, asked for again and again: works wherever an install can be started at all. */

import { pollDelay } from "./backoff.js";
import type { Channel, ChannelListener, Request } from "./channel.js";
import { Timers, verdictOfFailure } from "./channel.js";
import type { Message, Verdict } from "./protocol.js";
import { statusMessage } from "./protocol.js";

const PAGE_SIZE = 2_000;
const ANSWER_LIMIT_MS = 20_000;

export class HistoryChannel implements Channel {
  /** What comes is an answer, and an answer that does not come is noticed here. */
  readonly hasHeartbeat = false;
  readonly #request: Request;
  readonly #listener: ChannelListener;
  readonly #timers: Timers;
  readonly #abort = new AbortController();
  #opened = false;
  /** Polls in a row that brought nothing new. */
  #quiet = 0;

  constructor(request: Request, listener: ChannelListener) {
    this.#request = request;
    this.#listener = listener;
    this.#timers = new Timers(request.platform);
    void this.#poll();
  }

  close(): void {
    this.#abort.abort();
    this.#timers.clear();
  }

  async #poll(): Promise<void> {
    const { service, taskId, nextSeq } = this.#request;
    const { signal } = this.#abort;
    this.#timers.later(ANSWER_LIMIT_MS, () => this.#end({ next: "retry", reason: "lost" }));
    const offset = nextSeq();
    try {
      const page = await service.history(taskId, offset, PAGE_SIZE, signal);
      const isWhole = page.next_offset === null;
      const report = isWhole ? await service.status(taskId, signal) : undefined;
      if (signal.aborted) return;
      this.#timers.clear();
      if (!this.#opened) this.#listener.opened();
      this.#opened = true;
      const messages: Message[] = report ? [...page.messages, statusMessage(report)] : page.messages;
      // A task may have ended between the two answers: its last records are on the next page.
      this.#listener.received(this.#thenGoOn(messages, offset, isWhole, isWhole && page.completed));
    } catch (error) {
      if (signal.aborted) return;
      const verdict = await verdictOfFailure(error, this.#request);
      // There is nothing below: what is in the way may go away.
      this.#end(verdict.next === "lower" ? { next: "retry", reason: "lost" } : verdict);
    }
  }

  /** The next page is asked for when this one has been worked through. */
  *#thenGoOn(messages: readonly Message[], offset: number, isWhole: boolean, isComplete: boolean): Generator<Message> {
    yield* messages;
    this.#quiet = this.#request.nextSeq() === offset ? this.#quiet + 1 : 0;
    if (isComplete) this.#end({ next: "done" });
    else if (!this.#abort.signal.aborted) this.#timers.later(isWhole ? pollDelay(this.#quiet) : 0, () => void this.#poll());
  }

  #end(verdict: Verdict): void {
    if (!this.#abort.signal.aborted) this.#listener.closed(verdict);
    this.close();
  }
}
