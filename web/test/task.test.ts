import { describe, expect, it } from "vitest";
import type { LogRecord, StatusReport } from "../viewer/core/protocol.js";
import { Task } from "../viewer/core/task.js";

const START = Date.parse("2026-01-02T03:00:00Z");

function record(second: number, more: Partial<LogRecord> = {}): LogRecord {
  const timestamp = new Date(START + second * 1000).toISOString();
  return { seq: second, timestamp, level: "INFO", message: "", progress: 0, step: "", current_step: 0, total_steps: 0, ...more };
}

const report = (more: Partial<StatusReport> = {}): StatusReport => ({ task_id: "t", status: "running", progress: 0, progress_basis: "none", ...more });

describe("Task", () => {
  it("never lets the progress fall", () => {
    const task = new Task("t");
    task.takeRecord(record(0, { progress: 40 }), false, START);
    task.takeReport(report({ progress: 30 }), START);
    task.takeRecord(record(1, { progress: 20 }), false, START);
    expect(task.progress).toBe(40);
  });

  it("takes no number from a record that is none", () => {
    const task = new Task("t");
    task.takeRecord(record(0, { progress: Number.NaN }), false, START);
    task.takeRecord(record(1, { progress: 4000 }), false, START);
    expect(task.progress).toBe(100);
  });

  it("is indeterminate while nothing is known, and only while it runs", () => {
    const task = new Task("t");
    expect(task.indeterminate).toBe(false);
    task.takeReport(report(), START);
    expect(task.indeterminate).toBe(true);
    task.takeReport(report({ progress_basis: "script" }), START);
    expect(task.indeterminate).toBe(false);
  });

  it("is over with its final record and stays so", () => {
    const task = new Task("t");
    task.takeRecord(record(0), false, START);
    expect(task.status).toBe("running");
    task.takeRecord(record(5, { final: true, status: "failed", exit_code: 7, error: { code: "X", hint: "do" } }), false, START);
    task.takeReport(report(), START);
    expect(task).toMatchObject({ status: "failed", ended: true, exitCode: 7, error: { code: "X" }, hasFinalReport: false });
    expect(task.elapsed(START + 999_000)).toBe(5);
    task.takeReport(report({ status: "failed", rollback: "succeeded" }), START);
    expect(task).toMatchObject({ hasFinalReport: true, rollback: "succeeded", afterState: null });
    task.takeReport(report({ status: "failed", after_state: "partly" }), START);
    expect(task.afterState).toBe("partly");
  });

  it("counts the time by the server's clock, as live records tell it", () => {
    const task = new Task("t");
    const skew = -3_600_000;
    task.takeReport(report({ started_at: "2026-01-02T03:00:00Z" }), START);
    expect(task.elapsed(START + 10_000)).toBe(10);
    task.takeRecord(record(20), true, START + skew + 20_500);
    task.takeRecord(record(21), true, START + skew + 21_100);
    expect(task.elapsed(START + skew + 30_000)).toBeCloseTo(29.9);
  });

  it("counts the time of a silent task by the server's clock, as reports tell it", () => {
    const task = new Task("t");
    task.takeReport(report({ started_at: "2026-01-02T03:00:00Z", now: "2026-01-02T03:00:08Z" }), START + 3 * 3_600_000);
    expect(task.elapsed(START + 3 * 3_600_000 + 2_000)).toBe(10);
  });

  it("learns nothing about the clock from records of the past", () => {
    const task = new Task("t");
    task.takeRecord(record(0), false, START + 600_000);
    expect(task.elapsed(START + 600_000)).toBe(600);
  });

  it("knows for how long nothing was said", () => {
    const task = new Task("t");
    task.takeReport(report({ stalled: { reason: "silent", since: "2026-01-02T03:00:00Z" } }), START);
    expect(task.stalledFor(START + 60_000)).toBe(60);
    task.takeReport(report(), START);
    expect(task.stalledFor(START + 60_000)).toBeUndefined();
  });

  it("tells the remaining time while it runs, and who started it", () => {
    const task = new Task("t");
    task.takeReport(report({ eta_seconds: 42, user: "alice" }), START);
    expect([task.user, task.remaining(START), task.remaining(START + 20_000)]).toEqual(["alice", 40, 20]);
    task.takeReport(report({ eta_seconds: null }), START);
    expect(task.remaining(START)).toBeUndefined();
    task.takeReport(report({ eta_seconds: 10 }), START);
    task.takeRecord(record(5, { final: true, status: "succeeded" }), false, START);
    expect(task.remaining(START)).toBeUndefined();
  });

  it("can be started again when it ended without success, unless it never was ours", () => {
    const task = new Task("t");
    const canRetry = (more: Partial<StatusReport>): boolean => {
      task.takeReport(report(more), START);
      return task.canRetry;
    };
    expect([canRetry({ action: "install" }), canRetry({ status: "failed" }), canRetry({ status: "canceled" })]).toEqual([false, true, true]);
    expect([canRetry({ status: "succeeded" }), canRetry({ status: "failed", action: "follow" })]).toEqual([false, false]);
  });

  it("takes the activity from records that printed nothing", () => {
    const task = new Task("t");
    task.takeRecord(record(0, { kind: "progress", message: "apt-get install nginx" }), false, START);
    expect(task.activity).toBe("apt-get install nginx");
  });
});
