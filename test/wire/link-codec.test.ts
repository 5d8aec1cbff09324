import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HubId, IntentId } from "../../runtime/core/ids.js";
import type { Message } from "../../runtime/core/messages.js";
import type { RoutedFrame } from "../../runtime/core/routed.js";
import { ALIASES_MAX } from "../../runtime/wire/aliases.js";
import { decodePayload, encodeLinkFrame, encodePayload } from "../../runtime/wire/frame.js";
import { frameBytes } from "../../runtime/wire/frame-size.js";
import { type Heard, LinkCodec, type Unheard } from "../../runtime/wire/link-codec.js";
import { anyHeader, anyMessage } from "./arbitraries.js";

const a = "00112233445566778899aabbccddeeff" as HubId;
const b = "ffeeddccbbaa99887766554433221100" as HubId;
const ping: Message = { type: "PING" };
const cancel: Message = { type: "CANCEL", intentId: "0102030405060708" as IntentId };
const hubOf = (n: number): HubId => n.toString(16).padStart(32, "0") as HubId;

function routed(more: Partial<RoutedFrame> = {}): RoutedFrame {
  return { src: a, srcEpoch: 1, dst: b, hops: 0, seq: 9, payload: cancel, ...more };
}

/** What a frame says, read to the end. */
function read(heard: Heard | Unheard): unknown {
  if ("problem" in heard || heard.form === "link") return heard;
  const { payload, locator, ...header } = heard.frame;
  return { ...header, ...(locator && { locator }), ...decodePayload(payload) };
}

function said({ payload, ...header }: RoutedFrame): unknown {
  return { ...header, message: payload };
}

const ends = (): [LinkCodec, LinkCodec] => [new LinkCodec(), new LinkCodec()];

describe("the link form", () => {
  it("keeps heartbeats at 4 bytes and gives their full numbers back, also where frames are missing", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 256 }), { maxLength: 100 }), (steps) => {
        const [from, to] = ends();
        let seq = 0;
        for (const step of steps) {
          seq += step;
          const bytes = from.encode({ seq, message: ping });
          expect(bytes.length).toBeLessThanOrEqual(4);
          expect(to.decode(bytes)).toStrictEqual({ form: "link", seq, message: ping });
        }
      }),
      { numRuns: 100 },
    );
  });

  it("tells which ping an acknowledgement is for, past 8 bits", () => {
    const [from, to] = ends();
    for (let seq = 1; seq < 600; seq++) {
      to.decode(from.encode({ seq, message: ping }));
      const answer = from.decode(to.encode({ seq, message: { type: "PING", ackOf: seq } }));
      expect(answer).toEqual({ form: "link", seq, message: { type: "PING", ackOf: seq } });
    }
  });

  it("refuses an acknowledgement of a frame that was never sent", () => {
    const bytes = encodeLinkFrame(2, { type: "PING", ackOf: 200 });
    expect(new LinkCodec().decode(bytes)).toMatchObject({ problem: "BAD_FIELD" });
  });

  it("does not send one number twice", () => {
    const [from] = ends();
    from.encode({ seq: 2, message: ping });
    expect(() => from.encode({ seq: 2, message: ping })).toThrow(/seq 2 after 2/);
  });
});

