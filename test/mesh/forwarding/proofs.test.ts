import { describe, expect, it } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import type { Message } from "../../../runtime/core/messages.js";
import type { RoutedFrame } from "../../../runtime/core/routed.js";
import { originAuthority } from "../../../runtime/hub/key-authority.js";
import { MEMBERSHIP_CRYPTO } from "../../../runtime/io/home/home-keys.js";
import { verifySignature } from "../../../runtime/io/home/identity.js";
import { Proofs } from "../../../runtime/mesh/forwarding/proofs.js";
import { decodeCarried, encodeCarried } from "../../../runtime/wire/carried.js";
import { TestHome } from "../../fakes/home.js";

const home = new TestHome();
const kitchen = home.admit("kitchen");
const cellar = home.admit("cellar");
const attic = home.admit("attic");
const CANCEL = { type: "CANCEL", intentId: "0011223344556677" } as Message;
const ECHO: Message = { type: "ECHO", nonce: 7 };

function proofsOf(
  hub: typeof kitchen,
  isRevoked: (hub: HubId) => boolean = () => false,
  isMember = (_hub: HubId) => true,
) {
  const counted: string[] = [];
  const keys = {
    publicKey: hub.publicKey,
    hubIdOf: MEMBERSHIP_CRYPTO.hubIdOf,
    sign: (bytes: Uint8Array) => hub.sign(bytes),
    verify: verifySignature,
  };
  const proofs = new Proofs({
    authority: originAuthority(keys, { isMember, isRevoked }),
    encode: encodeCarried,
    decode: (bytes) => {
      const read = decodeCarried(bytes);
      return "problem" in read ? undefined : read;
    },
    count: (name) => counted.push(name),
  });
  return { proofs, counted };
}

function frame(payload: Message, seq = 1): RoutedFrame {
  return { src: kitchen.hub, srcEpoch: 3, dst: cellar.hub, hops: 0, seq, payload } as RoutedFrame;
}

const payloadOf = ({ payload }: RoutedFrame) => payload as Message;

describe("what comes along the routes", () => {
  it("is its source's word when that has signed it, whoever brings it, however often it was passed on", () => {
    const sent = proofsOf(kitchen).proofs.sign(frame(CANCEL));
    expect(payloadOf(sent).type).toBe("SIGNED");
    const { proofs } = proofsOf(cellar);
    const judged = proofs.judge({ ...sent, hops: 5 }, payloadOf(sent), attic.hub, 0);
    expect(judged).toEqual({ message: CANCEL, proven: true });
  });

  it("is its source's word over the link of the source itself, without a signature", () => {
    expect(proofsOf(cellar).proofs.judge(frame(CANCEL), CANCEL, kitchen.hub, 0)).toEqual({
      message: CANCEL,
      proven: true,
    });
  });

  it("is dropped and counted when whoever signed it was never let in: anybody can make a key", () => {
    const sent = proofsOf(kitchen).proofs.sign(frame(CANCEL));
    const { proofs, counted } = proofsOf(cellar, undefined, (hub) => hub !== kitchen.hub);
    expect(proofs.judge(sent, payloadOf(sent), attic.hub, 0)).toBeUndefined();
    expect(counted).toEqual(["mesh.forwarding.stranger"]);
  });

  it("is dropped and counted when a hub on the way has made it up", () => {
    const { proofs, counted } = proofsOf(cellar);
    expect(proofs.judge(frame(CANCEL), CANCEL, attic.hub, 0)).toBeUndefined();
    const byAttic = proofsOf(attic).proofs.sign(frame(CANCEL));
    expect(proofs.judge(byAttic, payloadOf(byAttic), attic.hub, 0)).toBeUndefined();
    expect(counted).toEqual(["mesh.forwarding.unproven", "mesh.forwarding.forged"]);
  });

  it("is dropped and counted when its number, start, destination or content was changed on the way", () => {
    const sent = proofsOf(kitchen).proofs.sign(frame(CANCEL));
    const signed = payloadOf(sent) as Extract<Message, { type: "SIGNED" }>;
    const other = { ...signed, content: encodeCarried({ type: "CANCEL", intentId: "7766554433221100" } as Message) };
    const { proofs, counted } = proofsOf(cellar);
    for (const bent of [
      { ...sent, seq: 2 },
      { ...sent, srcEpoch: 4 },
      { ...sent, dst: attic.hub },
    ])
      expect(proofs.judge(bent, signed, attic.hub, 0)).toBeUndefined();
    expect(proofs.judge({ ...sent, payload: other }, other, attic.hub, 0)).toBeUndefined();
    expect(counted).toEqual(Array(4).fill("mesh.forwarding.forged"));
  });

  it("is dropped when its source is out of the home", () => {
    const sent = proofsOf(kitchen).proofs.sign(frame(CANCEL));
    const { proofs } = proofsOf(cellar, (hub) => hub === kitchen.hub);
    expect(proofs.judge(sent, payloadOf(sent), attic.hub, 0)).toBeUndefined();
  });

  it("is hearsay where nobody acts on it, and its reader is told so", () => {
    const { proofs } = proofsOf(kitchen);
    expect(proofs.sign(frame(ECHO)).payload).toEqual(ECHO);
    expect(proofsOf(cellar).proofs.judge(frame(ECHO), ECHO, attic.hub, 0)).toEqual({ message: ECHO, proven: false });
  });

  it("costs a bounded number of checks when forged ones flood in", () => {
    const { proofs, counted } = proofsOf(cellar);
    const forged = proofsOf(attic).proofs.sign(frame(CANCEL));
    for (let i = 0; i < 1200; i++) proofs.judge(forged, payloadOf(forged), attic.hub, 0);
    expect(counted.filter((name) => name === "mesh.forwarding.proofFlood")).toHaveLength(200);
  });
});
