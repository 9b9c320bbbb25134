/** One use of a channel: gets it a token, and notices when it does not open, or opens and falls silent. */

import type { Channel, ChannelKind, ChannelListener, Request } from "./channel.js";
import { Timers } from "./channel.js";
import { EventChannel } from "./event_channel.js";
import { HistoryChannel } from "./history_channel.js";
import type { Message, Verdict } from "./protocol.js";
import { SocketChannel } from "./socket_channel.js";

const CHANNELS = { socket: SocketChannel, events: EventChannel, history: HistoryChannel };

/** The service says something each 15 s; twice that and some, and the line is dead, whatever the browser believes. */
const SILENCE_MS = 40_000;
const WATCH_MS = 10_000;
/** How long the page may take to get a token. */
const TOKEN_LIMIT_MS = 20_000;

/** Who uses a line. All of it is heard in the order in which it came, in between messages. */
export interface LineOwner {
  opened(line: Line): void;
  closed(line: Line, verdict: Verdict): void;
  /** Have `messages` taken one by one, after those of before. */
  queue(messages: Iterator<Message>): void;
}

export class Line {
  readonly kind: ChannelKind;
  /** What it was opened with. */
  token: string | undefined;
  readonly startedAt: number;
  /** When it opened. */
  openedAt: number | undefined;
  readonly #request: Omit<Request, "token">;
  readonly #owner: LineOwner;
  readonly #timers: Timers;
  #channel: Channel | undefined;
  #lastHeard = 0;
  #over = false;

  /** `limit`: ms within which it has to open. `refused`: a token that is known to be no good. */
  constructor(kind: ChannelKind, request: Omit<Request, "token">, owner: LineOwner, limit: number, refused?: string) {
    this.kind = kind;
    this.#request = request;
    this.#owner = owner;
    this.startedAt = request.platform.now();
    this.#timers = new Timers(request.platform);
    this.#timers.later(TOKEN_LIMIT_MS, () => this.#end({ next: "retry", reason: "token_expired" }));
    void this.#open(limit, refused);
  }

  /** Whether nothing has come for `ms`, although something should. */
  isSilent(ms: number): boolean {
    const { platform } = this.#request;
    return this.openedAt !== undefined && this.#channel?.hasHeartbeat === true && platform.now() - this.#lastHeard > ms;
  }

  close(): void {
    this.#over = true;
    this.#timers.clear();
    this.#channel?.close();
  }

  async #open(limit: number, refused: string | undefined): Promise<void> {
    const { service, platform } = this.#request;
    let hasToken = true;
    try {
      this.token = await service.token();
    } catch {
      hasToken = false;
    }
    if (this.#over) return;
    this.#timers.clear();
    // A page may keep a token for a little longer than the service takes it.
    if (!hasToken || (this.token !== undefined && this.token === refused)) {
      this.#end({ next: "retry", reason: "token_expired" });
      return;
    }
    // Below pages over HTTP there is nothing: those are waited for.
    if (this.kind !== "history") this.#timers.later(limit, () => this.openedAt === undefined && this.#end({ next: "lower" }));
    this.#lastHeard = platform.now();
    this.#watch();
    const channel = new CHANNELS[this.kind]({ ...this.#request, token: this.token }, this.#listener());
    if (this.#over) channel.close();
    else this.#channel = channel;
  }

  #listener(): ChannelListener {
    const { platform } = this.#request;
    return {
      opened: () => {
        this.openedAt = this.#lastHeard = platform.now();
        this.#owner.queue(this.#then(() => this.#owner.opened(this)));
      },
      received: (messages) => {
        this.#lastHeard = platform.now();
        this.#owner.queue(this.#whileUsed(messages));
      },
      closed: (verdict) => this.#end(verdict),
    };
  }

  /** What a line that was let go of still had to say comes over the one that took its place. */
  *#whileUsed(messages: Iterator<Message>): Generator<Message> {
    for (let next = messages.next(); !this.#over && !next.done; next = messages.next()) yield next.value;
  }

  *#then(run: () => void): Generator<Message> {
    if (!this.#over) run();
  }

  /** What came before the end is worked through before the end is judged. */
  #end(verdict: Verdict): void {
    this.#timers.clear();
    this.#owner.queue(this.#then(() => this.#owner.closed(this, verdict)));
  }

  #watch(): void {
    this.#timers.later(WATCH_MS, () => {
      // A stream of events that stops in some buffer would do so again.
      if (!this.isSilent(SILENCE_MS)) this.#watch();
      else this.#end(this.kind === "events" ? { next: "lower" } : { next: "retry", reason: "lost" });
    });
  }
}
