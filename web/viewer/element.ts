/** `<install-log task-id="…">`: the viewer as an element of HTML. */

import type { LogRecord, Message } from "./core/protocol.js";
import type { Theme } from "./view/screen.js";
import type { ViewerEvents, ViewerOptions } from "./viewer.js";
import { InstallLogViewer, viewerIn } from "./viewer.js";

/** What the element tells the page, under the viewer's own names. */
const EVENTS: readonly (keyof ViewerEvents)[] = ["record", "progress", "state", "retry", "end"];
/** Properties that a page may have set before the element was defined. */
const PROPERTIES = ["taskId", "baseUrl", "locale", "theme", "height", "token", "getToken", "options"] as const;

// Where pages are rendered by a server there are no elements; the module can be imported there all the same.
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

export class InstallLogElement extends Base {
  static readonly observedAttributes = ["task-id", "base-url", "locale", "theme", "height"];

  #viewer: InstallLogViewer | undefined;
  #token: string | undefined;
  #getToken: ViewerOptions["getToken"];
  #options: ViewerOptions = {};
  /** What the viewer was made of; another one is made when it changes. */
  #madeOf = "";
  #stale = false;
  #pending = false;

  get taskId(): string {
    return this.getAttribute("task-id") ?? "";
  }

  set taskId(taskId: string | null | undefined) {
    this.#reflect("task-id", taskId);
  }

  get baseUrl(): string | undefined {
    return this.getAttribute("base-url") ?? undefined;
  }

  set baseUrl(url: string | null | undefined) {
    this.#reflect("base-url", url);
  }

  get locale(): string | undefined {
    return this.getAttribute("locale") ?? undefined;
  }

  set locale(tag: string | null | undefined) {
    this.#reflect("locale", tag);
  }

  get theme(): Theme | undefined {
    const theme = this.getAttribute("theme");
    return theme === "light" || theme === "dark" || theme === "auto" ? theme : undefined;
  }

  set theme(theme: Theme | null | undefined) {
    this.#reflect("theme", theme);
  }

  get height(): string | undefined {
    return this.getAttribute("height") ?? undefined;
  }

  set height(height: number | string | null | undefined) {
    this.#reflect("height", height);
  }

  /** A JWT. A new one counts from the next request on. */
  get token(): string | undefined {
    return this.#token;
  }

