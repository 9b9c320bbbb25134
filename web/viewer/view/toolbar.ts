/** The row of buttons above the log: what is listed, how it is shown, what one takes with one. */

import { grouped } from "../core/format.js";
import type { Command } from "../core/keys.js";
import type { Preferences } from "../core/preferences.js";
import type { Level } from "../core/protocol.js";
import type { Context } from "./context.js";
import { button, element, iconButton, nameButton, setText } from "./dom.js";
import { Count } from "./section.js";

const DRAWINGS = {
  search: "M28 11a17 17 0 1 0 0 34 17 17 0 0 0 0-34ZM41 41 54 54",
  openAll: "M19 23 32 10l13 13M19 41 32 54l13-13",
  closeAll: "M19 11 32 24l13-13M19 53 32 40l13 13",
  times: "M32 7a25 25 0 1 0 0 50 25 25 0 0 0 0-50ZM32 18V32l9 6",
  wrap: "M9 15h46M9 32h37a9 9 0 0 1 0 18H33M39 43 32 50l7 7M9 50H20",
  copy: "M24 24h29v29H24ZM40 24V11H11V40H24",
  download: "M32 8v33M19 28 32 41 45 28M11 54h42",
  fullScreen: "M11 24V11H24M40 11h13V24M53 40v13H40M24 53H11V40",
  help: "M32 7a25 25 0 1 0 0 50 25 25 0 0 0 0-50ZM25 25a7 7 0 1 1 10 6c-2 1-3 3-3 5M32 45v1",
} as const;

export interface ToolbarActions {
  run(command: Command): void;
  filter(levels: readonly Level[]): void;
}

export class Toolbar {
  readonly node: HTMLElement;
  readonly #context: Context;
  readonly #actions: ToolbarActions;
  readonly #buttons: Record<keyof typeof DRAWINGS, HTMLButtonElement>;
  readonly #all: HTMLButtonElement;
  readonly #filters: HTMLElement;
  /** How many of the lines that are asked for are listed, while these are not all. */
  readonly #cut = element("span", "icv-cut");
  readonly #levels: readonly { level: "ERROR" | "WARN"; count: Count; button: HTMLButtonElement }[];

  constructor(context: Context, actions: ToolbarActions, search: HTMLElement) {
    const { words } = context;
    this.#context = context;
    this.#actions = actions;
    const make = (name: keyof typeof DRAWINGS): HTMLButtonElement => {
      const made = iconButton(words.commands[name], DRAWINGS[name], () => actions.run(name));
      made.dataset.command = name;
      return made;
    };
    const buttons = Object.keys(DRAWINGS).map((name) => [name, make(name as keyof typeof DRAWINGS)]);
    this.#buttons = Object.fromEntries(buttons) as Record<keyof typeof DRAWINGS, HTMLButtonElement>;
    this.#buttons.search.hidden = !context.asks;
    this.#all = button("icv-filter", () => actions.filter([]));
    this.#levels = (["ERROR", "WARN"] as const).map((level) => {
      const count = new Count(level, words);
      return { level, count, button: button("icv-filter", () => this.#toggle(level), count.node) };
    });
    this.#filters = element(
      "div",
      { class: "icv-filters", role: "group", "aria-label": words.filter },
      this.#all, ...this.#levels.map((one) => one.button), this.#cut,
    );
    this.node = element(
      "div",
      { class: "icv-toolbar", role: "group", "aria-label": words.reading },
      this.#filters, search, element("div", "icv-tools", ...Object.values(this.#buttons)),
    );
  }

  update(preferences: Preferences, selected: boolean, full: boolean): void {
    const { log, words } = this.#context;
    const { problems, rows, sections, lines } = log;
    setText(this.#all, words.allLines(lines.length));
    this.#all.setAttribute("aria-pressed", String(rows.levels.size === 0));
    this.#filters.hidden = lines.length === 0;
    for (const { level, count, button: filter } of this.#levels) {
      const number = level === "ERROR" ? problems.errors : problems.warnings;
      count.set(number);
      filter.hidden = number === 0 && !rows.levels.has(level);
      filter.setAttribute("aria-pressed", String(rows.levels.has(level)));
    }
    const { total, known } = problems.counts(rows.levels);
    setText(this.#cut, known < total ? `${grouped(known)} / ${grouped(total)}` : "");
    const { openAll, closeAll, times, wrap, copy, fullScreen } = this.#buttons;
    openAll.hidden = closeAll.hidden = sections.named().length === 0;
    press(times, preferences.times !== "off", words.times[preferences.times]);
    press(wrap, preferences.wrap, words.commands.wrap);
    press(fullScreen, full, words.commands.fullScreen);
    nameButton(copy, selected ? words.copySelected : words.commands.copy);
  }

  #toggle(level: Level): void {
    const levels = new Set(this.#context.log.rows.levels);
    if (!levels.delete(level)) levels.add(level);
    this.#actions.filter([...levels]);
  }
}

function press(target: HTMLButtonElement, pressed: boolean, label: string): void {
  target.setAttribute("aria-pressed", String(pressed));
  nameButton(target, label);
}
