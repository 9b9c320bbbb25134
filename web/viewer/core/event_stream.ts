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

  /** Return the events that `text` ends. */
  feed(text: string): ServerEvent[] {
    // Of a CR at the very end nobody knows yet whether it is a line's end of its own.
    const blocks = (this.#rest + text).replace(/\r\n|\r(?!$)/g, "\n").split("\n\n");
    this.#rest = blocks.pop() ?? "";
    return blocks.flatMap(eventOf);
  }
}

/** Return the event that these lines make; none without data. */
function eventOf(block: string): ServerEvent[] {
  const data: string[] = [];
  let type = "";
  for (const line of block.split("\n")) {
    const [, name, value = ""] = /^(data|event)(?:: ?([^]*))?$/.exec(line) ?? [];
    if (name === "data") data.push(value);
    else if (name) type = value;
  }
  return data.length > 0 ? [{ type: type || "message", data: data.join("\n") }] : [];
}
