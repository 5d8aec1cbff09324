import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { renderTable } from "../../runtime/cli/table.js";
import { clipText, fitText, safeText, textWidth, wrapText } from "../../runtime/cli/text-width.js";

describe("the width of a text", () => {
  test.each([
    ["", 0],
    ["abc", 3],
    ["käse", 4],
    ["ka\u0308se", 4],
    ["漢字", 4],
    ["ｱｲ", 2],
    ["한글", 4],
    ["🌡️ 5", 4],
    ["👩‍🔧", 2],
    ["🇩🇪", 2],
    ["°C µ ↔ ▸ …", 10],
    ["a\u200bb", 2],
  ])("%j is %d", (text, width) => {
    expect(textWidth(text)).toBe(width);
  });

  test("stays within the bound when clipped, and is exact when fitted", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 30 }), fc.integer({ min: 1, max: 20 }), (raw, width) => {
        const text = safeText(raw);
        expect(textWidth(clipText(text, width))).toBeLessThanOrEqual(width);
        expect(textWidth(fitText(text, width))).toBe(width);
        expect(textWidth(fitText(text, width, "right"))).toBe(width);
      }),
    );
  });

  test("a wide character that does not fit is left out whole", () => {
    expect(clipText("漢字漢字", 4)).toBe("漢…");
    expect(clipText("abc", 0)).toBe("");
  });
});

test("a text made safe has nothing that drives a terminal", () => {
  expect(safeText("a\x1b[2Jb\u202ec\u0007")).toBe("a\ufffd[2Jb\ufffdc\ufffd");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => !/[\p{Cc}\u2028\u2029\u202a-\u202e]/u.test(safeText(text))),
  );
});

test("wrapping keeps every word and the width", () => {
  expect(wrapText("one two  three", 7)).toEqual(["one two", "three"]);
  expect(wrapText("", 7)).toEqual([]);
  expect(wrapText("abcdefghij k", 5)).toEqual(["abcd…", "k"]);
});

describe("a table", () => {
  const columns = [
    { title: "NAME", flexible: true },
    { title: "N", align: "right" as const },
  ];

  test("aligns its columns by what is seen", () => {
    expect(
      renderTable(
        columns,
        [
          ["漢字", "1"],
          ["a", "100"],
        ],
        80,
      ),
    ).toEqual(["NAME    N", "漢字    1", "a     100"]);
  });

  test("gives up the width of its flexible column first", () => {
    const rows = renderTable(columns, [["x".repeat(60), "100"]], 30);
    for (const row of rows) expect(textWidth(row)).toBeLessThanOrEqual(30);
    expect(rows[1]).toMatch(/…\s+100$/);
  });

  test("shows a name from the air without its control characters", () => {
    expect(renderTable(columns, [["\x1b[31mred", "1"]], 80).join("")).not.toContain("\x1b");
  });
});
