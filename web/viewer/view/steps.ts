/** The steps of a task as a list: how long each took, which one runs; each leads to its first line. */

import type { Log } from "../core/log.js";
import type { Words } from "../core/locale.js";
import type { Section, SectionState } from "../core/sections.js";
import type { Task } from "../core/task.js";
import { element, icon, setText } from "./dom.js";
import { durationOf, StateMark, titleOf } from "./section.js";

const CHEVRON = "M3.75 6 8 10.25 12.25 6";
/** A script that names hundreds of steps: the list shows the last ones, the log has all. */
const LISTED = 200;

interface Item {
  node: HTMLElement;
  update(state: SectionState, now: number): void;
}

export class StepList {
  readonly node: HTMLElement;
  readonly #log: Log;
  readonly #task: Task;
  readonly #words: Words;
  readonly #show: (section: number) => void;
  readonly #list = element("ol", { class: "icv-steps-list" });
  readonly #summary: HTMLButtonElement;
  readonly #summaryText = element("span", {});
  readonly #more = element("p", { class: "icv-steps-more" });
  readonly #items = new Map<Section, Item>();
  #current: Section | undefined;

  constructor(log: Log, task: Task, words: Words, show: (section: number) => void) {
    this.#log = log;
    this.#task = task;
    this.#words = words;
    this.#show = show;
    this.#summary = element(
      "button",
      { class: "icv-steps-summary", attributes: { type: "button", "aria-expanded": "false" }, on: { click: () => this.#toggle() } },
      element("span", { class: "icv-chevron" }, icon(CHEVRON)),
      this.#summaryText,
    );
    this.node = element(
      "nav",
      { class: "icv-steps", attributes: { "aria-label": words.steps } },
      this.#summary,
      element("div", { class: "icv-steps-place" }, this.#list, this.#more),
    );
    this.node.hidden = true;
  }

  /** `now` is Unix time in ms. */
  update(now: number): void {
    const all = this.#log.sections.named();
    const sections = all.slice(-LISTED);
    this.node.hidden = sections.length === 0;
    if (sections.length === 0) return;
    const standing = this.#log.standing(this.#task);
    const serverNow = this.#task.serverTime(now);
    for (const [section, item] of this.#items) {
      if (sections.includes(section)) continue;
      item.node.remove();
      this.#items.delete(section);
    }
    let running: Section | undefined;
    for (const section of sections) {
      const item = this.#items.get(section) ?? this.#add(section);
      const state = this.#log.sections.stateOf(section, standing);
      if (state === "running") running = section;
      item.update(state, serverNow);
    }
    setText(this.#summaryText, this.#words.stepsSummary(all.length));
    const { totalSteps, currentStep, ended } = this.#task;
    const more = ended ? 0 : totalSteps - currentStep;
    this.#more.hidden = more <= 0;
    setText(this.#more, more > 0 ? this.#words.moreSteps(more) : "");
    this.#markCurrent(running);
  }

  #add(section: Section): Item {
    const mark = new StateMark(this.#words);
    const title = element("span", { class: "icv-step-title" });
    const time = element("span", { class: "icv-step-time" });
    const press = (): void => this.#show(section.index);
    const button = element("button", { class: "icv-step-button", attributes: { type: "button" }, on: { click: press } }, mark.node, title, time);
    const node = element("li", {}, button);
    this.#list.append(node);
    const item: Item = {
      node,
      update: (state, now) => {
        mark.set(state);
        setText(title, titleOf(section, this.#words));
        button.title = title.textContent ?? "";
        setText(time, durationOf(section, state, now));
        if (state === "running") button.setAttribute("aria-current", "step");
        else button.removeAttribute("aria-current");
      },
    };
    this.#items.set(section, item);
    return item;
  }

  /** Keep the step that runs in sight, without moving the page. */
  #markCurrent(running: Section | undefined): void {
    if (running === this.#current) return;
    this.#current = running;
    const node = running && this.#items.get(running)?.node;
    const place = this.#list.parentElement;
    if (node && place) place.scrollTop = node.offsetTop - place.clientHeight / 2;
  }

  /** Where there is no room beside the log, the list opens above it. */
  #toggle(): void {
    const open = this.node.classList.toggle("icv-open");
    this.#summary.setAttribute("aria-expanded", String(open));
  }
}
