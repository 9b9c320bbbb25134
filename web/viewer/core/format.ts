/** Times as people read them. */

import type { Locale } from "./locale.js";

/** Return `seconds` as `0:07`, `12:34` or `1:02:03`. */
export function clockDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** Return `seconds` in the largest unit that says enough: `40 s`, `3 min`, `2 h`. */
export function roughDuration(seconds: number, locale: Locale): string {
  const units = locale === "zh" ? [" 秒", " 分钟", " 小时"] : [" s", " min", " h"];
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))}${units[0]}`;
  if (seconds < 5400) return `${Math.round(seconds / 60)}${units[1]}`;
  return `${Math.round(seconds / 3600)}${units[2]}`;
}

/** Return the local time of day of an RFC 3339 timestamp, `14:03:09`; `""` when it is none. */
export function timeOfDay(timestamp: string): string {
  const moment = new Date(timestamp);
  if (Number.isNaN(moment.getTime())) return "";
  return [moment.getHours(), moment.getMinutes(), moment.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
}

/** Return the Unix time in ms of an RFC 3339 timestamp, or `undefined`. */
export function momentOf(timestamp: string | null | undefined): number | undefined {
  const moment = Date.parse(timestamp ?? "");
  return Number.isNaN(moment) ? undefined : moment;
}
