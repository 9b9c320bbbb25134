/** Which language the viewer speaks. */

import { CHINESE } from "./chinese.js";
import { ENGLISH } from "./english.js";
import type { Words } from "./words.js";

export type { Words } from "./words.js";

export type Locale = "en" | "zh";

/** Return the locale for a language tag such as `zh-CN`; English for any other language. */
export function localeOf(tag: string | null | undefined): Locale {
  return /^zh\b/i.test(tag ?? "") ? "zh" : "en";
}

/** Return what the service says in English and perhaps in Chinese, for `locale`. */
export function textIn(locale: Locale, english: string | null | undefined, chinese: string | null | undefined): string {
  return (locale === "zh" ? chinese : "") || english || "";
}

export const WORDS: Readonly<Record<Locale, Words>> = { en: ENGLISH, zh: CHINESE };
