/** What was typed into a form and not sent yet; secrets are kept nowhere. Lasts as long as the tab. */

import type { FieldValue } from "../core/checks.js";

export interface Draft {
  version?: string;
  values: Record<string, FieldValue>;
}

const keyOf = (software: string, action: string): string => `installcast.draft.${software}.${action}`;

export function readDraft(software: string, action: string): Draft | undefined {
  try {
    const draft: unknown = JSON.parse(sessionStorage.getItem(keyOf(software, action)) ?? "null");
    return typeof draft === "object" && draft !== null && "values" in draft ? (draft as Draft) : undefined;
  } catch {
    return undefined;
  }
}

export function keepDraft(software: string, action: string, draft: Draft): void {
  try {
    sessionStorage.setItem(keyOf(software, action), JSON.stringify(draft));
  } catch {
    // Storage may be full or forbidden; the form itself still holds everything.
  }
}

export function dropDraft(software: string, action: string): void {
  try {
    sessionStorage.removeItem(keyOf(software, action));
  } catch {
    // See above.
  }
}
