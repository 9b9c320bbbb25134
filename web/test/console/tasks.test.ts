import { describe, expect, it } from "vitest";
import type { TaskEntry } from "../../console/api/types.js";
import { against, canRetry, knownProgress, ranSeconds } from "../../console/core/tasks.js";

const task = (more: Partial<TaskEntry> = {}): TaskEntry => ({ task_id: "t", status: "running", ...more });
const START = "2026-01-02T03:04:05.000000Z";

describe("a task", () => {
  it("has run until it ended, or until now", () => {
    const now = Date.parse(START) + 90_000;
    expect(ranSeconds(task({ started_at: START }), now)).toBe(90);
    expect(ranSeconds(task({ status: "failed", started_at: START, finished_at: "2026-01-02T03:04:15Z" }), now)).toBe(10);
    expect(ranSeconds(task({ status: "queued" }), now)).toBeUndefined();
    expect(ranSeconds(task({ status: "interrupted", started_at: START }), now)).toBeUndefined();
  });

  it("is told slow or quick only where the difference says something", () => {
    expect(against(12, 10)).toBe("usual");
    expect(against(20, 10)).toBe("slower");
    expect(against(100, 120)).toBe("usual");
    expect(against(60, 120)).toBe("faster");
  });

  it("has no percentage where nothing is known", () => {
    expect(knownProgress(task({ progress: 0, progress_basis: "none" }))).toBeUndefined();
    expect(knownProgress(task({ progress: 0, progress_basis: "script" }))).toBe(0);
    expect(knownProgress(task({ status: "succeeded", progress: 100 }))).toBe(100);
  });

  it("can be run again when it has ended and was ours", () => {
    expect(canRetry(task())).toBe(false);
    expect(canRetry(task({ status: "failed", action: "install" }))).toBe(true);
    expect(canRetry(task({ status: "ended", action: "follow" }))).toBe(false);
  });
});
