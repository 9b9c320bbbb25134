/** A service and a browser that the test plays, and a clock that it turns. */

import { Service } from "../viewer/core/api.js";
import { type ConnectionState, LogConnection, type Platform, type Sink } from "../viewer/core/connection.js";
import { Lines } from "../viewer/core/lines.js";
import type { Message } from "../viewer/core/protocol.js";
import { isControl } from "../viewer/core/protocol.js";

/** A socket whose other end is the test. */
export class ScriptedSocket {
  protocol = "";
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  readonly url: string;
  readonly protocols: string[];

  constructor(url: string, protocols: string[]) {
    this.url = url;
    this.protocols = protocols;
  }

  get since(): number {
    return Number(new URL(this.url).searchParams.get("since"));
  }

  opens(protocol = "installcast.v2"): void {
    this.protocol = protocol;
    this.onopen?.();
  }

  says(...objects: object[]): void {
    this.onmessage?.({ data: objects.map((object) => `${JSON.stringify(object)}\n`).join("") });
  }

  breaks(code = 1006): void {
    this.onclose?.({ code });
  }

  close(): void {
    this.closed = true;
  }
}

export const record = (seq: number): object => ({
  seq, timestamp: "2026-01-02T03:04:05.000006Z", level: "INFO", message: `line ${seq}`, progress: 0, step: "", current_step: 0, total_steps: 0,
});
export const records = (from: number, to: number): object[] => Array.from({ length: to - from }, (_, index) => record(from + index));
export const hello = (next_seq: number): object => ({ type: "hello", task_id: "t", next_seq, status: "running" });

/** A request that the test answers. */
export class ScriptedRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly #resolve: (answer: Response) => void;
  readonly #reject: (error: Error) => void;
  #aborted = false;
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(url: string, init: RequestInit, resolve: (answer: Response) => void, reject: (error: Error) => void) {
    const { pathname, searchParams } = new URL(url);
    this.path = pathname;
    this.query = searchParams;
    this.headers = new Headers(init.headers);
    this.#resolve = resolve;
    this.#reject = reject;
    init.signal?.addEventListener("abort", () => {
      this.#aborted = true;
      const error = new DOMException("aborted", "AbortError");
      reject(error);
      this.#stream?.error(error);
    });
  }

  /** Whether the viewer has let go of it. */
  get closed(): boolean {
    return this.#aborted;
  }

  get since(): number {
    return Number(this.query.get("since"));
  }

  answer(status: number, data: unknown = null, type = "no"): void {
    const body = status < 400 ? { success: true, data } : { success: false, message: "no", error: { type } };
    this.#resolve(new Response(status === 204 ? null : JSON.stringify(body), { status }));
  }

  fail(): void {
    this.#reject(new TypeError("Failed to fetch"));
  }

  /** Begin a stream of events. */
  streams(contentType = "text/event-stream; charset=utf-8"): this {
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (this.#stream = controller) });
    this.#resolve(new Response(body, { headers: { "Content-Type": contentType } }));
    return this;
  }

  /** Send each object as the service does: a record with its seq, a control object under its name. */
  says(...objects: object[]): this {
    for (const object of objects) {
      const { type, seq } = object as { type?: string; seq?: number };
      this.sends(`${type ? `event: ${type}\n` : `id: ${seq}\n`}data: ${JSON.stringify(object)}\n\n`);
    }
    return this;
  }

  sends(text: string): this {
    this.#stream?.enqueue(new TextEncoder().encode(text));
    return this;
  }

  ends(): void {
    this.#stream?.close();
  }

  breaks(): void {
    this.#stream?.error(new TypeError("network error"));
  }
}

/** A connection in a world where the test turns the clock and plays the service. */
export class World {
  sockets: ScriptedSocket[] = [];
  requests: ScriptedRequest[] = [];
  states: ConnectionState[] = [];
  delivered: Message[] = [];
  lines = new Lines();
  complete = false;
  clock = 0;
  isOnline = true;
  isReachable = false;
  isForeign = false;
  tokens: (string | Error)[] = [];
  #timers: { at: number; run: () => void }[] = [];
  #soon: (() => void)[] = [];
  readonly connection: LogConnection;