describe("the routed form", () => {
  it("carries any frames of any hubs to the other end, whatever was bound before", () => {
    const types = ["ADVERT", "LOAD", "READING", "INTENT", "RESULT", "CANCEL", "ERROR", "DETECTION"] as const;
    const payload = fc.oneof(...types.map((type) => anyMessage(type) as fc.Arbitrary<Message>));
    const frame = fc.tuple(anyHeader, payload).map(([header, message]) => ({ ...header, payload: message }));
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), (frames) => {
        const [from, to] = ends();
        for (const one of frames) expect(read(to.decode(from.encode(one)))).toStrictEqual(said(one));
        for (const one of frames) expect(read(to.decode(from.encode(one)))).toStrictEqual(said(one));
      }),
      { numRuns: 60 },
    );
  });

  it("is passed on as it came: the body byte for byte, unread, over links that call the hubs otherwise", () => {
    fc.assert(
      fc.property(anyHeader, fc.uint8Array({ minLength: 1, maxLength: 50 }), (header, encoded) => {
        const [from, to] = ends();
        const [onward, last] = ends();
        onward.encode(routed({ src: hubOf(7), dst: header.src, locator: [hubOf(8)] }));
        last.decode(new LinkCodec().encode(routed({ src: hubOf(7), dst: header.src, locator: [hubOf(8)] })));
        const heard = to.decode(from.encode({ ...header, payload: { number: 252, encoded } })) as Heard;
        if (heard.form !== "routed") throw new Error("not routed");
        const again = last.decode(onward.encode(heard.frame)) as Heard & { form: "routed" };
        expect(again.frame).toStrictEqual({ locator: undefined, ...header, payload: { number: 252, encoded } });
      }),
    );
  });

  it("takes at most 16 bytes before the body once both addresses are bound, up to 2^32 frames of one start", () => {
    const [from, to] = ends();
    for (let i = 0; i < ALIASES_MAX; i++) to.decode(from.encode(routed({ src: hubOf(i), dst: hubOf(i) })));
    const last = routed({ src: hubOf(1022), dst: hubOf(1023), hops: 127, seq: 2 ** 32 - 1 });
    to.decode(from.encode(last));
    const encoded = Uint8Array.of(0xa0);
    const bytes = from.encode({ ...last, payload: { number: 254, encoded } });
    expect(bytes.length - encoded.length).toBe(16);
    const bound = { ...last, hops: 0, src: hubOf(3), dst: hubOf(4), seq: 20 };
    expect(from.encode(bound).length).toBe(6 + encodePayload(cancel).encoded.length);
  });

  it("binds anew when a hub has started again or has moved", () => {
    const [from, to] = ends();
    const sizes = [
      routed(),
      routed(),
      routed({ srcEpoch: 2 }),
      routed({ srcEpoch: 2 }),
      routed({ srcEpoch: 2, locator: [a, hubOf(1)] }),
      routed({ srcEpoch: 2, locator: [a, hubOf(1)] }),
      routed({ srcEpoch: 2, locator: [] }),
      routed({ srcEpoch: 2 }),
      routed({ srcEpoch: 2 }),
    ].map((frame) => {
      const bytes = from.encode(frame);
      expect(read(to.decode(bytes))).toStrictEqual(said(frame));
      return bytes.length;
    });
    const [settled] = sizes.slice(-1);
    expect(sizes.map((size) => size - (settled ?? 0))).toEqual([37, 0, 19, 0, 40, 0, 20, 18, 0]);
  });

  it("says a hub that is a landmark of its own place under the alias that it is given there", () => {
    const [from, to] = ends();
    const frame = routed({ dst: b, locator: [b, a] });
    expect(read(to.decode(from.encode(frame)))).toStrictEqual(said(frame));
  });
});

