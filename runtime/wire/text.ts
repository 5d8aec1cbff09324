/** Text on the wire: its length in bytes, and what it must not contain. Pure. */
import { printable } from "../core/text.js";

/** @returns bytes in UTF-8; a lone surrogate counts as the three bytes of U+FFFD. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    // A pair is two units and four bytes: the first unit was counted as three, the second as one.
    if (isHigh(unit) && isLow(text.charCodeAt(i + 1))) i++;
  }
  return bytes;
}

/** True when `printable` has nothing to replace. */
export function isPrintable(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20 || unit >= 0x7f) return printable(text, text.length) === text;
  }
  return true;
}

export function isWellFormed(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (!isSurrogate(unit)) continue;
    if (!(isHigh(unit) && isLow(text.charCodeAt(i + 1)))) return false;
    i++;
  }
  return true;
}

/**
 * Makes any text sendable: printable, and cut at a character so that `bytesMax` holds. Names come over the radio, and a
 * hub must not stumble over what a sensor says.
 */
export function cleanText(text: string, bytesMax: number): string {
  // A code unit is at least a byte: what is beyond `bytesMax` of them cannot stay.
  const clean = isPrintable(text) ? text : printable(text, bytesMax);
  if (utf8Length(clean) <= bytesMax) return clean;
  let bytes = 0;
  let end = 0;
  for (const character of clean) {
    bytes += utf8Length(character);
    if (bytes > bytesMax) break;
    end += character.length;
  }
  return clean.slice(0, end);
}

function isHigh(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800;
}

function isLow(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00;
}

function isSurrogate(point: number): boolean {
  return point >= 0xd800 && point <= 0xdfff;
}
