import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createKeyDecoder, type Key } from "../../../runtime/cli/swarm/keys.js";
import { editLine, editorOf } from "../../../runtime/cli/swarm/line-editor.js";

const decode = (...chunks: string[]): Key[] => {
  const decoder = createKeyDecoder();
  return chunks.flatMap((chunk) => decoder.decode(chunk));
};

describe("the keys of a terminal", () => {
  test.each([
    ["k", [{ name: "text", text: "k" }]],
    ["käse 漢", [{ name: "text", text: "käse 漢" }]],
    ["\x1b[A\x1b[B", [{ name: "up" }, { name: "down" }]],
    ["\x1bOA", [{ name: "up" }]],
    ["\x1b[1;5C", [{ name: "right" }]],
    ["\x1b[3~x", [{ name: "delete" }, { name: "text", text: "x" }]],
    ["\x1b", [{ name: "escape" }]],
    ["\r\n", [{ name: "enter" }, { name: "enter" }]],
    ["\x03", [{ name: "control", letter: "c" }]],
    ["\x7f", [{ name: "backspace" }]],
    ["\x1b[99~", []],
  ] as const)("%j are %j", (chunk, keys) => {
    expect(decode(chunk)).toEqual(keys);
  });

  test("may come in two parts", () => {
    expect(decode("a\x1b[", "Ab")).toEqual([{ name: "text", text: "a" }, { name: "up" }, { name: "text", text: "b" }]);
  });

  test("are decoded whatever the bytes, and nothing is kept for ever", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary-ascii" })), (chunks) => {
        const keys = decode(...chunks, "z".repeat(40));
        expect(keys.some((key) => key.name === "text" && key.text.endsWith("z"))).toBe(true);
      }),
    );
  });
});

describe("the line editor", () => {
  const type = (text: string, ...chunks: string[]): string => {
    const { text: out, cursor } = decode(...chunks).reduce(editLine, editorOf(text));
    return `${out.slice(0, cursor)}|${out.slice(cursor)}`;
  };

  test.each([
    ["abc", ["d"], "abcd|"],
    ["abc", ["\x1b[D", "x"], "abx|c"],
    ["abc", ["\x01", "x"], "x|abc"],
    ["abc", ["\x1b[H", "\x1b[3~"], "|bc"],
    ["abc", ["\x7f"], "ab|"],
    ["a👍", ["\x7f"], "a|"],
    ["a👍b", ["\x1b[D", "\x1b[D"], "a|👍b"],
    ["one two ", ["\x17"], "one |"],
    ["abc", ["\x1b[D", "\x15"], "|c"],
    ["abc", ["\x1b[D", "\x0b"], "ab|"],
    ["abc", ["\x01", "\x05"], "abc|"],
    ["", ["\x7f", "\x1b[D", "\x1b[C", "\x1b[3~"], "|"],
  ])("turns %j with %j into %j", (text, chunks, expected) => {
    expect(type(text, ...chunks)).toBe(expected);
  });

  test("takes no more than a question may have", () => {
    expect(type("", "x".repeat(2_000))).toBe(`${"x".repeat(500)}|`);
  });
});