  constructor() {
    const fetcher = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> =>
      new Promise((resolve, reject) => this.requests.push(new ScriptedRequest(String(input), init ?? {}, resolve, reject)));
    const getToken = async (): Promise<string> => {
      const token = this.tokens.length > 1 ? this.tokens.shift() : this.tokens[0];
      if (token instanceof Error) throw token;
      return token ?? "jwt";
    };
    const service = new Service("http://service.test", "en", { getToken }, fetcher as typeof fetch);
    const sink: Sink = {
      deliver: (message) => {
        if (isControl(message)) {
          this.delivered.push(message);
          if (message.type === "end") this.complete = true;
          return undefined;
        }
        const outcome = this.lines.accept(message);
        if (outcome === "taken" && message.final) this.complete = true;
        return outcome;
      },
      skipTo: (seq) => this.lines.skipTo(seq, "missing"),
      nextSeq: () => this.lines.nextSeq,
      complete: () => this.complete,
      rested: () => undefined,
      stateChanged: (state) => this.states.push(state),
    };
    const platform: Platform = {
      createSocket: (url, protocols) => {
        const socket = new ScriptedSocket(url, protocols);
        this.sockets.push(socket);
        return socket as unknown as WebSocket;
      },
      soon: (run) => this.#soon.push(run),
      later: (ms, run) => {
        const timer = { at: this.clock + ms, run };
        this.#timers.push(timer);
        return () => (this.#timers = this.#timers.filter((one) => one !== timer));
      },
      random: () => 0.5,
      now: () => this.clock,
      online: () => this.isOnline,
      date: () => 1_700_000_000_000 + this.clock,
      reachable: async () => this.isReachable,
      foreign: () => this.isForeign,
    };
    this.connection = new LogConnection(service, "t", sink, platform);
  }

  get socket(): ScriptedSocket {
    return this.sockets.at(-1) as ScriptedSocket;
  }

  get state(): ConnectionState {
    return this.states.at(-1) as ConnectionState;
  }

  get messages(): number[] {
    return Array.from({ length: this.lines.length }, (_, index) => Number(this.lines.at(index)?.message.split(" ")[1]));
  }

  /** Let everything happen that needs no time. */
  async settle(): Promise<void> {
    for (let round = 0; round < 20; round++) {
      await Promise.resolve();
      for (const run of this.#soon.splice(0)) run();
    }
    for (let round = 0; round < 3; round++) {
      await new Promise((resolve) => setImmediate(resolve));
      for (const run of this.#soon.splice(0)) run();
    }
  }

  /** Turn the clock on by `ms`. */
  async pass(ms: number): Promise<void> {
    const until = this.clock + ms;
    for (;;) {
      const next = this.#timers.filter((timer) => timer.at <= until).sort((one, other) => one.at - other.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.clock = next.at;
      next.run();
      await this.settle();
    }
    this.clock = until;
    await this.settle();
  }

  /** Connect and receive the records before `to`. */
  async live(to = 3): Promise<void> {
    this.connection.open();
    await this.settle();
    this.socket.opens();
    this.socket.says(hello(0), ...records(0, to));
    await this.settle();
  }

  /** Answer the oldest request. */
  async answer(status: number, data: unknown = null, type = "no"): Promise<void> {
    this.requests.shift()?.answer(status, data, type);
    await this.settle();
  }

  /** The newest request, which has to be one for `path`. */
  request(path: string): ScriptedRequest {
    const request = this.requests.at(-1);
    if (request?.path !== path) throw new Error(`${request?.path} instead of ${path}`);
    return request;
  }

  /** Open a stream of events, since no socket opens, and receive the records before `to`. */
  async events(to = 3): Promise<ScriptedRequest> {
    this.connection.open();
    await this.settle();
    this.socket.breaks();
    await this.settle();
    const stream = this.request("/v1/log/sse").streams().says(hello(0), ...records(0, to));
    await this.settle();
    return stream;
  }

  /** Connect, and be told to fetch lines over HTTP. */
  async polling(code: 4503 | 4529): Promise<void> {
    this.connection.open();
    await this.settle();
    this.socket.opens();
    this.socket.breaks(code);
    await this.settle();
  }

  /** Turn the clock on by `ms`, and answer polls with nothing new; there has to be no other request. */
  async polls(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1_000) {
      await this.pass(1_000);
      while (this.requests.length > 0) {
        const path = this.requests[0]?.path;
        if (path !== "/v1/log/history") throw new Error(`${path} was not expected`);
        await this.page();
      }
    }
  }

  /** Answer a poll: `messages`, and that these are all. */
  async page(...messages: object[]): Promise<void> {
    await this.answer(200, page(messages, null));
    await this.answer(200, running);
  }
}

export const page = (messages: object[], next: number | null, completed = false): object => ({
  messages, next_offset: next, total: messages.length, completed, progress: 0, status: completed ? "succeeded" : "running",
});
export const running = { task_id: "t", status: "running", progress: 5 };
