import { beforeEach, describe, expect, it } from "vitest";
import { hello, record, running, World } from "./connection_world.js";

describe("LogConnection, its tokens", () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });

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
});
