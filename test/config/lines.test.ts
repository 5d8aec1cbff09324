import { describe, expect, test } from "vitest";
import { lineOf, linesOfSettings } from "../../runtime/config/lines.js";

const TEXT = `# a = 1
a = "x # not a comment [not a table]"
b = """
c = 3
"""
list = [
  1, # one ]
  2,
]
d.e = 1
"quoted key".f = 2

[table]
g = { h = 1, i = [2] }
[table.inner]
j = 1
[[entry]]
k = 1
[[entry]]
k = 2
[[entry.deep]]
l = 3
`;

describe("the line of a setting", () => {
  const lines = linesOfSettings(TEXT);
  test.each([
    [["a"], 2],
    [["b"], 3],
    [["list"], 6],
    [["list", 1], 6],
    [["d", "e"], 10],
    [["quoted key", "f"], 11],
    [["table"], 13],
    [["table", "g"], 14],
    [["table", "g", "h"], 14],
    [["table", "inner", "j"], 16],
    [["entry", 0], 17],
    [["entry", 0, "k"], 18],
    [["entry", 1, "k"], 20],
    [["entry", 1, "missing"], 19],
    [["entry", 1, "deep", 0, "l"], 22],
  ])("%j is %d", (path, line) => {
    expect(lineOf(lines, path)).toBe(line);
  });

  test("that is not there is unknown", () => {
    expect(lineOf(lines, ["c"])).toBeUndefined();
    expect(lineOf(lines, [])).toBeUndefined();
  });
});
