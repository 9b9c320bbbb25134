/** What is known about a task, put together from records and status reports. No DOM. */

import type { Comparison } from "./comparison.js";
import { joined, momentOf } from "./format.js";
import type { Words } from "./locale.js";
import type {
  AfterState, Control, LogRecord, ProgressBasis, StatusReport, Stalled, TaskError, TaskResult, TaskStatus,
} from "./protocol.js";
import { isFinal } from "./protocol.js";
import { Remaining } from "./remaining.js";

export class Task {
  readonly taskId: string;
  status: TaskStatus | undefined;
  key = "";
  version = "";
  action = "";
  progress = 0;
  basis: ProgressBasis | undefined;
  step = "";
  currentStep = 0;
  totalSteps = 0;
  activity = "";
  stalled: Stalled | null = null;
  /** Who started it. */
  user = "";
  queuePosition: number | null = null;
  results: readonly TaskResult[] = [];
  exitCode: number | null = null;
  error: TaskError | null = null;
  rollback: "none" | "succeeded" | "failed" = "none";
  afterState: AfterState | null = null;
  phase = "";
  /** Secret results by name, once somebody has asked for them: the service gives them once. */
  readonly secrets = new Map<string, string>();
  /** Asked for once, where it failed: where it went another way than a run that succeeded. */
  comparison: Promise<Comparison> | undefined;
  #startedAt: number | undefined;
  #finishedAt: number | undefined;
  #finalReport = false;
  readonly #remaining = new Remaining();
  /** Server's clock minus ours, in ms, as the quickest word of it so far shows it. */
  #clockAhead: number | undefined;

  constructor(taskId: string) {
    this.taskId = taskId;
  }

  get ended(): boolean {
    return this.status !== undefined && isFinal(this.status);
  }

  /** It has ended without success, and could be started again. */
  get canRetry(): boolean {
    const failed = this.status === "failed" || this.status === "canceled" || this.status === "interrupted";
    return failed && ["install", "upgrade", "uninstall"].includes(this.action);
  }

  /** A status report has told how it ended: with results and rollback, which records do not carry. */
  get hasFinalReport(): boolean {
    return this.#finalReport;
  }

  /** Nothing is known about how far it is. */
  get indeterminate(): boolean {
    return this.status === "running" && this.progress === 0 && (this.basis ?? "none") === "none";
  }

  /**
   * Take what a record says. `live`: it was sent as it happened, so its time tells the server's clock.
   * `now` is Unix time in ms.
   */
  takeRecord(record: LogRecord, live: boolean, now: number): void {
    this.progress = Math.max(this.progress, clampPercent(record.progress));
    this.step = record.step ?? this.step;
    this.currentStep = record.current_step ?? this.currentStep;
    this.totalSteps = record.total_steps ?? this.totalSteps;
    if (record.phase) this.phase = record.phase;
    const moment = momentOf(record.timestamp);
    if (moment !== undefined) {
      this.#startedAt ??= moment;
      if (live && !record.partial) this.#compareClocks(moment, now);
    }
    if (record.kind === "progress") this.activity = record.message;
    if (!record.partial && !record.final && !this.ended) this.status = "running";
    if (record.final && record.status) this.#end(record.status, record, moment);
  }

  /** Take a status report, or the parts of one that a control message carries. `now` is Unix time in ms. */
  takeReport(report: Partial<StatusReport> | Control, now: number): void {
    const status = report.status;
    // A report that was on its way while the end arrived must not bring the task back to life.
    if (status && !(this.ended && !isFinal(status))) this.status = status;
    if (!("task_id" in report) || !("progress" in report)) return;
    this.#finalReport = status !== undefined && isFinal(status);
    this.key = report.key ?? this.key;
    this.version = report.version ?? this.version;
    this.action = report.action ?? this.action;
    this.phase = report.phase ?? this.phase;
    this.progress = Math.max(this.progress, clampPercent(report.progress));
    this.basis = report.progress_basis ?? this.basis;
    this.step = report.step || this.step;
    this.currentStep = report.current_step || this.currentStep;
    this.totalSteps = report.total_steps || this.totalSteps;
    this.activity = report.activity ?? "";
    this.stalled = report.stalled ?? null;
    this.#remaining.tell(this.ended ? null : (report.eta_seconds ?? null), now);
    this.user = report.user ?? this.user;
    this.queuePosition = report.queue_position ?? null;
    this.results = report.results ?? this.results;
    this.exitCode = report.exit_code ?? this.exitCode;
    this.error = report.error ?? this.error;
    this.rollback = report.rollback ?? this.rollback;
    this.afterState = report.after_state ?? this.afterState;
    this.#startedAt = momentOf(report.started_at) ?? this.#startedAt;
    this.#finishedAt = momentOf(report.finished_at) ?? this.#finishedAt;
    this.#compareClocks(momentOf(report.now), now);
  }

  /** Return how long it has run, in seconds, or `undefined` before it starts. `now` is Unix time in ms. */
  elapsed(now: number): number | undefined {
    if (this.#startedAt === undefined) return undefined;
    const until = this.#finishedAt ?? this.serverTime(now);
    return Math.max(0, (until - this.#startedAt) / 1000);
  }

  /** Return about how long it will still take, in seconds, or `undefined` where nobody knows. */
  remaining(now: number): number | undefined {
    return this.status === "running" ? this.#remaining.at(now) : undefined;
  }

  /** When it started, in Unix time in ms. */
  get startedAt(): number | undefined {
    return this.#startedAt;
  }

  /** Return what the server's clock shows, in Unix time in ms. */
  serverTime(now: number): number {
    return now + (this.#clockAhead ?? 0);
  }

  /** Return for how long it has been stalled, in seconds, where that is known. */
  stalledFor(now: number): number | undefined {
    const since = momentOf(this.stalled?.since);
    return since === undefined ? undefined : Math.max(0, (this.serverTime(now) - since) / 1000);
  }

  #compareClocks(moment: number | undefined, now: number): void {
    if (moment !== undefined) this.#clockAhead = Math.max(this.#clockAhead ?? Number.NEGATIVE_INFINITY, moment - now);
  }

  #end(status: TaskStatus, record: LogRecord, moment: number | undefined): void {
    this.status = status;
    this.exitCode = record.exit_code ?? null;
    this.error = record.error ?? this.error;
    this.afterState = record.after_state ?? this.afterState;
    this.#finishedAt ??= moment;
    this.activity = "";
    this.stalled = null;
  }
}

function clampPercent(value: number | undefined): number {
  return Math.min(100, Math.max(0, Math.floor(Number(value) || 0)));
}

/** Return which step runs: `Step 2/5 · Download`; `""` where there is none. */
export function stepText({ currentStep, totalSteps, step }: Task, words: Words): string {
  return joined(" · ", currentStep > 0 && words.step(joined("/", String(currentStep), totalSteps > 0 && String(totalSteps))), step);
}

/** Return what became of the machine, in sentences. */
export function outcomeOf({ rollback, afterState }: Task, words: Words): string[] {
  return [words.rollbacks[rollback], afterState ? words.afterStates[afterState] : ""].filter(Boolean);
}
