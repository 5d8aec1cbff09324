/**
 * Numbers that sensors and people write in decimal: exact, and about half of a float64. Pure.
 * Source: RFC 8949 §3.4.4 (decimal fractions), without the tag. 21.5 is [215, -1]: 4 bytes instead of 9.
 *
 * A number has exactly one form: a safe integer is itself; else [mantissa, exponent] with the fewest digits when the
 * mantissa fits in 32 bits (a longer one would be 11 bytes); else a float64.
 */
export type Decimal = number | readonly [mantissa: number, exponent: number];

/** 10^18 is exact in a float64, and −18 is one byte. */
export const EXPONENT_MIN = -18;
/** Beyond it the pair is longer than a float64. */
export const MANTISSA_MAX = 0xffff_ffff;

const POWERS = Array.from({ length: 1 - EXPONENT_MIN }, (_, digits) => Number(`1e${digits}`));

/** @returns `value` itself when it has no short decimal, or is not finite. */
export function toDecimal(value: number): Decimal {
  if (Number.isInteger(value) || !Number.isFinite(value)) return value;
  for (let digits = 1; digits < POWERS.length; digits++) {
    const power = POWERS[digits] ?? 1;
    const scaled = value * power;
    if (scaled > MANTISSA_MAX + 1 || scaled < -MANTISSA_MAX - 1) return value;
    const mantissa = Math.round(scaled);
    // One IEEE division of two exact numbers is rounded correctly: this is the value that a reader will get.
    if (mantissa / power === value && Math.abs(mantissa) <= MANTISSA_MAX) return [mantissa, -digits];
  }
  return value;
}

/** @returns the very number that was given to `toDecimal`; undefined when it is not the number's one form. */
export function fromDecimal(decimal: Decimal): number | undefined {
  if (typeof decimal === "number") return typeof toDecimal(decimal) === "number" ? decimal : undefined;
  const [mantissa, exponent] = decimal;
  const power = POWERS[-exponent];
  if (power === undefined || exponent >= 0 || !Number.isInteger(mantissa)) return undefined;
  if (Math.abs(mantissa) > MANTISSA_MAX || mantissa % 10 === 0) return undefined;
  return mantissa / power;
}
