/** The leaves that messages share: numbers, ids, texts, flat maps, evidence. Pure. CDDL names are those of PROTOCOL.md §3. */
import * as v from "valibot";
import type { Origin } from "../core/advert.js";
import { bytesToHex, hexToBytes } from "../core/bytes.js";
import type { Evidence } from "../core/detection.js";
import {
  HUB_ID_BYTES,
  type HubId,
  hubIdFromBytes,
  INTENT_ID_BYTES,
  type IntentId,
  idToBytes,
  intentIdFromBytes,
  isHubId,
  isSensorId,
  type SensorId,
} from "../core/ids.js";
import type { Quantity } from "../core/quantity.js";
import type { CborValue } from "./cbor.js";
import { type Codec, leaf, record, SKIP } from "./codec.js";
import { type Decimal, fromDecimal, toDecimal } from "./decimal.js";
import { QUANTITY_NUMBER_MAX, QUANTITY_NUMBERS, quantityOfNumber } from "./quantity-numbers.js";
import { cleanText, isPrintable, utf8Length } from "./text.js";

export const UINT32_MAX = 0xffff_ffff;
const same = <T>(value: T): T => value;

export function integer(min: number, max: number): Codec<number> {
  const schema = v.pipe(v.number(), v.safeInteger(), v.minValue(min), v.maxValue(max));
  return leaf({ expected: `an integer ${min} … ${max}`, schema, fromWire: same, toWire: same });
}

export const uint32 = integer(0, UINT32_MAX);
/** Milliseconds since 1970, and counters that outlive 32 bits. */
export const uint53 = integer(0, Number.MAX_SAFE_INTEGER);

export const boolean: Codec<boolean> = leaf({
  expected: "true or false",
  schema: v.boolean(),
  fromWire: same,
  toWire: same,
});

function isDecimal(wire: unknown): wire is Decimal {
  if (typeof wire === "number") return Number.isFinite(wire) && fromDecimal(wire) !== undefined;
  if (!Array.isArray(wire) || wire.length !== 2) return false;
  const [mantissa, exponent] = wire as unknown[];
  if (typeof mantissa !== "number" || typeof exponent !== "number") return false;
  return fromDecimal([mantissa, exponent]) !== undefined;
}

/** Any finite number, exactly; short decimals take few bytes. */
export const real: Codec<number> = leaf({
  expected: "an integer, [mantissa, exponent] or a float64",
  schema: v.custom<Decimal>(isDecimal),
  fromWire: (wire) => fromDecimal(wire) ?? Number.NaN,
  toWire: toDecimal,
});

/** A copy, so that a key does not keep a whole frame alive. */
export function byteString(length: number): Codec<Uint8Array> {
  const schema = v.pipe(v.instance(Uint8Array), v.length(length));
  return leaf({ expected: `${length} bytes`, schema, fromWire: (wire) => wire.slice(), toWire: same });
}

/** As `byteString`, of any length within bounds. */
export function boundedBytes(bytesMin: number, bytesMax: number): Codec<Uint8Array> {
  const schema = v.pipe(v.instance(Uint8Array), v.minLength(bytesMin), v.maxLength(bytesMax));
  return leaf({ expected: `${bytesMin} to ${bytesMax} bytes`, schema, fromWire: (wire) => wire.slice(), toWire: same });
}

export const hubId: Codec<HubId> = leaf({
  expected: "a hub id",
  schema: v.pipe(v.instance(Uint8Array), v.length(HUB_ID_BYTES)),
  fromWire: hubIdFromBytes,
  size: () => HUB_ID_BYTES + 1,
  toWire: (id) => (isHubId(id) ? idToBytes(id) : id),
});

export const intentId: Codec<IntentId> = leaf({
  expected: "an intent id",
  schema: v.pipe(v.instance(Uint8Array), v.length(INTENT_ID_BYTES)),
  fromWire: intentIdFromBytes,
  toWire: idToBytes,
});

/** 6 bytes are a Bluetooth address; another kind of sensor will be `[kind, bytes]`. */
export const sensorId: Codec<SensorId> = leaf({
  expected: "a sensor id",
  schema: v.pipe(v.instance(Uint8Array), v.length(6)),
  fromWire: (wire) => `ble:${bytesToHex(wire)}` as SensorId,
  toWire: (id) => (isSensorId(id) ? hexToBytes(id.slice(4)) : id),
});

/** Text for people. Whatever it was, it is made sendable: cut at `bytesMax`, the unprintable replaced. */
export function label(bytesMax: number): Codec<string> {
  const fits = (text: string): boolean => utf8Length(text) <= bytesMax && isPrintable(text);
  return leaf({
    expected: `at most ${bytesMax} bytes of printable text`,
    schema: v.pipe(v.string(), v.check(fits)),
    fromWire: same,
    toWire: (text) => (typeof text === "string" ? cleanText(text, bytesMax) : text),
  });
}

