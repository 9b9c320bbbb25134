/** `/` leads to the search box of a page, unless somebody is typing. */

import { onScopeDispose } from "vue";

export function useSearchKey(focus: () => void): void {
  const listening = new AbortController();
  addEventListener("keydown", (event) => {
    const isTyping = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    focus();
  }, { signal: listening.signal });
  onScopeDispose(() => listening.abort());
}
