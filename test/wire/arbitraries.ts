/** Any frame of any message, as fast-check sees it: within the limits, with clean texts, so that it comes back unchanged. */
import fc from "fast-check";
import { bytesToHex } from "../../runtime/core/bytes.js";
import type { Evidence } from "../../runtime/core/detection.js";
import type { HubId, IntentId, SensorId } from "../../runtime/core/ids.js";
import { PRIVACY_LABELS, type Priority, VERBS, type Verb } from "../../runtime/core/intent.js";
import type { Bodies, MessageOf, MessageType, ReadingItem } from "../../runtime/core/messages.js";
import { LOOKUP_LIFETIME_S_MAX } from "../../runtime/core/messages-directory.js";
import { QUANTITIES, type Quantity } from "../../runtime/core/quantity.js";
import type { LinkMessage, RoutedMessage } from "../../runtime/wire/messages.js";
import { EPOCH_MAX, SEQ_MAX } from "../../runtime/wire/routed-header.js";
import { cleanText } from "../../runtime/wire/text.js";
import type { Frame } from "./fresh-link.js";

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
const uint16 = uint(0xffff);
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
const position = uint(2 ** 48);
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

const hubAddress = fc.record(
  { host: fc.constantFrom("192.168.1.20", "fe80::1", "::1", "attic.local"), port: uint(65_534).map((n) => n + 1) },
  PLAIN,
);
const tenths = (max: number, min = 0) => fc.integer({ min: min * 10, max: max * 10 }).map((n) => n / 10);
const coordinate = fc.record(
  {
    vector: fc.array(tenths(6000, -6000), { minLength: 8, maxLength: 8 }),
    heightMs: tenths(6000),
    error: uint(150).map((n) => n / 100),
  },
  PLAIN,
);
const peerRecord = fc.record(
  { hub: anyHubId, addresses: list(hubAddress, 4), coordinate },
  { noNullPrototype: true, requiredKeys: ["hub", "addresses"] },
);

const reading = fc.record(
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
);

