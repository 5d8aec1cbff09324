/**
 * Which adverts are one event heard again: by another adapter, or because the sensor repeats itself so that at least
 * one copy arrives. One memory per sensor. Pure.
 *
 * Two adverts are copies when their packet id (if there is one) and all they say are the same. The packet id alone will
 * not do: it wraps at 256, and devices that lose their memory in deep sleep send the same one for ever.
 */
import type { Decoded } from "../runtime/core/decoder.js";
import { QUANTITIES, type Quantity } from "../runtime/core/quantity.js";

/**
 * A copy is a copy while the copies keep coming with no longer gap than this. Bursts repeat every 0.1 to 1 s, so four in
 * a row would have to be lost to break one; a person who presses an amnesic button again after 4 s is heard. The
 * reference parser of BTHome waits as long. Unit: ms.
 */
export const COPY_GAP_MS = 4_000;

/**
 * For samples without a packet id: equal values are copies for this long only, since the next sample may well be equal.
 * Adapters hear one transmission within 0.2 s of each other; sensors sample no faster than once a second. Unit: ms.
 */
export const EQUAL_SAMPLE_MS = 1_000;

/** A sensor that splits its values over adverts cycles through two or three of them. */
const RECENT_MAX = 4;

const QUANTITY_NUMBERS = new Map((Object.keys(QUANTITIES) as Quantity[]).map((quantity, number) => [quantity, number]));
const EVENTS: ReadonlySet<Quantity> = new Set(["button", "dimmer", "command"]);
const NO_PACKET_ID = -1;

interface Heard {
  digest: number;
  acceptedMs: number;
  lastMs: number;
}

export class Dedupe {
  readonly #recent: Heard[] = [];
  #next = 0;

  /** @returns whether the advert says what was said before. Remembers nothing. */
  isCopy(decoded: Decoded, nowMs: number): boolean {
    return this.#find(digestOf(decoded), isSample(decoded), nowMs) !== undefined;
  }

  /** As isCopy, and remembers the advert: call it once for each that is genuine. */
  hear(decoded: Decoded, nowMs: number): boolean {
    const digest = digestOf(decoded);
    const earlier = this.#find(digest, isSample(decoded), nowMs);
    if (earlier) {
      earlier.lastMs = nowMs;
      return true;
    }
    this.#recent[this.#next] = { digest, acceptedMs: nowMs, lastMs: nowMs };
    this.#next = (this.#next + 1) % RECENT_MAX;
    return false;
  }

  #find(digest: number, sample: boolean, nowMs: number): Heard | undefined {
    for (const heard of this.#recent) {
      if (heard.digest !== digest) continue;
      const copy = sample ? nowMs - heard.acceptedMs < EQUAL_SAMPLE_MS : nowMs - heard.lastMs <= COPY_GAP_MS;
      if (copy) return heard;
    }
    return undefined;
  }
}

/** A sample says how things are; an event says what happened, and must not happen twice. */
function isSample(decoded: Decoded): boolean {
  if (decoded.packetId !== undefined || decoded.triggered) return false;
  return !decoded.measurements.some((measurement) => EVENTS.has(measurement.quantity));
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** 32 bits: two different adverts of one sensor within 4 s are taken for one once in four thousand million times. */
function digestOf(decoded: Decoded): number {
  let digest = mix(0x811c9dc5, decoded.packetId ?? NO_PACKET_ID);
  for (const { quantity, index, value, text } of decoded.measurements) {
    double[0] = value;
    digest = mix(digest, ((QUANTITY_NUMBERS.get(quantity) ?? 0) << 16) | index);
    digest = mix(mix(digest, words[0] ?? 0), words[1] ?? 0);
    if (text !== undefined) for (let i = 0; i < text.length; i++) digest = mix(digest, text.charCodeAt(i));
  }
  return digest;
}

/** A step of murmur3's kind: cheap, and every input bit reaches every output bit in the next rounds. */
function mix(digest: number, word: number): number {
  let scrambled = Math.imul(word, 0xcc9e2d51);
  scrambled = Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593);
  const sum = digest ^ scrambled;
  return (Math.imul((sum << 13) | (sum >>> 19), 5) + 0xe6546b64) | 0;
}
