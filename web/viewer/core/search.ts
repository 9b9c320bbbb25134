/** What was found in a log, and which match one stands at. The service searches; this keeps what it found. No DOM. */

export interface Query {
  text: string;
  /** `text` is an expression of RE2. */
  regex: boolean;
  /** Tell capitals from small letters. */
  caseSensitive: boolean;
}

/** A record that matches, as the service tells it: `spans` count Unicode code points. */
export interface FoundRecord {
  seq: number;
  timestamp: string;
  message: string;
  spans: readonly (readonly [number, number])[];
}

/** What the service answers to one request. */
export interface FoundPage {
  matches: readonly FoundRecord[];
  /** Where the next request goes on; `null`: all was searched that was there. */
  next_from: number | null;
  total: number | null;
}

/** Places in a message, as JavaScript counts them. */
export type Spans = readonly (readonly [number, number])[];

/** So many matches are kept: enough to look through, and to mark each of them. */
export const MAX_MATCHES = 10_000;

export class Search {
  #query: Query | undefined;
  #seqs: number[] = [];
  readonly #spans = new Map<number, Spans>();
  #from: number | null = null;
  #total: number | null = null;
  #current = -1;

  get query(): Query | undefined {
    return this.#query;
  }

  /** Where the next request has to begin; `null`: none is needed by now. */
  get from(): number | null {
    return this.#seqs.length < MAX_MATCHES ? this.#from : null;
  }

  /** Whether there are more matches than are kept. */
  get isCut(): boolean {
    return this.#from !== null && this.#seqs.length >= MAX_MATCHES;
  }

  /** How many matches there are, as far as is known. */
  get total(): number {
    return Math.max(this.#total ?? 0, this.#seqs.length);
  }

  get length(): number {
    return this.#seqs.length;
  }

  /** Number of the match one stands at, from 1; 0: none. */
  get position(): number {
    return this.#current + 1;
  }

  get currentSeq(): number | undefined {
    return this.#seqs[this.#current];
  }

  /** Begin anew; `undefined`: search no more. */
  start(query: Query | undefined): void {
    this.#query = query;
    this.#seqs = [];
    this.#spans.clear();
    this.#from = query ? 0 : null;
    this.#total = null;
    this.#current = -1;
  }

  /** Search what has come since, from record `seq` on. */
  goOn(seq: number): void {
    if (this.#query && this.#from === null) this.#from = seq;
  }

  /** Take an answer; records that were found before are passed over. */
  take(page: FoundPage): void {
    this.#from = page.next_from;
    this.#total = page.total ?? this.#total;
    const last = this.#seqs.at(-1) ?? -1;
    for (const { seq, message, spans } of page.matches) {
      if (seq <= last) continue;
      this.#seqs.push(seq);
      this.#spans.set(seq, inUnits(message, spans));
    }
  }

  spansOf(seq: number): Spans {
    return this.#spans.get(seq) ?? [];
  }

  /** Go to the next match, or the one before, round the ends; from record `place` where one stands at none. */
  step(by: 1 | -1, place: number): number | undefined {
    const count = this.#seqs.length;
    if (count === 0) return undefined;
    if (this.#current >= 0) this.#current = (this.#current + by + count) % count;
    else {
      const after = this.#seqs.findIndex((seq) => seq >= place);
      this.#current = by > 0 ? Math.max(0, after) : ((after < 0 ? count : after) - 1 + count) % count;
    }
    return this.currentSeq;
  }
}

/** Return `spans`, which count code points of `message`, in UTF-16 code units. */
function inUnits(message: string, spans: Spans): Spans {
  // Only characters beyond the basic plane count differently, and few lines have one.
  if (!/[\ud800-\udbff]/.test(message)) return spans;
  const units: number[] = [0];
  for (const character of message) units.push((units.at(-1) as number) + character.length);
  return spans.map(([start, end]) => [units[start] ?? message.length, units[end] ?? message.length]);
}

/** Return `text`, which begins at `offset` of a message, in pieces that are inside of a span or not. */
export function cutAtSpans(text: string, offset: number, spans: Spans): { text: string; found: boolean }[] {
  const pieces: { text: string; found: boolean }[] = [];
  let at = 0;
  const push = (until: number, found: boolean): void => {
    if (until > at) pieces.push({ text: text.slice(at, until), found });
    at = Math.max(at, until);
  };
  for (const [start, end] of spans) {
    push(Math.min(text.length, start - offset), false);
    push(Math.min(text.length, end - offset), true);
  }
  push(text.length, false);
  return pieces;
}
