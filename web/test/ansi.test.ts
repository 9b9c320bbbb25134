import { describe, expect, it } from "vitest";
import { parseAnsi } from "../viewer/core/ansi.js";

describe("parseAnsi", () => {
  it("returns a plain line in one plain piece", () => {
    expect(parseAnsi("hello")).toEqual([{ text: "hello", style: {} }]);
    expect(parseAnsi("")).toEqual([]);
  });

  it("reads the 16 colours, as foreground and background", () => {
    expect(parseAnsi("\x1b[31mred\x1b[0m \x1b[92;44mbright\x1b[m.")).toEqual([
      { text: "red", style: { foreground: 1 } },
      { text: " ", style: {} },
      { text: "bright", style: { foreground: 10, background: 4 } },
      { text: ".", style: {} },
    ]);
  });

  it("reads 256 colours: those of the theme, the cube, the greys", () => {
    const foregrounds = parseAnsi("\x1b[38;5;3ma\x1b[38;5;196mb\x1b[38;5;232mc\x1b[38:5:255md").map((piece) => piece.style.foreground);
    expect(foregrounds).toEqual([3, "#ff0000", "#080808", "#eeeeee"]);
  });

  it("reads direct colours with semicolons and with colons", () => {
    const line = "\x1b[38;2;1;2;3ma\x1b[48:2::16:32:48mb\x1b[38:2:255:254:253mc";
    expect(parseAnsi(line).map((piece) => piece.style)).toEqual([
      { foreground: "#010203" },
      { foreground: "#010203", background: "#102030" },
      { foreground: "#fffefd", background: "#102030" },
    ]);
  });

  it("switches each attribute on and off alone", () => {
    const line = "\x1b[1;3;4;9ma\x1b[22mb\x1b[23;24mc\x1b[29md\x1b[7me\x1b[27;39;49mf";
    expect(parseAnsi(line).map((piece) => piece.style)).toEqual([
      { bold: true, italic: true, underline: true, strike: true },
      { italic: true, underline: true, strike: true },
      { strike: true },
      {},
      { inverse: true },
      {},
    ]);
  });

  it("reads curly underlines as underlines and 4:0 as none", () => {
    expect(parseAnsi("\x1b[4:3ma\x1b[4:0mb").map((piece) => piece.style)).toEqual([{ underline: true }, {}]);
  });

  it("keeps the text colour when only the underline is coloured", () => {
    expect(parseAnsi("\x1b[58;5;196;31mx")).toEqual([{ text: "x", style: { foreground: 1 } }]);
  });

  it("does not hide text that asks to be hidden", () => {
    expect(parseAnsi("\x1b[8msecret plan")).toEqual([{ text: "secret plan", style: {} }]);
  });

  it("drops every other escape sequence, ended or not", () => {
    const line = "a\x1b[2Jb\x1b]0;title\x07c\x1b]8;;https://x.example\x1b\\d\x1b(Be\x1bMf\x1b[31";
    expect(parseAnsi(line).map((piece) => piece.text).join("")).toBe("abcdef31");
  });

  it("takes colours that make no sense as none", () => {
    expect(parseAnsi("\x1b[38;5;999ma\x1b[38;2;1mb\x1b[38mc\x1b[999md").map((piece) => piece.text).join("")).toBe("abcd");
    expect(parseAnsi("\x1b[38;5;999ma")[0]?.style).toEqual({});
  });

  it("loses no text, whatever the line holds", () => {
    let seed = 7;
    const alphabet = ["\x1b", "[", "]", "m", "3", "8", ";", ":", "2", "x", "中", " ", "\\", "J"];
    for (let round = 0; round < 500; round++) {
      let line = "";
      for (let index = 0; index < 30; index++) {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        line += alphabet[seed % alphabet.length];
      }
      const text = parseAnsi(line).map((piece) => piece.text).join("");
      expect(text).not.toContain("\x1b");
      expect(text.split("中").length).toBeLessThanOrEqual(line.split("中").length);
      if (!line.includes("\x1b")) expect(text).toBe(line);
    }
  });
});
