/** The lines in the page's address. Where the fragment is the page's own, it stays untouched. */

import type { LineRange } from "../core/selection.js";
import { hashOf, rangeOf } from "../core/selection.js";

export class Address {
  readonly #enabled: boolean;
  /** Whether this viewer is the one that the fragment is for: the first in the page. */
  readonly #isFirst: () => boolean;

  constructor(enabled: boolean, isFirst: () => boolean) {
    this.#enabled = enabled;
    this.#isFirst = isFirst;
  }

  /** The lines that the address names. */
  read(): LineRange | undefined {
    return this.#isOurs() ? rangeOf(location.hash) : undefined;
  }

  write(range: LineRange | undefined): void {
    if (!this.#isOurs()) return;
    // What a router keeps in the state of this entry stays.
    history.replaceState(history.state, "", range ? this.linkTo(range) : `${location.pathname}${location.search}`);
  }

  /** Return the address of `range` in this page, or `undefined` where it can have none. */
  linkTo(range: LineRange): string | undefined {
    return this.#isOurs() ? `${location.pathname}${location.search}${hashOf(range)}` : undefined;
  }

  /** A page that routes by fragments has one that names no lines. */
  #isOurs(): boolean {
    return this.#enabled && (location.hash === "" || rangeOf(location.hash) !== undefined) && this.#isFirst();
  }
}
