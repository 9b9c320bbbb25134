/** How many lines of text each row takes where long lines are wrapped: guessed from its characters, set right when it is seen. */

import { Uneven } from "./heights.js";
import type { Line, Lines } from "./lines.js";
import type { Rows } from "./rows.js";
import { columnsOf } from "./visible.js";

export class Wrapping {
  #heights = new Uneven();
  #version = -1;
  #columns = 0;
  /** Rows that will not change any more. */
  #finished = 0;

  /** Return the heights of `rows`, where `columns` characters fit into a line. Rows whose lines are not here count as one line. */
  sync(rows: Rows, lines: Lines, columns: number): Uneven {
    if (rows.version !== this.#version || columns !== this.#columns) {
      this.#heights = new Uneven();
      this.#version = rows.version;
      this.#columns = columns;
      this.#finished = 0;
    }
    const heights = this.#heights;
    heights.resize(Math.min(this.#finished, rows.length));
    const known = heights.length;
    heights.resize(rows.length);
    if (known === 0) this.#guessAll(rows, lines);
    else for (let index = known; index < rows.length; index++) this.#guess(index, lines.at(rows.at(index) as number));
    this.#finished = rows.finished;
    return heights;
  }

  /** Looks at the lines that are here: there may be a million rows. */
  #guessAll(rows: Rows, lines: Lines): void {
    for (const page of lines.pages()) {
      const { first, last } = lines.rangeOf(page);
      for (let line = first; line <= last; line++) {
        const index = rows.indexOf(line);
        if (rows.at(index) === line) this.#guess(index, lines.at(line));
      }
    }
    for (let index = rows.finished; index < rows.length; index++) this.#guess(index, lines.at(rows.at(index) as number));
  }

  #guess(index: number, line: Line | undefined): void {
    if (line) this.#heights.set(index, Math.max(1, Math.ceil(columnsOf(line.message) / this.#columns)));
  }
}
