/** What each key does while the viewer has the focus. */

export type Command =
  | "nextLine" | "previousLine" | "extendDown" | "extendUp" | "nextStep" | "previousStep" | "nextProblem" | "previousProblem"
  | "start" | "end" | "openAll" | "closeAll" | "times" | "wrap" | "copy" | "copyLink" | "selectAll" | "fullScreen" | "download"
  | "search" | "nextMatch" | "previousMatch" | "help" | "escape";

export interface Stroke {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** The keys as the help lists them: each line is a group. */
export const KEY_GROUPS: readonly (readonly (readonly [Command, string])[])[] = [
  [["start", "Home"], ["end", "End"], ["previousStep", "["], ["nextStep", "]"], ["nextProblem", "e"], ["previousProblem", "E"]],
  [["search", "/"], ["nextMatch", "n"], ["previousMatch", "N"], ["openAll", "o"], ["closeAll", "O"]],
  [["nextLine", "j"], ["previousLine", "k"], ["extendDown", "J"], ["extendUp", "K"], ["copy", "c"], ["copyLink", "l"], ["escape", "Escape"]],
  [["times", "t"], ["wrap", "w"], ["fullScreen", "f"], ["download", "d"], ["help", "?"]],
];

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ...KEY_GROUPS.flat().map(([command, key]) => [key, command] as const),
  // As in a pager.
  ["g", "start"], ["G", "end"],
]);

/** Return what `stroke` asks for, or `undefined` where it is none of ours. */
export function commandOf({ key, ctrlKey, metaKey, altKey }: Stroke): Command | undefined {
  if ((ctrlKey || metaKey) && !altKey && key.toLowerCase() === "a") return "selectAll";
  if (ctrlKey || metaKey || altKey) return undefined;
  return COMMANDS.get(key);
}
