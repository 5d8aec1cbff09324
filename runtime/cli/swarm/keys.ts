/** Bytes of a terminal in raw mode → keys. Pure. Source: ECMA-48 control sequences as xterm sends them. */
export type Key =
  | { readonly name: "text"; readonly text: string }
  | { readonly name: "up" | "down" | "left" | "right" | "home" | "end" | "delete" }
  | { readonly name: "enter" | "escape" | "backspace" | "tab" }
  /** "c" for Ctrl-C. */
  | { readonly name: "control"; readonly letter: string };

const SEQUENCES: Readonly<Record<string, Key>> = {
  A: { name: "up" },
  B: { name: "down" },
  C: { name: "right" },
  D: { name: "left" },
  H: { name: "home" },
  F: { name: "end" },
  "1~": { name: "home" },
  "7~": { name: "home" },
  "4~": { name: "end" },
  "8~": { name: "end" },
  "3~": { name: "delete" },
};
const ESCAPE = "\x1b";
/** No key sends more; a longer one is not a key. */
const PENDING_LENGTH_MAX = 32;

export interface KeyDecoder {
  decode(chunk: string): Key[];
}

/** Keeps the beginning of a sequence that came in two parts. A lone escape is the Escape key. */
export function createKeyDecoder(): KeyDecoder {
  let pending = "";
  return {
    decode(chunk) {
      let rest = pending + chunk;
      pending = "";
      const keys: Key[] = [];
      while (rest !== "") {
        const sequence = rest.startsWith(ESCAPE) ? /^[[O]([0-9;]*[A-Za-z~])/.exec(rest.slice(1)) : null;
        if (sequence) {
          // Modifiers ("1;5C" is Ctrl-right) do not change what a key does here.
          const key = SEQUENCES[(sequence[1] ?? "").replace(/^1;\d+(?=[A-Z])/, "")];
          if (key !== undefined) keys.push(key);
          rest = rest.slice(1 + sequence[0].length);
        } else if (isUnfinished(rest)) {
          pending = rest;
          rest = "";
        } else {
          const text = /^\P{Cc}+/u.exec(rest)?.[0];
          keys.push(text === undefined ? controlKey(rest.charCodeAt(0)) : { name: "text", text });
          rest = rest.slice(text?.length ?? 1);
        }
      }
      return keys;
    },
  };
}

function isUnfinished(rest: string): boolean {
  return rest.startsWith(ESCAPE) && /^[[O][0-9;]*$/.test(rest.slice(1)) && rest.length <= PENDING_LENGTH_MAX;
}

function controlKey(code: number): Key {
  switch (code) {
    case 0x0d:
    case 0x0a:
      return { name: "enter" };
    case 0x1b:
      return { name: "escape" };
    case 0x7f:
    case 0x08:
      return { name: "backspace" };
    case 0x09:
      return { name: "tab" };
    default:
      return { name: "control", letter: String.fromCharCode(code + 0x60) };
  }
}
