/** An entry of the catalog, and what a page makes of it. No DOM. */

import type { Action, Parameter, Software } from "../api/types.js";

/** How an entry stands, as the filter names it. */
export type SoftwareState = "installed" | "available" | "running" | "broken" | "upgradable";

/** Return the parameters that `action` takes. */
export function parametersOf(software: Software, action: Action): Parameter[] {
  return action === "install" ? software.parameters : (software.action_parameters?.[action] ?? []);
}

/** Return what can be done now, the likeliest first: an install, or an upgrade and a removal of what is there. */
export function offeredActions(software: Software): Action[] {
  const has = (action: Action): boolean => software.actions.includes(action);
  const possible: Action[] = software.installed_version ? ["upgrade", "install", "uninstall"] : ["install"];
  return possible.filter(has).filter((action) => action !== "install" || !software.installed_version || !has("upgrade"));
}

/**
 * Return everything that the recipe knows how to do and that makes sense: what is missing is neither upgraded nor, unless a
 * link has `asked` for it, removed; an install that is only partly there can be.
 */
export function knownActions(software: Software, asked = ""): Action[] {
  const known = (["install", "upgrade", "uninstall"] as const).filter((action) => software.actions.includes(action));
  return isMissing(software) ? known.filter((action) => action === "install" || (action === "uninstall" && action === asked)) : known;
}

/** Return the one of `actions` to begin with: an upgrade only where there is something to upgrade to, or nobody knows. */
export function firstAction(software: Software, actions: readonly Action[]): Action | undefined {
  const isCurrent = Boolean(software.candidate_version) && !isUpgradable(software);
  const upgrades = software.installed_version && !isCurrent && actions.includes("upgrade");
  return upgrades ? "upgrade" : actions[0];
}

/** Whether the system was asked, has not answered yet, and never has before: what could be done is not known. */
export function isUnknownYet(software: Software): boolean {
  return software.detecting === true && !software.installed_version;
}

/** Return `now` with what was known `before` where the system is only asked again: a form in use does not come and go. */
export function keepKnown(before: Software | undefined, now: Software): Software {
  if (!before || before.detecting || !isUnknownYet(now)) return now;
  const { installed_version: installed = null, candidate_version: candidate = null, detect_problem: problem = null } = before;
  return { ...now, installed_version: installed, candidate_version: candidate, detecting: false, detect_problem: problem };
}

/** Whether a newer version than the installed one is there. */
export function isUpgradable(software: Software): boolean {
  const { installed_version: installed, candidate_version: candidate } = software;
  return Boolean(installed && candidate && candidate !== installed);
}

/** Return every state that fits: something can be installed and run at once. */
export function statesOf(software: Software): SoftwareState[] {
  if (software.broken) return ["broken"];
  const states: SoftwareState[] = [];
  if (software.installed_version) states.push("installed");
  else if (isMissing(software)) states.push("available");
  if (isUpgradable(software)) states.push("upgradable");
  if (software.busy || software.active_task) states.push("running");
  return states;
}

/** Return the entries that hold every word of `text`, are in `state` and have `tag`; `""` fits all. */
export function found(list: readonly Software[], text: string, state: SoftwareState | "", tag: string): Software[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return list.filter((entry) => {
    const said = [entry.key, entry.name, entry.summary, ...(entry.tags ?? [])].join("\n").toLowerCase();
    return (
      words.every((word) => said.includes(word)) &&
      (state === "" || statesOf(entry).includes(state)) &&
      (tag === "" || (entry.tags ?? []).includes(tag))
    );
  });
}

/** Return all tags, each once, in the order of the alphabet. */
export function tagsOf(list: readonly Software[]): string[] {
  return [...new Set(list.flatMap((entry) => entry.tags ?? []))].sort((a, b) => a.localeCompare(b));
}

/** Return the versions to choose from, the default first, and the patterns for others. */
export function versionsOf(software: Software): { fixed: string[]; patterns: string[] } {
  const isPattern = (version: string): boolean => version.includes("*");
  return {
    fixed: software.versions.filter((version) => !isPattern(version)),
    patterns: software.versions.filter(isPattern),
  };
}

/** Return what an uninstall leaves, with these parameters switched on. */
export function keptWith(software: Software, on: (parameter: string) => boolean): string[] {
  return (software.keeps ?? []).filter(({ unless }) => unless === null || !on(unless)).map(({ text }) => text);
}

/** Whether it is known to be missing: the system was asked, and has answered. */
export function isMissing(software: Software): boolean {
  return !software.installed_version && !software.detecting && !software.detect_problem && software.actions.includes("detect");
}

/** Return how long `action` of `version` usually takes, in seconds, where earlier runs tell. */
export function usualSeconds(software: Software, version: string, action: Action): number | undefined {
  return software.expected_seconds?.[version]?.[action];
}

/** Return names of other recipes in `running` (keys) that hold a lock which `software` needs, too. */
export function lockedBy(software: Software, list: readonly Software[], running: ReadonlySet<string>): string[] {
  const locks = new Set(software.locks);
  return list
    .filter((other) => other.key !== software.key && running.has(other.key) && other.locks?.some((lock) => locks.has(lock)))
    .map((other) => other.name);
}
