import { describe, expect, it } from "vitest";
import { even, Uneven } from "../viewer/core/heights.js";
import type { Geometry } from "../viewer/core/viewport.js";
import { contentHeight, SAFE_CONTENT_PX, topOf, topRow, windowAt } from "../viewer/core/viewport.js";

const geometry = (rows: number): Geometry => ({ rows, heights: even(rows), lineHeight: 20, viewport: 400, tallest: SAFE_CONTENT_PX });

describe("windowAt", () => {
  it("covers what is seen and a little more", () => {
    const { first, last, offset } = windowAt(2000, geometry(1000));
    expect(first).toBeLessThan(100);
    expect(last).toBeGreaterThan(120);
    expect(last - first).toBeLessThan(80);
    expect(offset).toBe(first * 20);
  });

  it("stays within the log at both ends, and in an empty one", () => {
    expect(windowAt(-50, geometry(1000)).first).toBe(0);
    expect(windowAt(1e9, geometry(1000)).last).toBe(1000);
    expect(windowAt(0, geometry(0))).toEqual({ first: 0, last: 0, offset: 0 });
  });

  it("reaches the last row of a log that no browser could lay out", () => {
    const rows = 5_000_000;
    const height = contentHeight(geometry(rows));
    expect(height).toBe(SAFE_CONTENT_PX);
    const { first, last, offset } = windowAt(height - 400, geometry(rows));
    expect(last).toBe(rows);
    expect(offset + (last - first) * 20).toBeCloseTo(height, 3);
    expect(windowAt(0, geometry(rows)).first).toBe(0);
  });

  it("shows the row that topOf points at, in logs of any length", () => {
    for (const [row, rows] of [[0, 10], [5, 10], [70_000, 100_000], [4_000_000, 5_000_000], [4_999_999, 5_000_000]] as const) {
      const scrolled = topOf(row, 130, geometry(rows));
      const { first, last, offset } = windowAt(scrolled, geometry(rows));
      expect(row).toBeGreaterThanOrEqual(first);
      expect(row).toBeLessThan(last);
      const top = offset + (row - first) * 20 - scrolled;
      expect(top).toBeGreaterThanOrEqual(-0.01);
      expect(top).toBeLessThan(400);
    }
  });

  it("finds the row at the upper edge, and comes back to it", () => {
    const { row, above } = topRow(2_007, geometry(1000));
    expect([row, above]).toEqual([100, 7]);
    expect(topOf(row, -above, geometry(1000))).toBe(2_007);
  });

  it("knows rows that take several lines", () => {
    const heights = new Uneven();
    heights.resize(1000);
    for (let row = 1; row < 1000; row += 2) heights.set(row, 3);
    const wrapped = { ...geometry(1000), heights };
    expect(contentHeight(wrapped)).toBe(40_000);
    expect(topRow(4_000, wrapped)).toEqual({ row: 100, above: 0 });
    const { first, last, offset } = windowAt(4_000, wrapped);
    expect([first, last, offset]).toEqual([76, 135, 76 * 40]);
  });
});
