import { describe, expect, it } from "vitest";
import type { Day, Plan, Steps } from "../../console/api/types.js";
import { longestSteps, stepTable, totalsOf } from "../../console/core/figures.js";
import { ago, duration, percentage, shortDay } from "../../console/core/formats.js";
import { findingsOf, packageChanges } from "../../console/core/plan.js";
import { CONSOLE_WORDS } from "../../console/words/words.js";

const day = (more: Partial<Day>): Day => ({ date: "2026-01-02", succeeded: 0, failed: 0, canceled: 0, interrupted: 0, ...more });

function run(id: string, ...steps: [string, number | null][]): Steps {
  const made = steps.map(([step, seconds], index) => ({
    step, seconds, current_step: index + 1, total_steps: steps.length, phase: "install", status: "succeeded", first_seq: 0, started_at: "",
  }));
  return { task_id: id, completed: true, steps: made };
}

describe("the figures of some days", () => {
  it("count a crash as a failure, and no cancel as either", () => {
    const totals = totalsOf([day({ succeeded: 6, canceled: 1 }), day({ failed: 1, interrupted: 1 })]);
    expect(totals).toEqual({ tasks: 9, succeeded: 6, failed: 2, canceled: 1, success: 0.75 });
    expect(totalsOf([]).success).toBeUndefined();
  });
});

describe("steps of several runs", () => {
  it("stand side by side, by title; a title that comes up twice is two steps", () => {
    const table = stepTable([run("b", ["Fetch", 2], ["Fetch", 3], ["Build", null]), run("a", ["Fetch", 1], ["Verify", 4])]);
    expect(table.steps).toEqual(["Fetch", "Fetch (2)", "Build", "Verify"]);
    expect(table.runs).toEqual([
      { taskId: "b", seconds: [2, 3, null, null] },
      { taskId: "a", seconds: [1, null, null, 4] },
    ]);
  });
});

describe("many steps", () => {
  it("leave the longest of any run, in their order", () => {
    const table = stepTable([run("b", ["One", 1], ["Two", 9], ["Three", null], ["Four", 3]), run("a", ["One", 7], ["Two", 1], ["Three", 2])]);
    expect(longestSteps(table, 2)).toEqual({
      steps: ["One", "Two"],
      runs: [{ taskId: "b", seconds: [1, 9] }, { taskId: "a", seconds: [7, 1] }],
    });
    expect(longestSteps(table, 9)).toEqual(table);
  });
});

describe("times and shares", () => {
  it("are as precise as they can be told apart", () => {
    expect([0.42, 9.96, 75, 120, 3_900].map((seconds) => duration(seconds, "en"))).toEqual(["0.4 s", "10 s", "1 min 15 s", "2 min", "1 h 5 min"]);
    expect(duration(75, "zh")).toBe("1 分 15 秒");
    expect([5, 61, 7_200, 86_400].map((seconds) => ago(seconds, "en"))).toEqual(["now", "1 minute ago", "2 hours ago", "yesterday"]);
    expect(shortDay("2026-01-02", "zh")).toBe("1月2日");
    expect([1, 0.999, 0.5].map(percentage)).toEqual(["100%", "99%", "50%"]);
  });
});

describe("a plan", () => {
  const record = (level: "INFO" | "WARN" | "ERROR", message: string, phase: string) =>
    ({ seq: 0, timestamp: "", level, message, progress: 0, step: "", current_step: 0, total_steps: 0, phase });
  const plan: Plan = {
    ok: false, exit_code: 1, error: null, results: [], expected_seconds: null,
    messages: [
      record("INFO", "Disk: 20 GB free", "precheck"),
      record("ERROR", "Port 80 is taken", "precheck"),
      record("WARN", "Low memory", "precheck"),
      record("INFO", "+ nginx 1.22", "plan"),
    ],
    packages: ["+ nginx 1.22", "~ libc6 2.36 → 2.37", "- apache2"],
  };

  it("tells the worst first", () => {
    expect(findingsOf(plan).map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
      "failed: Port 80 is taken", "warning: Low memory", "passed: Disk: 20 GB free",
    ]);
  });

  it("tells nothing twice", () => {
    const hint = "Choose another port than 80.";
    const messages = [...plan.messages, record("ERROR", `PORT_IN_USE: ${hint}`, "precheck")];
    expect(findingsOf({ ...plan, messages, error: { code: "PORT_IN_USE", hint } })).toEqual(findingsOf(plan));
  });

  it("tells which packages would change, and how", () => {
    expect(packageChanges(plan)).toEqual([
      { kind: "add", name: "nginx", detail: "1.22" },
      { kind: "change", name: "libc6", detail: "2.36 → 2.37" },
      { kind: "remove", name: "apache2", detail: "" },
    ]);
  });
});

describe("the words", () => {
  it("are Chinese where they are Chinese, but for the name of the other language", () => {
    const untranslated = Object.entries(CONSOLE_WORDS.zh).filter(
      ([name, text]) => typeof text === "string" && name !== "otherLanguage" && !/[\u4e00-\u9fff]/.test(text),
    );
    expect(untranslated).toEqual([]);
  });
});
