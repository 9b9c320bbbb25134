/** An entry of the catalog, and what a form makes of it. No DOM. */

import type { StatusReport } from "../viewer/core/protocol.js";
import type { Action } from "./words.js";

export interface Parameter {
  name: string;
  type: "string" | "integer" | "number" | "boolean" | "enum";
  title: string;
  help: string;
  required: boolean;
  secret: boolean;
  default: string | number | boolean | null;
  minimum?: number;
  maximum?: number;
  min_length?: number;
  max_length?: number;
  choices?: string[];
}

export interface Software {
  key: string;
  name: string;
  summary: string;
  versions: string[];
  requires_root: boolean;
  actions: string[];
  parameters: Parameter[];
  action_parameters?: Partial<Record<Action, Parameter[]>>;
  broken: string | null;
  installed_version?: string | null;
  candidate_version?: string | null;
  active_task?: string | Partial<StatusReport> | null;
}

/** Return the parameters that `action` takes. */
export function parametersOf(software: Software, action: Action): Parameter[] {
  return action === "install" ? software.parameters : (software.action_parameters?.[action] ?? []);
}

/** Return what can be done now: an install, or an upgrade and a removal of what is there. */
export function offeredActions(software: Software): Action[] {
  const has = (action: Action): boolean => software.actions.includes(action);
  const possible: Action[] = software.installed_version ? ["upgrade", "install", "uninstall"] : ["install"];
  return possible.filter(has).filter((action) => action !== "install" || !software.installed_version || !has("upgrade"));
}

/** Return the id of the task that works on it now, where the caller may see it. */
export function activeTaskId(software: Software): string | undefined {
  const { active_task: active } = software;
  return (typeof active === "string" ? active : active?.task_id) || undefined;
}

/** Return how far that task is, in percent, where the catalog tells. */
export function activeProgress(software: Software): number | undefined {
  const { active_task: active } = software;
  return typeof active === "object" ? active?.progress : undefined;
}

/** Return the version to offer first, and the patterns for others. */
export function versionsOf(software: Software): { fixed: string[]; patterns: string[] } {
  const isPattern = (version: string): boolean => version.includes("*");
  return {
    fixed: software.versions.filter((version) => !isPattern(version)),
    patterns: software.versions.filter(isPattern),
  };
}

/** Return the body of the request; empty fields are left to their defaults. */
export function requestBody(key: string, version: string, values: ReadonlyMap<string, string | boolean>): object {
  const given = [...values].filter(([, value]) => value !== "");
  return { key, ...(version && { version }), parameters: Object.fromEntries(given) };
}

/* Without characters that look alike, and none that a shell, a URL or an SQL string would read as something else. */
const SECRET_ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const SECRET_LENGTH = 20;

/** Return a new password. `randomBytes` fills an array with random bytes. */
export function generateSecret(randomBytes: (bytes: Uint8Array<ArrayBuffer>) => void, parameter?: Parameter): string {
  const length = Math.min(Math.max(SECRET_LENGTH, parameter?.min_length ?? 0), parameter?.max_length ?? Number.POSITIVE_INFINITY);
  // Bytes above the last whole multiple would favour the first letters.
  const limit = 256 - (256 % SECRET_ALPHABET.length);
  let secret = "";
  const bytes = new Uint8Array(64);
  while (secret.length < length) {
    randomBytes(bytes);
    for (const byte of bytes) {
      if (byte < limit && secret.length < length) secret += SECRET_ALPHABET[byte % SECRET_ALPHABET.length];
    }
  }
  return secret;
}
