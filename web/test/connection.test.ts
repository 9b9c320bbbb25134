import { beforeEach, describe, expect, it } from "vitest";
import { hello, record, records, running, World } from "./connection_world.js";

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
