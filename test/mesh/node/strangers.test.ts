/** What a member can do in the names of hubs that it has invented: anybody can make keys. */
import { beforeEach, describe, expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import type { Message } from "../../../runtime/core/messages.js";
import type { RoutedFrame } from "../../../runtime/core/routed.js";
import { originAuthority } from "../../../runtime/hub/key-authority.js";
import { MEMBERSHIP_CRYPTO } from "../../../runtime/io/home/home-keys.js";
import { verifySignature } from "../../../runtime/io/home/identity.js";
import { namedBytes } from "../../../runtime/mesh/broadcast/message-id.js";
import { proofOf } from "../../../runtime/mesh/broadcast/origin.js";
import { Proofs } from "../../../runtime/mesh/forwarding/proofs.js";
import { ParcelProofs } from "../../../runtime/mesh/outbox/parcel-proofs.js";
import { OUTBOX_DEFAULTS } from "../../../runtime/mesh/outbox/settings.js";
import { StreamTable } from "../../../runtime/mesh/outbox/stream-table.js";
import { encodeCarried } from "../../../runtime/wire/carried.js";
import { encodePayload } from "../../../runtime/wire/frame.js";
import { TestHome } from "../../fakes/home.js";
import { LoneNode } from "../../fakes/lone-node.js";

const home = new TestHome();
const self = home.admit("self", "owner");
const member = home.admit("member");
const other = home.admit("other");
const invented = new TestHome().admit("invented");

const note = encodePayload({ type: "NOTE", id: "00".repeat(8), wallMs: 1, content: new Uint8Array(1) });
const parcel = {
  type: "PARCEL",
  op: "parcel",
  stream: 8192,
  number: 1,
  behind: 0,
  kind: note.number,
  content: note.encoded,
} as const;

function authorityOf(hub: typeof member) {
  const keys = {
    publicKey: hub.publicKey,
    hubIdOf: MEMBERSHIP_CRYPTO.hubIdOf,
    sign: (bytes: Uint8Array) => hub.sign(bytes),
    verify: verifySignature,
  };
  return originAuthority(keys, { isMember: () => true, isRevoked: () => false });
}

/** As an honest hub of that key would send it. */
function signedBy(hub: typeof member, message: Message, seq = 1): RoutedFrame {
  const proofs = new Proofs({
    authority: authorityOf(hub),
    encode: encodeCarried,
    decode: () => undefined,
    count: () => undefined,
  });
  return proofs.sign({ src: hub.hub, srcEpoch: 1, dst: self.hub, hops: 0, seq, payload: message } as RoutedFrame);
}

function broadcastBy(hub: typeof member, message: Message): Message {
  const payload = encodeCarried(message);
  const named = namedBytes("everyone", hub.hub, 1, 1, payload);
  const proof = proofOf(named, authorityOf(hub));
  return {
    type: "GOSSIP",
    op: "gossip",
    scope: "everyone",
    src: hub.hub,
    epoch: 1,
    seq: 1,
    round: 0,
    payload,
    proof,
  } as Message;
}

let lone: LoneNode;
const delivered = (): HubId[] => lone.effects.flatMap((effect) => (effect.type === "deliver" ? [effect.from] : []));
beforeEach(() => {
  lone = new LoneNode({ home, self });
  lone.link(1, member);
});

describe("a hub that nobody has let in", () => {
  test("sends no note, though its key signs it and a member brings it", () => {
    lone.frame(1, { form: "routed", frame: signedBy(invented, parcel) });
    expect(delivered()).toEqual([]);
    expect(lone.count("mesh.forwarding.stranger")).toBe(1);
  });

  test("does not broadcast, and its words are not passed on", () => {
    lone.link(2, other);
    const effects = lone.hear(1, broadcastBy(invented, { type: "CANCEL", intentId: "0011223344556677" } as Message));
    expect(delivered()).toEqual([]);
    expect(LoneNode.said(effects, 2)).toEqual([]);
    expect(lone.count("mesh.broadcast.stranger")).toBe(1);
  });

  test("has nothing kept for it", () => {
    const custody = { ...parcel, op: "custody", behind: undefined, ttlS: 60, to: invented.hub } as Message;
    lone.frame(1, {
      form: "routed",
      frame: { src: member.hub, srcEpoch: 1, dst: self.hub, hops: 0, seq: 1, payload: custody } as RoutedFrame,
    });
    expect(lone.node.parts.outbox.waiting.parcels).toBe(0);
  });
});

test("what is kept for a member that is put out goes with it", () => {
  lone.link(2, other);
  const content = {
    origin: member.hub,
    to: other.hub,
    stream: 8192,
    number: 1,
    kind: note.number,
    content: note.encoded,
  };
  const proof = new ParcelProofs(authorityOf(member), () => undefined).signParcel(content);
  const custody = { ...parcel, op: "custody", behind: undefined, ttlS: 60, to: other.hub, proof } as Message;
  const frame = { src: member.hub, srcEpoch: 1, dst: self.hub, hops: 0, seq: 1, payload: custody } as RoutedFrame;
  lone.frame(1, { form: "routed", frame });
  expect(lone.node.parts.outbox.waiting.parcels).toBe(1);
  lone.hear(2, { type: "REVOKE", revocations: [home.revocation(member.hub)] } as Message);
  expect(lone.node.parts.outbox.waiting.parcels).toBe(0);
});

test("a member whom this hub has met before is heard over others", () => {
  lone.link(2, other);
  lone.input({ type: "link-closed", linkId: 2, reason: "" });
  lone.frame(1, { form: "routed", frame: signedBy(other, parcel) });
  lone.hear(1, broadcastBy(other, { type: "CANCEL", intentId: "0011223344556677" } as Message));
  expect(delivered()).toEqual([other.hub, other.hub]);
});

test("others' parcels leave room for this hub's own", () => {
  const streams = new StreamTable(self.hub, 1, { ...OUTBOX_DEFAULTS, streamsMax: 8, custodyStreamsMax: 4 });
  const pair = (n: number) => streams.add(member.hub, n.toString(16).padStart(32, "0") as HubId, 1);
  const taken = [1, 2, 3, 4].map(pair);
  expect(taken.every((stream) => stream !== undefined)).toBe(true);
  expect(pair(5)).toBeUndefined();
  expect(streams.begin(member.hub, () => undefined)).toBeDefined();
  streams.delete(taken[0]!);
  expect(pair(5)).toBeDefined();
});
