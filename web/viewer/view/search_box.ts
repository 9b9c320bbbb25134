/** The box that searches the whole log, on the service. */

import { ServiceError } from "../core/api.js";
import { grouped } from "../core/format.js";
import { Search } from "../core/search.js";
import type { Context } from "./context.js";
import { button, element, iconButton, nameButton, setText } from "./dom.js";

const UP = "M15 41 32 24l17 17";
const DOWN = "M15 23 32 40l17-17";
/** While somebody types. */
const PAUSE_MS = 250;
/** How long lines that come in wait until they are searched, too. */
const NEWS_MS = 1_500;

export interface SearchActions {
  /** The seq of the record that the reader is at. */
  place(): number;
  /** Bring record `seq` into view; the keyboard's focus stays where it is. */
  show(seq: number): void;
  /** Other matches are marked now. */
  changed(): void;
  /** Back to the log. */
  leave(): void;
}

export class SearchBox {
  readonly node: HTMLElement;
  readonly search = new Search();
  readonly #context: Context;
  readonly #actions: SearchActions;
  readonly #input: HTMLInputElement;
  readonly #case: HTMLButtonElement;
  readonly #regex: HTMLButtonElement;
  readonly #count = element("span", { class: "icv-search-count", role: "status" });
  #timer: number | undefined;
  #request: AbortController | undefined;
  /** The next record when it was searched last. */
  #searchedTo = 0;

  constructor(context: Context, actions: SearchActions) {
    const { words, asks } = context;
    this.#context = context;
    this.#actions = actions;
    this.#input = element("input", {
      class: "icv-search-input", type: "search", placeholder: words.commands.search, "aria-label": words.commands.search,
      autocomplete: "off", spellcheck: "false", maxlength: "1000",
      input: () => this.#soon(PAUSE_MS), keydown: (event) => this.#press(event as KeyboardEvent),
    });
    this.#case = this.#option("Aa", words.caseSensitive);
    this.#regex = this.#option(".*", words.regex);
    const step = (name: string, drawing: string, by: 1 | -1): HTMLButtonElement => iconButton(name, drawing, () => this.step(by));
    this.node = element(
      "div",
      { class: "icv-search", role: "search" },
      this.#input, this.#count, this.#case, this.#regex,
      step(words.commands.previousMatch, UP, -1), step(words.commands.nextMatch, DOWN, 1),
    );
    this.node.hidden = !asks;
    this.#show();
  }

  focus(): void {
    this.node.classList.add("icv-open");
    this.#input.focus();
    this.#input.select();
  }

  /** Go to the next match, or the one before. */
  step(by: 1 | -1): void {
    const seq = this.search.step(by, this.#actions.place());
    this.#show();
    if (seq === undefined) return;
    this.#actions.changed();
    this.#actions.show(seq);
  }

  /** Records up to `nextSeq` are here: search the new ones, too. */
  update(nextSeq: number): void {
    if (!this.search.query || this.search.from !== null || nextSeq <= this.#searchedTo || this.#timer !== undefined) return;
    this.#timer = window.setTimeout(() => {
      this.#timer = undefined;
      this.search.goOn(this.#searchedTo);
      this.#searchedTo = nextSeq;
      void this.#run(false);
    }, NEWS_MS);
  }

  destroy(): void {
    clearTimeout(this.#timer);
    this.#request?.abort();
  }

  #option(label: string, name: string): HTMLButtonElement {
    const press = (): void => {
      made.setAttribute("aria-pressed", String(!isPressed(made)));
      this.#begin();
    };
    const made = button("icv-icon icv-search-option", press, label);
    made.setAttribute("aria-pressed", "false");
    nameButton(made, name);
    return made;
  }

  #press(event: KeyboardEvent): void {
    if (event.key === "Enter") {
      event.preventDefault();
      if (this.#typed() !== this.search.query?.text) this.#begin();
      else this.step(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.#input.value = "";
      this.#begin();
      this.node.classList.remove("icv-open");
      this.#actions.leave();
    }
  }

  #typed(): string {
    return this.#input.value;
  }

  #soon(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#begin(), ms);
  }

  /** Search for what stands in the box. */
  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#typed();
    this.search.start(text === "" ? undefined : { text, regex: isPressed(this.#regex), caseSensitive: isPressed(this.#case) });
    this.#searchedTo = 0;
    this.#actions.changed();
    void this.#run(true);
  }

  /** Ask until all is found; `goes`: to the first match. */
  async #run(goes: boolean): Promise<void> {
    this.#request?.abort();
    const request = (this.#request = new AbortController());
    const { task, service } = this.#context;
    this.#input.removeAttribute("aria-invalid");
    this.#show();
    try {
      for (let from = this.search.from; from !== null; from = this.search.from) {
        const { query, position } = this.search;
        if (!query) return;
        const page = await service.search(task.taskId, query, from, request.signal);
        if (request.signal.aborted) return;
        this.search.take(page);
        if (goes && position === 0 && this.search.length > 0) this.step(1);
        this.#show();
        this.#actions.changed();
      }
    } catch (error) {
      if (request.signal.aborted) return;
      if (!(error instanceof ServiceError)) throw error;
      this.search.start(undefined);
      this.#input.setAttribute("aria-invalid", "true");
      setText(this.#count, error.message);
    }
  }

  #show(): void {
    const { query, from, position, total, isCut } = this.search;
    const searching = from !== null;
    let text = "";
    if (query && total > 0) text = `${grouped(position)} / ${grouped(total)}${isCut || searching ? "+" : ""}`;
    else if (query) text = searching ? "…" : this.#context.words.noMatches;
    setText(this.#count, text);
  }
}

function isPressed(option: HTMLButtonElement): boolean {
  return option.getAttribute("aria-pressed") === "true";
}
