/** Numbers and times as people read them. */

import type { Locale } from "./locale.js";

/** Return `count` with its thousands apart: `12,345`. */
export function grouped(count: number): string {
  return count.toLocaleString("en");
}

/** Return those of `parts` that say something, with `between` between them. */
export function joined(between: string, ...parts: (string | null | undefined | false)[]): string {
  return parts.filter(Boolean).join(between);
}

/** Return `seconds` as `0:07`, `12:34` or `1:02:03`. */
export function clockDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** Return `seconds` in the units that say enough: `40 s`, `3 min`, `2 h`, `1 h 30 min`. */
export function roughDuration(seconds: number, locale: Locale): string {
  const units = locale === "zh" ? [" 秒", " 分钟", " 小时"] : [" s", " min", " h"];
  if (seconds < 100) return `${Math.max(1, Math.round(seconds))}${units[0]}`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes}${units[1]}`;
  const hours = `${Math.floor(minutes / 60)}${units[2]}`;
  return minutes % 60 ? `${hours} ${minutes % 60}${units[1]}` : hours;
}

/** Return the local time of day of an RFC 3339 timestamp or of Unix time in ms, `14:03:09`; `""` when it is none. */
export function timeOfDay(timestamp: string | number): string {
  const moment = new Date(timestamp);
  return Number.isNaN(moment.getTime()) ? "" : moment.toTimeString().slice(0, 8);
}

/** Return the local date and time of an RFC 3339 timestamp as people of `locale` write them, without seconds; `""` when it is none. */
export function dateAndTime(timestamp: string, locale: Locale): string {
  const moment = new Date(timestamp);
  return Number.isNaN(moment.getTime()) ? "" : moment.toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" });
}

/** Return `ms` since some moment as `+0:07.3`. */
export function relativeTime(ms: number): string {
  const tenths = Math.round(Math.abs(ms) / 100);
  return `${ms < 0 ? "-" : "+"}${clockDuration(Math.floor(tenths / 10))}.${tenths % 10}`;
}

/** Return the Unix time in ms of an RFC 3339 timestamp, or `undefined`. */
export function momentOf(timestamp: string | null | undefined): number | undefined {
  const moment = Date.parse(timestamp ?? "");
  return Number.isNaN(moment) ? undefined : moment;
}
