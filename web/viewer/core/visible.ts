/** Characters that make text lie about itself are shown by name, as `U+202E`. */

/*
 * Bidirectional controls reorder what is read (CVE-2021-42574), zero-width ones hide, line separators break a row.
 * C0 and C1 controls never come from the service; a caller of handleLogMessage may send them.
 */
const DECEPTIVE =
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff]/;
const SPLIT = new RegExp(`(${DECEPTIVE.source})`);

export interface Run {
  text: string;
  /** The text names a character that would not be seen. */
  named: boolean;
}

/** Return `text` with each deceptive character replaced by its name. */
export function visibleRuns(text: string): Run[] {
  if (!DECEPTIVE.test(text)) return [{ text, named: false }];
  return text
    .split(SPLIT)
    .map((part, index) => (index % 2 ? { text: nameOf(part), named: true } : { text: part, named: false }))
    .filter((run) => run.text !== "");
}

/** Return `text` with each deceptive character replaced by its name, as plain text. */
export function visibleText(text: string): string {
  return visibleRuns(text)
    .map((run) => run.text)
    .join("");
}

function nameOf(character: string): string {
  return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/* East Asian wide and emoji, coarsely: it sizes the scroll area, nothing else. */
const WIDE = /[\u1100-\u115f\u2e80-\ud7a3\uf900-\uff60\uffe0-\uffe6]|[\ud83c-\ud83e][\udc00-\udfff]/g;
const BEYOND_LATIN = /[^\u0000-\u10ff]/;
const TAB_WIDTH = 8;

/** Return about how many columns of a monospaced font `text` takes. */
export function columnsOf(text: string): number {
  let columns = text.length;
  if (BEYOND_LATIN.test(text)) columns += text.match(WIDE)?.length ?? 0;
  if (text.includes("\t")) columns += (text.split("\t").length - 1) * (TAB_WIDTH - 1);
  return columns;
}
