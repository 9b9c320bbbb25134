/** Every sentence of the console in English. */

import type { Parameter } from "../api/types.js";
import type { Problem } from "../core/checks.js";
import type { ConsoleWords } from "./words.js";

export const ENGLISH: ConsoleWords = {
  pages: { overview: "Overview", catalog: "Software", tasks: "Tasks" },
  sections: "Sections",
  skip: "Skip to the content",
  otherLanguage: "中文",
  themes: { system: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" },
  signedInAs: (user) => `Signed in as ${user}`,
  signIn: "Sign in",
  signOut: "Sign out",
  sessionEnded: "Your session has ended. Installs go on; sign in to see them and to come back here.",
  lost: "The service does not answer. Installs go on; this page comes back by itself.",
  back: "Connected again.",
  nowActive: (count) => `${count} running or queued`,
  nowhere: "There is no such page",
  loading: "Loading…",
  notRead: "This could not be read yet.",
  lookAgain: "Try again",
  close: "Close",
  asTable: "Figures as a table",
  searchSoftware: "Search software",
  searchTasks: "Search tasks",
  state: "State",
  tags: "Tags",
  user: "User",
  everyState: "Every state",
  everyTag: "Every tag",
  everySoftware: "All software",
  everybody: "Everybody",
  nothingFits: "Nothing fits this search.",
  showAll: "Show all",
  countShown: (shown, all) => (shown === all ? `${all} shown` : `${shown} of ${all} shown`),
  states: { installed: "Installed", available: "Not installed", running: "In progress", broken: "Broken", upgradable: "Upgradable" },
  noSoftware: "There are no recipes.",
  noSummary: "No description.",
  noSuchSoftware: (key) => `There is no software “${key}”.`,
  broken: "This recipe cannot be used:",
  installed: (version) => `Installed ${version}`,
  notInstalled: "Not installed",
  detecting: "Asking the system…",
  cannotTell: (reason) => `Nobody can tell whether it is installed: ${reason}`,
  newer: (version) => `${version} available`,
  busyElsewhere: "Somebody else is working on it.",
  watch: "Watch",
  actions: { install: "Install", upgrade: "Upgrade", uninstall: "Uninstall" },
  titles: {
    install: (name) => `Install ${name}`,
    upgrade: (name) => `Upgrade ${name}`,
    uninstall: (name) => `Uninstall ${name}`,
  },
  whatToDo: "What to do",
  mayNotInstall: "You may look, but not install.",
  conflict: (name) => `${name} is being worked on. What is below can start when that is over.`,
  waitsFor: (names) => `Can be started now, and waits in the queue for ${names}.`,
  runsSoFar: "Runs so far",
  version: "Version",
  ofSystem: (version) => `${version} (from the distribution)`,
  versionName: (version) => (version === "distro" ? "distro (from the distribution)" : version),
  otherVersions: (patterns) => `Or type another version that fits ${patterns}.`,
  required: "required",
  optional: "optional",
  noChoice: "None",
  noParameters: "There is nothing to choose.",
  show: "Show",
  hide: "Hide",
  generate: "Generate",
  copy: "Copy",
  copied: "Copied",
  limits,
  problem,
  confirmUninstall: (name) => `${name} will be removed from this machine.`,
  keeps: "Will be kept:",
  alsoDeletes: "Will be deleted, too:",
  checks: "Checks",
  checkLater: "Fill in the form: then it is checked whether this would work.",
  checking: "Checking…",
  checkPassed: "Nothing speaks against it.",
  noChecks: "This recipe checks nothing beforehand: it can start.",
  checkWarned: "It can be done, but read this first.",
  checkFailed: "The checks failed.",
  checkAgain: "Check again",
  findings: { failed: "Failed", warning: "Warning", passed: "Passed" },
  packagesChange: (count) => (count === 1 ? "1 package would change" : `${count} packages would change`),
  changes: { add: "new", change: "changed", remove: "removed" },
  takesUsually: (time) => `Usually takes ${time}.`,
  task: (id) => `Task ${id}`,
  queued: (position) => (position > 0 ? `Number ${position} in the queue` : "Waits for its turn"),
  waitsForLock: (key, lock) => `Waits for ${key}, which is using ${lock}`,
  by: (user) => `by ${user}`,
  usually: (time) => `usually ${time}`,
  against: {
    slower: (time) => `slower than usual (${time})`,
    faster: (time) => `faster than usual (${time})`,
  },
  again: "Try again",
  older: "Show older",
  noTasks: "Nothing has been installed yet.",
  toCatalog: "Choose software",
  cancelTitle: (name) => `Cancel ${name}?`,
  cancelHelp: "Everything it has started is ended. What it has changed so far may stay half done.",
  reallyCancel: "Cancel the task",
  keepRunning: "Let it run",
  retryTitle: (name) => `Run ${name} again?`,
  retryHelp: "A new task starts with the same parameters.",
  secretsAgain: "A new task starts with the same parameters. Secrets are not kept: give them again.",
  stepTimes: "Step times",
  longestSteps: (shown, all) => `The ${shown} longest of ${all}.`,
  stepsTold: (told, all) => `${told} of ${all} steps can be told apart; the others went by without a line.`,
  firstSteps: (told) => `Only the first ${told} steps are told apart.`,
  thisRun: "This run",
  earlierRun: "Earlier run",
  welcome: "Welcome",
  runsNow: "Now",
  nothingRuns: "Nothing is running.",
  period: "Period",
  lastDays: (days) => `Last ${days} days`,
  tasksDone: "Tasks",
  successRate: "Success rate",
  perDay: "Tasks per day",
  causes: "Causes of failures",
  noFailures: "Nothing failed.",
  usualDurations: "Usual durations",
  noDurations: "No run has succeeded yet.",
  median: "Median",
  p90: "90% take at most",
  lastFailures: "Last failures",
};

function limits({ type, minimum, maximum, min_length: least, max_length: most }: Parameter): string {
  if (type === "integer" || type === "number") {
    if (minimum !== undefined && maximum !== undefined) return `From ${minimum} to ${maximum}.`;
    if (minimum !== undefined) return `At least ${minimum}.`;
    return maximum === undefined ? "" : `At most ${maximum}.`;
  }
  if (type !== "string") return "";
  if (least && most) return `${least} to ${most} characters.`;
  if (least) return `At least ${least} characters.`;
  return most ? `At most ${most} characters.` : "";
}

function problem(fault: Problem): string {
  switch (fault.kind) {
    case "missing":
      return "This has to be filled in.";
    case "too_short":
      return `Needs at least ${fault.least} characters.`;
    case "too_long":
      return `May have at most ${fault.most} characters.`;
    case "too_small":
      return `Must be at least ${fault.least}.`;
    case "too_large":
      return `May be at most ${fault.most}.`;
    case "not_whole":
      return "Must be a whole number.";
    case "not_a_number":
      return "Must be a number.";
    case "pattern":
      return `Does not match ${fault.pattern}`;
    case "character":
      return `May not hold the character ${fault.character}`;
    case "leading_dash":
      return "May not begin with “-”.";
    case "version":
      return `Must be one of ${fault.versions}`;
  }
}
