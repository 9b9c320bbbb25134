import { describe, expect, it } from "vitest";
import { contentHeight, MAX_CONTENT_PX, topOf, windowAt } from "../viewer/core/viewport.js";

describe("windowAt", () => {
  it("covers what is seen and a little more", () => {
    const { first, last, offset } = windowAt(2000, 400, 1000, 20);
    expect(first).toBeLessThan(100);
    expect(last).toBeGreaterThan(120);
    expect(last - first).toBeLessThan(80);
    expect(offset).toBe(first * 20);
  });

  it("stays within the log at both ends, and in an empty one", () => {
    expect(windowAt(-50, 400, 1000, 20).first).toBe(0);
    expect(windowAt(1e9, 400, 1000, 20).last).toBe(1000);
    expect(windowAt(0, 400, 0, 20)).toEqual({ first: 0, last: 0, offset: 0 });
  });

  it("reaches the last row of a log that no browser could lay out", () => {
    const rows = 5_000_000;
    const height = contentHeight(rows, 20);
    expect(height).toBe(MAX_CONTENT_PX);
    const { first, last, offset } = windowAt(height - 400, 400, rows, 20);
    expect(last).toBe(rows);
    expect(offset + (last - first) * 20).toBeCloseTo(height, 3);
    expect(windowAt(0, 400, rows, 20).first).toBe(0);
  });

  it("shows the row that topOf points at, in logs of any length", () => {
    for (const [row, rows] of [[0, 10], [5, 10], [70_000, 100_000], [4_000_000, 5_000_000], [4_999_999, 5_000_000]] as const) {
      const { first, last, offset } = windowAt(topOf(row, 400, rows, 20), 400, rows, 20);
      expect(row).toBeGreaterThanOrEqual(first);
      expect(row).toBeLessThan(last);
      const top = offset + (row - first) * 20 - topOf(row, 400, rows, 20);
      expect(top).toBeGreaterThanOrEqual(-0.01);
      expect(top).toBeLessThan(400);
    }
  });
});
