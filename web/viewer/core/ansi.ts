/**
 * Colours of terminal output: SGR sequences (ECMA-48 8.3.117, and xterm's 256 and direct colours) become styled pieces.
 *
 * Any other escape sequence is dropped. The caller puts the pieces into the page as text, never as markup.
 */

/** 0-15: a colour of the theme. `#rrggbb`: itself. */
export type Colour = number | string;

export interface Style {
  foreground?: Colour;
  background?: Colour;
  bold?: boolean;
  dim?: boolean;
  italic?: boolean;
  underline?: boolean;
  inverse?: boolean;
  strike?: boolean;
  overline?: boolean;
}

export interface Piece {
  text: string;
  style: Style;
}

/* CSI … final byte · OSC … terminated by BEL or ST · two-byte escapes · a lone escape */
const ESCAPE = /\x1b(?:\[([0-9:;<=>?]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])?/g;

const PLAIN: Style = Object.freeze({});

/** Return `line` in pieces of one style each. Each line starts plain. */
export function parseAnsi(line: string): Piece[] {
  if (!line.includes("\x1b")) return line ? [{ text: line, style: PLAIN }] : [];
  const pieces: Piece[] = [];
  let style = PLAIN;
  let start = 0;
  const push = (end: number): void => {
    if (end > start) pieces.push({ text: line.slice(start, end), style });
  };
  for (const match of line.matchAll(ESCAPE)) {
    push(match.index);
    start = match.index + match[0].length;
    if (match[2] === "m") style = applySgr(style, match[1] ?? "");
  }
  push(line.length);
  return pieces;
}

type Flag = "bold" | "dim" | "italic" | "underline" | "inverse" | "strike" | "overline";

const SWITCH_ON: Readonly<Record<number, Flag>> = {
  1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "inverse", 9: "strike", 21: "underline", 53: "overline",
};
const SWITCH_OFF: Readonly<Record<number, readonly Flag[]>> = {
  22: ["bold", "dim"], 23: ["italic"], 24: ["underline"], 27: ["inverse"], 29: ["strike"], 55: ["overline"],
};

/*
 * One code of a sequence. A colour takes what follows it, after `;` or `:` – 38;5;n · 38:5:n · 38;2;r;g;b · 38:2:r:g:b ·
 * 38:2:colourspace:r:g:b – and one that is cut off takes what there is.
 */
const CODE = /([345]8)(?:[;:](?:5[;:](\d+)|2(?::\d*(?=:\d*:\d*:))?[;:](\d*)[;:](\d*)[;:](\d*)|[\d:;]*))|([\d:]+)|(?<=^|;)(?=;|$)/g;

/** Return `style` changed by the parameters of one SGR sequence. */
function applySgr(style: Style, parameters: string): Style {
  let next: Style = { ...style };
  for (const [, extended, index, red, green, blue, code = "0"] of parameters.matchAll(CODE)) {
    if (extended) {
      const colour = index === undefined ? directColour([red, green, blue]) : paletteColour(Number(index));
      // 58 colours the underline alone: read past it, the text keeps its colour.
      if (colour !== undefined && extended === "38") next.foreground = colour;
      if (colour !== undefined && extended === "48") next.background = colour;
    } else if (code.startsWith("4:")) next = code === "4:0" ? without(next, ["underline"]) : { ...next, underline: true };
    else next = applyCode(next, Number.parseInt(code, 10));
  }
  return next;
}

function applyCode(style: Style, code: number): Style {
  if (code === 0) return {};
  const on = SWITCH_ON[code];
  if (on) return { ...style, [on]: true };
  const off = SWITCH_OFF[code];
  if (off) return without(style, off);
  if (code >= 30 && code <= 37) return { ...style, foreground: code - 30 };
  if (code >= 90 && code <= 97) return { ...style, foreground: code - 82 };
  if (code >= 40 && code <= 47) return { ...style, background: code - 40 };
  if (code >= 100 && code <= 107) return { ...style, background: code - 92 };
  if (code === 39) return without(style, ["foreground"]);
  if (code === 49) return without(style, ["background"]);
  // 8 hides text; in a log, hidden text is exactly what somebody wants to see.
  return style;
}

function without(style: Style, keys: readonly (keyof Style)[]): Style {
  const rest = { ...style };
  for (const key of keys) delete rest[key];
  return rest;
}

function directColour(channels: readonly (string | undefined)[]): Colour | undefined {
  return channels[0] === undefined ? undefined : hex(...channels.map(Number));
}

/** Return colour `index` of xterm's 256: 16 of the theme, a 6×6×6 cube, 24 greys. */
function paletteColour(index: number): Colour | undefined {
  if (index < 16) return index;
  if (index > 255) return undefined;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return hex(grey, grey, grey);
  }
  const level = (value: number): number => (value === 0 ? 0 : 55 + value * 40);
  const cube = index - 16;
  return hex(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

/** Return `undefined` where a channel is none. */
function hex(...channels: number[]): Colour | undefined {
  if (channels.some((channel) => channel > 255)) return undefined;
  return `#${channels.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}
