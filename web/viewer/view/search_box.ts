/** The box that searches the whole log, on the service. */

import { ServiceError } from "../core/api.js";
import type { Words } from "../core/locale.js";
import type { FoundPage, Query } from "../core/search.js";
import { Search } from "../core/search.js";
import { element, iconButton, setText } from "./dom.js";

const UP = "M3.75 10.25 8 6l4.25 4.25";
const DOWN = "M3.75 5.75 8 10l4.25-4.25";
/** While somebody types. */
const PAUSE_MS = 250;
/** How long lines that come in wait until they are searched, too. */
const NEWS_MS = 1_500;

export interface SearchActions {
  fetch(query: Query, from: number, signal: AbortSignal): Promise<FoundPage>;
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
  readonly #words: Words;
  readonly #actions: SearchActions;
  readonly #input: HTMLInputElement;
  readonly #case: HTMLButtonElement;
  readonly #regex: HTMLButtonElement;
  readonly #count = element("span", { class: "icv-search-count", attributes: { role: "status" } });
  #timer: number | undefined;
  #request: AbortController | undefined;
  /** The next record when it was searched last. */
  #searchedTo = 0;

  constructor(words: Words, actions: SearchActions) {
    this.#words = words;
    this.#actions = actions;
    const attributes = { type: "search", placeholder: words.searchLog, "aria-label": words.searchLog, autocomplete: "off", spellcheck: "false", maxlength: "1000" };
    this.#input = element("input", { class: "icv-search-input", attributes });
    this.#input.addEventListener("input", () => this.#soon(PAUSE_MS));
    this.#input.addEventListener("keydown", (event) => this.#press(event));
    this.#case = this.#option("Aa", words.caseSensitive);
    this.#regex = this.#option(".*", words.regex);
    const step = (name: string, drawing: string, by: 1 | -1): HTMLButtonElement => iconButton(name, drawing, () => this.step(by));
    this.node = element(
      "div",
      { class: "icv-search", attributes: { role: "search" } },
      this.#input, this.#count, this.#case, this.#regex,
      step(words.commands.previousMatch, UP, -1), step(words.commands.nextMatch, DOWN, 1),
    );
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
    const made = element("button", { class: "icv-icon icv-search-option", attributes: { type: "button", "aria-pressed": "false", "aria-label": name } }, label);
    made.title = name;
    made.addEventListener("click", () => {
      made.setAttribute("aria-pressed", String(made.getAttribute("aria-pressed") !== "true"));
      this.#begin();
    });
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
    const pressed = (option: HTMLButtonElement): boolean => option.getAttribute("aria-pressed") === "true";
    this.search.start(text === "" ? undefined : { text, regex: pressed(this.#regex), caseSensitive: pressed(this.#case) });
    this.#searchedTo = 0;
    this.#actions.changed();
    void this.#run(true);
  }

  /** Ask until all is found; `goes`: to the first match. */
  async #run(goes: boolean): Promise<void> {
    this.#request?.abort();
    const request = (this.#request = new AbortController());
    this.#input.removeAttribute("aria-invalid");
    this.#show();
    try {
      for (let from = this.search.from; from !== null; from = this.search.from) {
        const { query, position } = this.search;
        if (!query) return;
        const page = await this.#actions.fetch(query, from, request.signal);
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
    this.node.classList.toggle("icv-searching", searching);
    let text = "";
    if (query && total > 0) text = `${position.toLocaleString("en")} / ${total.toLocaleString("en")}${isCut || searching ? "+" : ""}`;
    else if (query) text = searching ? "…" : this.#words.noMatches;
    setText(this.#count, text);
  }
}
