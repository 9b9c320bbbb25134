import { describe, expect, it } from "vitest";
import { Log } from "../viewer/core/log.js";
import { ProblemFinder } from "../viewer/core/problem_finder.js";
import type { LogRecord, Outline, OutlineStep } from "../viewer/core/protocol.js";

const START = Date.parse("2026-01-02T03:00:00Z");
const STEPS: readonly [string, number, string][] = [
  ["", 0, ""], ["install", 0, ""], ["install", 1, ""], ["install", 1, "Prepare"], ["install", 2, "Compile"], ["verify", 2, "Compile"], ["rollback", 2, "Compile"],
];

/** Records of a task that goes through all these steps, some of which print nothing. */
function recordsOf(count: number): LogRecord[] {
  return Array.from({ length: count }, (_, seq) => {
    const [phase, number, step] = STEPS[Math.floor((seq * STEPS.length) / count)] as [string, number, string];
    const level = seq % 11 === 3 ? "WARN" : seq % 13 === 5 ? "ERROR" : "INFO";
    const record: LogRecord = {
      seq, timestamp: new Date(START + seq * 100).toISOString(), level, message: `line ${seq}`, progress: 0, step, current_step: number, total_steps: 2,
    };
    if (phase) record.phase = phase;
    if (seq % 7 === 0) return { ...record, kind: "progress", level: "INFO" };
    return record;
  });
}

/** What the service tells of records: a step for each place where one of step, number and phase changes. */
function outlineOf(records: readonly LogRecord[]): Outline {
  const steps: OutlineStep[] = [];
  const unprinted: [number, number][] = [];
  let lines = 0;
  let place = "";
  for (const { seq, step, current_step, phase = null, timestamp, level, kind } of records) {
    const here = JSON.stringify([step, current_step, phase]);
    if (here !== place) steps.push({ step, current_step, phase, first_seq: seq, first_line: lines + 1, started_at: timestamp, errors: 0, warnings: 0 });
    place = here;
    const last = steps.at(-1) as OutlineStep;
    if (kind) unprinted.push([seq, 1]);
    else lines++;
    if (level === "ERROR" && !kind) last.errors++;
    if (level === "WARN" && !kind) last.warnings++;
  }
  return { steps, lines, next_seq: records.length, final_seq: null, unprinted };
}

const shape = (log: Log): unknown => {
  log.rows.update();
  const { sections, problems, rows, lines } = log;
  return {
    sections: Array.from({ length: sections.length }, (_, index) => sections.at(index)),
    rows: Array.from({ length: rows.length }, (_, index) => rows.at(index)),
    counts: [problems.errors, problems.warnings, lines.finished, lines.nextSeq],
    seqs: Array.from({ length: lines.finished }, (_, line) => lines.seqOf(line)),
  };
};

describe("Log", () => {
  it("that begins in the middle has the parts, rows and counts of one that was read from the beginning", () => {
    const records = recordsOf(400);
    for (const middle of [1, 60, 120, 121, 200, 399]) {
      const [whole, begun] = [new Log(), new Log()];
      begun.begin(outlineOf(records.slice(0, middle)));
      for (const record of records) {
        whole.accept(record);
        begun.accept(record);
      }
      expect(shape(begun)).toEqual(shape(whole));
    }
  });

  it("takes the last record of an ended task as it comes, for it tells the outcome", () => {
    const log = new Log();
    const records = recordsOf(51);
    const final: LogRecord = { ...(records[50] as LogRecord), level: "ERROR", final: true, status: "failed" };
    const outline = outlineOf(records);
    log.begin({ ...outline, final_seq: 50 });
    expect([log.lines.nextSeq, log.lines.finished, log.total]).toEqual([50, outline.lines - 1, outline.lines]);
    expect(log.accept(final)).toBe("taken");
    expect([log.lines.finished, log.total]).toEqual([outline.lines, outline.lines]);
  });

  it("finds the errors and warnings of what is not here: the first ones, and all when they are asked for", async () => {
    const records = recordsOf(4_000);
    const count = (some: readonly LogRecord[]): number => some.filter(({ level, kind }) => level !== "INFO" && !kind).length;
    const [whole, begun] = [new Log(), new Log()];
    begun.begin(outlineOf(records.slice(0, 3_000)));
    const asked: number[] = [];
    const finder = new ProblemFinder(begun.lines, begun.problems, async (level, from) => {
      asked.push(from);
      const matches = records.filter((one) => one.level === level && !one.kind && one.seq >= from).map(({ seq, timestamp, message }) => ({ seq, timestamp, message, spans: [] }));
      return { matches: matches.slice(0, 110), next_from: matches.length > 110 ? (matches[109]?.seq as number) + 1 : null, total: null };
    });
    for (const record of records) {
      whole.accept(record);
      begun.accept(record);
    }
    const levels = new Set(["ERROR", "WARN"] as const);
    await finder.run(false, () => undefined);
    expect(asked.length).toBe(2);
    expect(begun.problems.counts(levels)).toMatchObject({ known: 2 * 110 + count(records.slice(3_000)), total: count(records) });
    await finder.run(true, () => undefined);
    expect(begun.problems.counts(levels)).toEqual({ known: count(records), total: count(records) });
    expect(begun.problems.rows(levels)).toEqual(whole.problems.rows(levels));
    expect(begun.problems.listed).toEqual(whole.problems.listed);
    begun.rows.filter(["ERROR"]);
    whole.rows.filter(["ERROR"]);
    expect(shape(begun)).toEqual(shape(whole));
    const [first] = begun.problems.rows(levels);
    expect(begun.lines.at(first as number)?.message).toBe(whole.lines.at(first as number)?.message);
  });
});
