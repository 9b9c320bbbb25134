import { describe, expect, it } from "vitest";
import { Lines, PAGE } from "../viewer/core/lines.js";
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

  it("keeps the pages that were used last, where a service has the others", () => {
    const lines = new Lines();
    const take = (count: number): void => {
      for (let seq = lines.nextSeq, end = seq + count; seq < end; seq++) lines.accept(record(seq));
    };
    take(3 * PAGE);
    lines.use([0]);
    lines.bound();
    take(100 * PAGE);
    expect(lines.pages().length).toBe(40);
    expect([lines.at(0)?.seq, lines.at(PAGE)?.seq, lines.at(102 * PAGE)?.seq]).toEqual([0, undefined, 102 * PAGE]);
    expect(lines.finished).toBe(103 * PAGE);
    expect(lines.missing({ first: 0, last: 3 * PAGE })).toEqual([1, 2, 3]);
    lines.fill(lines.rangeOf(2), Array.from({ length: PAGE }, (_, index) => record(2 * PAGE + index)));
    expect(lines.at(2 * PAGE + 7)?.message).toBe(`line ${2 * PAGE + 7}`);
    expect(lines.pages().length).toBe(40);
    expect(lines.at(0)?.seq).toBe(0);
  });

  it("keeps less where lines are long, and everything where nothing can be had again", () => {
    const message = "x".repeat(10_000);
    const [all, some] = [new Lines(), new Lines()];
    some.bound();
    for (let seq = 0; seq < 10 * PAGE; seq++) for (const lines of [all, some]) lines.accept(record(seq, { message }));
    expect([all.pages().length, some.pages().length]).toEqual([10, 4]);
  });

  it("begins with a log of which nothing is here, and fills in what is looked at", () => {
    const lines = new Lines();
    lines.begin(1_000_000, 1_000_004, [[10, 1], [700_000, 3]]);
    expect([lines.finished, lines.nextSeq, lines.at(5), lines.seqOf(5), lines.seqOf(10), lines.seqOf(999_999)]).toEqual([
      1_000_000, 1_000_004, undefined, 5, 11, 1_000_003,
    ]);
    expect([lines.indexOf(10), lines.indexOf(11), lines.indexOf(1_000_003)]).toEqual([9, 10, 999_999]);
    lines.accept(record(1_000_004));
    expect(lines.at(1_000_000)?.seq).toBe(1_000_004);
    expect(lines.missing({ first: 999_990, last: 1_000_000 })).toEqual([1999]);
    expect(lines.missing({ first: 1_000_000, last: 1_000_000 })).toEqual([]);
    const range = lines.rangeOf(0);
    lines.fill(range, Array.from({ length: PAGE + 1 }, (_, seq) => record(seq, seq === 10 ? { kind: "progress" } : {})).filter(({ seq }) => seq !== 20));
    expect(lines.missing(range)).toEqual([]);
    expect([lines.at(9)?.seq, lines.at(10)?.seq, lines.at(19)?.gap?.lines, lines.at(20)?.seq]).toEqual([9, 11, 1, 21]);
  });

  it("remembers for good where records are lost", () => {
    const lines = new Lines();
    lines.accept(record(0));
    lines.skipTo(4, "3 missing");
    lines.bound();
    for (let seq = 4; seq < 60 * PAGE; seq++) lines.accept(record(seq));
    expect(lines.at(0)).toBeUndefined();
    expect([lines.at(1)?.message, lines.seqOf(2), lines.indexOf(4), lines.indexOf(3)]).toEqual(["3 missing", 4, 2, 1]);
  });
});
