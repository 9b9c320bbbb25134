import { beforeEach, describe, expect, it } from "vitest";
import { Service } from "../viewer/core/api.js";
import { type ConnectionState, LogConnection, type Platform, type Sink } from "../viewer/core/connection.js";
import { Lines } from "../viewer/core/lines.js";
import type { Message } from "../viewer/core/protocol.js";
import { isControl } from "../viewer/core/protocol.js";

/** A socket whose other end is the test. */
class ScriptedSocket {
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

const record = (seq: number): object => ({
  seq, timestamp: "2026-01-02T03:04:05.000006Z", level: "INFO", message: `line ${seq}`, progress: 0, step: "", current_step: 0, total_steps: 0,
});
const records = (from: number, to: number): object[] => Array.from({ length: to - from }, (_, index) => record(from + index));
const hello = (next_seq: number): object => ({ type: "hello", task_id: "t", next_seq, status: "running" });

/** A connection in a world where the test turns the clock and plays the service. */
class World {
  sockets: ScriptedSocket[] = [];
  requests: { path: string; query: URLSearchParams; answer: (status: number, data: unknown) => void; fail: () => void }[] = [];
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
    const fetcher = (input: RequestInfo | URL): Promise<Response> =>
      new Promise((resolve, reject) => {
        const url = new URL(String(input));
        this.requests.push({
          path: url.pathname,
          query: url.searchParams,
          answer: (status, data) => {
            const body = status < 400 ? { success: true, data } : { success: false, message: "no", error: { type: "no" } };
            resolve(new Response(JSON.stringify(body), { status }));
          },
          fail: () => reject(new TypeError("Failed to fetch")),
        });
      });
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
    await new Promise((resolve) => setImmediate(resolve));
    for (const run of this.#soon.splice(0)) run();
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

  async answer(status: number, data: unknown = null): Promise<void> {
    this.requests.shift()?.answer(status, data);
    await this.settle();
  }
}

const page = (messages: object[], next: number | null, completed = false): object => ({
  messages, next_offset: next, total: messages.length, completed, progress: 0, status: completed ? "succeeded" : "running",
});
const running = { task_id: "t", status: "running", progress: 5 };

describe("LogConnection", () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });

  it("asks for installcast.v2 and sends its token as a subprotocol, never in the address", async () => {
    await world.live();
    expect(world.socket.protocols).toEqual(["installcast.v2", "bearer.jwt"]);
    expect(world.socket.url).toBe("ws://service.test/v1/log/ws?task_id=t&since=0");
    expect(world.states.map((state) => state.phase)).toEqual(["connecting", "live"]);
  });

  it("comes back from the record after the last finished one", async () => {
    await world.live(3);
    world.socket.says({ ...record(3), partial: true });
    await world.settle();
    world.socket.breaks();
    await world.settle();
    expect(world.state).toEqual({ phase: "reconnecting", reason: "lost", attempt: 1, offline: false });
    await world.pass(2_000);
    expect(world.socket.since).toBe(3);
    world.socket.opens();
    world.socket.says(hello(3), ...records(3, 6));
    await world.settle();
    expect(world.messages).toEqual([0, 1, 2, 3, 4, 5]);
    expect(world.state.phase).toBe("live");
  });

  it("works through what came before a close, then judges the close", async () => {
    await world.live(3);
    world.socket.says(...records(3, 5), { ...record(5), final: true, status: "succeeded" }, { type: "end", status: "succeeded", last_seq: 5 });
    world.socket.breaks(1000);
    await world.settle();
    expect(world.messages).toEqual([0, 1, 2, 3, 4, 5]);
    expect(world.state.phase).toBe("ended");
    await world.pass(120_000);
    expect(world.sockets).toHaveLength(1);
  });

  it("is not done when the connection breaks before the last record, even if the task is over", async () => {
    await world.live(3);
    world.socket.says({ type: "status", ...running, status: "succeeded" });
    world.socket.breaks();
    await world.settle();
    expect(world.state.phase).toBe("reconnecting");
  });

  it.each([[4401, "not_signed_in"], [4403, "not_allowed"], [4404, "no_such_task"], [4400, "bad_request"]] as const)(
    "stays away after %i and says why",
    async (code, reason) => {
      await world.live();
      world.socket.breaks(code);
      await world.pass(600_000);
      expect(world.state).toEqual({ phase: "stopped", reason });
      expect(world.sockets).toHaveLength(1);
    },
  );

  it("brings a new token when the old one expired", async () => {
    world.tokens = ["old", "new"];
    await world.live();
    world.socket.breaks(4509);
    await world.settle();
    await world.pass(3_000);
    expect(world.socket.protocols).toContain("bearer.new");
  });

  it("tries again when the page cannot get a token", async () => {
    world.tokens = [new Error("no network"), "good"];
    world.connection.open();
    await world.settle();
    expect(world.state.phase).toBe("reconnecting");
    await world.pass(3_000);
    expect(world.socket.protocols).toContain("bearer.good");
  });

  it("waits longer after each failure, and starts short again after a good connection", async () => {
    await world.live();
    const waits: number[] = [];
    world.socket.breaks();
    await world.settle();
    for (let round = 0; round < 4; round++) {
      const before = world.clock;
      const sockets = world.sockets.length;
      while (world.sockets.length === sockets) await world.pass(50);
      waits.push(world.clock - before);
      world.socket.opens();
      if (round === 2) await world.pass(5_000);
      world.socket.breaks();
      await world.settle();
    }
    expect(waits).toEqual([850, 2250, 4500, 850]);
  });

