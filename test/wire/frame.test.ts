import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesToHex, concatBytes, hexToBytes } from "../../runtime/core/bytes.js";
import { MindosError } from "../../runtime/core/errors.js";
import type { HubId, IntentId, SensorId } from "../../runtime/core/ids.js";
import type { MessageType } from "../../runtime/core/messages.js";
import { type CborValue, decodeCbor, encodeCbor } from "../../runtime/wire/cbor.js";
import { FRAME_LIMITS, isProblem } from "../../runtime/wire/frame.js";
import { MESSAGES } from "../../runtime/wire/messages.js";
import { PROBLEMS } from "../../runtime/wire/problems.js";
import { anyFrame } from "./arbitraries.js";
import { decodeFrame, encodeFrame, type Frame } from "./fresh-link.js";
import { decodeHexStrictly, encodeIndependently } from "./second-codec.js";
import { frameVectors, invalidFrameVectors } from "./vectors.js";

const hub = "00112233445566778899aabbccddeeff" as HubId;
const other = "ffeeddccbbaa99887766554433221100" as HubId;
const intentId = "0102030405060708" as IntentId;
const sensor = "ble:a4c1380b5eed" as SensorId;
const specified = MESSAGES.flatMap((message) => (message.body === undefined ? [] : [message]));
const forms = specified.flatMap(({ name, form }) =>
  (form === "either" ? (["link", "routed"] as const) : [form]).map((one) => ({ name: name as MessageType, form: one })),
);

const intent = (more: object = {}): Frame =>
  ({
    form: "routed",
    src: hub,
    srcEpoch: 1,
    dst: other,
    hops: 0,
    seq: 1,
    message: {
      type: "INTENT",
      id: intentId,
      verb: "detect",
      topic: "anomaly.recent",
      args: {},
      priority: 3,
      remainingMs: 5000,
      privacy: "home",
      ...more,
    },
  }) as Frame;
const reading = (more: object = {}): Frame =>
  ({
    form: "routed",
    src: hub,
    srcEpoch: 1,
    dst: other,
    hops: 0,
    seq: 1,
    message: {
      type: "READING",
      sensor,
      readings: [{ quantity: "temperature", value: 21.5, index: 0 }],
      wallMs: 1_780_000_000_000,
      rssiDbm: -67,
      origin: "live",
      ...more,
    },
  }) as Frame;

/** The frame's CBOR, changed, as bytes. */
function tampered(frame: Frame, change: (body: Map<number, CborValue>) => void): Uint8Array {
  const decoded = decodeCbor(encodeFrame(frame), FRAME_LIMITS);
  if ("problem" in decoded) throw new Error(decoded.problem);
  const items = decoded.value as CborValue[];
  change(items.at(-1) as Map<number, CborValue>);
  return encodeCbor(items);
}

describe("vectors", () => {
  it.each(frameVectors)("$name is written byte for byte and read back", ({ hex, frame }) => {
    expect(bytesToHex(encodeFrame(frame))).toBe(hex);
    expect(decodeFrame(hexToBytes(hex))).toStrictEqual(frame);
  });

  it.each(frameVectors)("$name is canonical for another codec too", ({ hex }) => {
    const ours = decodeCbor(hexToBytes(hex), FRAME_LIMITS);
    const theirs = decodeHexStrictly(hex);
    expect(ours).toStrictEqual({ value: theirs });
    expect(bytesToHex(encodeIndependently(theirs))).toBe(hex);
  });

  it.each(invalidFrameVectors)("$name is refused as $problem", ({ hex, problem }) => {
    expect(decodeFrame(hexToBytes(hex))).toMatchObject({ problem });
  });

  it("cover every specified message in every form, and every problem that bytes can have", () => {
    const seen = new Set(frameVectors.map(({ frame }) => `${frame.message.type} ${frame.form}`));
    expect([...seen].sort()).toEqual(forms.map(({ name, form }) => `${name} ${form}`).sort());
    const problems = new Set(invalidFrameVectors.map(({ problem }) => problem));
    // Too large for a file of vectors, or never: they have tests of their own.
    const elsewhere = ["TOO_LARGE", "TOO_MANY_ITEMS", "UNREADABLE"];
    expect([...problems, ...elsewhere].sort()).toEqual(Object.keys(PROBLEMS).sort());
  });
});

