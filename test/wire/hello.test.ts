import { createHash, generateKeyPairSync, sign, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { bytesToHex, hexToBytes } from "../../runtime/core/bytes.js";
import { type HubId, hubIdFromBytes } from "../../runtime/core/ids.js";
import { helloTranscript } from "../../runtime/wire/hello.js";

const ownId = "00112233445566778899aabbccddeeff" as HubId;
const peerId = "ffeeddccbbaa99887766554433221100" as HubId;
const peerNonce = new Uint8Array(16).fill(1);
const ownNonce = new Uint8Array(16).fill(2);

describe("the bytes that HELLO's proof signs", () => {
  it("are the label, the two nonces and the two ids, 79 in all", () => {
    const label = Buffer.from("mindos-hello-v1").toString("hex");
    expect(bytesToHex(helloTranscript({ peerNonce, ownNonce, ownId, peerId }))).toBe(
      `${label}${"01".repeat(16)}${"02".repeat(16)}${ownId}${peerId}`,
    );
    expect(helloTranscript({ peerNonce, ownNonce, ownId, peerId }).length).toBe(79);
  });

  it("convince the peer, which swaps own and peer, and nobody else", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
    const signer = hubIdFromBytes(createHash("sha256").update(raw).digest().subarray(0, 16));
    const proof = sign(null, helloTranscript({ peerNonce, ownNonce, ownId: signer, peerId }), privateKey);
    const holds = (parts: Partial<Parameters<typeof helloTranscript>[0]>): boolean => {
      const expected = helloTranscript({ peerNonce, ownNonce, ownId: signer, peerId, ...parts });
      return verify(null, expected, publicKey, proof);
    };
    expect(proof.length).toBe(64);
    expect(holds({})).toBe(true);
    expect(holds({ peerNonce: new Uint8Array(16) })).toBe(false);
    expect(holds({ ownNonce: new Uint8Array(16) })).toBe(false);
    expect(holds({ peerId: ownId })).toBe(false);
    expect(holds({ ownId: peerId, peerId: signer })).toBe(false);
    expect(holds({ peerNonce: ownNonce, ownNonce: peerNonce })).toBe(false);
  });

  it("need nonces of 16 bytes, so that no two sets of parts give the same bytes", () => {
    const long = hexToBytes("00".repeat(17));
    expect(() => helloTranscript({ peerNonce: long, ownNonce, ownId, peerId })).toThrow(RangeError);
    expect(() => helloTranscript({ peerNonce, ownNonce: long.subarray(2), ownId, peerId })).toThrow(RangeError);
  });
});
