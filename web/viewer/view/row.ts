/** One row of the log. Text goes in as text: whatever a line holds, it can only be read. */

import type { Colour, Piece, Style } from "../core/ansi.js";
import { parseAnsi } from "../core/ansi.js";
import type { Line } from "../core/lines.js";
import type { Words } from "../core/locale.js";
import type { Spans } from "../core/search.js";
import { cutAtSpans } from "../core/search.js";
import { visibleRuns } from "../core/visible.js";
import { element } from "./dom.js";

/** What is told of a line beside its text. */
export interface LineLabels {
  /** When it came; `""`: that is not shown. */
  time: string;
  /** Its address in this page, where it has one. */
  link: string | undefined;
  /** What was searched for. */
  spans: Spans;
}

/** Return the row of line number `index` (from 0), which is not here; `text` stands in its place. */
export function holeOf(index: number, text: string): HTMLElement {
  const number = element("span", "icv-number", String(index + 1));
  return element("div", { class: "icv-row icv-hole", "data-line": String(index) }, number, element("span", "icv-text", text));
}

/** Return the row for `line`, which is number `index` (from 0) in the log. */
export function rowOf(line: Line, index: number, partial: boolean, { time, link, spans }: LineLabels, words: Words): HTMLElement {
  const row = element("div", { class: classesOf(line, partial), "data-line": String(index) });
  // Thousands of numbers are no stops of the tab key: keys select lines, too.
  const attributes = link === undefined ? {} : { href: link, tabindex: "-1" };
  row.append(element(link === undefined ? "span" : "a", { class: "icv-number", ...attributes }, String(index + 1)));
  if (time) row.append(element("span", "icv-time", time));
  const text = element("span", "icv-text");
  if (line.gap) text.append(line.message || words.missing(line.gap.lines));
  else text.append(...textNodes(parseAnsi(line.ansi ?? line.message), spans));
  row.append(text);
  return row;
}

function classesOf(line: Line, partial: boolean): string {
  const classes = ["icv-row"];
  if (line.level !== "INFO") classes.push(`icv-${line.level.toLowerCase()}`);
  if (partial) classes.push("icv-partial");
  if (line.gap) classes.push("icv-gap");
  if (line.continued) classes.push("icv-continued");
  if (line.final) classes.push("icv-final");
  return classes.join(" ");
}

function textNodes(pieces: readonly Piece[], spans: Spans): Node[] {
  if (spans.length === 0) return pieces.map(({ text, style }) => pieceNode(text, style));
  let offset = 0;
  return pieces.flatMap(({ text, style }) => {
    const cut = cutAtSpans(text, offset, spans);
    offset += text.length;
    return cut.map((part) => {
      const node = pieceNode(part.text, style);
      return part.found ? element("mark", "icv-found", node) : node;
    });
  });
}

function pieceNode(text: string, style: Style): Node {
  const runs = visibleRuns(text);
  const plain = Object.keys(style).length === 0;
  if (plain && runs.length === 1 && !runs[0]?.named) return document.createTextNode(text);
  const span = element("span");
  if (!plain) applyStyle(span, style);
  for (const run of runs) span.append(run.named ? element("span", "icv-named", run.text) : run.text);
  return span;
}

const FLAG_CLASSES = ["bold", "dim", "italic", "underline", "strike", "overline"] as const;

function applyStyle(span: HTMLElement, style: Style): void {
  for (const flag of FLAG_CLASSES) if (style[flag]) span.classList.add(`icv-sgr-${flag}`);
  const { foreground, background } = style;
  if (style.inverse) {
    span.style.color = colourValue(background, "--icv-log-background");
    span.style.backgroundColor = colourValue(foreground, "--icv-log-text");
    return;
  }
  if (foreground !== undefined) {
    const white = background === undefined ? undefined : WHITES[foreground];
    span.style.color = white ?? colourValue(foreground, "--icv-log-text");
  }
  if (background !== undefined) span.style.backgroundColor = colourValue(background, "--icv-log-background");
}

/** The first bright colour, a grey of its own; those after it are mixed from the plain ones. */
const BRIGHT = 8;
/** A light theme darkens white text to be seen on its ground; on a ground that the line itself sets, white is white. */
const WHITES: Readonly<Record<Colour, string>> = { 7: "#e4e4e4", 15: "#ffffff" };

/** Set through the CSSOM, which a page's security policy without `unsafe-inline` allows. */
function colourValue(colour: Colour | undefined, fallback: string): string {
  // Bright is a quarter of the way to the text's own colour, which the ground was chosen for.
  if (typeof colour === "number" && colour > BRIGHT) return `color-mix(in oklab, var(--icv-ansi-${colour - BRIGHT}) 75%, var(--icv-log-text))`;
  if (typeof colour === "number") return `var(--icv-ansi-${colour})`;
  return colour ?? `var(${fallback})`;
}
