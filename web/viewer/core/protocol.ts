/** What the service sends, and what each close of a socket means. No DOM, no socket: text in, objects out. */

export const SUBPROTOCOL = "installcast.v2";
/** Subprotocol prefix that carries the token: a page cannot set headers on a WebSocket, and a URL ends up in access logs. */
export const BEARER_PREFIX = "bearer.";

export type Level = "INFO" | "WARN" | "ERROR" | "SUCCESS";

export type TaskStatus = "queued" | "running" | "succeeded" | "failed" | "canceled" | "interrupted" | "ended";

export type ProgressBasis = "script" | "tool" | "history" | "position" | "steps" | "none";

/** What a task that did not succeed has left on the machine. */
export type AfterState = "installed" | "partly" | "not_installed" | "unchanged";

export interface TaskError {
  code: string;
  hint?: string | null;
  hint_zh?: string | null;
  /** The record that shows the cause. */
  seq?: number | null;
}

/** One record of a log. `seq` counts from 0 without a gap within a task. */
export interface LogRecord {
  seq: number;
  timestamp: string;
  level: Level;
  message: string;
  progress: number;
  step: string;
  current_step: number;
  total_steps: number;
  /** The line with its SGR colours. */
  ansi?: string;
  /** Nothing was printed, but the progress or the activity moved. */
  kind?: "progress";
  gap?: { lines: number; bytes: number };
  group?: string;
  continued?: boolean;
  phase?: string;
  /** A line that is not finished yet: the finished one will carry the same `seq`. */
  partial?: boolean;
  final?: boolean;
  status?: TaskStatus;
  exit_code?: number | null;
  error?: TaskError | null;
  after_state?: AfterState | null;
}

export interface TaskResult {
  name: string;
  value: string | null;
  secret?: boolean;
}

export interface Stalled {
  reason: "package_lock" | "waiting_for_input" | "silent" | (string & {});
  since?: string | null;
  detail?: string | null;
  detail_zh?: string | null;
  /** Who holds the lock, or waits for the answer. */
  pid?: number | null;
  command?: string | null;
}

/** The state of a task, as `/v1/log/status` tells it. */
export interface StatusReport {
  task_id: string;
  key?: string;
  version?: string;
  action?: string;
  status: TaskStatus;
  phase?: string | null;
  completed?: boolean;
  progress?: number;
  step?: string;
  current_step?: number;
  total_steps?: number;
  eta_seconds?: number | null;
  progress_basis?: ProgressBasis;
  activity?: string | null;
  stalled?: Stalled | null;
  queue_position?: number | null;
  results?: TaskResult[];
  exit_code?: number | null;
  error?: TaskError | null;
  rollback?: "none" | "succeeded" | "failed";
  after_state?: AfterState | null;
  created_at?: string | null;
  started_at?: string | null;
  finished_at?: string | null;
  last_seq?: number | null;
  viewers?: number;
  user?: string;
  /** What the service's clock shows. */
  now?: string;
}

/** A step, as `/v1/log/steps` tells it. */
export interface OutlineStep {
  step: string;
  current_step: number;
  phase: string | null;
  first_seq: number;
  /** From 1. */
  first_line: number;
  started_at: string;
  errors: number;
  warnings: number;
}

/** What a log holds, without its lines: `/v1/log/steps` with `numbering`. */
export interface Outline {
  steps: readonly OutlineStep[];
  /** Lines that were printed so far. */
  lines: number;
  next_seq: number;
  /** The task's last record, where that is written. */
  final_seq: number | null;
  /** From a seq on, so many records printed nothing; `null`: nobody can tell. */
  unprinted: readonly (readonly [number, number])[] | null;
}

export type Hello = { type: "hello"; task_id: string; next_seq: number; status: TaskStatus };
export type StatusMessage = { type: "status" } & StatusReport;
export type End = { type: "end"; status: TaskStatus; last_seq: number };
export type Control = Hello | StatusMessage | End;
export type Message = LogRecord | Control;

export function isControl(message: Message): message is Control {
  return "type" in message;
}

/** Return a report that came over HTTP as the message that it would have been on a socket. */
export function statusMessage(report: StatusReport): StatusMessage {
  return { ...report, type: "status" };
}

export function isFinal(status: TaskStatus): boolean {
  return status !== "queued" && status !== "running";
}

/**
 * Return the objects of one text frame: lines that end with `\n`, or a single object without one.
 *
 * Lines that are no JSON object are passed over: a newer service may say things that this script does not know.
 */
export function* decodeFrame(frame: string): Generator<Message> {
  let start = 0;
  while (start < frame.length) {
    let end = frame.indexOf("\n", start);
    if (end < 0) end = frame.length;
    const message = decodeLine(frame.slice(start, end));
    if (message) yield message;
    start = end + 1;
  }
}

function decodeLine(line: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) && ("type" in value || "message" in value) ? (value as unknown as Message) : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What to do when a channel has closed. */
export type Verdict =
  | { next: "stop"; reason: StopReason }
  | { next: "retry"; reason: RetryReason }
  | { next: "poll"; reason: PollReason }
  /** It does not get through here: another kind of channel may. */
  | { next: "lower" }
  | { next: "done" };

export type StopReason =
  | "bad_request"
  | "not_signed_in"
  | "not_allowed"
  | "no_such_task"
  | "origin_refused"
  | "refused";
export type RetryReason = "lost" | "restarting" | "token_expired" | "idle";
export type PollReason = "realtime_off" | "too_many_viewers" | "unreachable";

const STOP_REASONS: Readonly<Record<number, StopReason>> = {
  4400: "bad_request",
  4401: "not_signed_in",
  4403: "not_allowed",
  4404: "no_such_task",
};

/** Return why an HTTP answer of this status ends the matter, or `undefined` when it may get better by itself. */
export function stopReasonOf(status: number): StopReason | undefined {
  if (status === 429 || status < 400 || status >= 500) return undefined;
  return STOP_REASONS[4000 + status] ?? "refused";
}

const VERDICTS: Readonly<Record<number, Verdict>> = {
  1000: { next: "done" },
  1012: { next: "retry", reason: "restarting" },
  4503: { next: "poll", reason: "realtime_off" },
  4508: { next: "retry", reason: "idle" },
  4509: { next: "retry", reason: "token_expired" },
  4529: { next: "poll", reason: "too_many_viewers" },
};

/** Return what close code `code` asks for: 44xx means stay away, 45xx come back later, anything else is a broken line. */
export function verdictOf(code: number): Verdict {
  if (code >= 4400 && code < 4500) return { next: "stop", reason: STOP_REASONS[code] ?? "refused" };
  return VERDICTS[code] ?? { next: "retry", reason: "lost" };
}
