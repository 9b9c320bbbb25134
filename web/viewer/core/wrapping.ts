/** How many lines of text each row takes where long lines are wrapped: guessed from its characters, set right when it is seen. */

import { Uneven } from "./heights.js";
import type { Lines } from "./lines.js";
import type { Rows } from "./rows.js";
import { isHead } from "./rows.js";
import { columnsOf } from "./visible.js";

export class Wrapping {
  readonly #heights = new Uneven();
  #version = -1;
  #columns = 0;
  /** Rows that will not change any more. */
  #finished = 0;

  /** Return the heights of `rows`, where `columns` characters fit into a line. */
  sync(rows: Rows, lines: Lines, columns: number): Uneven {
    const heights = this.#heights;
    if (rows.version !== this.#version || columns !== this.#columns) heights.truncate(0);
    else heights.truncate(this.#finished);
    this.#version = rows.version;
    this.#columns = columns;
    for (let index = heights.length; index < rows.length; index++) {
      const row = rows.at(index) as number;
      const message = isHead(row) ? "" : (lines.at(row)?.message ?? "");
      heights.append(Math.max(1, Math.ceil(columnsOf(message) / columns)));
    }
    this.#finished = rows.finished;
    return heights;
  }
}