/** Text for programs: a topic, a model, a format. Refused, not mended, when it is wrong. */
export function identifier(bytesMax: number): Codec<string> {
  const schema = v.pipe(v.string(), v.maxLength(bytesMax), v.regex(/^[A-Za-z0-9][A-Za-z0-9 ._:/@+-]*$/));
  return leaf({ expected: `an identifier of at most ${bytesMax} characters`, schema, fromWire: same, toWire: same });
}

/** A registered number for a name; a number that is not registered here is left out where that is possible. */
export function registered<T extends string>(what: string, numbers: Readonly<Record<T, number>>, max = 255): Codec<T> {
  const names = new Map<number, T>((Object.entries(numbers) as [T, number][]).map(([name, number]) => [number, name]));
  return leaf({
    expected: `the number of a ${what}`,
    schema: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(max)),
    fromWire: (wire) => names.get(wire) ?? SKIP,
    toWire: (name) => (Object.hasOwn(numbers, name) ? numbers[name] : name),
  });
}

export const origin = registered<Origin>("origin", { live: 0, replay: 1 });

const quantitySchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(QUANTITY_NUMBER_MAX));

export const quantity: Codec<Quantity> = leaf({
  expected: "the number of a quantity",
  schema: quantitySchema,
  fromWire: (wire) => quantityOfNumber(wire) ?? SKIP,
  toWire: (name) => (Object.hasOwn(QUANTITY_NUMBERS, name) ? QUANTITY_NUMBERS[name] : name),
});

export const FLAT_NAME_BYTES_MAX = 32;
export const FLAT_TEXT_BYTES_MAX = 256;
export type Flat = Readonly<Record<string, string | number | boolean>>;

/** Names that every object has already would shadow its methods, or change its prototype. */
function isFlatName(name: unknown): name is string {
  return typeof name === "string" && /^[A-Za-z][A-Za-z0-9_.-]{0,31}$/.test(name) && !(name in Object.prototype);
}

const flatText = label(FLAT_TEXT_BYTES_MAX);

/** Text, boolean or number: the wire's own types tell them apart. */
const scalar: Codec<string | number | boolean> = {
  read(wire, reader) {
    if (typeof wire === "boolean") return wire;
    return typeof wire === "string" ? flatText.read(wire, reader) : real.read(wire, reader);
  },
  write(value) {
    if (typeof value === "boolean") return value;
    return typeof value === "string" ? flatText.write(value) : real.write(value);
  },
};

/** Text → text, number or boolean. */
export function flatMap(entriesMax: number): Codec<Flat> {
  const expected = `at most ${entriesMax} names with a text, a number or a boolean each`;
  const schema = v.pipe(v.instance(Map), v.maxSize(entriesMax));
  return {
    read(wire, reader) {
      if (!v.is(schema, wire)) return reader.fail("BAD_FIELD", `expected ${expected}`);
      const flat: Record<string, string | number | boolean> = {};
      let index = 0;
      for (const [name, element] of wire as ReadonlyMap<unknown, CborValue>) {
        if (!isFlatName(name)) reader.fail("BAD_FIELD", "expected a name");
        const value = isFlatName(name) ? scalar.read(element, reader) : undefined;
        if (value === undefined || value === SKIP) return reader.within(String(index));
        flat[name as string] = value;
        index += 1;
      }
      return flat;
    },
    write(flat) {
      const map = new Map<string, CborValue>();
      for (const [name, value] of Object.entries(flat)) {
        if (value === undefined) continue;
        if (!isFlatName(name)) throw new RangeError(`expected names like "sensor_id", not ${JSON.stringify(name)}`);
        map.set(name, scalar.write(value));
      }
      if (map.size > entriesMax) throw new RangeError(`expected ${expected}`);
      return map;
    },
  };
}

export const TOPIC_BYTES_MAX = 48;
export const MODEL_BYTES_MAX = 64;
/** 40 characters of any script, as the configuration allows. */
export const PLACE_BYTES_MAX = 120;
export const place = label(PLACE_BYTES_MAX);

const quantityText = quantity as Codec<string>;
/** One for every sensor of a large hub. */
export const EVIDENCE_MAX = 256;

export const evidence = record<Evidence>({
  hub: { key: 1, codec: hubId },
  sensor: { key: 2, codec: sensorId },
  place: { key: 4, codec: place, optional: true },
  quantity: { key: 6, codec: quantityText, optional: true },
  value: { key: 8, codec: real, optional: true },
  wallMs: { key: 10, codec: uint53, optional: true },
});
