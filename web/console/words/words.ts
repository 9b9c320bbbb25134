/** Every sentence of the console that is not the viewer's; which language says what. */

import type { Locale } from "../../viewer/core/locale.js";
import type { Action, Parameter } from "../api/types.js";
import type { ThemeChoice } from "../composables/preferences.js";
import type { Problem } from "../core/checks.js";
import type { Finding, PackageChange } from "../core/plan.js";
import type { SoftwareState } from "../core/software.js";
import { CHINESE } from "./chinese.js";
import { ENGLISH } from "./english.js";

export interface ConsoleWords {
  // The frame.
  pages: Record<string, string>;
  sections: string;
  skip: string;
  otherLanguage: string;
  themes: Record<ThemeChoice, string>;
  signedInAs: (user: string) => string;
  signIn: string;
  signOut: string;
  sessionEnded: string;
  lost: string;
  back: string;
  nowActive: (count: number) => string;
  nowhere: string;
  loading: string;
  notRead: string;
  lookAgain: string;
  close: string;
  asTable: string;
  // Filters.
  searchSoftware: string;
  searchTasks: string;
  state: string;
  tags: string;
  user: string;
  everyState: string;
  everyTag: string;
  everySoftware: string;
  everybody: string;
  nothingFits: string;
  showAll: string;
  countShown: (shown: number, all: number) => string;
  // Software.
  states: Record<SoftwareState, string>;
  noSoftware: string;
  noSummary: string;
  noSuchSoftware: (key: string) => string;
  broken: string;
  installed: (version: string) => string;
  notInstalled: string;
  detecting: string;
  cannotTell: (reason: string) => string;
  newer: (version: string) => string;
  busyElsewhere: string;
  watch: string;
  actions: Record<Action, string>;
  titles: Record<Action, (name: string) => string>;
  whatToDo: string;
  mayNotInstall: string;
  conflict: (name: string) => string;
  waitsFor: (names: string) => string;
  runsSoFar: string;
  // The form.
  version: string;
  ofSystem: (version: string) => string;
  /** A version as lists show it: `distro` is no number. */
  versionName: (version: string) => string;
  otherVersions: (patterns: string) => string;
  required: string;
  optional: string;
  noChoice: string;
  noParameters: string;
  show: string;
  hide: string;
  generate: string;
  copy: string;
  copied: string;
  limits: (parameter: Parameter) => string;
  problem: (problem: Problem) => string;
  confirmUninstall: (name: string) => string;
  keeps: string;
  alsoDeletes: string;
  // The checks before.
  checks: string;
  checkLater: string;
  checking: string;
  checkPassed: string;
  noChecks: string;
  checkWarned: string;
  checkFailed: string;
  checkAgain: string;
  findings: Record<Finding["kind"], string>;
  packagesChange: (count: number) => string;
  changes: Record<PackageChange["kind"], string>;
  takesUsually: (time: string) => string;
  // Tasks.
  task: (id: string) => string;
  queued: (position: number) => string;
  waitsForLock: (key: string, lock: string) => string;
  by: (user: string) => string;
  usually: (time: string) => string;
  against: Record<"slower" | "faster", (time: string) => string>;
  again: string;
  older: string;
  noTasks: string;
  toCatalog: string;
  cancelTitle: (name: string) => string;
  cancelHelp: string;
  reallyCancel: string;
  keepRunning: string;
  retryTitle: (name: string) => string;
  retryHelp: string;
  secretsAgain: string;
  stepTimes: string;
  longestSteps: (shown: number, all: number) => string;
  /** Steps that went by without a line are in no list; of very many only the first are. */
  stepsTold: (told: number, all: number) => string;
  firstSteps: (told: number) => string;
  thisRun: string;
  earlierRun: string;
  // The overview.
  welcome: string;
  runsNow: string;
  nothingRuns: string;
  period: string;
  lastDays: (days: number) => string;
  tasksDone: string;
  successRate: string;
  perDay: string;
  causes: string;
  noFailures: string;
  usualDurations: string;
  noDurations: string;
  median: string;
  p90: string;
  lastFailures: string;
}

export const CONSOLE_WORDS: Readonly<Record<Locale, ConsoleWords>> = { en: ENGLISH, zh: CHINESE };
