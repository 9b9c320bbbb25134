import { describe, expect, it } from "vitest";
import { pollDelay, retryDelay } from "../viewer/core/backoff.js";

describe("retryDelay", () => {
  it("starts short, doubles, and stays below 20 s", () => {
    expect([0, 1, 2, 3, 4, 50].map((attempt) => retryDelay(attempt, "lost", 0.999))).toEqual([1499, 2999, 5997, 11994, 19990, 19990]);
    expect([0, 1, 2].map((attempt) => retryDelay(attempt, "lost", 0))).toEqual([200, 1500, 3000]);
  });

  it("spreads the viewers of a restarting service over five seconds", () => {
    expect(retryDelay(0, "restarting", 0)).toBe(200);
    expect(retryDelay(0, "restarting", 1)).toBe(5000);
  });
});

describe("pollDelay", () => {
  it("asks each second while lines come, less often in silence", () => {
    expect([0, 1, 100].map(pollDelay)).toEqual([1000, 1500, 5000]);
  });
});
