/** Ways and where the sender is: ROUTE. Pure. */
import * as v from "valibot";
import { LOCATOR_LEVELS_MAX } from "../../core/mesh.js";
import type { RouteBody, RouteRequest, RouteUpdate } from "../../core/messages-routing.js";
import { hubAlias } from "../aliases.js";
import type { CborValue } from "../cbor.js";
import { headBytes, numberBytes } from "../cbor-size.js";
import { type Codec, list, type Reader, record, SKIP, sizeOf, type Writer } from "../codec.js";
import { boolean, integer, uint32 } from "../fields.js";

/** In all lists of one message: 64 updates with every size, each hub bound anew, are within the items of a control frame. */
export const ROUTE_ENTRIES_MAX = 64;
const UINT16_MAX = 0xffff;
/** The greatest metric that routing calls a way; see `METRIC_MAX` of the mesh. */
const METRIC_MAX = 0xff_ffff;
const HOPS_MAX = 127;

const seqno = integer(0, UINT16_MAX);
const metric = integer(0, METRIC_MAX);
const size = integer(0, UINT16_MAX);
const hops = integer(0, HOPS_MAX);

const SIZES_AT = 4;
const updateSchema = v.pipe(v.array(v.unknown()), v.minLength(3), v.maxLength(SIZES_AT + LOCATOR_LEVELS_MAX));
const requestSchema = v.pipe(v.array(v.unknown()), v.length(3));

/** `[hub, seqno, metric / null, version, size …]`, cut after the metric when the version is 0 and there are no sizes. */
const update: Codec<RouteUpdate> = {
  read(wire, reader) {
    if (!v.is(updateSchema, wire)) return reader.fail("BAD_FIELD", "expected [hub, seqno, metric, version, sizes]");
    const [wireHub = null, wireSeqno = null, wireMetric = null, wireVersion, ...wireSizes] =
      wire as readonly CborValue[];
    if (wireVersion === 0 && wireSizes.length === 0) return reader.fail("NOT_CANONICAL", "a default is left out");
    const hub = part(hubAlias, wireHub, reader);
    const number = part(seqno, wireSeqno, reader);
    const version = wireVersion === undefined ? 0 : part(seqno, wireVersion, reader);
    const distance = wireMetric === null ? undefined : part(metric, wireMetric, reader);
    const sizes = wireSizes.length === 0 ? NO_SIZES : part(list(size, LOCATOR_LEVELS_MAX), wireSizes, reader);
    if (hub === undefined || number === undefined || version === undefined || sizes === undefined) return undefined;
    if (wireMetric === null) return { hub, seqno: number, version, sizes };
    return distance === undefined ? undefined : { hub, seqno: number, metric: distance, version, sizes };
  },
  write(value, writer) {
    const items = [
      hubAlias.write(value.hub, writer),
      seqno.write(value.seqno),
      value.metric === undefined ? null : metric.write(value.metric),
    ];
    if (value.version !== 0 || value.sizes.length > 0) items.push(seqno.write(value.version));
    for (const count of value.sizes) items.push(size.write(count));
    return items;
  },
  size(value, writer) {
    let bytes = sizeOf(hubAlias, value.hub, writer) + numberBytes(value.seqno) + metricBytes(value.metric);
    if (value.version === 0 && value.sizes.length === 0) return 1 + bytes;
    bytes += numberBytes(value.version);
    for (const count of value.sizes) bytes += numberBytes(count);
    return headBytes(SIZES_AT + value.sizes.length) + bytes;
  },
};

/** null takes one byte. */
const metricBytes = (value: number | undefined): number => (value === undefined ? 1 : numberBytes(value));

const NO_SIZES: readonly number[] = Object.freeze([]);

/** `[hub, seqno, hops]` */
const request: Codec<RouteRequest> = {
  read(wire, reader) {
    if (!v.is(requestSchema, wire)) return reader.fail("BAD_FIELD", "expected [hub, seqno, hops]");
    const [wireHub = null, wireSeqno = null, wireHops = null] = wire as readonly CborValue[];
    const hub = part(hubAlias, wireHub, reader);
    const number = part(seqno, wireSeqno, reader);
    const left = part(hops, wireHops, reader);
    if (hub === undefined || number === undefined || left === undefined) return undefined;
    return { hub, seqno: number, hops: left };
  },
  write(value: RouteRequest, writer?: Writer) {
    return [hubAlias.write(value.hub, writer), seqno.write(value.seqno), hops.write(value.hops)];
  },
  size(value, writer) {
    return 1 + sizeOf(hubAlias, value.hub, writer) + numberBytes(value.seqno) + numberBytes(value.hops);
  },
};

function part<T>(codec: Codec<T>, wire: CborValue, reader: Reader): T | undefined {
  const value = codec.read(wire, reader);
  return value === SKIP ? undefined : value;
}

export const route = record<RouteBody>({
  locator: { key: 1, codec: list(hubAlias, LOCATOR_LEVELS_MAX), optional: true },
  updates: { key: 3, codec: list(update, ROUTE_ENTRIES_MAX), optional: true },
  withdrawn: { key: 5, codec: list(hubAlias, ROUTE_ENTRIES_MAX), optional: true },
  requests: { key: 7, codec: list(request, ROUTE_ENTRIES_MAX), optional: true },
  digest: { key: 9, codec: uint32, optional: true },
  full: { key: 11, codec: boolean, optional: true },
  again: { key: 13, codec: boolean, optional: true },
});