  set token(token: string | undefined) {
    if (token === this.#token) return;
    this.#token = token;
    this.#tokenChanged();
  }

  get getToken(): ViewerOptions["getToken"] {
    return this.#getToken;
  }

  set getToken(getToken: ViewerOptions["getToken"]) {
    const isAnother = !getToken || !this.#getToken;
    this.#getToken = getToken;
    // Frameworks give a new function each time they render, which tells of no new token: the viewer asks by itself.
    if (isAnother) this.#tokenChanged();
  }

  /** What else a viewer takes; attributes and properties of the element count more. */
  get options(): ViewerOptions {
    return this.#options;
  }

  set options(options: ViewerOptions | undefined) {
    this.#options = options ?? {};
    this.#stale = true;
    this.#schedule();
  }

  /** The viewer that lives in this element, while it is in the page and has a task. */
  get viewer(): InstallLogViewer | undefined {
    this.#settle();
    return this.#viewer;
  }

  connectWebSocket(): void {
    this.viewer?.connectWebSocket();
  }

  handleLogMessage(message: LogRecord | Message | string): void {
    this.viewer?.handleLogMessage(message);
  }

  /** Call `listener` with the detail of each event of `type`. Returns how to stop it. */
  on<Type extends keyof ViewerEvents>(type: Type, listener: (detail: ViewerEvents[Type]) => void): () => void {
    const handler = (event: Event): void => {
      if (event.target === this) listener((event as CustomEvent<ViewerEvents[Type]>).detail);
    };
    this.addEventListener(type, handler);
    return () => this.removeEventListener(type, handler);
  }

  /** Disconnect and empty the element. It shows a log again when it is given another task, or is put into the page again. */
  destroy(): void {
    this.#viewer?.destroy();
  }

  /** @internal */
  connectedCallback(): void {
    for (const name of PROPERTIES) this.#upgrade(name);
    this.#viewer?.moved();
    this.#schedule();
  }

  /** @internal */
  disconnectedCallback(): void {
    // It may only be on its way to another place in the page.
    this.#schedule();
  }

  /** Moved by `moveBefore`, which takes nothing away. @internal */
  connectedMoveCallback(): void {
    this.#viewer?.moved();
  }

  /** @internal */
  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now) return;
    if (name === "locale") this.#viewer?.setLocale(this.locale ?? this.#options.locale);
    else if (name === "theme") this.#viewer?.setTheme(this.theme ?? this.#options.theme);
    else if (name === "height") this.#viewer?.setHeight(this.height ?? this.#options.height);
    else this.#schedule();
  }

  #reflect(attribute: string, value: string | number | null | undefined): void {
    if (value === null || value === undefined) this.removeAttribute(attribute);
    else this.setAttribute(attribute, String(value));
  }

  /** A property that was set before the element was defined hides the accessor of its class. */
  #upgrade(name: (typeof PROPERTIES)[number]): void {
    if (!Object.hasOwn(this, name)) return;
    const value: unknown = this[name];
    Reflect.deleteProperty(this, name);
    Reflect.set(this, name, value);
  }

  #tokenChanged(): void {
    // Where the last token was refused, the new one is what the viewer has waited for.
    if (this.#hasToken && this.#madeOf === this.#wanted()) this.#viewer?.connectWebSocket();
    this.#schedule();
  }

  get #hasToken(): boolean {
    return (this.#getToken ?? this.#token) !== undefined;
  }

  /** Once everything that the page changes at a stroke is known. */
  #schedule(): void {
    if (this.#pending) return;
    this.#pending = true;
    queueMicrotask(() => {
      this.#pending = false;
      this.#settle();
    });
  }

  #wanted(): string {
    return this.isConnected && this.taskId ? JSON.stringify([this.taskId, this.baseUrl, this.#hasToken]) : "";
  }

  #settle(): void {
    const wanted = this.#wanted();
    if (wanted === this.#madeOf && !this.#stale) return;
    this.#madeOf = wanted;
    this.#stale = false;
    // A page may have put another viewer into this element.
    viewerIn(this)?.destroy();
    this.#viewer = wanted ? this.#make() : undefined;
  }

  #make(): InstallLogViewer {
    const { baseUrl, locale, theme, height } = this;
    const given = Object.entries({ baseUrl, locale, theme, height }).filter(([, value]) => value !== undefined);
    const options: ViewerOptions = { ...this.#options, ...Object.fromEntries(given) };
    if (this.#hasToken) options.getToken = () => this.#getToken?.() ?? this.#token ?? "";
    const viewer = new InstallLogViewer(this.taskId, this, options);
    for (const type of EVENTS) viewer.addEventListener(type, (event) => this.#tell(event as CustomEvent));
    return viewer;
  }

  #tell(event: CustomEvent): void {
    const { type, detail, cancelable } = event;
    const wanted = this.dispatchEvent(new CustomEvent(type, { detail, cancelable, bubbles: true, composed: true }));
    if (type !== "retry") return;
    // The new task becomes the element's own.
    event.preventDefault();
    if (wanted) this.taskId = (detail as ViewerEvents["retry"]).taskId;
  }
}

export interface InstallLogElement {
  addEventListener<Type extends keyof ViewerEvents>(
    type: Type,
    listener: (this: InstallLogElement, event: CustomEvent<ViewerEvents[Type]>) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
}

/** Make `<install-log>` known to the page; nothing happens where it is known already. */
export function defineInstallLog(): void {
  if (!customElements.get("install-log")) customElements.define("install-log", InstallLogElement);
}

declare global {
  interface HTMLElementTagNameMap {
    "install-log": InstallLogElement;
  }
}
