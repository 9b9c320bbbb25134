/** `InstallLogViewer`: one task's log in one place of a page. */

// First, so that texts come before code in the script: what compresses them need not learn them anew.
import type { ServiceOptions } from "./core/api.js";
import type { ChannelKind, Platform } from "./core/channel.js";
import type { ConnectionState } from "./core/connection.js";
import type { Outcome as Accepted } from "./core/lines.js";
import type { Locale } from "./core/locale.js";
import type { AfterState, LogRecord, Message, TaskError, TaskStatus } from "./core/protocol.js";
import type { Theme } from "./view/screen.js";
import styles from "./view/viewer.css?inline";
import { LogConnection } from "./core/connection.js";
import { browserPlatform } from "./platform.js";
import { ProblemFinder } from "./core/problem_finder.js";
import { Service } from "./core/api.js";
import { Log } from "./core/log.js";
import { localeOf, WORDS } from "./core/locale.js";
import { Screen } from "./view/screen.js";
import { Task } from "./core/task.js";
import { adoptStyles } from "./view/dom.js";
import { serviceAddress } from "./origin.js";
import { decodeFrame, isControl } from "./core/protocol.js";

export interface ViewerOptions extends ServiceOptions {
  /** `light`, `dark`, or `auto` (default): as the system has it. */
  theme?: Theme | undefined;
  /** Height of the log: px, or a CSS length. `"fill"`: the whole viewer is as high as its container. */
  height?: number | string | undefined;
  /** `false`: lines have no addresses; else `#L12` in the page's address is line 12, unless the page uses it otherwise. */
  lineLinks?: boolean;
  /** `false`: no button that starts a failed task again. Default `true`. */
  retry?: boolean;
  /** `false`: show only what {@link InstallLogViewer.handleLogMessage} is given. Default `true`. */
  autoConnect?: boolean;
}

/** What listeners of a viewer's events get as `event.detail`. */
export interface ViewerEvents {
  /** A finished record, in order, each once. */
  record: LogRecord;
  progress: { progress: number; step: string; currentStep: number; totalSteps: number };
  /** The connection or the task changed state. */
  state: { connection: ConnectionState["phase"]; status: TaskStatus | undefined; reason?: string; channel?: ChannelKind };
  /** The task was started again, as task `taskId`, which is shown in this place unless a listener calls `preventDefault()`. */
  retry: { taskId: string };
  /** The task is over and its whole log is here. */
  end: { status: TaskStatus; exitCode: number | null; error: TaskError | null; afterState: AfterState | null };
}

/** Marks the element that a viewer lives in, so that a second one takes the place over instead of doubling it. */
const VIEWER = Symbol.for("installcast.viewer");
type Place = HTMLElement & { [VIEWER]?: InstallLogViewer };

const TICK_MS = 1_000;
/** A log of more records is not read from its beginning: its lines are fetched when somebody looks at them. */
const LONG = 5_000;
/** A look at a log of ten million lines takes some seconds; after this, the network is at fault, which the connection finds a way around. */
const LOOK_LIMIT_MS = 15_000;

export class InstallLogViewer extends EventTarget {
  readonly taskId: string;
  readonly container: HTMLElement;
  readonly #options: ViewerOptions;
  readonly #service: Service;
  readonly #log = new Log();
  readonly #task: Task;
  readonly #platform: Platform & { close(): void };
  readonly #connection: LogConnection;
  #screen: Screen;
  readonly #abort = new AbortController();
  readonly #ticker: number;
  /** Records from here on were written while somebody watched. */
  #liveFrom = Number.POSITIVE_INFINITY;
  #finder: ProblemFinder | undefined;
  #looked = false;
  #complete = false;
  #ended = false;
  #destroyed = false;
  #shownProgress = "";
  #shownState = "";

  /**
   * Show the log of task `taskId` in `container`, an element or its id, and connect.
   *
   * Throws an `Error` when there is no such element.
   */
  constructor(taskId: string, container: string | HTMLElement, options: ViewerOptions = {}) {
    super();
    this.taskId = taskId;
    this.#options = { ...options };
    const locale = localeIn(options.locale);
    this.container = placeOf(container);
    this.#service = new Service(serviceAddress(options.baseUrl), locale, options);
    this.#task = new Task(taskId);
    this.#platform = browserPlatform();
    this.#connection = new LogConnection(this.#service, taskId, this.#sink(), this.#platform);
    this.#screen = this.#makeScreen();
    this.#takePlace();
    this.#listen();
    this.#ticker = window.setInterval(() => this.#screen.tick(), TICK_MS);
    this.#render();
    if (options.autoConnect ?? true) this.connectWebSocket();
  }

