import { describe, expect, test } from "vitest";
import { parseArguments } from "../../runtime/cli/arguments.js";
import { allOptions, type Command } from "../../runtime/cli/command.js";
import { commands } from "../../runtime/cli/commands.gen.js";
import { commandHelp, overviewHelp } from "../../runtime/cli/help.js";
import { textWidth } from "../../runtime/cli/text-width.js";
import { settingsReference } from "../../runtime/config/reference.js";

const loaded: Command[] = await Promise.all(commands.map(async ({ load }) => (await load()).command));

/** Splits as a shell does, for the simple quoting of the examples; ends at the first pipe or redirection. */
function shellWords(line: string): string[] {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
  const end = words.findIndex((word) => ["|", ">"].includes(word));
  return end < 0 ? words : words.slice(0, end);
}

test("the registry says of each command what the command says of itself", () => {
  expect(commands.map(({ name, summary }) => ({ name, summary }))).toEqual(
    loaded.map(({ name, summary }) => ({ name, summary })),
  );
});

describe.each(loaded.map((command) => [command.name, command] as const))("mindos %s --help", (name, command) => {
  test("describes every option and argument in a sentence", () => {
    for (const [option, { description }] of Object.entries(allOptions(command))) {
      expect(option).toMatch(/^[a-z][a-z-]*$/);
      expect(description, option).toMatch(/^.{8,}[.?]$/);
    }
    for (const { description } of command.positionals) expect(description).toMatch(/\.$/);
    expect(command.summary).toMatch(/^[A-Z].*\.$/);
  });

  test.each([40, 80, 200])(
    "fits a terminal of %d columns, except for words and examples that cannot be broken",
    async (columns) => {
      const text = await commandHelp(command, columns);
      expect(text).toContain(`Usage: mindos ${name}`);
      for (const option of Object.keys(allOptions(command))) expect(text).toContain(`--${option}`);
      const body = text.slice(0, text.indexOf("\nExamples:"));
      for (const line of body.split("\n").slice(3))
        if (columns >= 80) expect(textWidth(line)).toBeLessThanOrEqual(Math.min(columns, 100));
    },
  );

  test("has examples, and all of them parse", () => {
    expect(command.examples.length).toBeGreaterThan(0);
    for (const { line, does } of command.examples) {
      expect(does).toMatch(/\.$/);
      const [program, example, ...rest] = shellWords(line.replace(/^source <\((.*)\)$/, "$1"));
      expect(program).toBe("mindos");
      const target = loaded.find((other) => other.name === example);
      expect(target, line).toBeDefined();
      if (target !== undefined) expect(() => parseArguments(target, rest)).not.toThrow();
    }
  });
});

test("the overview names every command", () => {
  const text = overviewHelp(commands, 80);
  for (const { name, summary } of commands) {
    expect(text).toContain(`  ${name} `);
    expect(text.replace(/\s+/g, " ")).toContain(summary);
  }
});

test("mindos hub --help lists every setting of the file", async () => {
  const hub = loaded.find(({ name }) => name === "hub");
  const text = hub === undefined ? "" : await commandHelp(hub, 80);
  for (const { name } of settingsReference()) expect(text).toContain(name);
});
