/** One line between head and log that tells how the connection is, while there is something to tell. */

import type { ConnectionState } from "../core/connection.js";
import type { Words } from "../core/locale.js";
import { button, element } from "./dom.js";

export interface NoticeActions {
  retryNow(): void;
  /** Where to sign in, or `undefined` where the page brings its own token. */
  signInUrl(): string | undefined;
}

export class Notice {
  readonly node = element("div", { class: "icv-notice", attributes: { role: "status" } });
  readonly #words: Words;
  readonly #actions: NoticeActions;
  #shown = "";

  constructor(words: Words, actions: NoticeActions) {
    this.#words = words;
    this.#actions = actions;
    this.node.hidden = true;
  }

  update(state: ConnectionState): void {
    const text = this.#textOf(state);
    const key = `${state.phase} ${text}`;
    if (key === this.#shown) return;
    this.#shown = key;
    this.node.hidden = text === "";
    this.node.dataset.phase = state.phase;
    this.node.replaceChildren(element("span", { class: "icv-notice-text" }, text));
    if (state.phase === "reconnecting") this.node.append(button(this.#words.retryNow, () => this.#actions.retryNow()));
    if (state.phase === "stopped" && state.reason === "not_signed_in") this.#offerSignIn();
  }

  #textOf(state: ConnectionState): string {
    const words = this.#words;
    switch (state.phase) {
      case "reconnecting": {
        if (state.offline) return words.offline;
        const text = words.reconnecting[state.reason];
        return state.attempt > 1 ? text + words.attempt(state.attempt) : text;
      }
      case "polling":
        return words.polling[state.reason];
      case "stopped":
        return words.stopped[state.reason](location.origin);
      default:
        return "";
    }
  }

  #offerSignIn(): void {
    const url = this.#actions.signInUrl();
    if (url) this.node.append(element("a", { class: "icv-button", attributes: { href: url } }, this.#words.signIn));
  }
}
