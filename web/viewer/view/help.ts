/** The keys, in a dialog. */

import { KEY_GROUPS } from "../core/keys.js";
import type { Words } from "../core/locale.js";
import { button, element } from "./dom.js";

export class Help {
  readonly node: HTMLDialogElement;

  constructor(words: Words) {
    const groups = KEY_GROUPS.map((keys) =>
      element(
        "dl",
        {},
        ...keys.flatMap(([command, key]) => [element("dt", {}, element("kbd", {}, key)), element("dd", {}, words.commands[command])]),
      ),
    );
    this.node = element(
      "dialog",
      { class: "icv-help", "aria-label": words.commands.help },
      element("div", "icv-help-title", element("strong", {}, words.commands.help), button("icv-button icv-small", () => this.node.close(), words.close)),
      element("div", "icv-help-groups", ...groups),
      element("p", "icv-dim", words.selectHelp),
    );
    // A press beside the dialog, on its backdrop, counts as one on the dialog itself.
    this.node.addEventListener("click", (event) => event.target === this.node && this.node.close());
  }

  open(): void {
    if (!this.node.open) this.node.showModal();
  }
}