  /** Connect, unless it is connected already or has everything. Goes on where it left off. */
  connectWebSocket(): void {
    if (this.#destroyed) return;
    if (this.#looked || this.#log.lines.nextSeq > 0) return this.#connection.open();
    this.#looked = true;
    void this.#look().then(() => {
      if (!this.#destroyed) this.#connection.open();
    });
  }

  /** Take a message that came some other way: an object, or the text of a frame. One without `seq` is the next one. */
  handleLogMessage(message: LogRecord | Message | string): void {
    if (this.#destroyed) return;
    const messages = typeof message === "string" ? [...decodeFrame(message)] : [message];
    for (const one of messages) {
      const whole = isControl(one) ? one : { ...one, seq: one.seq ?? this.#log.lines.nextSeq };
      if (this.#deliver(whole) === "gap" && !isControl(whole)) {
        this.#skipTo(whole.seq);
        this.#deliver(whole);
      }
    }
    this.#render();
  }

  /** Speak the language of a tag such as `zh-CN`; `undefined`: the page's. What the log holds stays, and where the reader stands. */
  setLocale(locale: string | undefined): void {
    this.#options.locale = locale;
    if (this.#destroyed || localeIn(locale) === this.#service.locale) return;
    this.#service.locale = localeIn(locale);
    const before = this.#screen;
    this.#screen = this.#makeScreen();
    before.node.replaceWith(this.#screen.node);
    this.#screen.node.dataset.connection = this.#connection.state.phase;
    this.#render();
    this.#screen.continueFrom(before);
    before.destroy();
  }

  setTheme(theme: Theme | undefined): void {
    this.#options.theme = theme;
    this.#screen.paint(theme);
  }

  /** As the option `height`. */
  setHeight(height: number | string | undefined): void {
    this.#options.height = height;
    this.#screen.size(height);
  }

  /** Tell the viewer that its container is elsewhere in the page now: its styles and the place in the log come along. */
  moved(): void {
    if (this.#destroyed) return;
    adoptStyles(this.container, styles);
    this.#screen.moved();
  }

  /** Call `listener` with the detail of each event of `type`. Returns how to stop it. */
  on<Type extends keyof ViewerEvents>(type: Type, listener: (detail: ViewerEvents[Type]) => void): () => void {
    const handler = (event: Event): void => listener((event as CustomEvent<ViewerEvents[Type]>).detail);
    this.addEventListener(type, handler);
    return () => this.removeEventListener(type, handler);
  }

  /** Disconnect and leave the place empty. The install goes on. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#connection.close();
    this.#platform.close();
    this.#log.pager.close();
    this.#abort.abort();
    clearInterval(this.#ticker);
    this.#screen.destroy();
    const place = this.container as Place;
    if (place[VIEWER] === this) delete place[VIEWER];
  }

  // --- a long log ---

  /** Look how long the log is. Of a long one, nothing is read but what it holds, in numbers: its end is where one goes on. */
  async #look(): Promise<void> {
    const { signal } = this.#abort;
    try {
      const outline = await this.#service.outline(this.taskId, AbortSignal.any([signal, AbortSignal.timeout(LOOK_LIMIT_MS)]));
      // Where lines cannot be told from records, they are counted from the first one on.
      if (this.#destroyed || outline.next_seq < LONG || !outline.unprinted || this.#log.lines.nextSeq > 0) return;
      this.#log.begin(outline);
    } catch {
      // The connection will meet the same obstacle, and say so.
      return;
    }
    this.#openPages();
    this.#finder = new ProblemFinder(this.#log.lines, this.#log.problems, (level, from) => this.#service.problems(this.taskId, level, from, signal));
    this.#render();
    this.#findProblems(false);
  }

  /** What is not looked at need not be kept: the service has it. */
  #openPages(): void {
    this.#log.pager.open({
      history: (offset, limit, signal) => this.#service.history(this.taskId, offset, limit, signal),
      later: (ms, run) => this.#platform.later(ms, run),
      changed: () => this.#render(),
    });
  }

  /** Find the first errors and warnings, or all of them, in what is not here. */
  #findProblems(all: boolean): void {
    // What was not found now is looked for again when somebody asks for it.
    this.#finder?.run(all, () => this.#render()).catch(() => undefined);
  }

  // --- what comes in ---

  #sink(): ConstructorParameters<typeof LogConnection>[2] {
    return {
      deliver: (message) => this.#deliver(message),
      skipTo: (seq) => this.#skipTo(seq),
      nextSeq: () => this.#log.lines.nextSeq,
      complete: () => this.#complete,
      rested: () => this.#render(),
      stateChanged: (state) => this.#connectionChanged(state),
    };
  }

  #deliver(message: Message): Accepted | undefined {
    if (isControl(message)) {
      if (message.type === "end") this.#complete = true;
      if (message.type === "status" && this.#liveFrom === Number.POSITIVE_INFINITY) {
        this.#liveFrom = (message.last_seq ?? -1) + 1;
      }
      this.#task.takeReport(message, Date.now());
      return undefined;
    }
    const outcome = this.#log.accept(message);
    if (outcome === "gap" || outcome === "ignored") return outcome;
    this.#task.takeRecord(message, message.seq >= this.#liveFrom, Date.now());
    if (outcome === "taken") {
      if (message.final) this.#complete = true;
      if (message.level === "ERROR" || message.final) this.#screen.announcer.say(message.message, message.final === true);
      this.#emit("record", message);
    }
    return outcome;
  }

