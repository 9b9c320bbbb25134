import { describe, expect, it } from "vitest";
import type { LogRecord } from "../viewer/core/protocol.js";
import type { Standing } from "../viewer/core/sections.js";
import { isNamed, Sections } from "../viewer/core/sections.js";

const START = Date.parse("2026-01-02T03:00:00Z");

/** Feed records of one row each; `[phase, number, title, more]`. */
function sectionsOf(...records: [string, number, string, Partial<LogRecord>?][]): Sections {
  const sections = new Sections();
  records.forEach(([phase, number, step, more], seq) => {
    const timestamp = new Date(START + seq * 1000).toISOString();
    const record: LogRecord = {
      seq, timestamp, level: "INFO", message: "", progress: 0, step, current_step: number, total_steps: 5, phase, ...more,
    };
    sections.take(record, seq);
  });
  return sections;
}

const standing = (more: Partial<Standing> = {}): Standing => ({ status: "running", rollback: "none", errorLine: undefined, ...more });
const shape = (sections: Sections): unknown[] =>
  Array.from({ length: sections.length }, (_, index) => {
    const { phase, number, title, firstLine } = sections.at(index) ?? { phase: "", number: 0, title: "", firstLine: -1 };
    return [phase, number, title, firstLine];
  });

describe("Sections", () => {
  it("begins a part with each step, and tells how long it took", () => {
    const sections = sectionsOf(["install", 1, "Prepare"], ["install", 1, "Prepare"], ["install", 2, "Compile"], ["install", 2, "Compile", { final: true }]);
    expect(shape(sections)).toEqual([["", 1, "Prepare", 0], ["", 2, "Compile", 2]]);
    expect(sections.at(0)).toMatchObject({ startedAt: START, endedAt: START + 2000 });
    expect(sections.last).toMatchObject({ startedAt: START + 2000, endedAt: START + 3000 });
    expect(sections.endOf(sections.at(0) as never, 4)).toBe(2);
    expect(sections.endOf(sections.at(1) as never, 4)).toBe(4);
  });

  it("has no head for what comes before the first step", () => {
    const sections = sectionsOf(["install", 0, ""], ["install", 1, "Prepare"]);
    expect([0, 1].map((index) => isNamed(sections.at(index) as never))).toEqual([false, true]);
    expect(sections.named().map((section) => section.title)).toEqual(["Prepare"]);
  });

  it("makes a part of each phase beside the work, without the name of the step before", () => {
    const sections = sectionsOf(
      ["precheck", 0, ""], ["install", 1, "Prepare"], ["verify", 1, "Prepare"], ["verify", 2, "Look"], ["rollback", 2, "Look"],
    );
    expect(shape(sections)).toEqual([
      ["precheck", 0, "", 0], ["", 1, "Prepare", 1], ["verify", 0, "", 2], ["verify", 2, "Look", 3], ["rollback", 0, "", 4],
    ]);
  });

  it("takes the title that comes after the number", () => {
    expect(shape(sectionsOf(["install", 1, ""], ["install", 1, "Prepare"]))).toEqual([["", 1, "Prepare", 0]]);
  });

  it("ends with the last record, which begins nothing", () => {
    const sections = sectionsOf(["install", 1, "Prepare"], ["rollback", 1, "Prepare"], ["install", 1, "Prepare", { final: true, level: "ERROR" }]);
    expect(sections.length).toBe(2);
    expect(sections.last).toMatchObject({ phase: "rollback", errors: 0, endedAt: START + 2000 });
  });

  it("counts errors and warnings that were printed", () => {
    const sections = sectionsOf(["install", 1, "a", { level: "WARN" }], ["install", 1, "a", { level: "ERROR" }], ["install", 1, "a", { level: "WARN", kind: "progress" }]);
    expect(sections.last).toMatchObject({ errors: 1, warnings: 1 });
  });

  it("finds the part of a line", () => {
    const sections = sectionsOf(["install", 1, "a"], ["install", 1, "a"], ["install", 2, "b"]);
    expect([0, 1, 2, 99].map((line) => sections.ofLine(line)?.title)).toEqual(["a", "a", "b", "b"]);
    expect(new Sections().ofLine(0)).toBeUndefined();
  });

  it("knows which part runs, which failed and which was stopped", () => {
    const sections = sectionsOf(["install", 1, "a"], ["install", 2, "b"], ["install", 3, "c"], ["rollback", 3, "c"]);
    const states = (more: Partial<Standing>): string[] => sections.named().map((section) => sections.stateOf(section, standing(more)));
    expect(states({})).toEqual(["done", "done", "done", "running"]);
    expect(states({ status: "failed", rollback: "succeeded" })).toEqual(["done", "done", "failed", "done"]);
    expect(states({ status: "failed", rollback: "failed", errorLine: 1 })).toEqual(["done", "failed", "done", "failed"]);
    expect(states({ status: "canceled" })).toEqual(["done", "done", "stopped", "done"]);
    expect(states({ status: "succeeded" })).toEqual(["done", "done", "done", "done"]);
  });
});
