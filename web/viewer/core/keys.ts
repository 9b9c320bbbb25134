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

const COMMANDS: Readonly<Record<string, Command>> = {
  j: "nextLine", k: "previousLine", J: "extendDown", K: "extendUp",
  "]": "nextStep", "[": "previousStep", e: "nextProblem", E: "previousProblem",
  Home: "start", g: "start", End: "end", G: "end", o: "openAll", O: "closeAll",
  t: "times", w: "wrap", c: "copy", l: "copyLink", f: "fullScreen", d: "download",
  "/": "search", n: "nextMatch", N: "previousMatch", "?": "help", Escape: "escape",
};

/** The keys as the help lists them: each line is a group. */
export const KEY_GROUPS: readonly (readonly (readonly [Command, string])[])[] = [
  [["start", "Home"], ["end", "End"], ["previousStep", "["], ["nextStep", "]"], ["nextProblem", "e"], ["previousProblem", "E"]],
  [["search", "/"], ["nextMatch", "n"], ["previousMatch", "N"], ["openAll", "o"], ["closeAll", "O"]],
  [["nextLine", "j"], ["previousLine", "k"], ["extendDown", "J"], ["extendUp", "K"], ["copy", "c"], ["copyLink", "l"], ["escape", "Esc"]],
  [["times", "t"], ["wrap", "w"], ["fullScreen", "f"], ["download", "d"], ["help", "?"]],
];

/** Return what `stroke` asks for, or `undefined` where it is none of ours. */
export function commandOf({ key, ctrlKey, metaKey, altKey }: Stroke): Command | undefined {
  if ((ctrlKey || metaKey) && !altKey && key.toLowerCase() === "a") return "selectAll";
  if (ctrlKey || metaKey || altKey) return undefined;
  return Object.hasOwn(COMMANDS, key) ? COMMANDS[key] : undefined;
}