  #skipTo(seq: number): void {
    this.#log.lines.skipTo(seq, WORDS[this.#service.locale].missing(seq - this.#log.lines.nextSeq));
  }

  #connectionChanged(state: ConnectionState): void {
    if (state.phase !== "live" && state.phase !== "polling") this.#log.lines.dropPartial();
    if (state.phase === "live" || state.phase === "polling") this.#openPages();
    if (state.phase === "ended") void this.#settle();
    this.#render();
  }

  /** The whole log is here; the last report may not be, when the connection broke in between. */
  async #settle(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    if (!this.#task.hasFinalReport) {
      try {
        this.#task.takeReport(await this.#service.status(this.taskId, this.#abort.signal), Date.now());
      } catch {
        // The final record has said what matters: status, exit status, cause.
      }
    }
    if (this.#destroyed) return;
    this.#render();
    const { status, exitCode, error, afterState } = this.#task;
    if (status) this.#emit("end", { status, exitCode, error, afterState });
  }

  // --- what is shown ---

  #makeScreen(): Screen {
    const { taskId } = this;
    const { locale } = this.#service;
    const { theme, height, lineLinks = true, autoConnect = true, retry = autoConnect } = this.#options;
    const context = { task: this.#task, log: this.#log, words: WORDS[locale], locale, service: this.#service, asks: autoConnect };
    return new Screen(context, { theme, height, lineLinks }, {
      cancel: async () => void (await this.#service.cancel(taskId)),
      retry: retry ? () => this.#retry() : undefined,
      retryNow: () => this.#connection.wake(),
      retryIn: () => this.#connection.retryIn,
      signInUrl: () => this.#signInUrl(),
      findProblems: () => this.#findProblems(true),
    });
  }

  #render(): void {
    if (this.#destroyed) return;
    this.#screen.update(this.#connection.state, this.#complete);
    this.#emitChanges();
  }

  #emitChanges(): void {
    const { progress, step, currentStep, totalSteps, status } = this.#task;
    const shownProgress = `${progress} ${currentStep}/${totalSteps} ${step}`;
    if (shownProgress !== this.#shownProgress) {
      this.#shownProgress = shownProgress;
      this.#emit("progress", { progress, step, currentStep, totalSteps });
    }
    const state = this.#connection.state;
    const reason = "reason" in state ? { reason: state.reason } : {};
    const channel = channelOf(state);
    const shownState = `${state.phase} ${reason.reason} ${channel} ${status}`;
    if (shownState !== this.#shownState) {
      this.#shownState = shownState;
      this.#screen.node.dataset.connection = state.phase;
      this.#screen.node.dataset.channel = channel ?? "";
      this.#emit("state", { connection: state.phase, status, ...reason, ...(channel && { channel }) });
    }
  }

  /** Return whether no listener wants it otherwise. */
  #emit<Type extends keyof ViewerEvents>(type: Type, detail: ViewerEvents[Type]): boolean {
    return this.dispatchEvent(new CustomEvent(type, { detail, cancelable: type === "retry" }));
  }

  async #retry(): Promise<void> {
    const taskId = await this.#service.retry(this.taskId);
    if (this.#emit("retry", { taskId }) && !this.#destroyed) new InstallLogViewer(taskId, this.container, this.#options);
  }

  // --- the place ---

  #takePlace(): void {
    const place = this.container as Place;
    place[VIEWER]?.destroy();
    adoptStyles(place, styles);
    place.replaceChildren(this.#screen.node);
    place[VIEWER] = this;
  }

  #listen(): void {
    const { signal } = this.#abort;
    const wake = (): void => {
      if (document.visibilityState === "visible") this.#connection.wake();
      this.#screen.wake();
    };
    for (const type of ["online", "pageshow", "focus"]) addEventListener(type, wake, { signal });
    for (const type of ["visibilitychange", "resume"]) document.addEventListener(type, wake, { signal });
    addEventListener("offline", () => this.#connection.doubt(), { signal });
  }

  #signInUrl(): string | undefined {
    if (this.#service.hasToken) return undefined;
    const here = location.origin === new URL(this.#service.url("/login"), location.href).origin;
    return this.#service.url("/login", here ? { next: location.pathname + location.search } : {});
  }
}

function localeIn(tag: string | undefined): Locale {
  return localeOf(tag ?? (document.documentElement.lang || navigator.language));
}

function placeOf(container: string | HTMLElement): HTMLElement {
  const place = typeof container === "string" ? document.getElementById(container) : container;
  if (!(place instanceof HTMLElement)) throw new Error(`There is no element with the id "${String(container)}".`);
  return place;
}

/** Return what lines come over. */
function channelOf(state: ConnectionState): ChannelKind | undefined {
  if (state.phase === "polling") return "history";
  return state.phase === "live" ? state.channel : undefined;
}

/** Return the viewer that lives in `place`. */
export function viewerIn(place: HTMLElement): InstallLogViewer | undefined {
  return (place as Place)[VIEWER];
}
