/** Which parts of a log are open: those that are not over, the one that failed, and what the reader opens. */

import type { Section } from "./sections.js";
import { isNamed } from "./sections.js";

export class Folds {
  /** What the reader decided, which counts for good. */
  readonly #chosen = new Map<number, boolean>();
  #all: boolean | undefined;
  /** Parts before this one are over. */
  #settled = 0;
  #kept: number | undefined;
  #version = 0;

  /** Changes with each answer of {@link isOpen} that may have changed. */
  get version(): number {
    return this.#version;
  }

  isOpen(section: Section): boolean {
    if (!isNamed(section)) return true;
    const { index } = section;
    return this.#chosen.get(index) ?? this.#all ?? (index >= this.#settled || index === this.#kept);
  }

  /** Close what is over: parts before `current`. Not called while somebody reads, whose lines would move away. */
  settle(current: number): void {
    if (current <= this.#settled) return;
    this.#settled = current;
    this.#version++;
  }

  /** Keep part `index` open, which failed. */
  keep(index: number): void {
    if (this.#kept === index) return;
    this.#kept = index;
    this.#version++;
  }

  set(section: Section, open: boolean): void {
    if (this.isOpen(section) === open) return;
    this.#chosen.set(section.index, open);
    this.#version++;
  }

  /** Open or close all parts, also those that are still to come. */
  setAll(open: boolean): void {
    this.#chosen.clear();
    this.#all = open;
    this.#version++;
  }
}