const bodies: { readonly [T in MessageType]: fc.Arbitrary<Bodies[T]> } = {
  HELLO: fc.record(
    {
      versions: fc.array(fc.integer({ min: 1, max: 255 }), { maxLength: 8 }),
      id: anyHubId,
      epoch: uint32,
      boot: bytes(8),
      name: label(120),
      chain: fc.array(fc.uint8Array({ minLength: 1, maxLength: 304 }), { maxLength: 2 }),
      addresses: list(hubAddress, 4),
      trust: fc.uint8Array({ minLength: 1, maxLength: 460 }),
    },
    { noNullPrototype: true, requiredKeys: ["versions", "id", "epoch", "boot", "name", "chain", "addresses"] },
  ),
  ECHO: fc.record({ nonce: uint32, hops: uint(127) }, { noNullPrototype: true, requiredKeys: ["nonce"] }),
  PING: fc.record({ ackOf: uint(255) }, { noNullPrototype: true, requiredKeys: [] }),
  MEMBERS: fc.record(
    {
      updates: fc.array(
        fc.record(
          {
            hub: anyHubId,
            state: fc.constantFrom("alive", "suspect", "dead", "left"),
            epoch: uint32,
            incarnation: uint32,
            observers: list(anyHubId, 3),
            proof: bytes(96),
          },
          { noNullPrototype: true, requiredKeys: ["hub", "state", "epoch", "incarnation", "observers"] },
        ),
        { minLength: 1, maxLength: 4 },
      ),
    },
    PLAIN,
  ),
  PROBE: fc.record(
    { subject: anyHubId, verdict: fc.constantFrom("alive", "silent"), to: anyHubId, by: anyHubId },
    { noNullPrototype: true, requiredKeys: ["subject"] },
  ),
  ROUTE: fc.record(
    {
      locator: list(anyHubId, 6),
      updates: list(
        fc.record(
          { hub: anyHubId, seqno: uint16, metric: uint(0xff_ffff), version: uint16, sizes: list(uint16, 6) },
          { noNullPrototype: true, requiredKeys: ["hub", "seqno", "version", "sizes"] },
        ),
      ),
      withdrawn: list(anyHubId),
      requests: list(fc.record({ hub: anyHubId, seqno: uint16, hops: uint(127) }, PLAIN)),
      digest: uint32,
      full: fc.boolean(),
      again: fc.boolean(),
    },
    { noNullPrototype: true, requiredKeys: [] },
  ),
  NEIGHBOUR: fc.record(
    {
      op: fc.constantFrom("view", "join", "forward-join", "shuffle", "shuffled", "meet", "heal", "disconnect"),
      wanted: fc.boolean(),
      ttl: uint(15),
      coordinate,
      target: anyHubId,
      needy: fc.boolean(),
      searching: fc.boolean(),
      peers: list(peerRecord),
      added: list(anyHubId),
      removed: list(anyHubId),
    },
    { noNullPrototype: true, requiredKeys: ["op"] },
  ),
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
  READING: reading,
  READINGS: fc.record({ heard: fc.array(reading, { minLength: 1, maxLength: 5 }) }, PLAIN),
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
  ADMIT: fc.record(
    {
      op: fc.constantFrom("commit", "offer", "reveal", "confirm", "grant", "refuse", "renew"),
      commitment: bytes(32),
      nonce: bytes(16),
      publicKey: bytes(32),
      rootKey: bytes(32),
      name: label(120),
      mac: bytes(32),
      signature: bytes(64),
      chain: fc.array(fc.uint8Array({ minLength: 1, maxLength: 304 }), { minLength: 1, maxLength: 2 }),
      reason: fc.constantFrom(
        "noInvitation",
        "badCommitment",
        "badProof",
        "unexpected",
        "declined",
        "tooLate",
        "revoked",
      ),
    },
    { noNullPrototype: true, requiredKeys: ["op"] },
  ),
  REVOKE: fc.record(
    { revocations: fc.array(fc.uint8Array({ minLength: 1, maxLength: 448 }), { minLength: 1, maxLength: 16 }) },
    PLAIN,
  ),
  ERROR: fc.record(
    {
      code: identifier,
      fault: fc.constantFrom("local", "remote"),
      detail: label(200),
      intentId: anyIntentId,
      hub: anyHubId,
    },
    { noNullPrototype: true, requiredKeys: ["code", "fault", "detail"] },
  ),
  GOSSIP: fc.record(
    {
      op: fc.constantFrom("gossip", "ihave", "graft", "prune"),
      scope: fc.constantFrom("everyone", "cell"),
      src: anyHubId,
      epoch: uint32,
      seq: uint53,
      round: uint(255),
      payload: fc.uint8Array({ maxLength: 100 }),
      ids: fc.uint8Array({ minLength: 6, maxLength: 70 }),
      proof: bytes(96),
    },
    { noNullPrototype: true, requiredKeys: ["op", "scope"] },
  ),
  SYNC: fc.record(
    {
      session: uint32,
      scope: fc.constantFrom("everyone", "cell"),
      open: fc.boolean(),
      more: fc.boolean(),
      ranges: list(
        fc.oneof(
          fc.record({ upper: position }, PLAIN),
          fc.record({ upper: position, fingerprint: bytes(6) }, PLAIN),
          fc.record({ upper: position, listed: fc.nat({ max: 4 }).chain((n) => bytes(n * 10)) }, PLAIN),
        ),
      ),
      wants: list(
        fc.oneof(fc.record({ position }, PLAIN), fc.record({ position, major: uint53, minor: uint53 }, PLAIN)),
      ),
      entries: list(
        fc.record(
          {
            registry: uint(255),
            key: fc.uint8Array({ minLength: 1, maxLength: 64 }).map(bytesToHex),
            major: uint53,
            minor: uint53,
            value: fc.uint8Array({ maxLength: 50 }),
          },
          PLAIN,
        ),
      ),
    },
    { noNullPrototype: true, requiredKeys: ["scope", "open", "more", "ranges", "wants", "entries"] },
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
  LOOKUP: fc.record(
    {
      op: fc.constantFrom("register", "ask", "answer", "search"),
      hub: anyHubId,
      hops: fc.nat({ max: 127 }),
      rank: fc.nat({ max: 3 }),
      place: fc.record(
        {
          epoch: uint32,
          version: uint53,
          locator: list(anyHubId),
          lifetimeS: fc.integer({ min: 1, max: LOOKUP_LIFETIME_S_MAX }),
          proof: bytes(96),
        },
        { noNullPrototype: true, requiredKeys: ["epoch", "version", "locator", "lifetimeS"] },
      ),
      asker: fc.record({ hub: anyHubId, locator: list(anyHubId) }, PLAIN),
      region: fc.record({ level: fc.integer({ min: 1, max: 6 }), id: anyHubId }, PLAIN),
    },
    { noNullPrototype: true, requiredKeys: ["op", "hub", "hops", "rank"] },
  ),
  PARCEL: fc.record(
    {
      op: fc.constantFrom("parcel", "ack", "custody", "taken"),
      stream: uint53,
      number: uint53,
      behind: fc.nat({ max: 1023 }),
      priority: fc.nat({ max: 7 }),
      ttlS: uint(259_200),
      kind: uint(255),
      content: fc.uint8Array({ maxLength: 64 }),
      origin: anyHubId,
      to: anyHubId,
      above: fc.uint8Array({ maxLength: 128 }),
      proof: bytes(96),
    },
    { noNullPrototype: true, requiredKeys: ["op", "stream", "number"] },
  ),
  NOTE: fc.record(
    { id: hex(8), wallMs: uint53, name: label(200), content: fc.uint8Array({ maxLength: 64 }) },
    { noNullPrototype: true, requiredKeys: ["id", "wallMs", "content"] },
  ),
  SIGNED: fc.record({ proof: bytes(96), content: fc.uint8Array({ minLength: 1, maxLength: 64 }) }, PLAIN),
};

export function anyMessage<T extends MessageType>(type: T): fc.Arbitrary<MessageOf<T>> {
  return (bodies[type] as fc.Arbitrary<Bodies[T]>).map((body) => ({ type, ...body }));
}

const anyLocator = fc.array(anyHubId, { maxLength: 6 });

/** With few hubs, so that one of them is often in several places. */
export const anyHeader = fc.array(anyHubId, { minLength: 3, maxLength: 3 }).chain((few) => {
  const hub = fc.oneof(anyHubId, fc.constantFrom(...few));
  return fc.record(
    {
      src: hub,
      srcEpoch: fc.oneof(fc.constant(1), uint(EPOCH_MAX)),
      dst: hub,
      locator: fc.oneof(anyLocator, fc.array(hub, { maxLength: 6 })),
      hops: uint(127),
      seq: uint(SEQ_MAX),
    },
    { noNullPrototype: true, requiredKeys: ["src", "srcEpoch", "dst", "hops", "seq"] },
  );
});

export function anyFrame(type: MessageType, form: "link" | "routed"): fc.Arbitrary<Frame> {
  const message = anyMessage(type);
  if (form === "link") {
    return fc.record(
      { form: fc.constant("link"), seq: uint(255), message: message as fc.Arbitrary<LinkMessage> },
      PLAIN,
    );
  }
  return fc
    .tuple(anyHeader, message as fc.Arbitrary<RoutedMessage>)
    .map(([header, routed]) => ({ form: "routed", ...header, message: routed }));
}
