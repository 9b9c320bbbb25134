/** Text for the clipboard, also on pages over plain HTTP, which browsers give no `navigator.clipboard`. */

import type { Words } from "../core/locale.js";
import { button } from "./dom.js";

const COPIED_MS = 1_500;

/** Copy `text`; return whether it worked. Call it while a press of a key or a button is handled. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No such thing here, or not allowed: a copy of nothing, into which the text is put, is.
    return copyByEvent(text);
  }
}

function copyByEvent(text: string): boolean {
  const put = (event: ClipboardEvent): void => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  addEventListener("copy", put, { capture: true });
  try {
    return document.execCommand("copy");
  } finally {
    removeEventListener("copy", put, { capture: true });
  }
}

/** Return a button that copies what `text` returns, and says so. */
export function copyButton(words: Words, label: string, text: () => string, className = "icv-button icv-small"): HTMLButtonElement {
  let calm: number | undefined;
  const copy = button(className, () => {
    void copyText(text()).then((copied) => {
      copy.textContent = copied ? words.copied : words.notCopied;
      clearTimeout(calm);
      calm = window.setTimeout(() => (copy.textContent = label), COPIED_MS);
    });
  }, label);
  return copy;
}
