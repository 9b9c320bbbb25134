/** What a form checks before it asks the service, by the service's own rules. The service decides; this spares the way there. */

import type { Parameter } from "../api/types.js";

/** What stands in a field: `true` and `false` of a switch, text of all others. */
export type FieldValue = string | boolean;

/** What is wrong with a field; the words for it are elsewhere. */
export type Problem =
  | { kind: "missing" }
  | { kind: "too_short"; least: number }
  | { kind: "too_long"; most: number }
  | { kind: "too_small"; least: number }
  | { kind: "too_large"; most: number }
  | { kind: "not_whole" }
  | { kind: "not_a_number" }
  | { kind: "pattern"; pattern: string }
  | { kind: "character"; character: string }
  | { kind: "leading_dash" }
  | { kind: "version"; versions: string };

/** Longest text of a parameter that declares no limit. */
const MAX_LENGTH = 4096;
const MIN_SECRET_LENGTH = 6;
const INTEGER = /^-?[0-9]{1,18}$/;
const NUMBER = /^-?[0-9]{1,18}(\.[0-9]{1,18})?$/;
/** Refused in every value: control characters, halves of surrogate pairs, line and paragraph ends. */
const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Characters that a message cannot show: blanks of all kinds, turns of the writing direction. */
const UNSEEN = /[\p{C}\p{Z}\p{M}]/u;
/** What a string without a pattern may not hold. */
const NOT_PLAIN = /[^\p{L}\p{N}_ .,:/@%+=~^-]/u;

/** Return what is wrong with `value`, `undefined` when nothing is. */
export function problemOf(parameter: Parameter, value: FieldValue): Problem | undefined {
  if (typeof value === "boolean") return undefined;
  if (value === "") return parameter.required ? { kind: "missing" } : undefined;
  const mayBeNegative = parameter.minimum !== undefined && parameter.minimum < 0;
  if (!parameter.secret && value.startsWith("-") && !mayBeNegative) return { kind: "leading_dash" };
  const unsafe = UNSAFE.exec(value)?.[0];
  if (unsafe !== undefined) return { kind: "character", character: codePoint(unsafe) };
  if (parameter.type === "integer") return INTEGER.test(value) ? rangeProblem(parameter, Number(value)) : { kind: "not_whole" };
  if (parameter.type === "number") return NUMBER.test(value) ? rangeProblem(parameter, Number(value)) : { kind: "not_a_number" };
  return parameter.type === "string" ? textProblem(parameter, value) : undefined;
}

function rangeProblem({ minimum, maximum }: Parameter, value: number): Problem | undefined {
  if (minimum !== undefined && value < minimum) return { kind: "too_small", least: minimum };
  if (maximum !== undefined && value > maximum) return { kind: "too_large", most: maximum };
  return undefined;
}

function textProblem(parameter: Parameter, value: string): Problem | undefined {
  const least = Math.max(parameter.min_length ?? 0, parameter.secret ? MIN_SECRET_LENGTH : 0);
  const most = parameter.max_length ?? MAX_LENGTH;
  // Characters, as the service counts them, not UTF-16 units. Blanks around a secret do not make it long enough.
  const length = [...value].length;
  if ((parameter.secret ? [...value.trim()].length : length) < least) return { kind: "too_short", least };
  if (length > most) return { kind: "too_long", most };
  const { pattern } = parameter;
  if (pattern !== undefined) return matches(pattern, value) === false ? { kind: "pattern", pattern } : undefined;
  const odd = parameter.secret ? undefined : NOT_PLAIN.exec(value)?.[0];
  return odd === undefined ? undefined : { kind: "character", character: UNSEEN.test(odd) ? codePoint(odd) : odd };
}

/** Whether the whole of `value` matches; `undefined` for an expression that only the service understands. */
function matches(pattern: string, value: string): boolean | undefined {
  try {
    return new RegExp(`^(?:${pattern})$`, "u").test(value);
  } catch {
    return undefined;
  }
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Return what is wrong with a version that was typed: it has to be one of `versions` or fit a pattern such as `1.*`. */
export function versionProblem(versions: readonly string[], version: string): Problem | undefined {
  if (version === "") return undefined;
  const fits = versions.some((known) => {
    const [before = "", ...rest] = known.split("*");
    if (rest.length === 0) return known === version;
    const after = rest.join("*");
    return version.length >= before.length + after.length && version.startsWith(before) && version.endsWith(after);
  });
  return fits ? undefined : { kind: "version", versions: versions.join(", ") };
}

/** Return the body of the request; empty fields are left to their defaults. */
export function requestBody(key: string, version: string, values: ReadonlyMap<string, FieldValue>): Record<string, unknown> {
  const given = [...values].filter(([, value]) => value !== "");
  return { key, ...(version && { version }), parameters: Object.fromEntries(given) };
}

/** Return what a field holds at first. */
export function initialValue(parameter: Parameter): FieldValue {
  if (parameter.type === "boolean") return parameter.default === true;
  if (parameter.type === "enum" && parameter.required) return String(parameter.default ?? parameter.choices?.[0] ?? "");
  return String(parameter.default ?? "");
}