  it("comes back at once when the page is seen again or the network is back", async () => {
    await world.live();
    world.isOnline = false;
    world.socket.breaks();
    await world.settle();
    expect(world.state).toMatchObject({ phase: "reconnecting", offline: true });
    world.connection.wake();
    await world.settle();
    expect(world.sockets).toHaveLength(2);
  });

  it("notices a line that is dead although the socket does not say so", async () => {
    await world.live();
    for (let beat = 0; beat < 4; beat++) {
      await world.pass(15_000);
      world.socket.says({ type: "status", ...running });
      await world.settle();
    }
    expect(world.state.phase).toBe("live");
    await world.pass(55_000);
    expect(world.sockets.length).toBeGreaterThan(1);
    expect(world.sockets[0]?.closed).toBe(true);
  });

  it("doubts a silent line when the page wakes up", async () => {
    await world.live();
    world.clock += 25_000;
    world.connection.wake();
    await world.settle();
    expect(world.sockets).toHaveLength(2);
  });

  it("does not expect a heartbeat of the plain protocol", async () => {
    world.connection.open();
    await world.settle();
    world.socket.opens("");
    await world.pass(300_000);
    expect(world.state.phase).toBe("live");
    expect(world.sockets).toHaveLength(1);
  });

  it("asks again where a record is missing, and shows none twice", async () => {
    await world.live(3);
    world.socket.says(...records(5, 8));
    await world.settle();
    expect(world.sockets).toHaveLength(2);
    expect(world.socket.since).toBe(3);
    world.socket.opens();
    world.socket.says(hello(3), ...records(3, 9));
    await world.settle();
    expect(world.messages).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("says so and goes on when the missing records are really gone", async () => {
    await world.live(3);
    world.socket.says(...records(5, 8));
    await world.settle();
    world.socket.opens();
    world.socket.says(hello(3), ...records(5, 8));
    await world.settle();
    expect(world.lines.at(3)?.gap).toEqual({ lines: 2, bytes: 0 });
    expect(world.lines.nextSeq).toBe(8);
    expect(world.sockets).toHaveLength(2);
  });

  it("reads over HTTP where real-time is switched off, to the end", async () => {
    world.connection.open();
    await world.settle();
    world.socket.opens();
    world.socket.breaks(4503);
    await world.settle();
    expect(world.state).toEqual({ phase: "polling", reason: "realtime_off" });
    expect(world.requests[0]?.query.get("offset")).toBe("0");
    await world.answer(200, page(records(0, 2), 2));
    await world.pass(0);
    expect(world.requests[0]?.query.get("offset")).toBe("2");
    await world.answer(200, page(records(2, 4), null));
    await world.answer(200, running);
    expect(world.messages).toEqual([0, 1, 2, 3]);
    await world.pass(1_000);
    expect(world.requests[0]?.query.get("offset")).toBe("4");
    await world.answer(200, page([{ ...record(4), final: true, status: "succeeded" }], null, true));
    await world.answer(200, { ...running, status: "succeeded" });
    expect(world.state.phase).toBe("ended");
    expect(world.delivered.at(-1)).toMatchObject({ type: "status", status: "succeeded" });
  });

  it("tries the socket again after a while of polling", async () => {
    world.connection.open();
    await world.settle();
    world.socket.opens();
    world.socket.breaks(4529);
    await world.settle();
    for (let round = 0; round < 30 && world.sockets.length === 1; round++) {
      await world.answer(200, page([], null));
      await world.answer(200, running);
      await world.pass(1_000);
    }
    expect(world.sockets).toHaveLength(2);
    expect(world.state.phase).toBe("polling");
    world.socket.opens();
    world.socket.says(hello(0), record(0));
    await world.settle();
    expect(world.state.phase).toBe("live");
  });

  it("reads over HTTP when sockets never open but HTTP answers", async () => {
    world.connection.open();
    await world.settle();
    world.socket.breaks();
    await world.settle();
    await world.answer(200, running);
    expect(world.state.phase).toBe("reconnecting");
    await world.pass(2_000);
    world.socket.breaks();
    await world.settle();
    await world.answer(200, running);
    expect(world.state).toEqual({ phase: "polling", reason: "unreachable" });
  });

  it.each([[401, "not_signed_in"], [403, "not_allowed"], [404, "no_such_task"]] as const)(
    "learns from HTTP %i why a socket never opened",
    async (status, reason) => {
      world.connection.open();
      await world.settle();
      world.socket.breaks();
      await world.settle();
      await world.answer(status);
      expect(world.state).toEqual({ phase: "stopped", reason });
    },
  );

  it("tells a service that refuses the page's origin from one that is not there", async () => {
    world.isForeign = true;
    for (const isReachable of [false, true]) {
      world.isReachable = isReachable;
      world.connection.open();
      await world.settle();
      world.socket.breaks();
      await world.settle();
      world.requests.shift()?.fail();
      await world.settle();
      if (!isReachable) {
        expect(world.state.phase).toBe("reconnecting");
        await world.pass(2_000);
      }
    }
    expect(world.state).toEqual({ phase: "stopped", reason: "origin_refused" });
  });

  it("gives up a handshake that takes for ever", async () => {
    world.connection.open();
    await world.settle();
    await world.pass(12_500);
    expect(world.sockets[0]?.closed).toBe(true);
    expect(world.requests).toHaveLength(1);
  });

  it("leaves nothing behind when it is closed", async () => {
    await world.live(3);
    world.socket.says(...records(3, 6));
    world.connection.close();
    await world.pass(600_000);
    expect(world.messages).toEqual([0, 1, 2]);
    expect(world.socket.closed).toBe(true);
    expect(world.sockets).toHaveLength(1);
    expect(world.requests).toHaveLength(0);
  });
});
