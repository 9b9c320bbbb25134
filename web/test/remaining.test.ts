import { describe, expect, it } from "vitest";
import { Remaining } from "../viewer/core/remaining.js";

const told = (seconds: number): number | undefined => {
  const remaining = new Remaining();
  remaining.tell(seconds, 0);
  return remaining.at(0);
};

describe("Remaining", () => {
  it("says what one would say", () => {
    expect([3, 12, 42, 58, 73, 100, 200, 700, 4000, 9000].map(told)).toEqual([5, 10, 40, 60, 60, 90, 180, 600, 3600, 9000]);
  });

  it("counts down between the words of the service", () => {
    const remaining = new Remaining();
    remaining.tell(42, 0);
    expect([0, 10, 20, 30, 39].map((second) => remaining.at(second * 1000))).toEqual([40, 30, 20, 10, 5]);
  });

  it("does not flicker when the forecast wavers, and moves when it really grows", () => {
    const remaining = new Remaining();
    remaining.tell(34, 0);
    expect(remaining.at(0)).toBe(30);
    remaining.tell(37, 0);
    expect(remaining.at(0)).toBe(30);
    remaining.tell(55, 0);
    expect(remaining.at(0)).toBe(50);
  });

  it("knows nothing when nothing is told, or when the forecast has long been wrong", () => {
    const remaining = new Remaining();
    expect(remaining.at(0)).toBeUndefined();
    remaining.tell(5, 0);
    expect(remaining.at(12_000)).toBe(5);
    expect(remaining.at(16_000)).toBeUndefined();
    remaining.tell(40, 16_000);
    expect(remaining.at(16_000)).toBe(40);
    remaining.tell(null, 17_000);
    expect(remaining.at(17_000)).toBeUndefined();
  });
});
