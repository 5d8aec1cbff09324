import { generateKeyPairSync, sign, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { bytesToHex } from "../../../runtime/core/bytes.js";
import type { HubId } from "../../../runtime/core/ids.js";
import type { MemberUpdate } from "../../../runtime/core/messages-liveness.js";
import { LIVENESS_DEFAULTS } from "../../../runtime/mesh/liveness/settings.js";
import { Standing } from "../../../runtime/mesh/liveness/standing.js";
import { type Statement, statementBytes, statementCryptoOf } from "../../../runtime/mesh/liveness/statement.js";

const HUB = "00112233445566778899aabbccddeeff" as HubId;
const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const crypto = statementCryptoOf({
  publicKey: publicKey.export({ type: "spki", format: "der" }).subarray(-32),
  hubIdOf: (key) =>
    bytesToHex(key) === bytesToHex(publicKey.export({ type: "spki", format: "der" }).subarray(-32))
      ? HUB
      : ("0".repeat(32) as HubId),
  sign: (message) => sign(null, message, privateKey),
  verify: (_key, message, signature) => verify(null, message, publicKey, signature),
});
const standing = (): Standing => new Standing(HUB, 5, LIVENESS_DEFAULTS, crypto);
const said = (state: MemberUpdate["state"], epoch: number, incarnation: number): MemberUpdate => ({
  hub: HUB,
  state,
  epoch,
  incarnation,
  observers: [],
});

describe("a statement", () => {
  const statement: Statement = { hub: HUB, state: "alive", epoch: 5, incarnation: 2 };

  it("is signed over the bytes that the protocol names", () => {
    expect(bytesToHex(statementBytes(statement))).toBe(
      `6d696e646f732d6d656d6265722d7631${HUB}00000000000000000500000002`,
    );
    expect(crypto.prove(statement)).toHaveLength(96);
  });

  it("holds for what was signed and for nothing else", () => {
    const proof = crypto.prove(statement);
    expect(crypto.holds(statement, proof)).toBe(true);
    expect(crypto.holds({ ...statement, incarnation: 3 }, proof)).toBe(false);
    expect(crypto.holds({ ...statement, state: "left" }, proof)).toBe(false);
    expect(crypto.holds({ ...statement, hub: "1".repeat(32) as HubId }, proof)).toBe(false);
    expect(crypto.holds(statement, proof.subarray(1))).toBe(false);
  });
});

describe("a hub that hears of itself", () => {
  it("refutes with the next incarnation and a proof", () => {
    const rebuttal = standing().answer(said("suspect", 5, 0), 0);
    expect(rebuttal).toMatchObject({ type: "refute", update: { state: "alive", epoch: 5, incarnation: 1 } });
    if (rebuttal.type === "refute") expect(rebuttal.update.proof).toHaveLength(96);
  });

  it("repeats what it has said to whoever accuses an older incarnation or start of it", () => {
    const self = standing();
    self.answer(said("suspect", 5, 0), 0);
    expect(self.answer(said("dead", 5, 0), 1)).toMatchObject({ type: "repeat", update: { incarnation: 1 } });
    expect(self.answer(said("dead", 4, 9), 1)).toMatchObject({ type: "repeat", update: { epoch: 5 } });
  });

  it("is not driven to great incarnations by invented ones", () => {
    const self = standing();
    self.answer(said("dead", 5, 4_000_000_000), 0);
    expect(self.incarnation).toBe(1);
  });

  it("refutes ten times in a second and no more", () => {
    const self = standing();
    for (let time = 0; time < 100; time++) self.answer(said("dead", 5, self.incarnation), 100);
    expect(self.incarnation).toBe(10);
    self.answer(said("dead", 5, 10), 1100);
    expect(self.incarnation).toBe(11);
  });

  it("does not refute once it has left", () => {
    const self = standing();
    expect(self.leave()).toMatchObject({ state: "left", epoch: 5 });
    expect(self.answer(said("dead", 5, 0), 0)).toEqual({ type: "ignore" });
  });

  it("sees that its key is used elsewhere when a newer statement with its proof comes, and keeps up with it", () => {
    const self = standing();
    const proof = crypto.prove({ hub: HUB, state: "alive", epoch: 5, incarnation: 7 });
    const rebuttal = self.answer({ ...said("alive", 5, 7), proof }, 0);
    expect(rebuttal).toEqual({ type: "ignore", reason: "mesh.liveness.clonedSelf" });
    expect(self.incarnation).toBe(7);
    expect(self.answer(said("alive", 5, 9), 0)).toEqual({ type: "ignore", reason: "mesh.liveness.forgedStatement" });
  });
});
