/** What the service answers, as far as the console reads it. */

import type { LogRecord, StatusReport, TaskError } from "../../viewer/core/protocol.js";

export type Action = "install" | "upgrade" | "uninstall";

export type ParameterType = "string" | "integer" | "number" | "boolean" | "enum";

/** A parameter as a recipe declares it. */
export interface Parameter {
  name: string;
  type: ParameterType;
  title: string;
  help: string;
  required: boolean;
  secret: boolean;
  default: string | number | boolean | null;
  minimum?: number;
  maximum?: number;
  min_length?: number;
  max_length?: number;
  pattern?: string;
  choices?: string[];
}

export interface Kept {
  /** In the reader's language. */
  text: string;
  /** The boolean parameter that removes it, too. */
  unless: string | null;
}

/** An entry of the catalog. */
export interface Software {
  key: string;
  name: string;
  summary: string;
  tags?: string[];
  versions: string[];
  requires_root: boolean;
  locks?: string[];
  actions: string[];
  parameters: Parameter[];
  action_parameters?: Partial<Record<Action, Parameter[]>>;
  /** What an uninstall leaves on the machine. */
  keeps?: Kept[];
  broken: string | null;
  /** The system has not said yet what is installed: the versions are those known before. */
  detecting?: boolean;
  /** Why nobody can tell what is installed. */
  detect_problem?: string | null;
  installed_version?: string | null;
  candidate_version?: string | null;
  busy?: boolean;
  active_task?: string | null;
  /** Version → action → seconds. */
  expected_seconds?: Record<string, Partial<Record<Action, number>>>;
}

/** A task as lists show it. */
export interface TaskEntry extends StatusReport {
  /** How long this action usually takes. */
  expected_seconds?: number | null;
  /** The lock that a waiting task needs, and the recipe that has it. */
  waits_for?: { lock: string; key: string } | null;
}

export interface TaskList {
  tasks: TaskEntry[];
  next_cursor: string | null;
}

/** What a plan says: prechecks, and what would change. */
export interface Plan {
  ok: boolean;
  exit_code: number | null;
  error: TaskError | null;
  messages: LogRecord[];
  /** `+ nginx 1.22`, `~ libc6 2.36 → 2.37`, `- apache2 2.4`. */
  packages: string[];
  results: { name: string; value: string | null; secret?: boolean }[];
  expected_seconds: number | null;
}

export interface Step {
  step: string;
  current_step: number;
  total_steps: number;
  phase: string | null;
  status: string;
  first_seq: number;
  started_at: string;
  /** `null` while it runs. */
  seconds: number | null;
}

export interface Steps {
  task_id: string;
  steps: Step[];
  /** There were more, which are not told apart. */
  truncated?: boolean;
  completed: boolean;
}

export interface Day {
  /** `2026-01-02`. */
  date: string;
  succeeded: number;
  failed: number;
  canceled: number;
  interrupted: number;
}

export interface UsualDuration {
  key: string;
  version: string;
  action: string;
  runs: number;
  median_seconds: number;
  p90_seconds: number;
}

/** Figures of the last days. */
export interface Stats {
  days: Day[];
  causes: { code: string; count: number }[];
  durations: UsualDuration[];
  running: number;
  queued: number;
}

/** Who is signed in. */
export interface Identity {
  sub: string;
  scopes: string[];
  /** Whether a session of this browser can be ended. */
  session: boolean;
}

export interface Started {
  task_id: string;
}
