/** In a failure: the first place where this run went another way than one that succeeded, both side by side. */

import type { ComparedLine, Comparison } from "../core/comparison.js";
import { addressOfOther } from "../core/comparison.js";
import { dateAndTime } from "../core/format.js";
import { visibleText } from "../core/visible.js";
import type { Context } from "./context.js";
import { button, element } from "./dom.js";

/** Characters of a line that are shown: the log has the rest. */
const LINE_LENGTH = 400;

type Numbered = (line: number) => HTMLElement;

/** Return what is shown, or `undefined` where there is nothing to compare. `show` brings line `line` of this log into view. */
export function comparisonOf({ words, locale, task }: Context, found: Comparison, show: (line: number) => void): HTMLElement | undefined {
  const { place } = found;
  if (!place || found.with === null) return undefined;
  const other = found.with;
  const here: Numbered = (line) => {
    const number = button("icv-compared-number", () => show(line), String(line));
    number.setAttribute("aria-label", words.lineNumber(line));
    return number;
  };
  const there: Numbered = (line) => {
    const href = addressOfOther(location.href, task.taskId, other, line);
    const attributes = href === undefined ? {} : { href, target: "_blank", rel: "noopener", "aria-label": words.lineNumber(line) };
    return element(href === undefined ? "span" : "a", { class: "icv-compared-number", ...attributes }, String(line));
  };
  const list = (lines: readonly ComparedLine[], numbered: Numbered, name: string): HTMLElement =>
    element(
      "ol",
      { class: "icv-compared-lines", "aria-label": name },
      ...lines.map(({ line, message }) => element("li", {}, line === null ? null : numbered(line), element("code", {}, visibleText(message.length > LINE_LENGTH ? `${message.slice(0, LINE_LENGTH)}…` : message)))),
    );
  const side = (title: string, lines: readonly ComparedLine[], numbered: Numbered): HTMLElement =>
    element(
      "div",
      {},
      element("div", "icv-compared-title", title),
      lines.length > 0 ? list(lines, numbered, title) : element("p", "icv-dim", words.saidNothing),
    );
  const versions = place.versions.map((version) => words.otherVersion(version.name, version.here, version.there));
  const notes = [versions.join(locale === "zh" ? "；" : "; "), place.differences > 0 ? words.moreDifferences(place.differences) : ""];
  const shown = element(
    "details",
    // It comes when the failure has been read out already, which is not to be said again for it.
    { class: "icv-compared", "aria-live": "off" },
    element("summary", {}, words.compareWith(dateAndTime(found.with_finished_at ?? "", locale))),
    element("div", "icv-compared-common", element("div", "icv-compared-title", words.bothSay), list(place.common, here, words.bothSay)),
    element("div", "icv-compared-sides", side(words.thisRun, place.here, here), side(words.thatRun, place.there, there)),
    ...notes.filter(Boolean).map((note) => element("p", {}, note)),
  );
  shown.addEventListener("toggle", () => shown.open && shown.scrollIntoView({ block: "nearest" }));
  return shown;
}
