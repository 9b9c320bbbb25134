/** The format `text/event-stream`: WHATWG HTML, 9.2.6, "Interpreting an event stream". Text in, events out. */

export interface ServerEvent {
  /** `message` where the stream names none. */
  type: string;
  data: string;
}

/**
 * Reads a stream that comes in pieces, which may end anywhere.
 *
 * The fields `retry` and `id` are passed over: they are for whoever has no delays and no place in the log of its own. What no empty
 * line ends is no event.
 */
export class EventStreamParser {
  #rest = "";
  #afterReturn = false;
  #type = "";
  #data: string[] = [];

  /** Return the events that `text` ends. */
  feed(text: string): ServerEvent[] {
    // Both characters of a CR LF end the same line, also when they come apart.
    const fresh = this.#afterReturn && text.startsWith("\n") ? text.slice(1) : text;
    if (text) this.#afterReturn = text.endsWith("\r");
    const lines = (this.#rest + fresh).split(/\r\n|\r|\n/);
    this.#rest = lines.pop() ?? "";
    return lines.flatMap((line) => (line ? this.#field(line) : this.#dispatch()));
  }

  #field(line: string): [] {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#type = value;
    return [];
  }

  #dispatch(): ServerEvent[] {
    const event = { type: this.#type || "message", data: this.#data.join("\n") };
    const isEmpty = this.#data.length === 0;
    this.#type = "";
    this.#data = [];
    return isEmpty ? [] : [event];
  }
}
