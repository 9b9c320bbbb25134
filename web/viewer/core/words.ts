/** What the viewer says: the names of its sentences. */

import type { Command } from "./keys.js";
import type { Times } from "./preferences.js";
import type { AfterState, PollReason, ProgressBasis, RetryReason, StopReason, TaskStatus } from "./protocol.js";
import type { Aside, SectionState } from "./sections.js";

export interface Words {
  statuses: Record<TaskStatus, string>;
  actions: Record<string, string>;
  log: string;
  progress: string;
  elapsed: string;
  startedAt: (time: string) => string;
  startedBy: (user: string) => string;
  remaining: (time: string) => string;
  soonDone: string;
  /** What the percentage rests on. */
  bases: Record<ProgressBasis, string>;
  steps: string;
  stepsSummary: (count: number) => string;
  moreSteps: (count: number) => string;
  sectionStates: Record<SectionState, string>;
  phases: Record<Aside, string>;
  lines: (count: number) => string;
  errors: (count: number) => string;
  warnings: (count: number) => string;
  /** `number` as in `2/5`. */
  step: (number: string) => string;
  queued: (position: number) => string;
  reconnecting: Record<RetryReason, string>;
  /** `seconds`: how long it waits; 0 while it tries. */
  reconnectingIn: (seconds: number) => string;
  retryNow: string;
  connected: string;
  offline: string;
  polling: Record<PollReason, string>;
  /** `{origin}` stands for the page's own. */
  stopped: Record<StopReason, string>;
  signIn: string;
  cancel: string;
  retry: string;
  retryFailed: (reason: string) => string;
  confirmCancel: string;
  canceling: string;
  cancelFailed: (reason: string) => string;
  exitStatus: (code: number) => string;
  failedWith: (code: number | null | undefined) => string;
  rollbacks: Record<"none" | "succeeded" | "failed", string>;
  /** What became of the machine. */
  afterStates: Record<AfterState, string>;
  showLine: string;
  results: string;
  reveal: string;
  copy: string;
  copied: string;
  notCopied: string;
  copyDiagnosis: string;
  compareWith: (time: string) => string;
  /** The last lines that both runs print before they part. */
  bothSay: string;
  thisRun: string;
  thatRun: string;
  saidNothing: string;
  otherVersion: (name: string, here: string, there: string) => string;
  /** Places before the failure that are different, too. */
  moreDifferences: (count: number) => string;
  excerpt: (first: number, last: number, total: number) => string;
  problems: string;
  /** More problems than are listed. */
  moreProblems: (count: number) => string;
  levels: Record<"WARN" | "ERROR", string>;
  lineNumber: (number: number) => string;
  oncePerOwner: string;
  secretGone: string;
  newLines: (count: number) => string;
  toEnd: string;
  reading: string;
  filter: string;
  allLines: (count: number) => string;
  times: Record<Times, string>;
  copySelected: string;
  commands: Record<Command, string>;
  caseSensitive: string;
  regex: string;
  noMatches: string;
  selectHelp: string;
  close: string;
  emptyLog: string;
  waitingForLog: string;
  missing: (lines: number) => string;
  lineNotHad: string;
  stalled: Record<"package_lock" | "waiting_for_input" | "silent", string>;
  stalledFor: (time: string) => string;
  networkError: string;
  badAnswer: (status: number) => string;
  installRefused: string;
}
