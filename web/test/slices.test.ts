import { describe, expect, it } from "vitest";
import { SlicedQueue } from "../viewer/core/slices.js";

describe("SlicedQueue", () => {
  it("works in order, gives way when its time is up, and goes on", () => {
    const slices: (() => void)[] = [];
    let now = 0;
    const done: number[] = [];
    let rests = 0;
    const queue = new SlicedQueue<number>(
      (item) => {
        done.push(item);
        now += 1;
      },
      () => rests++,
      (run) => slices.push(run),
      () => now,
    );
    queue.push(Array.from({ length: 40 }, (_, index) => index).values());
    queue.push([40, 41].values());
    expect(done).toEqual([]);
    slices.shift()?.();
    expect(done.length).toBe(16);
    while (slices.length > 0) slices.shift()?.();
    expect(done).toEqual(Array.from({ length: 42 }, (_, index) => index));
    expect(rests).toBe(3);
  });

  it("forgets what waits when it is cleared or closed", () => {
    const slices: (() => void)[] = [];
    const done: number[] = [];
    const queue = new SlicedQueue<number>((item) => done.push(item), () => undefined, (run) => slices.push(run), () => 0);
    queue.push([1].values());
    queue.clear();
    slices.shift()?.();
    queue.close();
    queue.push([2].values());
    expect(slices).toEqual([]);
    expect(done).toEqual([]);
  });
});
