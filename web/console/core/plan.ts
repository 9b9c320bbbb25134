/** What a plan says, in the order in which a person wants to know it. No DOM. */

import type { LogRecord } from "../../viewer/core/protocol.js";
import type { Plan } from "../api/types.js";

export interface Finding {
  kind: "failed" | "warning" | "passed";
  text: string;
}

export interface PackageChange {
  kind: "add" | "change" | "remove";
  name: string;
  /** Versions, as the recipe writes them. */
  detail: string;
}

const KINDS: Readonly<Record<string, PackageChange["kind"]>> = { "+": "add", "~": "change", "-": "remove" };
const ORDER: readonly Finding["kind"][] = ["failed", "warning", "passed"];

/**
 * Return failures, then warnings, then what was checked and found good.
 *
 * What the plan script says is not among them, nor is the line that repeats the hint, which stands above them.
 */
export function findingsOf(plan: Plan): Finding[] {
  const hint = plan.error?.hint;
  const findings = plan.messages
    .filter(({ phase, message }) => phase !== "plan" && message.trim() !== "" && !(hint && message.endsWith(hint)))
    .map((record) => ({ kind: kindOf(record), text: record.message }));
  return ORDER.flatMap((kind) => findings.filter((finding) => finding.kind === kind));
}

function kindOf({ level }: LogRecord): Finding["kind"] {
  if (level === "ERROR") return "failed";
  return level === "WARN" ? "warning" : "passed";
}

/** Return the packages that would change. */
export function packageChanges(plan: Plan): PackageChange[] {
  return plan.packages.flatMap((line) => {
    const [sign = "", name = "", ...rest] = line.split(" ");
    const kind = KINDS[sign];
    return kind && name ? [{ kind, name, detail: rest.join(" ") }] : [];
  });
}
