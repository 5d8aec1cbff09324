/** What a newer hub sends reliably, as this version sees it. */
import { expect, test } from "vitest";
import { meshStatus } from "../../../runtime/mesh/node/views.js";
import { type CborMap, decodeCbor, encodeCbor } from "../../../runtime/wire/cbor.js";
import { encodePayload, FRAME_LIMITS } from "../../../runtime/wire/frame.js";
import { TestHome } from "../../fakes/home.js";
import { LoneNode } from "../../fakes/lone-node.js";

const home = new TestHome();
const self = home.admit("self", "owner");
const newer = home.admit("newer");

const NOTHING = { framesSent: 0, bytesSent: 0, framesReceived: 0, bytesReceived: 0 };
const NO_TRAFFIC = { total: NOTHING, perSecond: NOTHING };
const empty = encodeCbor(new Map());
const note = encodePayload({ type: "NOTE", id: "00".repeat(8), wallMs: 1, content: new Uint8Array(1) });

function noteWith(key: number): Uint8Array {
  const decoded = decodeCbor(note.encoded, FRAME_LIMITS) as { readonly value: CborMap };
  return encodeCbor(new Map([...decoded.value, [key, 1]]));
}

function arrive(lone: LoneNode, number: number, kind: number, content: Uint8Array): void {
  const payload = { type: "PARCEL", op: "parcel", stream: 8192, number, behind: 0, kind, content } as const;
  const frame = { src: newer.hub, srcEpoch: 1, dst: self.hub, hops: 0, seq: number, payload };
  lone.frame(1, { form: "routed", frame });
}

test.each([
  ["an odd type of a later version", 251, empty, "kept"],
  ["an even type of a later version", 250, empty, "kept"],
  ["a part that must be understood", note.number, noteWith(101), "kept"],
  ["a part that may be left out", note.number, noteWith(100), "delivered"],
  ["what is known here", note.number, note.encoded, "delivered"],
  ["what is wrong in any version", note.number, empty, "dropped"],
])("a parcel with %s is dealt with once", (_, kind, content, fate) => {
  const lone = new LoneNode({ home, self });
  lone.link(1, newer);
  arrive(lone, 1, kind, content);
  const delivered = lone.effects.some(({ type }) => type === "deliver");
  const kept = lone.node.parts.outbox.unread === 1;
  expect(delivered ? "delivered" : kept ? "kept" : "dropped").toBe(fate);
  expect(meshStatus(lone.node, { traffic: NO_TRAFFIC, nowMs: 0 }).outbox.unread).toBe(kept ? 1 : undefined);
});
