/** What buttons and keys do with the log. */

import type { Command } from "../core/keys.js";
import type { Preferences } from "../core/preferences.js";
import type { Level } from "../core/protocol.js";
import type { Address } from "./address.js";
import type { Context } from "./context.js";
import type { FullScreen } from "./full_screen.js";
import { commandOf } from "../core/keys.js";
import { Selecting } from "./selecting.js";
import { nextTimes, preferencesOf } from "../core/preferences.js";
import { Toolbar } from "./toolbar.js";
import { LogPane } from "./pane.js";
import { isHead, sectionOfHead } from "../core/rows.js";
import { Help } from "./help.js";
import { copyText } from "./clipboard.js";
import { SearchBox } from "./search_box.js";
import { element } from "./dom.js";

/** Where a browser keeps how somebody likes to read logs. */
const PREFERENCES = "installcast.viewer";

export interface ControlActions {
  say(text: string): void;
  /** Find all errors and warnings of the log. */
  findProblems(): void;
}

export class Controls {
  readonly node: HTMLElement;
  readonly pane: LogPane;
  readonly #selecting: Selecting;
  readonly #context: Context;
  readonly #actions: ControlActions;
  readonly #toolbar: Toolbar;
  readonly #searchBox: SearchBox;
  readonly #help: Help;
  readonly #fullScreen: FullScreen;
  readonly #abort = new AbortController();
  readonly #commands: Readonly<Record<Command, () => unknown>> = {
    nextLine: () => this.#move(1, false),
    previousLine: () => this.#move(-1, false),
    extendDown: () => this.#move(1, true),
    extendUp: () => this.#move(-1, true),
    nextStep: () => this.#goToStep(1),
    previousStep: () => this.#goToStep(-1),
    nextProblem: () => this.#goToProblem(1),
    previousProblem: () => this.#goToProblem(-1),
    start: () => this.pane.toStart(),
    end: () => this.pane.toEnd(),
    openAll: () => this.pane.openAll(true),
    closeAll: () => this.pane.openAll(false),
    times: () => this.#prefer({ times: nextTimes(this.#preferences.times) }),
    wrap: () => this.#prefer({ wrap: !this.#preferences.wrap }),
    copy: () => this.#copyLines(),
    copyLink: () => this.#copy(copyText(this.#selecting.link())),
    selectAll: () => this.#selecting.all(),
    fullScreen: () => this.#fullScreen.toggle(),
    download: () => this.#download(),
    search: () => this.#searchBox.focus(),
    nextMatch: () => this.#searchBox.step(1),
    previousMatch: () => this.#searchBox.step(-1),
    help: () => this.#help.open(),
    escape: () => this.#escape(),
  };
  #preferences: Preferences = preferencesOf(kept());

  constructor(context: Context, address: Address, fullScreen: FullScreen, actions: ControlActions) {
    this.#context = context;
    this.#actions = actions;
    this.#fullScreen = fullScreen;
    this.pane = new LogPane(context, {
      isSelected: (line) => this.#selecting.selection.has(line),
      isCurrent: (line) => context.log.lines.seqOf(line) === this.#searchBox.search.currentSeq,
      spansOf: (seq) => this.#searchBox.search.spansOf(seq),
      linkTo: (line) => address.linkTo({ first: line, last: line }),
    });
    this.#selecting = new Selecting(context, address, {
      reveal: (line, centre) => this.pane.reveal(line, { centre, focus: true }),
      refresh: () => this.#refresh(),
      copyLater: () => this.#copyLines(),
    });
    this.#searchBox = new SearchBox(context, {
      place: () => context.log.lines.seqOf(this.#selecting.selection.head ?? this.#firstLine() ?? 0),
      show: (seq) => this.#showSeq(seq),
      changed: () => this.pane.remake(),
      leave: () => this.pane.focus(),
    });
    this.#toolbar = new Toolbar(context, { run: (command) => this.run(command), filter: (levels) => this.#filter(levels) }, this.#searchBox.node);
    this.#help = new Help(context.words);
    this.node = element("div", "icv-main", this.#toolbar.node, this.pane.node, this.#help.node);
    this.pane.scroller.addEventListener("click", (event) => this.#press(event));
    this.pane.scroller.addEventListener("copy", (event) => this.#selecting.copy(event, this.pane.scroller));
    this.#show();
  }

  /** Show what has changed in the log. */
  update(): void {
    this.#toolbar.update(this.#preferences, this.#selecting.selection.range !== undefined, this.#fullScreen.on);
    this.#selecting.arrive();
    this.#searchBox.update(this.#context.log.lines.nextSeq);
    this.pane.update();
  }

  /** Select row `line` and bring it into view. */
  showLine(line: number): void {
    this.#selecting.show(line);
  }

  /** Go to the lines that the page's address names. */
  followAddress(): void {
    this.#selecting.follow();
  }

  /** Take a key that was pressed somewhere in the viewer. */
  press(event: KeyboardEvent): void {
    const target = event.composedPath()[0];
    const typing = target instanceof HTMLInputElement || (target instanceof Node && this.#help.node.contains(target));
    const command = commandOf(event);
    if (typing || event.defaultPrevented || command === undefined) return;
    if (command === "escape" && !this.#escape()) return;
    event.preventDefault();
    // The page may have keys of its own.
    event.stopPropagation();
    if (command !== "escape") this.run(command);
  }

  run(command: Command): void {
    this.#commands[command]();
  }

  destroy(): void {
    this.#abort.abort();
    this.#searchBox.destroy();
    this.pane.destroy();
  }

  #filter(levels: readonly Level[]): void {
    if (levels.length > 0) this.#actions.findProblems();
    this.pane.filter(levels);
    this.update();
  }

  #escape(): boolean {
    if (this.#selecting.selection.range) this.#selecting.clear();
    else return this.#fullScreen.leave();
    return true;
  }

  #move(by: number, extend: boolean): void {
    this.#selecting.move(by, extend, this.#firstLine());
  }

  #firstLine(): number | undefined {
    const { topRow } = this.pane;
    return topRow === undefined ? undefined : this.#context.log.rows.firstLineFrom(topRow);
  }

  #showSeq(seq: number): void {
    const { lines } = this.#context.log;
    // The service may have searched what has not come here yet.
    if (seq >= lines.nextSeq) return;
    const line = lines.indexOf(seq);
    this.pane.reveal(line, { centre: false, focus: false });
    this.pane.showFound();
  }

  #goToStep(by: number): void {
    const { sections } = this.#context.log;
    const named = sections.named();
    const row = this.pane.topRow ?? 0;
    const current = isHead(row) ? sectionOfHead(row) : (sections.ofLine(row)?.index ?? -1);
    // From within a part, the one before is its own beginning.
    const before = isHead(row) ? current - 1 : current;
    const next = by > 0 ? named.find(({ index }) => index > current) : named.findLast(({ index }) => index <= before);
    if (next) this.pane.showSection(next.index);
  }

  #goToProblem(by: number): void {
    const { problems, sections } = this.#context.log;
    this.#actions.findProblems();
    const row = this.pane.topRow ?? 0;
    const top = isHead(row) ? (sections.at(sectionOfHead(row))?.firstLine ?? 0) : row;
    const { head } = this.#selecting.selection;
    // From the line selected last, else from the first one on screen, which is not passed over.
    const line = problems.next(head ?? (by > 0 ? top - 1 : top), by);
    if (line !== undefined) this.#selecting.show(line);
  }

  #press(event: MouseEvent): void {
    const number = event.target instanceof Element ? event.target.closest(".icv-number") : null;
    const line = number?.closest<HTMLElement>("[data-line]")?.dataset.line;
    // With a modifier a browser opens the address elsewhere.
    if (line === undefined || event.ctrlKey || event.metaKey || event.button !== 0) return;
    event.preventDefault();
    if (event.shiftKey) getSelection()?.removeAllRanges();
    this.#selecting.press(Number(line), event.shiftKey);
    this.pane.focus();
  }

  #refresh(): void {
    this.update();
    this.pane.showNow();
  }

  #prefer(change: Partial<Preferences>): void {
    this.#preferences = { ...this.#preferences, ...change };
    keep(JSON.stringify(this.#preferences));
    this.#show();
    this.update();
  }

  #show(): void {
    this.pane.showTimes(this.#preferences.times);
    this.pane.wrap(this.#preferences.wrap);
  }

  /** Copy the selected lines, or the whole log; what is not here is fetched, for which a browser gives some seconds. */
  #copyLines(): void {
    const { lines, pager } = this.#context.log;
    const { range } = this.#selecting;
    if (lines.missing(range).length === 0) return this.#copy(copyText(lines.text(range.first, range.last + 1)));
    this.#copy(pager.text(range, this.#abort.signal).then(copyText, () => false));
  }

  #copy(copied: Promise<boolean>): void {
    const { words } = this.#context;
    void copied.then((done) => this.#actions.say(done ? words.copied : words.notCopied));
  }

  async #download(): Promise<void> {
    const { task, log, words, service } = this.#context;
    const { lines } = log;
    const isHere = lines.missing({ first: 0, last: lines.finished - 1 }).length === 0;
    const made = isHere ? URL.createObjectURL(new Blob([lines.text()], { type: "text/plain;charset=utf-8" })) : undefined;
    try {
      const href = made ?? (await service.downloadUrl(task.taskId));
      element("a", { href, download: `${task.taskId}.log` }).click();
    } catch {
      this.#actions.say(words.lineNotHad);
    }
    if (made) setTimeout(() => URL.revokeObjectURL(made));
  }
}

// A page may be given no storage: then everybody reads as everybody does.
function kept(): string | null {
  try {
    return localStorage.getItem(PREFERENCES);
  } catch {
    return null;
  }
}

function keep(text: string): void {
  try {
    localStorage.setItem(PREFERENCES, text);
  } catch {
    // It counts until the page is left.
  }
}
