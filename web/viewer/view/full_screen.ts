/** The viewer over the whole screen, or over the whole page where a browser does not let it have the screen. */

export class FullScreen {
  readonly #node: HTMLElement;
  readonly #changed: () => void;
  #overPage = false;

  constructor(node: HTMLElement, signal: AbortSignal, changed: () => void) {
    this.#node = node;
    this.#changed = changed;
    document.addEventListener("fullscreenchange", () => this.#show(), { signal });
  }

  get on(): boolean {
    return this.#overPage || this.#hasScreen();
  }

  async toggle(): Promise<void> {
    if (this.#overPage) this.#overPage = false;
    else if (this.#hasScreen()) await document.exitFullscreen();
    else await this.#enter();
    this.#show();
  }

  /** Leave it; return whether there was something to leave. */
  leave(): boolean {
    if (!this.on) return false;
    void this.toggle();
    return true;
  }

  async #enter(): Promise<void> {
    try {
      await this.#node.requestFullscreen();
    } catch {
      // A frame without the permission, or a phone: the page is what there is.
      this.#overPage = true;
    }
  }

  #hasScreen(): boolean {
    return this.#node.matches(":fullscreen");
  }

  #show(): void {
    this.#node.classList.toggle("icv-full", this.on);
    this.#changed();
  }
}
