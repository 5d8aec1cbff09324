import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { behindDetail, EpochLedger, epochOfDetail, SelfDoubt } from "../../../runtime/mesh/admission/epochs.js";
import { keyOf } from "../../fakes/home.js";

const { hub } = keyOf("hub");
const boot = (byte: number) => new Uint8Array(8).fill(byte);
const OK = { type: "ok" };

describe("the ledger", () => {
  test("lets a hub restart and reconnect as often as it likes", () => {
    const ledger = new EpochLedger(4);
    expect(ledger.observe(hub, 1, boot(1))).toEqual({ type: "ok", changed: true });
    expect(ledger.observe(hub, 1, boot(1), true)).toEqual({ type: "ok", changed: false });
    for (let epoch = 2; epoch < 9; epoch++) expect(ledger.observe(hub, epoch, boot(epoch))).toMatchObject(OK);
  });

  test("says of a restored backup how far it is behind, and takes it once it has caught up", () => {
    const ledger = new EpochLedger(4);
    ledger.observe(hub, 9, boot(1));
    expect(ledger.observe(hub, 4, boot(2))).toEqual({ type: "behind", epoch: 9 });
    expect(ledger.observe(hub, 9, boot(2))).toEqual({ type: "behind", epoch: 9 });
    expect(ledger.observe(hub, 10, boot(2))).toMatchObject(OK);
  });

  test("sees two hubs of one epoch that are linked at once", () => {
    const ledger = new EpochLedger(4);
    ledger.observe(hub, 5, boot(1));
    expect(ledger.observe(hub, 5, boot(2), true)).toEqual({ type: "cloned" });
  });

  test("sees two copies that raise their epochs past each other in turn", () => {
    const ledger = new EpochLedger(4);
    ledger.observe(hub, 5, boot(1));
    expect(ledger.observe(hub, 5, boot(2))).toEqual({ type: "behind", epoch: 5 });
    expect(ledger.observe(hub, 6, boot(2))).toMatchObject(OK);
    expect(ledger.observe(hub, 5, boot(1))).toEqual({ type: "behind", epoch: 6 });
    expect(ledger.observe(hub, 7, boot(1))).toEqual({ type: "cloned" });
  });

  test("refuses both copies from then on, until a later start of either", () => {
    const ledger = new EpochLedger(4);
    ledger.observe(hub, 5, boot(1));
    expect(ledger.observe(hub, 5, boot(2), true)).toEqual({ type: "cloned" });
    expect(ledger.observe(hub, 5, boot(1))).toEqual({ type: "cloned" });
    expect(ledger.observe(hub, 6, boot(2))).toEqual({ type: "cloned" });
    expect(ledger.observe(hub, 6, boot(3))).toMatchObject(OK);
    expect(ledger.observe(hub, 6, boot(3))).toMatchObject(OK);
    expect(ledger.observe(hub, 7, boot(1))).toEqual({ type: "cloned" });
  });

  test("outlives a restart, and damage costs only what it remembered", () => {
    const ledger = new EpochLedger(4);
    ledger.observe(hub, 0xffff_fffe, boot(1));
    ledger.observe(keyOf("other").hub, 3, boot(2));
    const kept = ledger.serialise();
    expect(EpochLedger.restore(kept, 4).serialise()).toEqual(kept);
    expect(EpochLedger.restore(kept, 4).observe(hub, 2, boot(3))).toEqual({ type: "behind", epoch: 0xffff_fffe });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(EpochLedger.restore(bytes, 4).size).toBeLessThanOrEqual(4);
      }),
    );
  });

  test("forgets the hub met longest ago", () => {
    const ledger = new EpochLedger(2);
    for (const name of ["a", "b", "c"]) ledger.observe(keyOf(name).hub, 2, boot(1));
    expect(ledger.size).toBe(2);
    expect(ledger.observe(keyOf("a").hub, 1, boot(2))).toMatchObject(OK);
  });
});

describe("a hub that is told", () => {
  test("it is behind raises its epoch past the one told, once for each word", () => {
    const doubt = new SelfDoubt(3);
    expect(doubt.toldBehind(9, 3)).toEqual({ type: "raise", epoch: 10 });
    expect(doubt.toldBehind(9, 3)).toEqual({ type: "ignore" });
    expect(doubt.toldBehind(9, 10)).toEqual({ type: "ignore" });
  });

  test("of an absurd epoch, or again and again, does not use its epochs up", () => {
    const doubt = new SelfDoubt(3);
    expect(doubt.toldBehind(4_000_000_000, 3)).toEqual({ type: "ignore" });
    for (let i = 0; i < 100; i++) doubt.toldBehind(doubt.epoch + 1_000_000, doubt.epoch);
    expect(doubt.epoch).toBeLessThan(5_000_000);
  });

  test("it is cloned stops at the word of two, or of the only one it reaches", () => {
    const [a, b] = [keyOf("a").hub, keyOf("b").hub];
    expect(new SelfDoubt(3).toldCloned(a, 0)).toEqual({ type: "stop" });
    const doubt = new SelfDoubt(3);
    expect(doubt.toldCloned(a, 5)).toEqual({ type: "ignore" });
    expect(doubt.toldCloned(a, 5)).toEqual({ type: "ignore" });
    expect(doubt.toldCloned(b, 5)).toEqual({ type: "stop" });
  });

  test("reads the epoch from what was written, and from nothing else", () => {
    expect(epochOfDetail(behindDetail(12))).toBe(12);
    for (const text of ["epoch x was met before", "epoch 99999999999 was met before", "12", ""])
      expect(epochOfDetail(text)).toBeUndefined();
  });
});
