/** The row of buttons above the log: what is listed, how it is shown, what one takes with one. */

import type { Command } from "../core/keys.js";
import type { Preferences } from "../core/preferences.js";
import type { Level } from "../core/protocol.js";
import type { Context } from "./context.js";
import { button, element, iconButton, setText } from "./dom.js";
import { Count } from "./section.js";

const DRAWINGS = {
  search: "M7 2.75a4.25 4.25 0 1 0 0 8.5 4.25 4.25 0 0 0 0-8.5ZM10.25 10.25 13.5 13.5",
  openAll: "M4.75 5.75 8 2.5l3.25 3.25M4.75 10.25 8 13.5l3.25-3.25",
  closeAll: "M4.75 2.75 8 6l3.25-3.25M4.75 13.25 8 10l3.25 3.25",
  times: "M8 1.75a6.25 6.25 0 1 0 0 12.5 6.25 6.25 0 0 0 0-12.5ZM8 4.5V8l2.25 1.5",
  wrap: "M2.25 3.75h11.5M2.25 8h9.25a2.25 2.25 0 0 1 0 4.5H8.25M9.75 10.75 8 12.5l1.75 1.75M2.25 12.5H5",
  copy: "M6 6h7.25v7.25H6ZM10 6V2.75H2.75V10H6",
  download: "M8 2v8.25M4.75 7 8 10.25 11.25 7M2.75 13.5h10.5",
  fullScreen: "M2.75 6V2.75H6M10 2.75h3.25V6M13.25 10v3.25H10M6 13.25H2.75V10",
  help: "M8 1.75a6.25 6.25 0 1 0 0 12.5 6.25 6.25 0 0 0 0-12.5ZM6.25 6.25a1.75 1.75 0 1 1 2.5 1.6c-.5.3-.75.65-.75 1.2M8 11.25v.01",
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
  readonly #cut = element("span", { class: "icv-cut" });
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
    this.#buttons = {
      search: make("search"),
      openAll: make("openAll"), closeAll: make("closeAll"), times: make("times"), wrap: make("wrap"),
      copy: make("copy"), download: make("download"), fullScreen: make("fullScreen"), help: make("help"),
    };
    this.#all = button("", () => actions.filter([]), "icv-filter");
    this.#levels = (["ERROR", "WARN"] as const).map((level) => {
      const count = new Count(level, words);
      const filter = button("", () => this.#toggle(level), "icv-filter");
      filter.append(count.node);
      return { level, count, button: filter };
    });
    this.#filters = element(
      "div",
      { class: "icv-filters", attributes: { role: "group", "aria-label": words.filter } },
      this.#all, ...this.#levels.map((one) => one.button), this.#cut,
    );
    this.node = element(
      "div",
      { class: "icv-toolbar", attributes: { role: "group", "aria-label": words.reading } },
      this.#filters, search, element("div", { class: "icv-tools" }, ...Object.values(this.#buttons)),
    );
  }

  hideSearch(): void {
    this.#buttons.search.hidden = true;
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
    setText(this.#cut, known < total ? `${known.toLocaleString("en")} / ${total.toLocaleString("en")}` : "");
    const { openAll, closeAll, times, wrap, copy, fullScreen } = this.#buttons;
    openAll.hidden = closeAll.hidden = sections.named().length === 0;
    press(times, preferences.times !== "off", words.times[preferences.times]);
    press(wrap, preferences.wrap, words.commands.wrap);
    press(fullScreen, full, words.commands.fullScreen);
    name(copy, selected ? words.copySelected : words.commands.copy);
  }

  #toggle(level: Level): void {
    const levels = new Set(this.#context.log.rows.levels);
    if (!levels.delete(level)) levels.add(level);
    this.#actions.filter([...levels]);
  }
}

function press(target: HTMLButtonElement, pressed: boolean, label: string): void {
  target.setAttribute("aria-pressed", String(pressed));
  name(target, label);
}

function name(target: HTMLButtonElement, label: string): void {
  if (target.title === label) return;
  target.title = label;
  target.setAttribute("aria-label", label);
}
