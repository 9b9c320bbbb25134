/** What the parts of the page share. */

import type { Service } from "../viewer/core/api.js";
import type { Locale } from "../viewer/core/locale.js";
import type { PageWords } from "./words.js";

export interface App {
  readonly service: Service;
  readonly locale: Locale;
  readonly words: PageWords;
  /** Show the page of a task. */
  openTask(taskId: string): void;
  /** Show the catalog. */
  openHome(): void;
  /** Leave for the sign-in page, and come back here afterwards. */
  signIn(): void;
  taskUrl(taskId: string): string;
}