describe("round trips", () => {
  it.each(forms)("any $name in the $form form comes back as it was, from the same bytes", ({ name, form }) => {
    fc.assert(
      fc.property(anyFrame(name, form), (frame) => {
        const bytes = encodeFrame(frame);
        const back = decodeFrame(bytes);
        expect(back).toStrictEqual(frame);
        expect(bytesToHex(encodeFrame(back as Frame))).toBe(bytesToHex(bytes));
      }),
      { numRuns: 100 },
    );
  });

  it.each(forms)("a cut $name in the $form form is a problem at every length", ({ name, form }) => {
    fc.assert(
      fc.property(anyFrame(name, form), (frame) => {
        const bytes = encodeFrame(frame);
        for (let length = 0; length < bytes.length; length += 1 + Math.floor(bytes.length / 40)) {
          expect(isProblem(decodeFrame(bytes.subarray(0, length)))).toBe(true);
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe("a newer peer", () => {
  it("may add even keys: they are left out and counted", () => {
    const bytes = tampered(intent(), (body) => body.set(16, "new").set(-2, [1]).set(200, null));
    expect(decodeFrame(bytes)).toStrictEqual({ ...intent(), ignored: 3 });
  });

  it.each([15, 255, -1, -255])("may not add the odd key %i without our understanding it", (key) => {
    const bytes = tampered(intent(), (body) => body.set(key, 0));
    expect(decodeFrame(bytes)).toEqual({ problem: "UNKNOWN_KEY", detail: `INTENT: key ${key}` });
  });

  it.each([256, -257, 2 ** 40])("may not use the key %i, which is beyond the registry", (key) => {
    expect(decodeFrame(tampered(intent(), (body) => body.set(key, 0)))).toMatchObject({ problem: "BAD_FIELD" });
  });

  it("may send quantities that are not registered here: they are left out and counted", () => {
    const items: CborValue[] = [
      [0, 1],
      [60_000, 2],
    ];
    const bytes = tampered(reading(), (body) => body.set(2, items));
    const readings = [{ quantity: "temperature", value: 1, index: 0 }];
    expect(decodeFrame(bytes)).toStrictEqual({ ...reading({ readings }), ignored: 1 });
  });

  it("may send even keys deep inside, in evidence", () => {
    const frame = frameVectors.find(({ name }) => name === "RESULT")?.frame as Frame;
    const bytes = tampered(frame, (body) => (body.get(3) as Map<number, CborValue>[])[0]?.set(12, 1));
    expect(decodeFrame(bytes)).toStrictEqual({ ...frame, ignored: 1 });
  });
});

describe("hostile arguments and facts", () => {
  it.each(["__proto__", "constructor", "toString", "valueOf", "hasOwnProperty", "__defineGetter__"])(
    "the name %s is refused in both directions",
    (name) => {
      const bytes = tampered(intent({ args: { a: 1 } }), (body) => body.set(3, new Map([[name, "x"]]) as never));
      expect(decodeFrame(bytes)).toMatchObject({ problem: "BAD_FIELD", detail: "INTENT.args.0: expected a name" });
      const args = Object.defineProperty({}, name, { value: "x", enumerable: true });
      expect(() => encodeFrame(intent({ args }))).toThrow(MindosError);
      expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
    },
  );

  it("a problem's detail never repeats what the remote sent", () => {
    const evil = "\u001b[2Jevil";
    for (const key of [1, 2, 3, 4, 5, 13, 14]) {
      for (const value of [evil, [evil], new Map([[evil, evil]])]) {
        const result = decodeFrame(tampered(intent({ privacy: "hub" }), (body) => body.set(key, value as CborValue)));
        expect(isProblem(result)).toBe(true);
        expect(JSON.stringify(result)).not.toContain("evil");
      }
    }
  });
});

describe("limits", () => {
  const detail = "x".repeat(200);
  it("a control frame of more than 8 KiB is refused by its reader", () => {
    const places = Array.from({ length: 64 }, (_, i) => `${i}`.padStart(64, "p"));
    const topics = Array.from({ length: 64 }, (_, i) => `${i}`.padStart(48, "t"));
    const message = {
      type: "ADVERT",
      hub,
      version: 1,
      name: "",
      topics,
      places,
      sensorCount: 0,
      neighbours: [],
    } as const;
    const frame: Frame = { form: "routed", src: hub, srcEpoch: 1, dst: other, hops: 0, seq: 1, message };
    expect(decodeFrame(encodeFrame(frame))).toEqual(frame);
    const neighbours = Array.from({ length: 64 }, () => hub);
    const larger: Frame = { ...frame, message: { ...message, neighbours } };
    expect(() => encodeFrame(larger)).toThrow(/ADVERT: a body of \d+ bytes, at most 8192/);
    const bytes = concatBytes(encodeFrame(frame), new Uint8Array(8193));
    expect(decodeFrame(bytes)).toMatchObject({ problem: "TOO_LARGE" });
  });

  it("a frame of more than 64 KiB is refused on both sides", () => {
    const facts = Array.from({ length: 256 }, () => ({ a: "x".repeat(256) }));
    const message = { type: "RESULT", intentId, hub, facts, evidence: [] } as const;
    const frame: Frame = { form: "routed", src: hub, srcEpoch: 1, dst: other, hops: 0, seq: 1, message };
    expect(() => encodeFrame(frame)).toThrow(/RESULT: a body of \d+ bytes, at most 65152/);
    const start = encodeFrame({ ...frame, message: { ...message, facts: [] } });
    expect(decodeFrame(concatBytes(start, new Uint8Array(65_536)))).toMatchObject({ problem: "TOO_LARGE" });
  });

  it("an answer of 256 sensors fits in one frame", () => {
    const fact = { sensor, place: "the conservatory", value: 21.53, wallMs: 1_780_000_000_000 };
    const evidence = { hub, sensor, place: fact.place, quantity: "temperature", value: 21.53, wallMs: fact.wallMs };
    const facts = Array.from({ length: 256 }, () => fact);
    const message = { type: "RESULT", intentId, hub, facts, evidence: facts.map(() => evidence) } as const;
    const frame: Frame = { form: "routed", src: hub, srcEpoch: 1, dst: other, hops: 0, seq: 1, message };
    expect(decodeFrame(encodeFrame(frame))).toStrictEqual(frame);
  });

  it("a text is cut at a character, not refused: a hub must not stumble over what a sensor says", () => {
    const name = `\u001b[31m${"ü".repeat(200)}`;
    const back = decodeFrame(encodeFrame(reading({ name }))) as { message: { name: string } };
    expect(back.message.name).toBe(`\ufffd[31m${"ü".repeat(120)}`);
    const error: Frame = {
      form: "link",
      seq: 1,
      message: { type: "ERROR", code: "X", fault: "local", detail: `${detail}é` },
    };
    expect(decodeFrame(encodeFrame(error))).toMatchObject({ message: { detail } });
  });
});

describe("an epoch of 33 bits, which no routed frame could carry", () => {
  const rest = `48 0001020304050607 05 67 6b69746368656e 06 80 07 80`;
  const helloOf = (epoch: string): Uint8Array =>
    hexToBytes(`83 00 01 a7 01 81 01 02 50 ${hub} 03 ${epoch} 04 ${rest}`.replaceAll(" ", ""));
  it("is refused in HELLO already, and the greatest of 32 bits is not", () => {
    expect(decodeFrame(helloOf("1a ffffffff"))).toMatchObject({ message: { epoch: 0xffff_ffff } });
    expect(decodeFrame(helloOf("1b 0000000100000000"))).toMatchObject({ problem: "BAD_FIELD" });
  });
});

describe("mistakes of our own", () => {
  it.each<[string, Frame, RegExp]>([
    ["priority: 8", intent({ priority: 8 }), /^INTENT: priority: expected an integer 0 … 7$/],
    ["priority: 1.5", intent({ priority: 1.5 }), /priority/],
    ["no topic", intent({ topic: undefined }), /^INTENT: topic: missing$/],
    ["an unknown verb", intent({ verb: "toString" }), /verb/],
    ["an id that is no hex", intent({ id: "zz" }), /^INTENT: id: /],
    ["an id that is too short", intent({ id: "0102" }), /^INTENT: id: expected an intent id$/],
    ["a nested argument", intent({ args: { a: { b: 1 } } }), /^INTENT: args: /],
    ["17 arguments", intent({ args: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`a${i}`, i])) }), /args/],
    [
      "NaN",
      reading({ readings: [{ quantity: "temperature", value: Number.NaN, index: 0 }] }),
      /^READING: readings\.0: /,
    ],
    ["an unknown quantity", reading({ readings: [{ quantity: "toString", value: 1, index: 0 }] }), /readings\.0/],
    ["no readings", reading({ readings: [] }), /^READING: readings: expected a list of 1 … 64, got 0$/],
    ["65 readings", reading({ readings: Array.from({ length: 65 }, () => ({})) }), /got 65/],
    ["a sensor id of another kind", reading({ sensor: "usb:1" }), /^READING: sensor: expected a sensor id$/],
    ["a source that is no hub", { ...intent(), src: "kitchen" } as Frame, /address/],
    ["a destination that is no hub", { ...intent(), dst: 2 } as never, /address/],
    ["an epoch of 33 bits", { ...intent(), srcEpoch: 2 ** 32 } as Frame, /epoch/],
    ["a locator of seven levels", { ...intent(), locator: Array(7).fill(hub) } as Frame, /at most 6 levels/],
    ["128 hops", { ...intent(), hops: 128 } as Frame, /hops/],
    ["a fractional sequence number", { ...intent(), seq: 1.5 } as Frame, /seq/],
    ["INTENT on the link", { ...intent(), form: "link" } as never, /INTENT does not travel in the link form/],
    ["a reserved message", { ...intent(), message: { type: "BID" } } as never, /BID is not specified/],
    ["a fractional seq on the link", { form: "link", seq: 1.5, message: { type: "PING" } }, /seq/],
  ])("%s: thrown as BAD_INPUT, naming the field", (_name, frame, message) => {
    expect(() => encodeFrame(frame)).toThrow(message);
    expect(() => encodeFrame(frame)).toThrow(expect.objectContaining({ code: "BAD_INPUT", fault: "local" }));
  });

  it("an argument that is undefined is as one that is absent", () => {
    expect(encodeFrame(intent({ args: { place: undefined } }))).toEqual(encodeFrame(intent()));
  });
});
