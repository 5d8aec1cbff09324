/** What frames take on a link, in bytes that were written: the link's codec, and MQTT around it. */
import { generate } from "mqtt-packet";
import type { HubId } from "../../../runtime/core/ids.js";
import type { EncodedPayload, RoutedFrame } from "../../../runtime/core/routed.js";
import { encodePayload } from "../../../runtime/wire/frame.js";
import { LinkCodec } from "../../../runtime/wire/link-codec.js";
import type { Figures, MeshBenchPart } from "./part.js";

const A = "00112233445566778899aabbccddeeff" as HubId;
const B = "ffeeddccbbaa99887766554433221100" as HubId;
const LOCATOR = ["0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"] as HubId[];
/** An hour of one link; sequence numbers and aliases have grown by then. */
const FRAMES = 3600;

export const sizes: MeshBenchPart = {
  name: "sizes",
  about: "bytes of a routed header and of a heartbeat, MQTT included",
  needsLab: false,
  wanted: { headerBytes: { max: 23, unit: "B" }, heartbeatBytes: { max: 9, unit: "B" } },
  run: async () => measure(),
};

/** Mean of an hour of frames; the first of each, which binds the names of hubs, apart. */
function measure(): Figures {
  const codec = new LinkCodec();
  const payload = encodePayload({ type: "ECHO", nonce: 7 });
  const headers = Array.from({ length: FRAMES }, (_, seq) => headerBytes(codec, payload, seq + 1));
  const heartbeats = Array.from({ length: FRAMES }, (_, seq) =>
    published(codec.encode({ seq: seq + 1, message: { type: "PING" } })),
  );
  return {
    headerBytes: mean(headers.slice(1)),
    headerFirstBytes: headers[0] ?? Number.NaN,
    headerMaxBytes: Math.max(...headers.slice(1)),
    heartbeatBytes: mean(heartbeats),
    heartbeatMaxBytes: Math.max(...heartbeats),
  };
}

function headerBytes(codec: LinkCodec, payload: EncodedPayload, seq: number): number {
  const frame: RoutedFrame = { src: A, srcEpoch: 3, dst: B, locator: LOCATOR, hops: 2, seq, payload };
  return published(codec.encode(frame)) - payload.encoded.length;
}

function published(bytes: Uint8Array): number {
  return generate({ cmd: "publish", topic: "m", payload: Buffer.from(bytes), qos: 0, retain: false, dup: false })
    .length;
}

function mean(values: readonly number[]): number {
  return Number((values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(2));
}
