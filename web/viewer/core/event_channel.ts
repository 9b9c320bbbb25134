/**
 * A log as Server-Sent Events, for networks that let no WebSocket through.
 *
 * Read with `fetch`: an `EventSource` can carry no token, hides the status of a refusal, and comes back on its own terms.
 */

import type { Channel, ChannelListener, Request } from "./channel.js";
import { verdictOfFailure } from "./channel.js";
import type { ServerEvent } from "./event_stream.js";
import { EventStreamParser } from "./event_stream.js";
import type { Verdict } from "./protocol.js";
import { decodeFrame, verdictOf } from "./protocol.js";

export class EventChannel implements Channel {
  readonly hasHeartbeat = true;
  readonly #abort = new AbortController();

  constructor(request: Request, listener: ChannelListener) {
    void this.#run(request, listener);
  }

  close(): void {
    this.#abort.abort();
  }

  async #run(request: Request, listener: ChannelListener): Promise<void> {
    const { signal } = this.#abort;
    let verdict: Verdict;
    try {
      verdict = await this.#read(request, listener);
    } catch (error) {
      if (signal.aborted) return;
      verdict = await verdictOfFailure(error, request);
    }
    if (!signal.aborted) listener.closed(verdict);
  }

  async #read({ service, taskId, token, nextSeq }: Request, listener: ChannelListener): Promise<Verdict> {
    const { signal } = this.#abort;
    const query = { task_id: taskId, since: nextSeq() };
    const answer = await service.stream("/v1/log/sse", query, token, signal);
    // Everything was seen before: 204 has no body.
    if (!answer.body) return { next: "done" };
    const reader = answer.body.getReader();
    const decoder = new TextDecoder();
    const parser = new EventStreamParser();
    let opened = false;
    let verdict = verdictOf(1006);
    for (;;) {
      const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
      if (done || signal.aborted) return verdict;
      const events = parser.feed(decoder.decode(value, { stream: true }));
      if (events.length === 0) continue;
      if (!opened) listener.opened();
      opened = true;
      const last = events.find(({ type }) => type === "close");
      if (last) verdict = verdictOf(codeOf(last));
      listener.received(decodeFrame(events.map(({ data }) => data).join("\n")));
    }
  }
}

/** Return the code with which a WebSocket would have been closed. */
function codeOf({ data }: ServerEvent): number {
  const [, code] = /"code":\s*(\d+)/.exec(data) ?? [];
  return Number(code ?? 1006);
}
