import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import type { Contact } from "../../console/api/console_service.js";
import { ConsoleService } from "../../console/api/console_service.js";
import { ServiceClock } from "../../console/core/service_clock.js";

describe("the console's service", () => {
  it("is out of reach when a look gets no answer in time; whoever asked may drop it before", async () => {
    const silent = createServer(() => undefined).listen(0, "127.0.0.1");
    await new Promise((listening) => silent.once("listening", listening));
    const told: Contact[] = [];
    const { port } = silent.address() as AddressInfo;
    const ask = (limitMs: number): ConsoleService =>
      new ConsoleService(`http://127.0.0.1:${port}`, "en", new ServiceClock(), (contact) => told.push(contact), limitMs);
    await expect(ask(20).call("/v1/soft/list")).rejects.toMatchObject({ name: "ServiceError", status: 0 });
    expect(told).toEqual(["unreachable"]);
    const dropped = new AbortController();
    const call = ask(60_000).call("/v1/soft/list", { signal: dropped.signal });
    dropped.abort();
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
    expect(told).toEqual(["unreachable"]);
    silent.closeAllConnections();
    silent.close();
  });
});
