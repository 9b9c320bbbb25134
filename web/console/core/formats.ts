/** Times and counts as people read them. */

import type { Locale } from "../../viewer/core/locale.js";

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [["day", 86_400], ["hour", 3_600], ["minute", 60]];

/** Return how long ago something was, in the largest unit that fits: `3 hours ago`; `now` below a minute. */
export function ago(seconds: number, locale: Locale): string {
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  for (const [unit, size] of UNITS) {
    if (seconds >= size) return format.format(-Math.floor(seconds / size), unit);
  }
  return format.format(0, "second");
}

/** Return the local date and time of Unix time in ms. */
export function dateAndTime(moment: number, locale: Locale): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" }).format(moment);
}

/** Return the day of `2026-01-02` as an axis shows it: `2 Jan`, `1月2日`. */
export function shortDay(date: string, locale: Locale): string {
  // Noon: in no time zone is it another day then.
  return new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" }).format(Date.parse(`${date}T12:00:00Z`));
}

/** Return seconds as precisely as they can be told apart: `0.4 s`, `12 s`, `3 min 20 s`, `1 h 5 min`. */
export function duration(seconds: number, locale: Locale): string {
  const [second, minute, hour] = locale === "zh" ? ["秒", "分", "小时"] : ["s", "min", "h"];
  if (seconds < 9.95) return `${Math.round(seconds * 10) / 10} ${second}`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} ${second}`;
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (hours > 0) return minutes ? `${hours} ${hour} ${minutes} ${minute}` : `${hours} ${hour}`;
  return rest ? `${minutes} ${minute} ${rest} ${second}` : `${minutes} ${minute}`;
}

/** Return a share of 0 to 1 as a percentage that is 100 only when it is all. */
export function percentage(share: number): string {
  return `${share < 1 ? Math.min(99, Math.round(share * 100)) : 100}%`;
}
