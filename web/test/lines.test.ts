import { describe, expect, it } from "vitest";
import { Lines } from "../viewer/core/lines.js";
import type { LogRecord } from "../viewer/core/protocol.js";

function record(seq: number, more: Partial<LogRecord> = {}): LogRecord {
  return {
    seq, timestamp: "2026-01-02T03:04:05.000006Z", level: "INFO", message: `line ${seq}`,
    progress: 0, step: "", current_step: 0, total_steps: 0, ...more,
  };
}

const messages = (lines: Lines): (string | undefined)[] =>
  Array.from({ length: lines.length }, (_, index) => lines.at(index)?.message);

describe("Lines", () => {
  it("takes records in order, each once", () => {
    const lines = new Lines();
    expect([record(0), record(1), record(1), record(0), record(2)].map((one) => lines.accept(one))).toEqual([
      "taken", "taken", "ignored", "ignored", "taken",
    ]);
    expect(messages(lines)).toEqual(["line 0", "line 1", "line 2"]);
    expect(lines.nextSeq).toBe(3);
  });

  it("refuses a record before which one is missing, and takes it when that has come", () => {
    const lines = new Lines();
    expect(lines.accept(record(1))).toBe("gap");
    expect(lines.length).toBe(0);
    expect(lines.accept(record(0))).toBe("taken");
    expect(lines.accept(record(1))).toBe("taken");
  });

  it("redraws an unfinished line in place and ends it with the finished one", () => {
    const lines = new Lines();
    lines.accept(record(0));
    lines.accept(record(1, { partial: true, message: "10 %" }));
    lines.accept(record(1, { partial: true, message: "20 %" }));
    expect(messages(lines)).toEqual(["line 0", "20 %"]);
    expect(lines.isPartial(1)).toBe(true);
    lines.accept(record(1, { message: "100 %" }));
    expect(messages(lines)).toEqual(["line 0", "100 %"]);
    expect(lines.isPartial(1)).toBe(false);
  });

  it("never resumes from an unfinished line", () => {
    const lines = new Lines();
    lines.accept(record(0, { partial: true }));
    expect(lines.nextSeq).toBe(0);
    lines.dropPartial();
    expect(lines.length).toBe(0);
  });

  it("passes over an unfinished line that belongs elsewhere", () => {
    const lines = new Lines();
    lines.accept(record(0));
    expect(lines.accept(record(0, { partial: true }))).toBe("ignored");
    expect(lines.accept(record(5, { partial: true }))).toBe("ignored");
    expect(lines.length).toBe(1);
  });

  it("counts a record that printed nothing, and shows no row for it", () => {
    const lines = new Lines();
    lines.accept(record(0, { partial: true, message: "half" }));
    lines.accept(record(0, { kind: "progress" }));
    expect(messages(lines)).toEqual(["half"]);
    expect(lines.at(0)?.seq).toBe(1);
    expect(lines.nextSeq).toBe(1);
    lines.accept(record(1, { message: "half and half" }));
    expect(messages(lines)).toEqual(["half and half"]);
  });

  it("says in a row how many records are lost for good", () => {
    const lines = new Lines();
    lines.accept(record(0));
    lines.skipTo(5, "4 missing");
    lines.accept(record(5));
    expect(messages(lines)).toEqual(["line 0", "4 missing", "line 5"]);
    expect(lines.at(1)?.gap?.lines).toBe(4);
  });

  it("finds the row of a record, also where some have no row", () => {
    const lines = new Lines();
    for (let seq = 0; seq < 10; seq++) lines.accept(record(seq, seq % 2 ? { kind: "progress" } : {}));
    expect(lines.indexOf(4)).toBe(2);
    expect(lines.indexOf(5)).toBe(2);
    expect(lines.indexOf(99)).toBe(4);
    expect(new Lines().indexOf(0)).toBe(-1);
  });

  it("gives the log as text, over-long lines joined again", () => {
    const lines = new Lines();
    lines.accept(record(0, { message: "a", continued: true }));
    lines.accept(record(1, { message: "b" }));
    lines.accept(record(2, { message: "c", partial: true }));
    expect(lines.text()).toBe("ab\n");
    expect(lines.text(1, 2)).toBe("b\n");
  });

  it("knows the width of the widest row, wide characters and tabs counted", () => {
    const lines = new Lines();
    lines.accept(record(0, { message: "安装 ok" }));
    expect(lines.columns).toBe(7);
    lines.accept(record(1, { message: "\tx" }));
    expect(lines.columns).toBe(9);
  });
});
