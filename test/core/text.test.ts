import { expect, test } from "vitest";
import { printable } from "../../runtime/core/text.js";

test("ordinary text of any script passes unchanged", () => {
  for (const text of ["Cellar", "Küche 2", "21,5 °C", "温度", "مطبخ", "😀"]) expect(printable(text, 64)).toBe(text);
});

test("what a terminal obeys, what turns the writing direction round, and half characters are replaced", () => {
  expect(printable("\u001b[2J\r\n\u0000\u009b", 64)).toBe("\ufffd[2J\ufffd\ufffd\ufffd\ufffd");
  expect(printable("a\u202eb\u2066c\u200bd\u2028e\ufefff", 64)).toBe("a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf");
  expect(printable("a\ud83d", 64)).toBe("a\ufffd");
  expect(printable("\ude00b", 64)).toBe("\ufffdb");
});

test("text is cut to its limit, and a character cut in half is replaced", () => {
  expect(printable("abcdef", 3)).toBe("abc");
  expect(printable("ab😀", 3)).toBe("ab\ufffd");
});
