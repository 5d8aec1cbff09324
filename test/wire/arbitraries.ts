/** Any frame of any message, as fast-check sees it: within the limits, with clean texts, so that it comes back unchanged. */
import fc from "fast-check";
import { bytesToHex } from "../../runtime/core/bytes.js";
import type { Evidence } from "../../runtime/core/detection.js";
import type { HubId, IntentId, SensorId } from "../../runtime/core/ids.js";
import { PRIVACY_LABELS, type Priority, VERBS, type Verb } from "../../runtime/core/intent.js";
import type { Bodies, MessageOf, MessageType, ReadingItem } from "../../runtime/core/messages.js";
import { QUANTITIES, type Quantity } from "../../runtime/core/quantity.js";
import { type Frame, SEQ_MAX } from "../../runtime/wire/frame.js";
import type { LinkMessage, RoutedMessage } from "../../runtime/wire/messages.js";
import { cleanText } from "../../runtime/wire/text.js";

/** Objects as the codec makes them. */
const PLAIN = { noNullPrototype: true } as const;
const hex = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes }).map(bytesToHex);
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
export const anyHubId = hex(16) as fc.Arbitrary<HubId>;
export const anyIntentId = hex(8) as fc.Arbitrary<IntentId>;
export const anySensorId = hex(6).map((digits) => `ble:${digits}`) as fc.Arbitrary<SensorId>;

const uint = (max: number) =>
  fc.oneof(
    fc.nat({ max: Math.min(max, 300) }),
    fc.maxSafeNat().map((n) => n % (max + 1)),
  );
const uint32 = uint(0xffff_ffff);
const uint53 = uint(Number.MAX_SAFE_INTEGER);
const label = (bytesMax: number) =>
  fc.string({ unit: "grapheme", maxLength: 20 }).map((text) => cleanText(text, bytesMax));
const identifier = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 ._:/@+-]{0,31}$/);
export const anyReal = fc
  .oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.maxSafeInteger(),
    fc.integer({ min: -99_999, max: 99_999 }).map((hundredths) => hundredths / 100),
  )
  .map((value) => (value === 0 ? 0 : value));
const flatName = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.-]{0,31}$/).filter((name) => !(name in Object.prototype));
const flat = fc.dictionary(flatName, fc.oneof(label(256), anyReal, fc.boolean()), {
  maxKeys: 8,
  noNullPrototype: true,
});
const list = <T>(item: fc.Arbitrary<T>, maxLength = 5) => fc.array(item, { maxLength });
const quantity = fc.constantFrom(...(Object.keys(QUANTITIES) as Quantity[]));
const origin = fc.constantFrom("live" as const, "replay" as const);

/** Optional properties are absent, never undefined: so are they when they come back. */
const evidence: fc.Arbitrary<Evidence> = fc.record(
  { hub: anyHubId, sensor: anySensorId, place: label(120), quantity, value: anyReal, wallMs: uint53 },
  { noNullPrototype: true, requiredKeys: ["hub", "sensor"] },
);
const item: fc.Arbitrary<ReadingItem> = fc.record(
  { quantity, value: anyReal, index: uint(255), text: label(512) },
  { noNullPrototype: true, requiredKeys: ["quantity", "value", "index"] },
);

const bodies: { readonly [T in MessageType]: fc.Arbitrary<Bodies[T]> } = {
  HELLO: fc.record(
    {
      versions: fc.array(fc.integer({ min: 1, max: 255 }), { maxLength: 8 }),
      id: anyHubId,
      publicKey: bytes(32),
      epoch: uint53,
      nonce: bytes(16),
      name: label(120),
      proof: bytes(64),
      mqttPort: fc.integer({ min: 1, max: 65_535 }),
    },
    { noNullPrototype: true, requiredKeys: ["versions", "id", "publicKey", "epoch", "nonce", "name"] },
  ),
  PING: fc.record({ ackOf: uint(255) }, { noNullPrototype: true, requiredKeys: [] }),
  ADVERT: fc.record(
    {
      hub: anyHubId,
      version: uint53,
      name: label(120),
      topics: list(identifier),
      places: list(label(120)),
      sensorCount: uint32,
      neighbours: list(anyHubId),
    },
    PLAIN,
  ),
  LOAD: fc.record(
    {
      queueLength: uint32,
      freeMemoryMiB: anyReal,
      cpuLoad: anyReal,
      sensors: uint32,
      warmModels: list(identifier),
      neighbours: list(fc.record({ hub: anyHubId, rttMs: anyReal }, PLAIN)),
    },
    PLAIN,
  ),
  READING: fc.record(
    {
      sensor: anySensorId,
      readings: fc.array(item, { minLength: 1, maxLength: 5 }),
      wallMs: uint53,
      rssiDbm: fc.integer({ min: -128, max: 127 }),
      origin,
      sequence: uint53,
      place: label(120),
      name: label(248),
      format: identifier,
      encrypted: fc.boolean(),
    },
    { noNullPrototype: true, requiredKeys: ["sensor", "readings", "wallMs", "rssiDbm", "origin"] },
  ),
  INTENT: fc.record(
    {
      id: anyIntentId,
      verb: fc.constantFrom(...(Object.keys(VERBS) as Verb[])),
      topic: identifier,
      args: flat,
      priority: fc.nat({ max: 7 }) as fc.Arbitrary<Priority>,
      remainingMs: uint32,
      privacy: fc.constantFrom(...PRIVACY_LABELS),
    },
    PLAIN,
  ),
  RESULT: fc.record({ intentId: anyIntentId, hub: anyHubId, facts: list(flat), evidence: list(evidence) }, PLAIN),
  CANCEL: fc.record({ intentId: anyIntentId }, PLAIN),
  ERROR: fc.record(
    { code: identifier, fault: fc.constantFrom("local", "remote"), detail: label(200), intentId: anyIntentId },
    { noNullPrototype: true, requiredKeys: ["code", "fault", "detail"] },
  ),
  DETECTION: fc.record(
    {
      id: identifier,
      kind: fc.constant("anomaly"),
      sensor: anySensorId,
      score: anyReal,
      threshold: anyReal,
      model: identifier,
      startedWallMs: uint53,
      endedWallMs: uint53,
      origin,
      place: label(120),
      summary: label(280),
      evidence: list(evidence),
    },
    {
      noNullPrototype: true,
      requiredKeys: [
        "id",
        "kind",
        "sensor",
        "score",
        "threshold",
        "model",
        "startedWallMs",
        "origin",
        "summary",
        "evidence",
      ],
    },
  ),
};

export function anyMessage<T extends MessageType>(type: T): fc.Arbitrary<MessageOf<T>> {
  return (bodies[type] as fc.Arbitrary<Bodies[T]>).map((body) => ({ type, ...body }));
}

const alias = fc.integer({ min: 3, max: 65_535 });

export function anyFrame(type: MessageType, form: "link" | "routed"): fc.Arbitrary<Frame> {
  const message = anyMessage(type);
  if (form === "link") {
    return fc.record(
      { form: fc.constant("link"), seq: uint(255), message: message as fc.Arbitrary<LinkMessage> },
      PLAIN,
    );
  }
  return fc.record(
    {
      form: fc.constant("routed"),
      src: fc.oneof(anyHubId, alias),
      dst: fc.oneof(anyHubId, alias, fc.nat({ max: 2 })),
      hops: uint(23),
      seq: uint(SEQ_MAX),
      message: message as fc.Arbitrary<RoutedMessage>,
    },
    PLAIN,
  );
}
