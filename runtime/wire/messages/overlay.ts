/** Whom to link with: NEIGHBOUR, and the records of hubs that others than themselves tell of. Pure. */
import * as v from "valibot";
import type { Coordinate, HubAddress, PeerRecord } from "../../core/mesh.js";
import type { NeighbourBody, NeighbourOp } from "../../core/messages-overlay.js";
import { leaf, list, record } from "../codec.js";
import { boolean, hubId, integer, registered } from "../fields.js";

/** No hub has more links. */
export const VIEW_MAX = 128;
export const RECORDS_MAX = 8;
/** An IPv6 and an IPv4 address, a name, and one more. */
export const ADDRESSES_MAX = 4;
export const WALK_MAX = 15;
/** Numbers of a coordinate are whole steps of a tenth of a millisecond, errors of a hundredth. */
const STEPS_PER_MS = 10;
const STEPS_PER_ERROR = 100;
/** 6 s: further than any round trip on Earth, and by satellite. */
const STEPS_MAX = 60_000;
const ERROR_STEPS_MAX = 150;
const DIMENSIONS = 8;

const hostSchema = v.pipe(v.string(), v.maxLength(64), v.regex(/^[A-Za-z0-9][A-Za-z0-9.:-]*$|^::[A-Za-z0-9.:]*$/));
const portSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(65_535));

/** Whether a name or an address is one that frames can carry. */
export function isHost(text: string): boolean {
  return v.is(hostSchema, text);
}

/** `[host, port]` */
export const hubAddress = leaf<[string, number], HubAddress>({
  expected: "[host, port]",
  schema: v.strictTuple([hostSchema, portSchema]),
  fromWire: ([host, port]) => ({ host, port }),
  toWire: ({ host, port }) => [host, port],
});

const stepSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(-STEPS_MAX), v.maxValue(STEPS_MAX));
const coordinateSchema = v.pipe(
  v.array(stepSchema),
  v.length(DIMENSIONS + 2),
  v.check((steps) => {
    const [height = -1, error = -1] = steps.slice(DIMENSIONS);
    return height >= 0 && error >= 0 && error <= ERROR_STEPS_MAX;
  }),
);

/** `[8 × steps, height, error]` */
export const coordinate = leaf<number[], Coordinate>({
  expected: "the 10 numbers of a coordinate",
  schema: coordinateSchema,
  fromWire: (steps) => ({
    vector: steps.slice(0, DIMENSIONS).map((step) => step / STEPS_PER_MS),
    heightMs: (steps[DIMENSIONS] ?? 0) / STEPS_PER_MS,
    error: (steps[DIMENSIONS + 1] ?? 0) / STEPS_PER_ERROR,
  }),
  toWire: ({ vector, heightMs, error }) => [
    ...vector.map((value) => Math.round(value * STEPS_PER_MS)),
    Math.round(heightMs * STEPS_PER_MS),
    Math.round(error * STEPS_PER_ERROR),
  ],
});

export const peerRecord = record<PeerRecord>({
  hub: { key: 1, codec: hubId },
  addresses: { key: 3, codec: list(hubAddress, ADDRESSES_MAX) },
  coordinate: { key: 4, codec: coordinate, optional: true },
});

const OPS: Readonly<Record<NeighbourOp, number>> = {
  view: 0,
  join: 1,
  "forward-join": 2,
  shuffle: 3,
  shuffled: 4,
  meet: 5,
  heal: 6,
  disconnect: 7,
};

export const neighbour = record<NeighbourBody>({
  op: {
    key: 1,
    codec: registered("neighbour operation", OPS),
    whenAbsent: { value: "view", is: (op) => op === "view" },
  },
  wanted: { key: 2, codec: boolean, optional: true },
  ttl: { key: 3, codec: integer(0, WALK_MAX), optional: true },
  coordinate: { key: 4, codec: coordinate, optional: true },
  target: { key: 5, codec: hubId, optional: true },
  needy: { key: 6, codec: boolean, optional: true },
  peers: { key: 7, codec: list(peerRecord, RECORDS_MAX), optional: true },
  searching: { key: 8, codec: boolean, optional: true },
  added: { key: 9, codec: list(hubId, VIEW_MAX), optional: true },
  removed: { key: 11, codec: list(hubId, VIEW_MAX), optional: true },
});
