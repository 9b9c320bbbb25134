/** Every sentence of the viewer in English. */

import type { Words } from "./words.js";

const counted = (one: string, many: string) => (count: number): string => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
const lines = counted("line", "lines");

export const ENGLISH: Words = {
  statuses: {
    queued: "Queued",
    running: "Running",
    succeeded: "Succeeded",
    failed: "Failed",
    canceled: "Canceled",
    interrupted: "Interrupted",
    ended: "Ended",
  },
  actions: { install: "Install", upgrade: "Upgrade", uninstall: "Uninstall", run: "Run", follow: "Log" },
  log: "Install log",
  progress: "Progress",
  elapsed: "Elapsed time",
  startedAt: (time) => `started at ${time}`,
  startedBy: (user) => `by ${user}`,
  remaining: (time) => `about ${time} left`,
  soonDone: "a few seconds left",
  bases: {
    script: "told by the script",
    history: "by an earlier run",
    tool: "told by its tools",
    position: "by its place in the script",
    steps: "by finished steps",
    none: "progress unknown",
  },
  basisHelp: {
    script: "The script itself says how far it is.",
    history: "Held against an earlier successful run: the share of the time that has passed.",
    tool: "What tools such as apt or make say of their own work, in its place in the script.",
    position: "Where the script is in its own text, and how long such commands take as a rule.",
    steps: "How many of the steps are done.",
    none: "Nothing tells how far it is. It is running all the same.",
  },
  steps: "Steps",
  stepsSummary: counted("step", "steps"),
  moreSteps: (count) => `${count} more to come`,
  sectionStates: { done: "done", running: "running", failed: "failed", stopped: "stopped" },
  phases: { precheck: "Checks before", verify: "Verification", rollback: "Rollback" },
  lines,
  errors: counted("error", "errors"),
  warnings: counted("warning", "warnings"),
  step: (current, total, title) => {
    const number = current > 0 ? `Step ${current}${total ? `/${total}` : ""}` : "";
    return [number, title].filter(Boolean).join(" · ");
  },
  queued: (position) => (position > 0 ? `Waiting: number ${position} in the queue` : "Waiting for its turn"),
  connecting: "Connecting…",
  reconnecting: {
    lost: "Connection lost. Reconnecting…",
    restarting: "The service is restarting. Reconnecting…",
    token_expired: "The sign-in has expired. Renewing…",
    idle: "Reconnecting…",
  },
  attempt: (attempt) => ` (attempt ${attempt})`,
  retryNow: "Retry now",
  offline: "No network. The install goes on; the log resumes when the network is back.",
  polling: {
    realtime_off: "Live updates are switched off: new lines are fetched every few seconds.",
    too_many_viewers: "Too many people are watching: new lines are fetched every few seconds.",
    unreachable: "No live connection can be made here: new lines are fetched every few seconds.",
  },
  stopped: {
    bad_request: () => "The service did not understand the request.",
    not_signed_in: () => "Sign in to see this log.",
    not_allowed: () => "You may not see this log: the scope log:read is missing.",
    no_such_task: () => "There is no such task, or its log has been removed.",
    origin_refused: (origin) =>
      `The service does not let pages of ${origin} in: add it to server.allowed_origins in its configuration.`,
    refused: () => "The service refused the connection.",
  },
  signIn: "Sign in",
  cancel: "Cancel",
  confirmCancel: "Really cancel?",
  canceling: "Canceling…",
  cancelFailed: (reason) => `Could not cancel: ${reason}`,
  exitStatus: (code) => `exit status ${code}`,
  failedWith: (code) => (code === null || code === undefined ? "The task failed" : `The task failed with exit status ${code}`),
  outcome: (rollback, afterState) => {
    const rolledBack = { none: "", succeeded: "The changes were rolled back.", failed: "Rolling back failed, too: look at the log." };
    const left = {
      installed: "It is installed and passes its check.",
      partly: "It is only partly installed: try again, or uninstall it.",
      not_installed: "Nothing of it is installed.",
      unchanged: "Nothing was changed.",
    };
    return [rolledBack[rollback], afterState ? left[afterState] : ""].filter(Boolean);
  },
  showLine: "Show the line",
  results: "Results",
  reveal: "Reveal",
  copy: "Copy",
  copied: "Copied",
  notCopied: "Not allowed here",
  copyDiagnosis: "Copy diagnosis",
  excerpt: (first, last, total) => `Lines ${first} to ${last} of ${total}:`,
  problems: "Errors and warnings",
  moreProblems: (count) => `and ${count.toLocaleString("en")} more in the log`,
  levels: { WARN: "Warning", ERROR: "Error" },
  lineNumber: (number) => `line ${number}`,
  oncePerOwner: "It is shown once, to the user who started the task.",
  secretGone: "already shown, or not yours to see",
  newLines: (count) => (count > 0 ? `${lines(count).replace(/ (\w+)$/, " new $1")}` : "To the end"),
  toEnd: "To the end",
  timestamps: "Timestamps",
  download: "Download log",
  emptyLog: "The log is empty.",
  waitingForLog: "Waiting for the first line…",
  missing: (count) => `… ${lines(count)} missing …`,
  stalled: {
    package_lock: (detail) => `Waiting for the package manager's lock${detail ? `: ${detail}` : ""}`,
    waiting_for_input: (detail) => `It seems to wait for an answer that nobody can give${detail ? `: ${detail}` : ""}`,
    silent: (detail) => `No output, but it is still running${detail ? `; ${detail}` : ""}`,
  },
  stalledFor: (time) => `for ${time}`,
  networkError: "The service cannot be reached.",
  badAnswer: (status) => `The service answered ${status} with something that is not its JSON.`,
  noContainer: (id) => `There is no element with the id "${id}".`,
  installing: "Starting…",
  installRefused: "The install was not started",
};
