import { describe, expect, it } from "vitest";
import { even, Uneven } from "../viewer/core/heights.js";

/** A sequence that looks random and is always the same. */
function* numbers(seed: number): Generator<number> {
  for (let value = seed; ; ) yield (value = (value * 48_271) % 2_147_483_647);
}

describe("heights of rows", () => {
  it("are counted where all are even", () => {
    const heights = even(10);
    expect([heights.total, heights.before(4), heights.rowAt(4.7), heights.rowAt(99), even(0).rowAt(5)]).toEqual([10, 4, 4, 9, 0]);
  });

  it("are summed like one would by hand, after any growth, changes and cuts", () => {
    const random = numbers(7);
    const next = (below: number): number => (random.next().value as number) % below;
    const heights = new Uneven();
    let byHand: number[] = [];
    for (let round = 0; round < 2_000; round++) {
      const what = next(10);
      if (what < 6 || byHand.length === 0) {
        byHand.push(...Array.from({ length: 1 + next(40) }, () => 1));
        heights.resize(byHand.length);
      } else if (what < 9) {
        const row = next(byHand.length);
        byHand[row] = 1 + next(9);
        heights.set(row, byHand[row] as number);
      } else {
        byHand = byHand.slice(0, Math.max(0, byHand.length - next(next(9) === 0 ? 2_000 : 3)));
        heights.resize(byHand.length);
      }
      const row = next(byHand.length + 1);
      const before = byHand.slice(0, row).reduce((sum, height) => sum + height, 0);
      expect(heights.before(row)).toBe(before);
      if (row < byHand.length) expect([heights.rowAt(before), heights.rowAt(before + (byHand[row] as number) - 0.5)]).toEqual([row, row]);
      expect([heights.total, heights.length]).toEqual([byHand.reduce((sum, height) => sum + height, 0), byHand.length]);
    }
  });

  it("find their place among millions that nobody has looked at", () => {
    const heights = new Uneven();
    heights.resize(3_000_000);
    heights.set(1_000_000, 5);
    expect([heights.total, heights.before(2_000_000), heights.of(1_000_000), heights.of(5)]).toEqual([3_000_004, 2_000_004, 5, 1]);
    expect([1_000_000, 1_000_004.9, 1_000_005, 2_999_999, 9_999_999].map((height) => heights.rowAt(height))).toEqual([
      1_000_000, 1_000_000, 1_000_001, 2_999_995, 2_999_999,
    ]);
  });
});
