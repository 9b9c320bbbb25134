import { beforeEach, describe, expect, it } from "vitest";
import { hello, page, record, records, running, World } from "./connection_world.js";

describe("LogConnection, its channels", () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });

  it("reads over HTTP where real-time is switched off, to the end", async () => {
    await world.polling(4503);
    expect(world.requests[0]?.query.get("offset")).toBe("0");
    await world.answer(200, page(records(0, 2), 2));
    expect(world.state).toEqual({ phase: "polling", reason: "realtime_off" });
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

  it("goes on fetching while it waits for a place, and turns to the socket when it has one", async () => {
    await world.polling(4529);
    await world.page(record(0));
    for (let round = 0; round < 30 && world.sockets.length < 3; round++) {
      if (world.sockets.length === 2 && !world.socket.closed) {
        world.socket.opens();
        world.socket.breaks(4529);
        await world.settle();
        expect(world.socket.closed).toBe(true);
      }
      await world.polls(1_000);
    }
    world.socket.opens();
    world.socket.says(hello(1), record(1));
    await world.settle();
    expect(world.messages).toEqual([0, 1]);
    expect(world.states.map(({ phase }) => phase)).toEqual(["connecting", "polling", "live"]);
    await world.pass(20_000);
    expect(world.requests).toHaveLength(0);
  });

  it("asks at once, and tries a socket, when the page is seen again while it reads over HTTP", async () => {
    await world.polling(4503);
    await world.page(record(0));
    await world.polls(6_000);
    world.connection.wake();
    await world.settle();
    world.connection.wake();
    await world.settle();
    expect(world.requests.map(({ path }) => path)).toEqual(["/v1/log/history"]);
    expect(world.sockets).toHaveLength(2);
    await world.page(record(1));
    world.socket.opens();
    world.socket.says(hello(1), record(1), record(2));
    await world.settle();
    expect(world.messages).toEqual([0, 1, 2]);
    expect(world.states.map(({ phase }) => phase)).toEqual(["connecting", "polling", "polling", "live"]);
  });

  it("turns to a stream of events when no socket opens, and shows no word of it", async () => {
    const stream = await world.events(3);
    expect(stream.since).toBe(0);
    expect(stream.headers.get("Authorization")).toBe("Bearer jwt");
    expect(world.states).toEqual([{ phase: "connecting" }, { phase: "live", channel: "events" }]);
    stream.says({ ...record(3), final: true }, { type: "end", status: "succeeded", last_seq: 3 }).ends();
    await world.settle();
    expect(world.messages).toEqual([0, 1, 2, 3]);
    expect(world.state.phase).toBe("ended");
  });

  it("goes back up to the socket while the stream goes on, without a double or a gap", async () => {
    const stream = await world.events(3);
    world.sockets = [];
    await world.pass(4_900);
    expect(world.sockets).toHaveLength(0);
    await world.pass(100);
    expect(world.socket.since).toBe(3);
    stream.says(record(3), record(4));
    await world.settle();
    world.socket.opens();
    world.socket.says(hello(3), record(3));
    stream.says(record(5));
    world.socket.says(record(4), record(5), record(6));
    await world.settle();
    expect(world.messages).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(world.state).toEqual({ phase: "live", channel: "socket" });
    expect(stream.closed).toBe(true);
  });

  it("tries the socket less and less often where none gets through", async () => {
    const stream = await world.events(1);
    const tries: number[] = [];
    while (world.clock < 400_000) {
      const before = world.sockets.length;
      await world.pass(1_000);
      if (world.clock % 10_000 === 0) stream.says({ type: "status", ...running });
      if (world.sockets.length === before) continue;
      tries.push(world.clock / 1_000);
      world.socket.breaks();
      await world.settle();
    }
    expect(tries).toEqual([5, 15, 35, 75, 155, 315]);
    expect(world.states.slice(1)).toEqual([{ phase: "live", channel: "events" }]);
  });

  it("begins with what worked last when the stream breaks", async () => {
    const stream = await world.events(3);
    stream.breaks();
    await world.settle();
    expect(world.state).toMatchObject({ phase: "reconnecting", reason: "lost" });
    await world.pass(900);
    const again = world.request("/v1/log/sse");
    expect(again.since).toBe(3);
    expect(world.sockets).toHaveLength(1);
    again.answer(204);
    await world.settle();
    expect(world.state.phase).toBe("ended");
  });

  it.each([
    ["says nothing", async (_: World) => undefined],
    ["sends only its head", async (world: World) => void world.request("/v1/log/sse").streams().sends("retry: 1")],
  ])("reads over HTTP when the stream %s, for a proxy keeps it back", async (_, begins) => {
    world.connection.open();
    await world.settle();
    world.socket.breaks();
    await world.settle();
    await begins(world);
    const stream = world.request("/v1/log/sse");
    await world.pass(5_000);
    expect(stream.closed).toBe(true);
    world.requests = world.requests.slice(-1);
    await world.page(record(0));
    expect(world.state).toEqual({ phase: "polling", reason: "unreachable" });
    expect(world.messages).toEqual([0]);
  });

  it("reads over HTTP when the stream falls silent, and leaves it alone for a while", async () => {
    await world.events(3);
    await world.pass(55_000);
    expect(world.request("/v1/log/history").query.get("offset")).toBe("3");
    world.requests = world.requests.slice(-1);
    await world.page(record(3));
    expect(world.state.phase).toBe("polling");
    world.requests = [];
    while (world.clock < 110_000) {
      world.socket.breaks();
      await world.polls(1_000);
    }
  });

  it("tries the stream, too, while it reads over HTTP", async () => {
    await world.polling(4503);
    await world.page(record(0));
    await world.polls(60_000);
    expect(world.sockets).toHaveLength(2);
    world.socket.breaks();
    await world.settle();
    world.request("/v1/log/sse").streams().says(hello(1), record(1));
    await world.settle();
    expect(world.messages).toEqual([0, 1]);
    expect(world.state).toEqual({ phase: "live", channel: "events" });
  });

  it.each([["realtime_off", 503], ["too_many_viewers", 429]] as const)("reads over HTTP when the stream is refused: %s", async (reason, status) => {
    world.connection.open();
    await world.settle();
    world.socket.breaks();
    await world.settle();
    await world.answer(status, null, reason);
    await world.page();
    expect(world.state).toEqual({ phase: "polling", reason });
  });

  it.each([[4509, "connecting"], [1012, "reconnecting"], [4508, "reconnecting"]] as const)("takes a close event of %i as a socket's", async (code, phase) => {
    world.tokens = ["socket's", "old", "new"];
    const stream = await world.events(3);
    stream.says({ type: "status", ...running });
    await world.pass(4_000);
    stream.says({ type: "close", code, reason: "" }).ends();
    await world.settle();
    expect(world.state.phase).toBe(phase);
  });

  it("reads over HTTP where something else answers in the stream's place", async () => {
    world.connection.open();
    await world.settle();
    world.socket.breaks();
    await world.settle();
    world.requests.shift()?.streams("text/html");
    await world.settle();
    expect(world.request("/v1/log/history").query.get("offset")).toBe("0");
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
});
