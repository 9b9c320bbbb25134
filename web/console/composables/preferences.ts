/** What a person has chosen for this browser: language and theme. */

import type { ComputedRef, Ref } from "vue";
import { computed, ref, watchEffect } from "vue";
import type { Locale } from "../../viewer/core/locale.js";
import { localeOf } from "../../viewer/core/locale.js";

export type ThemeChoice = "system" | "light" | "dark";

export interface Preferences {
  locale: Ref<Locale>;
  theme: Ref<ThemeChoice>;
  isDark: ComputedRef<boolean>;
}

const LOCALE_KEY = "installcast.locale";
const THEME_KEY = "installcast.theme";
const THEMES: readonly string[] = ["system", "light", "dark"] satisfies ThemeChoice[];

/** Read the choices, keep them, and put them on the page's root element. Another tab's choice counts here, too. */
export function createPreferences(): Preferences {
  const locale = ref(localeOf(stored(LOCALE_KEY) ?? navigator.language));
  const theme = ref(themeOf(stored(THEME_KEY)));
  const system = matchMedia("(prefers-color-scheme: dark)");
  const systemIsDark = ref(system.matches);
  system.addEventListener("change", () => (systemIsDark.value = system.matches));
  const isDark = computed(() => (theme.value === "system" ? systemIsDark.value : theme.value === "dark"));

  addEventListener("storage", ({ key, newValue }) => {
    if (key === LOCALE_KEY) locale.value = localeOf(newValue ?? navigator.language);
    if (key === THEME_KEY) theme.value = themeOf(newValue);
  });
  watchEffect(() => {
    document.documentElement.lang = locale.value === "zh" ? "zh-CN" : "en";
    keep(LOCALE_KEY, locale.value, localeOf(navigator.language));
  });
  watchEffect(() => {
    document.documentElement.classList.toggle("dark", isDark.value);
    keep(THEME_KEY, theme.value, "system");
  });
  return { locale, theme, isDark };
}

function themeOf(value: string | null): ThemeChoice {
  return value !== null && THEMES.includes(value) ? (value as ThemeChoice) : "system";
}

/* Storage may be forbidden; the choice then lasts as long as the page. */
function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** What was never chosen is not kept: it follows the browser. */
function keep(key: string, value: string, byItself: string): void {
  try {
    if (value !== byItself || localStorage.getItem(key) !== null) localStorage.setItem(key, value);
  } catch {
    // See above.
  }
}
