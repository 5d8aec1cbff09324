/** Text that came from outside and that a person will see. Pure. */

/**
 * Control characters (a terminal obeys them), the marks that turn the writing direction round (they make one text
 * look like another), line separators, and halves of surrogate pairs (they break UTF-8).
 */
const UNPRINTABLE =
  /[\p{Cc}\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

/** @returns at most `charsMax` code units of `text`, with everything unprintable replaced by U+FFFD. */
export function printable(text: string, charsMax: number): string {
  return text.slice(0, charsMax).replace(UNPRINTABLE, "\ufffd");
}
