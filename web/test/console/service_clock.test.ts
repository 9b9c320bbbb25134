import { describe, expect, it } from "vitest";
import { ServiceClock } from "../../console/core/service_clock.js";

const NOON = Date.parse("2026-01-02T12:00:00Z");

describe("the service's clock", () => {
  it("is the own one where both go alike, and where no answer tells", () => {
    const clock = new ServiceClock(() => NOON);
    clock.hear(null);
    clock.hear("Fri, 02 Jan 2026 11:59:58 GMT");
    expect(clock.now()).toBe(NOON);
  });

  it("is what answers say where the own one is hours off, without going back by the seconds that they differ in", () => {
    let own = NOON;
    const clock = new ServiceClock(() => own);
    clock.hear("Fri, 02 Jan 2026 15:00:00 GMT");
    expect(clock.now()).toBe(NOON + 3 * 3_600_000);
    own += 1_900;
    clock.hear("Fri, 02 Jan 2026 15:00:01 GMT");
    expect(clock.now()).toBe(NOON + 3 * 3_600_000 + 1_900);
    own += 3 * 3_600_000;
    clock.hear("Fri, 02 Jan 2026 15:00:04 GMT");
    expect(clock.now()).toBe(NOON + 3 * 3_600_000 + 4_000);
  });
});
