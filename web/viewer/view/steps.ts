/** The steps of a task as a list: how long each took, which one runs; each leads to its first line. */

import type { Section, SectionState } from "../core/sections.js";
import type { Context } from "./context.js";
import { button, element, setText } from "./dom.js";
import { chevron, durationOf, StateMark, titleOf } from "./section.js";

/** A script that names hundreds of steps: the list shows the last ones, the log has all. */
const LISTED = 200;

interface Item {
  node: HTMLElement;
  update(state: SectionState, now: number): void;
}

export class StepList {
  readonly node: HTMLElement;
  readonly #context: Context;
  readonly #show: (section: number) => void;
  readonly #list = element("ol", "icv-steps-list");
  readonly #summary: HTMLButtonElement;
  readonly #summaryText = element("span", {});
  readonly #more = element("p", "icv-steps-more");
  readonly #items = new Map<Section, Item>();
  #current: Section | undefined;

  constructor(context: Context, show: (section: number) => void) {
    this.#context = context;
    this.#show = show;
    this.#summary = button("icv-steps-summary", () => this.#toggle(), chevron(), this.#summaryText);
    this.#summary.setAttribute("aria-expanded", "false");
    this.node = element(
      "nav",
      { class: "icv-steps", "aria-label": context.words.steps },
      this.#summary,
      element("div", "icv-steps-place", this.#list, this.#more),
    );
    this.node.hidden = true;
  }

  /** `now` is Unix time in ms. */
  update(now: number): void {
    const { log, task, words } = this.#context;
    const all = log.sections.named();
    const sections = all.slice(-LISTED);
    this.node.hidden = sections.length === 0;
    if (sections.length === 0) return;
    const standing = log.standing(task);
    const serverNow = task.serverTime(now);
    for (const [section, item] of this.#items) {
      if (sections.includes(section)) continue;
      item.node.remove();
      this.#items.delete(section);
    }
    let running: Section | undefined;
    for (const section of sections) {
      const item = this.#items.get(section) ?? this.#add(section);
      const state = log.sections.stateOf(section, standing);
      if (state === "running") running = section;
      item.update(state, serverNow);
    }
    setText(this.#summaryText, words.stepsSummary(all.length));
    const { totalSteps, currentStep, ended } = task;
    const more = ended ? 0 : totalSteps - currentStep;
    this.#more.hidden = more <= 0;
    setText(this.#more, more > 0 ? words.moreSteps(more) : "");
    this.#markCurrent(running);
  }

  #add(section: Section): Item {
    const { words } = this.#context;
    const mark = new StateMark(words);
    const title = element("span", "icv-step-title");
    const time = element("span", "icv-step-time");
    const jump = button("icv-step-button", () => this.#show(section.index), mark.node, title, time);
    const node = element("li", {}, jump);
    this.#list.append(node);
    const item: Item = {
      node,
      update: (state, now) => {
        mark.set(state);
        setText(title, titleOf(section, words));
        jump.title = title.textContent ?? "";
        setText(time, durationOf(section, state, now));
        if (state === "running") jump.setAttribute("aria-current", "step");
        else jump.removeAttribute("aria-current");
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
