/** One line between head and log that tells how the connection is, while there is something to tell. */

import type { ConnectionState } from "../core/connection.js";
import type { Words } from "../core/locale.js";
import { button, element, setText } from "./dom.js";

export interface NoticeActions {
  retryNow(): void;
  /** Milliseconds until the next attempt, or `undefined` while none is waited for. */
  retryIn(): number | undefined;
  /** Where to sign in, or `undefined` where the page brings its own token. */
  signInUrl(): string | undefined;
}

export class Notice {
  /** No live region: the seconds that it counts would be read out one by one. What it says is announced, once. */
  readonly node = element("div", "icv-notice");
  readonly #words: Words;
  readonly #actions: NoticeActions;
  readonly #announce: (text: string) => void;
  readonly #countDown = element("span", "icv-notice-wait");
  #shown = "";

  constructor(words: Words, actions: NoticeActions, announce: (text: string) => void) {
    this.#words = words;
    this.#actions = actions;
    this.#announce = announce;
    this.node.hidden = true;
  }

  update(state: ConnectionState): void {
    const text = this.#textOf(state);
    if (text !== this.#shown) this.#show(state, text);
    this.tick();
  }

  /** Show the time that is left. */
  tick(): void {
    if (this.#countDown.isConnected) {
      setText(this.#countDown, this.#words.reconnectingIn(Math.ceil((this.#actions.retryIn() ?? 0) / 1000)));
    }
  }

  #show(state: ConnectionState, text: string): void {
    if (text) this.#announce(text);
    else if (state.phase === "live") this.#announce(this.#words.connected);
    this.#shown = text;
    this.node.hidden = text === "";
    this.node.dataset.phase = state.phase;
    this.node.replaceChildren(element("span", "icv-notice-text", text));
    if (state.phase === "reconnecting") this.node.append(this.#countDown, button("icv-button", () => this.#actions.retryNow(), this.#words.retryNow));
    if (state.phase === "stopped" && state.reason === "not_signed_in") this.#offerSignIn();
  }

  #textOf(state: ConnectionState): string {
    const words = this.#words;
    switch (state.phase) {
      case "reconnecting":
        return state.offline ? words.offline : words.reconnecting[state.reason];
      case "polling":
        return words.polling[state.reason];
      case "stopped":
        return words.stopped[state.reason].replace("{origin}", location.origin);
      default:
        return "";
    }
  }

  #offerSignIn(): void {
    const url = this.#actions.signInUrl();
    if (url) this.node.append(element("a", { class: "icv-button", href: url }, this.#words.signIn));
  }
}
