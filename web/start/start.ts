/** The start page: the catalog at the service's root, a task at `tasks/<id>`. */

import { Service } from "../viewer/core/api.js";
import type { Locale } from "../viewer/core/locale.js";
import { localeOf } from "../viewer/core/locale.js";
import { element } from "../viewer/view/dom.js";
import type { App } from "./app.js";
import { Home } from "./home.js";
import { TaskPage } from "./task_page.js";
import { PAGE_WORDS } from "./words.js";

const LOCALE_KEY = "installcast.locale";

/** The service's root, which a proxy may have put anywhere: the page's `<base>` tells. */
const ROOT = new URL(".", document.baseURI);

function start(): void {
  const locale = chosenLocale();
  const words = PAGE_WORDS[locale];
  document.documentElement.lang = locale;
  const place = element("div");
  let page: Home | TaskPage | undefined;

  const app: App = {
    service: new Service(ROOT.href, locale),
    locale,
    words,
    openTask: (taskId) => go(app.taskUrl(taskId)),
    openHome: () => go(ROOT.href),
    signIn: () => location.assign(new URL(`login?next=${encodeURIComponent(location.pathname)}`, ROOT)),
    taskUrl: (taskId) => (taskId ? new URL(`tasks/${encodeURIComponent(taskId)}`, ROOT).href : ROOT.href),
  };

  const show = (): void => {
    page?.destroy();
    const taskId = taskInAddress();
    page = taskId ? new TaskPage(app, taskId) : new Home(app);
    document.title = taskId ? `${taskId} · Installcast` : "Installcast";
    place.replaceChildren(page.node);
    scrollTo(0, 0);
  };
  const go = (url: string): void => {
    history.pushState(null, "", url);
    show();
  };

  addEventListener("popstate", show);
  document.getElementById("page")?.replaceChildren(header(app), place);
  show();
}

function header(app: App): HTMLElement {
  const home = element("a", { class: "brand", attributes: { href: ROOT.href } });
  home.append(element("img", { attributes: { src: new URL("static/icon.svg", ROOT).href, alt: "", width: "28", height: "28" } }), "Installcast");
  home.addEventListener("click", (event) => {
    event.preventDefault();
    app.openHome();
  });
  const other: Locale = app.locale === "zh" ? "en" : "zh";
  const language = element("button", { class: "link", attributes: { type: "button", lang: other } }, app.words.otherLanguage);
  language.addEventListener("click", () => {
    localStorage.setItem(LOCALE_KEY, other);
    location.reload();
  });
  const leave = element(
    "form",
    { attributes: { method: "post", action: new URL("logout", ROOT).href } },
    element("button", { class: "link" }, app.words.signOut),
  );
  return element("header", { class: "bar-top" }, home, element("nav", {}, language, leave));
}

function chosenLocale(): Locale {
  return localeOf(localStorage.getItem(LOCALE_KEY) ?? navigator.language);
}

function taskInAddress(): string | undefined {
  const match = /^tasks\/([^/]+)\/?$/.exec(location.pathname.slice(ROOT.pathname.length));
  return match?.[1] === undefined ? undefined : decodeURIComponent(match[1]);
}

start();
