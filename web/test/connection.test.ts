import { beforeEach, describe, expect, it } from "vitest";
import { hello, page, record, records, running, World } from "./connection_world.js";

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

  it("exchanges an expired token at once", async () => {
    world.tokens = ["old", "new"];
    await world.live();
    await world.pass(4_000);
    world.socket.breaks(4509);
    await world.settle();
    expect(world.socket.protocols).toContain("bearer.new");
    expect(world.socket.since).toBe(3);
    expect(world.states.map(({ phase }) => phase)).toEqual(["connecting", "live", "connecting"]);
  });

  it("changes to a line with a new token before the old one expires", async () => {
    const token = (name: string, exp: number): string => `${name}.${btoa(JSON.stringify({ exp }))}.x`;
    world.tokens = [token("old", 1_700_000_100), token("new", 1_700_000_900)];
    await world.live();
    const beat = (): void => world.sockets[0]?.says({ type: "status", ...running });
    for (let time = 0; time < 69; time += 23) {
      await world.pass(23_000);
      beat();
    }
    expect(world.sockets).toHaveLength(1);
    await world.pass(1_000);
    expect(world.socket.protocols[1]).toMatch(/^bearer\.new/);
    world.sockets[0]?.says(record(3));
    await world.settle();
    world.socket.opens();
    world.socket.says(hello(3), record(3), record(4));
    await world.settle();
    expect(world.messages).toEqual([0, 1, 2, 3, 4]);
    expect(world.sockets.map(({ closed }) => closed)).toEqual([true, false]);
    expect(world.states.map(({ phase }) => phase)).toEqual(["connecting", "live", "live"]);
  });

  it("waits for another token where the page still has the one that expired, and does not send that again", async () => {
    world.tokens = ["old", "old", "old", "old", "new"];
    await world.live();
    await world.pass(4_000);
    world.socket.breaks(4509);
    await world.settle();
    expect(world.state).toMatchObject({ phase: "reconnecting", reason: "token_expired" });
    await world.pass(3_000);
    expect(world.state).toEqual({ phase: "stopped", reason: "not_signed_in" });
    expect(world.sockets).toHaveLength(1);
    while (world.sockets.length === 1) await world.pass(1_000);
    expect(world.socket.protocols).toContain("bearer.new");
    world.socket.opens();
    world.socket.says(hello(3), record(3));
    await world.settle();
    expect(world.state.phase).toBe("live");
  });

  it("offers another token when one is refused, once", async () => {
    world.tokens = ["bad", "worse", "good"];
    world.connection.open();
    await world.settle();
    world.socket.opens();
    world.socket.breaks(4401);
    await world.settle();
    expect(world.socket.protocols).toContain("bearer.worse");
    world.socket.opens();
    world.socket.breaks(4401);
    await world.settle();
    expect(world.state).toEqual({ phase: "stopped", reason: "not_signed_in" });
    await world.pass(600_000);
    expect(world.sockets).toHaveLength(2);
  });

  it("goes on after a sign-in in another tab", async () => {
    world.tokens = ["old", "old", "new"];
    await world.live();
    world.socket.breaks(4401);
    await world.settle();
    expect(world.state).toEqual({ phase: "stopped", reason: "not_signed_in" });
    world.connection.wake();
    await world.settle();
    expect(world.state.phase).toBe("stopped");
    world.socket.opens();
    world.socket.says(hello(3), record(3));
    await world.settle();
    expect(world.state.phase).toBe("live");
    expect(world.messages).toEqual([0, 1, 2, 3]);
  });

  it("is not brought back by a wake-up from what no sign-in can change", async () => {
    await world.live();
    world.socket.breaks(4404);
    await world.settle();
    world.connection.wake();
    await world.pass(60_000);
    expect(world.sockets).toHaveLength(1);
  });

  it("is signed out while the page can get no token, and goes on when it can", async () => {
    world.tokens = [new Error("no session"), new Error("no session"), new Error("no session"), "good"];
    world.connection.open();
    await world.settle();
    expect(world.state).toMatchObject({ phase: "reconnecting", reason: "token_expired" });
    await world.pass(1_000);
    expect(world.state).toEqual({ phase: "stopped", reason: "not_signed_in" });
    expect(world.sockets).toHaveLength(0);
    await world.pass(6_700);
    expect(world.socket.protocols).toContain("bearer.good");
    world.socket.opens();
    world.socket.says(hello(0));
    await world.settle();
    expect(world.state.phase).toBe("live");
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
      world.socket.says(hello(3));
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
    world.isOnline = true;
    world.connection.wake();
    await world.settle();
    expect(world.state).toMatchObject({ phase: "reconnecting", offline: false });
    expect(world.sockets).toHaveLength(2);
    world.connection.wake();
    await world.settle();
    expect(world.sockets).toHaveLength(2);
  });

  it("begins anew when the network is back while a handshake waits for an answer that nobody sends", async () => {
    await world.live();
    world.socket.breaks();
    await world.settle();
    await world.pass(3_000);
    expect(world.sockets).toHaveLength(2);
    world.connection.wake();
    await world.settle();
    expect(world.sockets.map((socket) => socket.closed)).toEqual([true, true, false]);
  });

  it("tells truly how long it waits", async () => {
    await world.live();
    expect(world.connection.retryIn).toBeUndefined();
    world.socket.breaks();
    await world.settle();
    expect(world.connection.retryIn).toBe(850);
    await world.pass(800);
    expect(world.connection.retryIn).toBe(50);
    await world.pass(50);
    expect(world.connection.retryIn).toBeUndefined();
    expect(world.state.phase).toBe("reconnecting");
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

  it("doubts a silent line when the page wakes up, and keeps it until another one speaks", async () => {
    await world.live();
    await world.pass(19_000);
    world.connection.wake();
    await world.settle();
    expect(world.sockets).toHaveLength(1);
    world.clock += 6_000;
    world.connection.wake();
    await world.settle();
    expect(world.sockets.map((socket) => socket.closed)).toEqual([false, false]);
    world.socket.opens();
    world.socket.says(hello(3), ...records(3, 5));
    await world.settle();
    expect(world.sockets.map((socket) => socket.closed)).toEqual([true, false]);
    expect(world.messages).toEqual([0, 1, 2, 3, 4]);
    expect(world.states.map(({ phase }) => phase)).toEqual(["connecting", "live", "live"]);
  });

  it("gives up a line that it doubts when no other one opens", async () => {
    await world.live();
    world.clock += 1;
    world.isOnline = false;
    world.connection.doubt();
    await world.settle();
    expect(world.state.phase).toBe("live");
    world.socket.breaks();
    await world.settle();
    expect(world.state).toMatchObject({ phase: "reconnecting", offline: true });
    expect(world.sockets[0]?.closed).toBe(true);
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
    await world.pass(5_000);
    expect(world.sockets[0]?.closed).toBe(true);
    expect(world.request("/v1/log/sse").since).toBe(0);
  });

  it("gives up an answer over HTTP that never comes", async () => {
    await world.polling(4503);
    await world.pass(20_000);
    expect(world.requests[0]?.closed).toBe(true);
    expect(world.state).toMatchObject({ phase: "reconnecting", reason: "lost" });
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
