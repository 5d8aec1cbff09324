import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HubId, IntentId } from "../../runtime/core/ids.js";
import type { Message } from "../../runtime/core/messages.js";
import { encodeFrame, type Frame } from "../../runtime/wire/frame.js";
import { type Heard, LinkCodec } from "../../runtime/wire/link-codec.js";
import { anyMessage } from "./arbitraries.js";

const a = "00112233445566778899aabbccddeeff" as HubId;
const b = "ffeeddccbbaa99887766554433221100" as HubId;
const other = "11111111111111111111111111111111" as HubId;
const ping: Message = { type: "PING" };
const cancel: Message = { type: "CANCEL", intentId: "0102030405060708" as IntentId };

function hello(id: HubId): Message {
  const publicKey = new Uint8Array(32);
  return { type: "HELLO", versions: [1], id, publicKey, epoch: 1, nonce: new Uint8Array(16), name: "" };
}

/** Two ends that have heard each other's HELLO. */
function ends(): [LinkCodec, LinkCodec] {
  const pair: [LinkCodec, LinkCodec] = [new LinkCodec(a), new LinkCodec(b)];
  pair[1].decode(pair[0].encode(1, hello(a)));
  pair[0].decode(pair[1].encode(1, hello(b)));
  return pair;
}

const routed = (more: object): Uint8Array =>
  encodeFrame({ form: "routed", src: a, dst: 0, hops: 0, seq: 9, message: cancel, ...more } as Frame);

describe("a link", () => {
  it("carries any message to the other end, with its number", () => {
    const types = ["ADVERT", "LOAD", "READING", "INTENT", "RESULT", "CANCEL", "ERROR", "DETECTION"] as const;
    const any = fc.oneof(...types.map((type) => anyMessage(type) as fc.Arbitrary<Message>));
    fc.assert(
      fc.property(fc.array(any, { maxLength: 5 }), (messages) => {
        const [from, to] = ends();
        for (const [index, message] of messages.entries()) {
          expect(to.decode(from.encode(index + 2, message))).toStrictEqual({ seq: index + 2, message, ignored: 0 });
        }
      }),
      { numRuns: 40 },
    );
  });

  it("keeps heartbeats at 4 bytes and gives their full numbers back, also where frames are missing", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 256 }), { maxLength: 100 }), (steps) => {
        const [from, to] = ends();
        let seq = 1;
        for (const step of steps) {
          seq += step;
          const bytes = from.encode(seq, ping);
          expect(bytes.length).toBeLessThanOrEqual(4);
          expect((to.decode(bytes) as Heard).seq).toBe(seq);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("tells which ping an acknowledgement is for, past 8 bits", () => {
    const [from, to] = ends();
    for (let seq = 2; seq < 600; seq++) {
      const heard = to.decode(from.encode(seq, ping)) as Heard;
      const answer = from.decode(to.encode(seq, { type: "PING", ackOf: heard.seq }));
      expect(answer).toEqual({ seq, message: { type: "PING", ackOf: seq }, ignored: 0 });
    }
  });

  it("refuses an acknowledgement of a frame that was never sent", () => {
    const [from] = ends();
    const bytes = encodeFrame({ form: "link", seq: 2, message: { type: "PING", ackOf: 200 } });
    expect(from.decode(bytes)).toMatchObject({ problem: "BAD_FIELD" });
  });

  it.each([
    ["the hub at the other end, to the link", {}, undefined],
    ["the hub at the other end, to this hub by its id", { dst: b }, undefined],
    ["another hub", { src: other }, "BAD_FRAME"],
    ["an alias", { src: 3 }, "BAD_FRAME"],
    ["the hub at the other end, to another hub", { dst: other }, "BAD_FRAME"],
    ["the hub at the other end, to everyone", { dst: 2 }, "BAD_FRAME"],
    ["the hub at the other end, passed on", { hops: 1 }, "BAD_FRAME"],
  ])("judges a routed frame from %s", (_name, more, problem) => {
    const [, to] = ends();
    const heard = to.decode(routed(more));
    expect("problem" in heard ? heard.problem : undefined).toBe(problem);
  });

  it("refuses routed frames before HELLO", () => {
    expect(new LinkCodec(b).decode(routed({}))).toMatchObject({ problem: "BAD_FRAME" });
  });

  it("believes only the first HELLO about who is there", () => {
    const [, to] = ends();
    to.decode(new LinkCodec(other).encode(2, hello(other)));
    expect(to.decode(routed({ src: other }))).toMatchObject({ problem: "BAD_FRAME" });
    expect(to.decode(routed({}))).toMatchObject({ message: cancel });
  });

  it("survives the greatest number that a peer can claim", () => {
    const [, to] = ends();
    to.decode(routed({ seq: 2 ** 48 - 1 }));
    expect(to.decode(encodeFrame({ form: "link", seq: 3, message: { type: "PING" } }))).toMatchObject({
      seq: 2 ** 48 + 3,
    });
  });

  it("does not send one number twice", () => {
    const [from] = ends();
    from.encode(2, ping);
    expect(() => from.encode(2, ping)).toThrow(/seq 2 after 2/);
  });

  it("can send the next frame after one that could not be written", () => {
    const [from, to] = ends();
    expect(() => from.encode(2, { ...cancel, intentId: "x" } as Message)).toThrow(/CANCEL/);
    expect(to.decode(from.encode(3, ping))).toMatchObject({ seq: 3 });
  });
});
