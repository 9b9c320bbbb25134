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

/** Return `style` changed by the parameters of one SGR sequence. */
function applySgr(style: Style, parameters: string): Style {
  const codes = parameters.split(";");
  let next: Style = { ...style };
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index] ?? "";
    const number = Number.parseInt(code || "0", 10);
    if (number === 38 || number === 48 || number === 58) {
      const [colour, taken] = extendedColour(code, codes, index);
      index += taken;
      // 58 colours the underline alone: read past it, the text keeps its colour.
      if (colour !== undefined && number === 38) next.foreground = colour;
      if (colour !== undefined && number === 48) next.background = colour;
    } else if (number === 0) next = {};
    else if (code.startsWith("4:")) next = code === "4:0" ? without(next, ["underline"]) : { ...next, underline: true };
    else next = applyCode(next, number);
  }
  return next;
}

function applyCode(style: Style, code: number): Style {
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

/** Return the colour after 38, 48 or 58, and how many further `;` parameters it took. */
function extendedColour(code: string, codes: readonly string[], index: number): [Colour | undefined, number] {
  const parts = code.split(":");
  if (parts.length > 1) {
    // 38:5:n · 38:2:r:g:b · 38:2:colourspace:r:g:b
    const values = parts[1] === "2" && parts.length > 5 ? parts.slice(3) : parts.slice(2);
    return [colourOf(parts[1], values), 0];
  }
  const kind = codes[index + 1];
  const count = kind === "5" ? 1 : kind === "2" ? 3 : 0;
  return [colourOf(kind, codes.slice(index + 2, index + 2 + count)), kind === undefined ? 0 : count + 1];
}

function colourOf(kind: string | undefined, values: readonly string[]): Colour | undefined {
  const numbers = values.map((value) => Number.parseInt(value || "0", 10));
  if (numbers.some((number) => !(number >= 0 && number <= 255))) return undefined;
  const [first, second, third] = numbers;
  if (kind === "5" && first !== undefined) return paletteColour(first);
  if (kind === "2" && first !== undefined && second !== undefined && third !== undefined) {
    return hex(first, second, third);
  }
  return undefined;
}

/** Return colour `index` of xterm's 256: 16 of the theme, a 6×6×6 cube, 24 greys. */
function paletteColour(index: number): Colour {
  if (index < 16) return index;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return hex(grey, grey, grey);
  }
  const level = (value: number): number => (value === 0 ? 0 : 55 + value * 40);
  const cube = index - 16;
  return hex(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

function hex(...channels: [number, number, number]): string {
  return `#${channels.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}
