import { describe, expect, it } from "vitest";
import { Folds } from "../viewer/core/folds.js";
import { Lines } from "../viewer/core/lines.js";
import type { Level, LogRecord } from "../viewer/core/protocol.js";
import { headRow, Rows } from "../viewer/core/rows.js";
import type { Section } from "../viewer/core/sections.js";
import { Problems } from "../viewer/core/problems.js";
import { isNamed, Sections } from "../viewer/core/sections.js";

function log() {
  const lines = new Lines();
  const sections = new Sections();
  const folds = new Folds();
  const problems = new Problems();
  const rows = new Rows(lines, sections, folds, problems);
  const print = (step: string, level: Level = "INFO", more: Partial<LogRecord> = {}): void => {
    const record: LogRecord = {
      seq: lines.nextSeq, timestamp: "", level, message: `of ${step}`, progress: 0, step, current_step: Number(step) || 0, total_steps: 3, ...more,
    };
    const line = lines.finished;
    if (lines.accept(record) !== "taken") return;
    sections.take(record, line);
    problems.take(record, line);
  };
  const listed = (): (number | undefined)[] => {
    rows.update();
    return Array.from({ length: rows.length }, (_, index) => rows.at(index));
  };
  return { lines, sections, folds, rows, print, listed, section: (index: number) => sections.at(index) as Section };
}

const [A, B, C] = [headRow(1), headRow(2), headRow(3)];

describe("Rows", () => {
  it("lists lines and, before those of each step, its head", () => {
    const { print, listed } = log();
    print("");
    print("1");
    print("1");
    expect(listed()).toEqual([0, A, 1, 2]);
    print("2");
    print("3", "INFO", { kind: "progress" });
    expect(listed()).toEqual([0, A, 1, 2, B, 3, C]);
  });

  it("leaves out the lines of a closed step, and lists them again", () => {
    const { print, listed, folds, rows, section } = log();
    for (const step of ["", "1", "1", "2", "2"]) print(step);
    folds.settle(2);
    expect(listed()).toEqual([0, A, B, 3, 4]);
    const { version } = rows;
    print("2");
    expect(listed()).toEqual([0, A, B, 3, 4, 5]);
    expect(rows.version).toBe(version);
    folds.set(section(1), true);
    expect(listed()).toEqual([0, A, 1, 2, B, 3, 4, 5]);
    expect(rows.version).not.toBe(version);
    folds.setAll(false);
    expect(listed()).toEqual([0, A, B]);
    print("2");
    print("3");
    expect(listed()).toEqual([0, A, B, C]);
  });

  it("keeps the failed step open, and what the reader chose", () => {
    const { print, listed, folds, section } = log();
    for (const step of ["", "1", "2", "3"]) print(step);
    folds.settle(3);
    folds.keep(1);
    expect(listed()).toEqual([0, A, 1, B, C, 3]);
    folds.set(section(1), false);
    folds.set(section(2), true);
    folds.settle(9);
    expect(listed()).toEqual([0, A, B, 2, C]);
  });

  it("lists the lines of the wanted levels from all steps, with the heads of those that have some", () => {
    const { print, listed, folds, rows } = log();
    print("", "WARN");
    print("1");
    print("2", "WARN");
    print("2", "ERROR");
    print("3", "WARN");
    folds.settle(3);
    rows.filter(["WARN"]);
    expect(listed()).toEqual([0, B, 2, C, 4]);
    print("3", "WARN");
    expect(listed()).toEqual([0, B, 2, C, 4, 5]);
    rows.filter([]);
    expect(listed()).toEqual([0, A, B, C, 4, 5]);
  });

  it("lists an unfinished line at the end, unless its step is closed or its level is not wanted", () => {
    const { lines, print, listed, folds, rows } = log();
    print("1");
    lines.accept({ seq: 1, timestamp: "", level: "INFO", message: "…", progress: 0, step: "1", current_step: 1, total_steps: 1, partial: true });
    expect(listed()).toEqual([headRow(0), 0, 1]);
    rows.filter(["ERROR"]);
    expect(listed()).toEqual([]);
    rows.filter([]);
    folds.setAll(false);
    expect(listed()).toEqual([headRow(0)]);
  });

  it("goes from line to line, over heads", () => {
    const { print, listed, folds, rows } = log();
    for (const step of ["", "1", "2", "2"]) print(step);
    listed();
    expect([rows.lineFrom(0, 1), rows.lineFrom(3, -1), rows.lineFrom(2, -2), rows.lineFrom(3, 1), rows.firstLineFrom(A)]).toEqual([1, 2, 0, undefined, 1]);
    folds.settle(2);
    listed();
    expect([rows.lineFrom(0, 1), rows.firstLineFrom(A)]).toEqual([2, 2]);
  });

  it("finds where a row is listed, or the nearest one before it", () => {
    const { print, listed, folds, rows } = log();
    for (const step of ["", "1", "1", "2", "2"]) print(step);
    listed();
    expect([0, A, 1, 2, B, 3, 4].map((row) => rows.indexOf(row))).toEqual([0, 1, 2, 3, 4, 5, 6]);
    folds.settle(2);
    listed();
    expect([0, A, 1, 2, B, 3].map((row) => rows.indexOf(row))).toEqual([0, 1, 1, 1, 2, 3]);
    expect([rows.has(2), rows.has(3)]).toEqual([false, true]);
  });

  it("lists what it would if each row were written down, whatever is opened and closed", () => {
    const { lines, print, listed, folds, rows, sections, section } = log();
    let chance = 11;
    const next = (below: number): number => (chance = (chance * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 600; round++) {
      print(next(9) === 0 ? "" : String(Math.floor(round / 20)), "INFO", next(4) === 0 ? { kind: "progress" } : {});
      if (next(10) === 0) folds.set(section(next(sections.length)), next(2) === 0);
      if (next(30) === 0) folds.settle(sections.length - 1);
      const found = listed();
      const byHand = Array.from({ length: sections.length }, (_, index) => section(index)).flatMap((one) => {
        const count = folds.isOpen(one) ? sections.endOf(one, lines.finished) - one.firstLine : 0;
        const numbers = Array.from({ length: count }, (_, line) => one.firstLine + line);
        return isNamed(one) ? [headRow(one.index), ...numbers] : numbers;
      });
      expect(found).toEqual(byHand);
      expect(found.map((row) => rows.indexOf(row as number))).toEqual(found.map((_, index) => index));
    }
  });
});
