import { describe, expect, it } from "vitest";
import { diagnosisOf } from "../viewer/core/diagnosis.js";
import { Log } from "../viewer/core/log.js";
import { WORDS } from "../viewer/core/locale.js";
import type { LogRecord } from "../viewer/core/protocol.js";
import { Task } from "../viewer/core/task.js";

function record(seq: number, more: Partial<LogRecord> = {}): LogRecord {
  return {
    seq, timestamp: "2026-01-02T03:04:05Z", level: "INFO", message: `line ${seq}`,
    progress: 0, step: "Build", current_step: 2, total_steps: 3, ...more,
  };
}

describe("Problems", () => {
  it("counts what was printed, lists errors before warnings, and keeps the list short", () => {
    const { problems, accept } = bound(new Log());
    accept(record(0, { level: "WARN" }));
    accept(record(1, { level: "WARN", kind: "progress" }));
    accept(record(2, { level: "ERROR" }));
    for (let seq = 3; seq < 500; seq++) accept(record(seq, { level: "WARN" }));
    accept(record(500, { level: "ERROR", final: true, status: "failed" }));
    expect([problems.errors, problems.warnings, problems.total]).toEqual([1, 498, 499]);
    expect(problems.listed.slice(0, 2)).toEqual([
      { line: 1, level: "ERROR", message: "line 2" },
      { line: 0, level: "WARN", message: "line 0" },
    ]);
    expect(problems.listed.length).toBe(101);
  });
});

function bound(log: Log): { problems: Log["problems"]; accept(record: LogRecord): void } {
  return { problems: log.problems, accept: (one) => void log.accept(one) };
}

describe("diagnosisOf", () => {
  const task = new Task("app-1.0-0");
  const log = new Log();
  for (let seq = 0; seq < 60; seq++) {
    const one = record(seq, seq === 30 ? { level: "ERROR", message: "fatal: \u202eno such file" } : {});
    log.accept(one);
    task.takeRecord(one, false, 0);
  }
  const error = { code: "MISSING_DEPENDENCY", hint: "Install it.", hint_zh: "请安装它。", seq: 30 };
  const last = record(60, { final: true, status: "failed", exit_code: 2, error, level: "ERROR", message: "failed", timestamp: "2026-01-02T03:04:15Z" });
  log.accept(last);
  task.takeRecord(last, false, 0);
  task.takeReport({ task_id: "app-1.0-0", key: "app", version: "1.0", action: "install", status: "failed", progress: 3, rollback: "succeeded", user: "alice" }, 0);
  const diagnosis = (locale: "en" | "zh"): string =>
    diagnosisOf(task, log, { words: WORDS[locale], locale, now: 0, versions: ["Installcast viewer 1.2.3"] });

  it("tells what failed, why, what to do, and the lines around the cause", () => {
    const text = diagnosis("en");
    const [head, lines, versions] = text.split("\n\n");
    expect(head).toBe(
      [
        "app 1.0 Install", "Failed, exit status 2", "MISSING_DEPENDENCY", "Install it.", "The changes were rolled back.",
        "Step 2/3 · Build", "app-1.0-0 · 2026-01-02T03:04:05.000Z · 0:10",
      ].join("\n"),
    );
    expect(lines).toContain("Lines 16 to 41 of 61:");
    expect(lines).toMatch(/\n> 31 {2}\d\d:04:05 {2}fatal: U\+202Eno such file\n/);
    expect(lines).toMatch(/\n {2}41 .*line 40$/);
    expect(versions).toBe("Installcast viewer 1.2.3\n");
    expect(text).not.toContain("alice");
  });

  it("speaks the reader's language", () => {
    expect(diagnosis("zh")).toContain("请安装它。\n改动已回滚。");
  });

  it("shows the end of a log that names no cause, and cuts endless lines", () => {
    const other = new Log();
    other.accept(record(0, { message: "x".repeat(5_000) }));
    const text = diagnosisOf(new Task("t"), other, { words: WORDS.en, locale: "en", now: 0, versions: [] });
    expect(text).toContain("Lines 1 to 1 of 1:");
    expect(text.length).toBeLessThan(700);
    expect(diagnosisOf(new Task("t"), new Log(), { words: WORDS.en, locale: "en", now: 0, versions: [] })).toBe("t\nt\n");
  });
});
