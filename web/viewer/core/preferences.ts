/** How somebody likes to read logs. */

export type Times = "off" | "clock" | "relative";

export interface Preferences {
  times: Times;
  wrap: boolean;
}

const TIMES: readonly Times[] = ["off", "clock", "relative"];

/** Return the preferences that were kept as `text`; what is missing or unknown in it is as for everybody. */
export function preferencesOf(text: string | null): Preferences {
  const kept = parsed(text);
  return { times: TIMES.find((times) => times === kept?.times) ?? "off", wrap: kept?.wrap === true };
}

/** Return what comes after `times` when one switches through. */
export function nextTimes(times: Times): Times {
  return TIMES[(TIMES.indexOf(times) + 1) % TIMES.length] as Times;
}

function parsed(text: string | null): Partial<Record<keyof Preferences, unknown>> | undefined {
  try {
    return (JSON.parse(text ?? "null") as Partial<Record<keyof Preferences, unknown>> | null) ?? undefined;
  } catch {
    return undefined;
  }
}