describe("aliases", () => {
  it("are given to more hubs than there are numbers: who is spoken of often keeps one, the rest take turns", () => {
    const [from, to] = ends();
    const settled = from.encode(routed()).length - 37;
    to.decode(new LinkCodec().encode(routed()));
    let bound = 0;
    for (let i = 0; i < 3 * ALIASES_MAX; i++) {
      const often = from.encode(routed());
      const rare = from.encode(routed({ src: hubOf(i) }));
      expect(to.decode(often)).toMatchObject({ frame: { src: a, dst: b } });
      expect(to.decode(rare)).toMatchObject({ frame: { src: hubOf(i), dst: b } });
      if (often.length > settled) bound++;
    }
    // Each turn of the hand takes every mark away; one that is used at once gets its own back.
    expect(bound).toBeLessThan(6);
  });

  it("that were in a frame which the link did not take are bound by the next", () => {
    const [from, to] = ends();
    to.decode(from.encode(routed()));
    from.encode(routed({ src: hubOf(1), locator: [hubOf(2)] }));
    from.unsent();
    const frame = routed({ src: hubOf(1), locator: [hubOf(2)] });
    expect(read(to.decode(from.encode(frame)))).toStrictEqual(said(frame));
    expect(read(to.decode(from.encode(routed())))).toStrictEqual(said(routed()));
  });

  it("are not bound by a frame that could not be written", () => {
    const [from, to] = ends();
    expect(() => from.encode(routed({ dst: "kitchen" as HubId }))).toThrow(/address/);
    expect(() => from.encode(routed({ payload: { ...cancel, intentId: "x" } as Message }))).toThrow(/CANCEL/);
    expect(read(to.decode(from.encode(routed())))).toStrictEqual(said(routed()));
  });

  it("that nobody has bound are asked for, not at every frame, and are then bound anew", () => {
    const [from, to] = ends();
    from.encode(routed());
    const lost = Array.from({ length: 9 }, () => to.decode(from.encode(routed())) as Unheard);
    expect(lost.map(({ problem }) => problem)).toEqual(Array(9).fill("UNKNOWN_ALIAS"));
    expect(lost.flatMap(({ answer }, i) => (answer ? [i + 1] : []))).toEqual([1, 2, 4, 8]);
    const answer = lost[0]?.answer as Message;
    from.decode(to.encode({ seq: 1, message: answer }));
    expect(read(to.decode(from.encode(routed())))).toStrictEqual(said(routed()));
    expect(to.decode(Uint8Array.of(0x86, 0x10, 9, 0, 0, 0, 0xa0))).toHaveProperty("answer");
  });

  it("hold even if the rest of the frame is refused", () => {
    const [from, to] = ends();
    expect(to.decode(from.encode(routed()).subarray(0, 42))).toMatchObject({ problem: "TRUNCATED" });
    expect(read(to.decode(from.encode(routed())))).toStrictEqual(said(routed()));
  });
});

describe("the size of a frame", () => {
  it("is what MQTT carries once the hubs are bound", () => {
    const [from] = ends();
    // Aliases below 24 take one byte, which a settled link with many hubs does not give to everyone.
    for (let i = 0; i < 30; i++) from.encode(routed({ src: hubOf(i), dst: hubOf(i) }));
    const small = routed({ src: hubOf(28), dst: hubOf(29), seq: 70_000 });
    for (const facts of [0, 5, 200]) {
      const payload = {
        type: "RESULT",
        intentId: "0102030405060708" as IntentId,
        hub: a,
        facts: Array.from({ length: facts }, (_, i) => ({
          value: i + 0.25,
          place: "ü".repeat(i % 40),
          on: i % 2 === 0,
        })),
        evidence: [],
      } as const;
      from.encode({ ...small, payload });
      const { length } = from.encode({ ...small, payload });
      expect(frameBytes({ ...small, payload })).toBe(length + (length > 16_380 ? 7 : length > 124 ? 6 : 5));
      expect(frameBytes({ ...small, payload: encodePayload(payload) })).toBe(frameBytes({ ...small, payload }));
    }
  });

  it("is 8 or 9 bytes for a heartbeat", () => {
    expect(frameBytes({ seq: 5, message: ping })).toBe(8);
    expect(frameBytes({ seq: 255, message: ping })).toBe(9);
    expect(frameBytes({ seq: 256, message: { type: "PING", ackOf: 511 } })).toBe(5 + 3 + 4);
  });

  it("of any message is what encoding it gives", () => {
    const types = ["ADVERT", "LOAD", "READING", "INTENT", "RESULT", "ERROR", "DETECTION", "HELLO"] as const;
    const message = fc.oneof(...types.map((type) => anyMessage(type) as fc.Arbitrary<Message>));
    fc.assert(
      fc.property(message, (one) => {
        const linkForm = one.type === "HELLO";
        const length = linkForm ? encodeLinkFrame(1, one).length : 6 + 2 + encodePayload(one).encoded.length;
        const overhead = length > 16_380 ? 7 : length > 124 ? 6 : 5;
        expect(frameBytes(linkForm ? { seq: 1, message: one } : routed({ payload: one, seq: 1 }))).toBe(
          length + overhead,
        );
      }),
    );
  });
});
