import { describe, expect, test } from "vitest";
import { parseArguments } from "../../runtime/cli/arguments.js";
import { type Command, defineCommand } from "../../runtime/cli/command.js";
import { MindosError } from "../../runtime/core/errors.js";

const command: Command = defineCommand({
  name: "try",
  summary: "Try.",
  options: {
    count: { type: "number", value: "N", min: 0, max: 10, whole: true, default: 3, description: "How many." },
    ratio: { type: "number", value: "N", min: -1, max: 1, description: "How much." },
    file: { type: "text", value: "FILE", description: "Which." },
    mode: { type: "choice", value: "MODE", choices: ["fast", "slow"], description: "How." },
    items: { type: "list", value: "A,B", description: "What." },
    quiet: { type: "flag", short: "q", description: "Silent." },
  },
  positionals: [
    { name: "FIRST", description: "the first", required: true },
    { name: "SECOND", description: "the second", required: false },
  ],
  examples: [],
  run: async () => 0,
});

const parse = (...words: string[]) => parseArguments(command, words);
function refusal(...words: string[]): string {
  try {
    parse(...words);
  } catch (error) {
    if (error instanceof MindosError && error.code === "BAD_USAGE") return error.message;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("arguments", () => {
  test("become typed values, with defaults where nothing is said", () => {
    expect(parse("a", "--count", "7", "--ratio=-0.5", "--mode", "slow", "--items", "x, y", "-q").options).toEqual({
      ...{ count: 7, ratio: -0.5, mode: "slow", items: ["x", "y"], quiet: true, json: false, help: false },
    });
    expect(parse("a").options).toEqual({ count: 3, quiet: false, json: false, help: false });
  });

  test("may stand in any order, and after -- everything is a positional", () => {
    expect(parse("--count", "1", "a", "--json", "b").positionals).toEqual(["a", "b"]);
    expect(parse("a", "--", "--json")).toMatchObject({ positionals: ["a", "--json"], options: { json: false } });
  });

  test("that are given twice count as last said", () => {
    expect(parse("a", "--count", "1", "--count", "2").options["count"]).toBe(2);
  });

  test.each([
    [["a", "--cuont", "1"], 'no option "--cuont"; did you mean "--count"?'],
    [["a", "--zzzzzzzz"], 'no option "--zzzzzzzz"'],
    [["a", "-x"], 'no option "-x"'],
    [["a", "--count"], "--count needs a value: --count N"],
    [["a", "--count", "--json"], "--count needs a value"],
    [["a", "--file="], "--file needs a value"],
    [["a", "--count", "eleven"], 'a whole number from 0 to 10, not "eleven"'],
    [["a", "--count", "11"], 'not "11"'],
    [["a", "--count", "1.5"], 'not "1.5"'],
    [["a", "--count", "-1"], 'not "-1"'],
    [["a", "--count", "0x1"], 'not "0x1"'],
    [["a", "--ratio", "1e999"], 'not "1e999"'],
    [["a", "--mode", "fsat"], 'one of fast, slow, not "fsat"; did you mean "fast"?'],
    [["a", "--quiet=yes"], "--quiet takes no value"],
    [[], "needs FIRST: the first"],
    [["a", "b", "c"], 'does not take "c"'],
    [["a", "--__proto__", "1"], 'no option "--__proto__"'],
    [["a", "--constructor"], 'no option "--constructor"'],
  ])("%j are refused", (words, says) => {
    expect(refusal(...words)).toContain(says);
  });

  test("with --help need nothing else", () => {
    expect(parse("--help").options["help"]).toBe(true);
    expect(parse("-h").options["help"]).toBe(true);
  });

  test("with = may begin with a dash", () => {
    expect(parse("a", "--file=-x").options["file"]).toBe("-x");
  });
});
