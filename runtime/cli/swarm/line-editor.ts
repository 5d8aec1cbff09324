/** One line of text that is being typed. Pure. */
import type { Key } from "./keys.js";

export interface Editor {
  readonly text: string;
  /** In UTF-16 units, never inside a surrogate pair. */
  readonly cursor: number;
}

/** As long as a question may be. */
const TEXT_LENGTH_MAX = 500;

export function editorOf(text: string): Editor {
  return { text, cursor: text.length };
}

export function editLine(editor: Editor, key: Key): Editor {
  const { text, cursor } = editor;
  const before = text.slice(0, cursor);
  const after = text.slice(cursor);
  switch (key.name) {
    case "text": {
      const added = key.text.slice(0, Math.max(0, TEXT_LENGTH_MAX - text.length)).replace(/[\ud800-\udbff]$/, "");
      return { text: before + added + after, cursor: cursor + added.length };
    }
    case "backspace": {
      const kept = before.slice(0, before.length - stepBack(before));
      return { text: kept + after, cursor: kept.length };
    }
    case "delete":
      return { text: before + after.slice(stepForward(after)), cursor };
    case "left":
      return { text, cursor: cursor - stepBack(before) };
    case "right":
      return { text, cursor: cursor + stepForward(after) };
    case "home":
      return { text, cursor: 0 };
    case "end":
      return { text, cursor: text.length };
    case "control":
      return control(editor, key.letter);
    default:
      return editor;
  }
}

/** The usual ones of a shell: a, e, k, u, w. */
function control({ text, cursor }: Editor, letter: string): Editor {
  const before = text.slice(0, cursor);
  if (letter === "a") return { text, cursor: 0 };
  if (letter === "e") return editorOf(text);
  if (letter === "k") return { text: before, cursor };
  if (letter === "u") return { text: text.slice(cursor), cursor: 0 };
  if (letter !== "w") return { text, cursor };
  const kept = before.replace(/\S*\s*$/, "");
  return { text: kept + text.slice(cursor), cursor: kept.length };
}

function stepBack(before: string): number {
  return /[\ud800-\udbff][\udc00-\udfff]$/.test(before) ? 2 : Math.min(1, before.length);
}

function stepForward(after: string): number {
  return /^[\ud800-\udbff][\udc00-\udfff]/.test(after) ? 2 : Math.min(1, after.length);
}
